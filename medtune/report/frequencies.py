"""Decisions in natural frequencies: of 100 studies like these, so many found, missed, alarmed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

RARE = 0.05  # a class below this share is counted in 1 000, so that it does not vanish


@dataclass(frozen=True)
class TwoByTwo:
    """Counts of a model's decisions on the judged studies."""

    found: int
    missed: int
    alarms: int
    cleared: int

    @property
    def total(self) -> int:
        """All judged studies."""
        return self.found + self.missed + self.alarms + self.cleared


@dataclass(frozen=True)
class Frequencies:
    """The same decisions on a round number of studies.

    The share with the finding is rounded first and the decisions within it after, so that two
    models on the same studies have the same number with the finding.

    Attributes:
        of: 100, or 1 000 where a class is rare.
        positive: with the finding; found and missed add up to it.
        negative: without it; alarms and cleared add up to it.
        hidden_miss: whether ``missed`` is 0 by rounding only.
        hidden_alarm: whether ``alarms`` is 0 by rounding only.
    """

    of: int
    positive: int
    negative: int
    found: int
    missed: int
    alarms: int
    cleared: int
    hidden_miss: bool
    hidden_alarm: bool


def natural(table: TwoByTwo) -> Frequencies:
    """Scale counts to 100 or 1 000 studies.

    Args:
        table: of at least one study.
    """
    positive = table.found + table.missed
    share = positive / table.total
    of = 1000 if min(share, 1 - share) < RARE else 100

    def scaled(count: int) -> int:
        return (2 * of * count + table.total) // (2 * table.total)  # half up, in whole numbers

    with_finding, found, alarms = scaled(positive), scaled(table.found), scaled(table.alarms)
    alarms = min(alarms, of - with_finding)
    missed = with_finding - found
    return Frequencies(
        of=of,
        positive=with_finding,
        negative=of - with_finding,
        found=found,
        missed=missed,
        alarms=alarms,
        cleared=of - with_finding - alarms,
        hidden_miss=missed == 0 and table.missed > 0,
        hidden_alarm=alarms == 0 and table.alarms > 0,
    )


def tables_of(settings: Mapping[str, Any]) -> dict[tuple[str, str, str], TwoByTwo]:
    """The 2 x 2 tables of a result's settings, by (model, target, rule)."""
    return {
        (row["model"], row["target"], row["rule"]): TwoByTwo(
            found=row["true_positive"],
            missed=row["false_negative"],
            alarms=row["false_positive"],
            cleared=row["true_negative"],
        )
        for row in settings.get("thresholds", [])
        if not row["reason"]
    }
