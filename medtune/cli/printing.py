"""The result of an evaluation, for a terminal and for machines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.text import Text

    from medtune.tables.results import Result

VERDICTS = {
    "gain": ("gain", "green"),
    "no_gain_shown": ("no gain shown", "yellow"),
    "worse": ("worse", "red"),
    "not_estimable": ("not estimable", "yellow"),
}


def result_lines(result: Result, report: Path) -> list[str | Text]:
    """The answer, the verdict, the warnings, and the way to the report."""
    from rich.text import Text

    words, colour = VERDICTS[result.verdict]
    return [
        Text(result.answer, style="bold"),
        Text(f"Verdict: {words}", style=colour),
        *(f"Note: {warning}" for warning in result.warnings),
        f"Report: {report}",
    ]


def result_data(result: Result, report: Path) -> dict[str, Any]:
    """What ``result.json`` says, and where the report is."""
    from medtune.evaluation import result_as_json

    return {**result_as_json(result), "report": str(report)}
