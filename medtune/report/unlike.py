"""Films unlike those of a site's profile: how many test patients have one, in what, and who."""

from __future__ import annotations

from dataclasses import dataclass

from medtune.report.breakdown import share_by_group
from medtune.report.cells import MACRO, Cells
from medtune.report.tables import Row, Table
from medtune.report.words import Words
from medtune.tables.results import Result

MEASURE = "unlike_site"


@dataclass(frozen=True)
class UnlikeSite:
    """What is printed: how it was told, sentences, and tables of why and of who."""

    hint: str
    says: list[str]
    why: Table | None
    groups: Table | None


def unlike_site(result: Result, cells: Cells, words: Words) -> UnlikeSite | None:
    """The flag of the test films; None where they were not held against a profile.

    Args:
        result: what was found.
        cells: of the result.
        words: of the language.
    """
    told = result.settings.get(MEASURE)
    if told is None:
        return None
    finding = cells.primary_finding if cells.primary_finding != MACRO else cells.findings[0]
    share = cells.measure(cells.own, MEASURE, finding)
    counts = {name: told[name] for name in ("flagged", "patients", "unread", "films")}
    known = share is not None and not share.reason
    says = [
        words.unlike_says.format(**counts, share=share.text, interval=share.interval)
        if share is not None and known
        else words.unlike_none.format(**counts)
    ]
    if told["unread"]:
        says.append(words.unlike_unread.format(**counts))
    rows = [
        Row(words.unlike_reasons[reason], [words.unlike_few if patients is None else str(patients)])
        for reason, patients in told["reasons"].items()
    ]
    why = Table(words.unlike_why_caption, list(words.unlike_why_columns), rows) if rows else None
    groups = share_by_group(
        cells, MEASURE, finding, "", words.unlike_caption, list(words.unusual_columns), words
    )
    return UnlikeSite(words.unlike_hint.format(site=told["site"]), says, why, groups)
