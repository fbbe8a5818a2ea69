"""The sealed test set: how often it was used, what was declared before, what departs from that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from medtune.report.tables import Row, Table
from medtune.report.words import Words
from medtune.tables.results import Result

DIGESTS = ("model", "reference")  # which say nothing to a reader


@dataclass(frozen=True)
class Sealed:
    """What is printed of it.

    Attributes:
        used: how often, and when the analysis was declared: one sentence.
        more: sentences about smaller versions, other splits of the same cases, changed plans.
        departures: what is not as declared: a row a setting; None where all is.
        looks: a row a look.
    """

    used: str
    more: list[str]
    departures: Table | None
    looks: Table


def is_exploratory(result: Result) -> bool:
    """Whether the comparison of the verdict is not the one that was declared."""
    return result.primary.get("status") == "exploratory"


def sealed(result: Result, words: Words) -> Sealed | None:
    """The sealed test set; None for a table that came without one."""
    told = result.settings.get("sealed_test")
    if told is None:
        return None
    looks, plan = told["looks"], told["plan"]
    said = words.sealed_used if len(looks) > 1 else words.sealed_first
    more = []
    if plan["changed_before_first_look"]:
        more.append(words.sealed_changed.format(n=plan["changed_before_first_look"]))
    for smaller in told["earlier_versions"]:
        more.append(words.sealed_smaller.format(**smaller))
    for other in told["other_test_splits"]:
        more.append(words.sealed_other.format(**other))
    return Sealed(
        used=said.format(looks=len(looks), declared=_day(plan["declared"])),
        more=more,
        departures=_departures(told["departures"], words),
        looks=_looks(told, words),
    )


def _departures(departed: list[Mapping[str, Any]], words: Words) -> Table | None:
    rows = [
        Row(
            each["setting"],
            [
                *(_value(each["setting"], each[which], words) for which in ("declared", "now")),
                words.departs_primary if each["primary"] else words.departs_aside,
            ],
        )
        for each in departed
    ]
    return Table(words.departures_caption, list(words.departure_columns), rows) if rows else None


def _looks(told: Mapping[str, Any], words: Words) -> Table:
    caption = words.looks_caption.format(
        version=told["version"], cases=told["cases"], sealed=_day(told["sealed"])
    )
    rows = [
        Row(
            str(look["look"]),
            [
                look["time"].replace("T", " ").replace("+00:00", " UTC"),
                f"{look['verb']} {look['run']}",
                ", ".join(look["departures"]) or words.as_declared,
                look["sha256"][:12],
            ],
        )
        for look in told["looks"]
    ]
    return Table(caption, list(words.looks_columns), rows)


def _value(setting: str, value: Any, words: Words) -> str:
    if value is None or value == []:
        return words.absent
    if setting in DIGESTS:
        return str(value)[:12]
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _day(time: str) -> str:
    return time.partition("T")[0]
