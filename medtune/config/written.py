"""Sections of the schema as YAML: every setting under its description."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

import yaml
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from medtune.config.located import Dumper
from medtune.config.section import Section

WIDTH = 96


@dataclass(frozen=True)
class Explained:
    """Sections as lines of YAML, each setting under its description.

    Attributes:
        others: settings that are not written, as 'training.epochs'.
        told: a description in the words of the task.
    """

    others: Collection[str]
    told: Callable[[str], str]

    def lines(
        self, section: type[Section], given: dict[str, Any], before: str = ""
    ) -> Iterator[str]:
        """The settings of one section; the given ones are set, the others behind a '#'.

        Args:
            section: it.
            given: values of its settings.
            before: the section's own name, with a full stop behind it.
        """
        indent = "  " * before.count(".")
        for name, field in section.model_fields.items():
            fixed = before and name not in given and _has_one_value(field)
            if fixed or before + name in self.others:
                continue
            yield from textwrap.wrap(
                self.told(field.description or ""),
                WIDTH,
                initial_indent=f"{indent}# ",
                subsequent_indent=f"{indent}# ",
            )
            kind = field.annotation
            if isinstance(kind, type) and issubclass(kind, Section):
                yield f"{indent}{name}:"
                yield from self.lines(kind, given.get(name, {}), f"{before}{name}.")
            elif name in given:
                yield f"{indent}{name}: {_flow(given[name])}"
            else:
                yield f"{indent}#{name}: {_flow(_default(field))}"
            if not indent:
                yield ""


def _has_one_value(field: FieldInfo) -> bool:
    """Whether it cannot be changed: it is another task's, and this one only has its name."""
    return get_origin(field.annotation) is Literal and len(get_args(field.annotation)) == 1


def _default(field: FieldInfo) -> Any:
    return to_jsonable_python(field.get_default(), exclude_none=True)


def _flow(value: Any) -> str:
    """A value on one line of YAML."""
    text = yaml.dump(
        value, Dumper=Dumper, default_flow_style=True, width=10_000, allow_unicode=True
    )
    return text.removesuffix("\n...\n").removesuffix("\n")
