"""Films unlike those that taught: how many test studies have one, and whose."""

from __future__ import annotations

from dataclasses import dataclass

from medtune.report.breakdown import share_by_group
from medtune.report.cells import MACRO, Cells
from medtune.report.tables import Table
from medtune.report.words import Words
from medtune.tables.results import Result

MEASURE = "unusual"


@dataclass(frozen=True)
class Unusual:
    """What is printed: a sentence, and a table of who."""

    says: str
    groups: Table | None


def unusual(result: Result, cells: Cells, words: Words) -> Unusual | None:
    """The flag of the fine-tuned model; None where its features were not measured.

    Args:
        result: what was found.
        cells: of the result.
        words: of the language.
    """
    told = result.settings.get("unusual")
    if told is None:
        return None
    if told["reason"]:
        return Unusual(words.unusual_none.format(reason=words.of_judge(told["reason"])), None)
    finding = cells.primary_finding if cells.primary_finding != MACRO else cells.findings[0]
    share = cells.measure(cells.own, MEASURE, finding)
    if share is None or share.reason:
        reason = words.absent if share is None else share.reason
        return Unusual(words.unusual_none.format(reason=words.of_judge(reason)), None)
    says = words.unusual_says.format(
        share=share.text, interval=share.interval, limit=words.percent(told["share"])
    )
    groups = share_by_group(
        cells, MEASURE, finding, "", words.unusual_caption, list(words.unusual_columns), words
    )
    return Unusual(says, groups)
