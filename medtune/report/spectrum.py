"""How many studies have each finding, a column a split."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from medtune.report.printed import printed, printed_interval
from medtune.report.tables import Row, Shown, Table
from medtune.report.words import Words
from medtune.tables.results import Result

MEASURE = "prevalence"


def prevalence(result: Result, level: str, words: Words) -> Table | None:
    """The share of each split's studies with each finding; None where they were not counted.

    Args:
        result: what was found; its settings hold the rows of ``evaluation.spectrum``.
        level: of the intervals, as it is printed.
        words: of the language.
    """
    told: list[Mapping[str, Any]] = result.settings.get("prevalence") or []
    if not told:
        return None
    splits = list(dict.fromkeys(str(each["split"]) for each in told))
    of = {(each["finding"], each["split"]): each for each in told}
    rows = []
    for finding in dict.fromkeys(str(each["finding"]) for each in told):
        shown: list[Shown] = [_shown(of[finding, split], words) for split in splits]
        rows.append(Row(words.finding_title(finding), shown))
    methods = dict.fromkeys(words.of_judge(each["method"]) for each in told if each["method"])
    caption = words.prevalence_caption.format(
        level=level, methods="; ".join(methods) or words.absent
    )
    return Table(caption, ["", *(words.splits.get(name, name) for name in splits)], rows)


def _shown(each: Mapping[str, Any], words: Words) -> str:
    if each["reason"]:
        return words.no_number(each["reason"])
    return words.prevalence_cell.format(
        share=printed(MEASURE, each["value"]),
        interval=printed_interval(MEASURE, each["low"], each["high"]),
        positive=each["positive"],
        studies=each["studies"],
    )
