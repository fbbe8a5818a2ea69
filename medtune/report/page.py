"""Where the pages' templates lie, and how strictly they are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template


def template(name: str, **filters: Callable[..., Any]) -> Template:
    """A template; a name in it that nobody fills in is an error, and text is escaped.

    Args:
        name: of its file.
        **filters: that it uses besides jinja's own.
    """
    pages = Environment(
        loader=PackageLoader("medtune.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters.update(filters)
    return pages.get_template(name)
