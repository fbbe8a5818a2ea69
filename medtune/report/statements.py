"""What people say of a study: printed as they typed it, and never made up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from medtune.report.words import Words


@dataclass(frozen=True)
class Stated:
    """One statement: its key in ``config.report.Statements``, its title, and what was typed."""

    key: str
    title: str
    text: str


def stated(run: Mapping[str, Any], words: Words) -> list[Stated]:
    """The statements that were made, in the order of the settings.

    Args:
        run: the resolved run, or what there is of a table.
        words: of the language.
    """
    said = (run.get("report") or {}).get("statements") or {}
    return [Stated(key, words.statements[key], text) for key, text in said.items() if text]


def is_final(run: Mapping[str, Any]) -> bool:
    """Whether people call this report final; the settings hold that it is whole then."""
    return bool((run.get("report") or {}).get("final"))
