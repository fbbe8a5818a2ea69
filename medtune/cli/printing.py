"""A result of the evaluation on a terminal and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from medtune.tables.results import Result

VERDICTS = {
    "gain": ("green", "gain"),
    "no_gain_shown": ("yellow", "no gain shown"),
    "worse": ("red", "worse"),
    "not_estimable": ("yellow", "not estimable"),
}


def print_result(result: Result) -> None:
    """The answer, the verdict, the warnings, and the way to the report."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    colour, verdict = VERDICTS[result.verdict]
    console.print(Text(result.answer, style="bold"))
    console.print(Text(f"Verdict: {verdict}", style=colour))
    for warning in result.warnings:
        console.print(Text(f"! {warning}"))
    if "report" in result.settings:
        console.print(Text(f"Report: {result.settings['report']}"), soft_wrap=True)


def result_as_dict(result: Result) -> dict[str, Any]:
    """What a program wants of a result: as in ``result.json``."""
    return {}
