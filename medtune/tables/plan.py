"""The plan of the analysis: declared before the sealed test split is opened, frozen after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from medtune.errors import SealError
from medtune.tables.schema import write_text
from medtune.tables.seal import digest_of, now

PLAN = "plan.yaml"
NOTE = (
    "# How the sealed test split is analysed, as it was declared before anybody looked at it.\n"
    "# Do not edit: 'medtune evaluate' would find it and stop. Until the first look the section\n"
    "# 'evaluation' of the run file may change, and this file follows it.\n"
)
UNDECIDING = ("primary.reason",)  # words, which no number depends on


@dataclass(frozen=True)
class Plan:
    """What was declared.

    Attributes:
        declared: when, UTC.
        settings: plain values: the run, the primary comparison, threshold rules, subgroups ...
        earlier: what had been declared before that and given up: when, and its digest.
    """

    declared: str
    settings: dict[str, Any]
    earlier: tuple[dict[str, str], ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 over all of it: every look names it."""
        return digest_of(_content(self))


@dataclass(frozen=True)
class Departure:
    """A setting that is not as declared.

    Attributes:
        setting: its name with those of the sections it is in, by dots.
        declared: its value in the plan.
        now: its value in this analysis.
    """

    setting: str
    declared: Any
    now: Any


def read_plan(folder: Path) -> Plan | None:
    """The plan of a split; None where none was declared.

    Raises:
        SealError: it is damaged, or was changed.
    """
    path = folder / PLAN
    if not path.exists():
        return None
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        said = content.pop("sha256")
        found = Plan(
            str(content.pop("declared")),
            dict(content.pop("settings")),
            tuple(content.pop("earlier")),
        )
        whole = not content and said == found.digest
    except (ValueError, LookupError, TypeError, AttributeError, yaml.YAMLError):
        whole = False
    if not whole:
        raise SealError(
            f"{PLAN} was changed by hand: what was declared before the test was opened cannot be "
            "changed. Restore it; what you want otherwise belongs into the run file."
        )
    return found


def declare_plan(folder: Path, settings: Mapping[str, Any]) -> Plan:
    """Write the plan, or put these settings into its place; for a test nobody has looked at.

    A plan that says the same keeps its date.
    """
    old = read_plan(folder)
    if old is not None and old.settings == settings:
        return old
    plan = Plan(now(), dict(settings))
    if old is not None:
        given_up = {"declared": old.declared, "sha256": old.digest}
        plan = replace(plan, earlier=(*old.earlier, given_up))
    content = {**_content(plan), "sha256": plan.digest}
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)
    write_text(NOTE + text, folder / PLAN)
    return plan


def departures(plan: Plan, settings: Mapping[str, Any]) -> list[Departure]:
    """What in these settings is not as declared, in order of the settings."""
    declared, today = dict(_flat(plan.settings)), dict(_flat(settings))
    return [
        Departure(name, declared.get(name), today.get(name))
        for name in {**today, **declared}
        if name not in UNDECIDING and declared.get(name) != today.get(name)
    ]


def _content(plan: Plan) -> dict[str, Any]:
    return {**asdict(plan), "earlier": [dict(each) for each in plan.earlier]}


def _flat(settings: Mapping[str, Any], before: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, value in settings.items():
        if isinstance(value, Mapping) and value:
            found += _flat(value, f"{before}{name}.")
        else:
            found.append((before + name, value))
    return found
