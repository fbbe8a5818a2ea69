"""The flow of cases (STARD 2015, item 19): what was kept, what was left out, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from medtune.errors import DataError
from medtune.tables.splits import NAMES

SPLIT = "split"
IN, JUDGED = "in the split", "judged"
OF_SPLIT = (IN, "label uncertain", "label unknown", "not scored by every model", JUDGED)


@dataclass(frozen=True)
class Count:
    """Films, studies and patients; None where they were not counted."""

    films: int
    studies: int | None = None
    patients: int | None = None


@dataclass(frozen=True)
class Loss:
    """What was left out on the way to a step."""

    reason: str
    count: Count


@dataclass(frozen=True)
class Step:
    """A box of the flow.

    Attributes:
        name: of the step.
        kept: what is left.
        lost: what was left out on the way to it.
        unaccounted: films of the box above that are neither kept nor lost: 0 where counts close.
    """

    name: str
    kept: Count
    lost: list[Loss]
    unaccounted: int = 0


@dataclass(frozen=True)
class Flow:
    """The whole way.

    Attributes:
        steps: from the films that were read to those with a label.
        splits: how these were dealt.
        split_losses: what was dealt and not used.
        unaccounted: films with a label that no split has.
        judged: by finding, the studies of each step of ``OF_SPLIT``.
        not_closing: findings whose steps do not add up to the split.
    """

    steps: list[Step]
    splits: list[tuple[str, Count]]
    split_losses: list[Loss]
    unaccounted: int
    judged: dict[str, dict[str, int]]
    not_closing: list[str]


def flow(table: pd.DataFrame) -> Flow:
    """Read the flow out of the result's table.

    Args:
        table: columns step, split, reason, studies, films, patients. A row without a reason is
            what was kept by its step, one with a reason is what was lost; the steps of the
            judgement name the finding as their reason.

    Raises:
        DataError: a step does not say what it kept.
    """
    rows: list[dict[str, Any]] = [
        {str(name): None if pd.isna(value) else value for name, value in row.items()}
        for row in table.to_dict("records")
    ]
    judged: dict[str, dict[str, int]] = {}
    for row in rows:
        if row["step"] in OF_SPLIT:
            judged.setdefault(str(row["reason"]), {})[str(row["step"])] = int(row["studies"])
    of_split = [row for row in rows if row["step"] == SPLIT]
    steps = _steps([row for row in rows if row["step"] not in (*OF_SPLIT, SPLIT)])
    dealt = sum(_count(row).films for row in of_split)
    return Flow(
        steps=steps,
        splits=sorted(
            [(str(row["split"]), _count(row)) for row in of_split if not row["reason"]],
            key=lambda split: _place(split[0]),
        ),
        split_losses=[Loss(str(row["reason"]), _count(row)) for row in of_split if row["reason"]],
        unaccounted=steps[-1].kept.films - dealt if steps and of_split else 0,
        judged=judged,
        not_closing=[
            finding
            for finding, counts in judged.items()
            if counts[IN] != sum(counts[name] for name in OF_SPLIT[1:])
        ],
    )


def _steps(rows: list[dict[str, Any]]) -> list[Step]:
    """One step a name; the first has no box above, so nothing that it could fail to account for."""
    steps: list[Step] = []
    for name in dict.fromkeys(str(row["step"]) for row in rows):
        own = [row for row in rows if row["step"] == name]
        lost = [Loss(str(row["reason"]), _count(row)) for row in own if row["reason"]]
        kept = [_count(row) for row in own if not row["reason"]]
        if not kept:
            raise DataError(f"The flow of cases does not say what was kept by its step '{name}'.")
        before = steps[-1].kept.films if steps else None
        gone = sum(each.count.films for each in lost)
        missing = 0 if before is None else before - kept[0].films - gone
        steps.append(Step(name, kept[0], lost, missing))
    return steps


def _place(split: str) -> int:
    """Splits in the order in which they are used; what is no split of ours comes last."""
    return NAMES.index(split) if split in NAMES else len(NAMES)


def _count(row: dict[str, Any]) -> Count:
    def number(name: str) -> int | None:
        return None if row[name] is None else int(row[name])

    return Count(int(row["films"]), number("studies"), number("patients"))
