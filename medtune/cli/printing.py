"""Results of an evaluation and scores of new cases, for a terminal and for machines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    from rich.text import Text

    from medtune.tables.results import Result

VERDICTS = {
    "gain": ("gain", "green"),
    "no_gain_shown": ("no gain shown", "yellow"),
    "worse": ("worse", "red"),
    "not_estimable": ("not estimable", "yellow"),
}

MOST_ROWS = 20  # of a table in a terminal; the file has all


def scores_lines(table: pd.DataFrame, path: Path) -> list[str]:
    """What a model said of new cases: the first rows, what was decided how often, and the file.

    Args:
        table: as ``medtune predict`` writes it.
        path: where it lies.
    """
    case = next(name for name in ("case_id", "row") if name in table)
    lines = [table.head(MOST_ROWS).to_string(index=False)]
    if len(table) > MOST_ROWS:
        lines.append(f"... and {len(table) - MOST_ROWS} more rows")
    refused = table.loc[table["refused"].astype(bool), case].nunique()
    lines.append(f"{table[case].nunique()} cases, {refused} of them refused")
    if "decision" in table and table["decision"].notna().any():
        each = table.assign(target=table.get("target", "decision"))
        each = each.drop_duplicates([case, "target"])  # classes share one decision
        for target, part in each.groupby("target", sort=False):
            counts = part["decision"].value_counts()
            said = ", ".join(f"{count} {word}" for word, count in counts.items())
            lines.append(f"  {target}: {said or 'none'}")
    return [*lines, f"Wrote {path}"]


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
