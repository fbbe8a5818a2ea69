"""Whether the same films give the same scores and the same calls when they are read again.

The FDA's draft guidance on AI-enabled device software (January 2025, FDA-2024-D-4488) asks for the
repeatability of what a device says of the same input.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from medtune.config.targets import Target
from medtune.evaluation.arrays import Flags
from medtune.evaluation.contest import decided

_SIDES = ("score_again", "score_first")


@dataclass(frozen=True)
class Counted:
    """What became of the test cases that were to be read again.

    Attributes:
        cases: read and scored again: films, or studies where the network pools views.
        films: of these.
        gone: cases with a file that cannot be opened any more; they are not scored again.
        refused: cases with a film that could be decoded before and no longer can.
        pictures: films that no longer give the picture that was judged.
    """

    cases: int
    films: int
    gone: int
    refused: int
    pictures: int


@dataclass(frozen=True)
class Same:
    """One finding or target, scored twice.

    Attributes:
        target: its name.
        difference: the largest of a score; NaN where nothing was scored again.
        calls: decisions that were made twice; None where there is no threshold, or of amounts.
        changed: of these, how many were not the same.
    """

    target: str
    difference: float
    calls: int | None
    changed: int | None


@dataclass(frozen=True)
class Repeated:
    """All of it."""

    counted: Counted
    targets: list[Same]

    def warnings(self) -> list[str]:
        """What a reader must know, as sentences; none where it is all the same."""
        counted = self.counted
        found = [
            f"{each.target}: {each.changed} of {each.calls} calls changed when test films were "
            "read again from their files and scored again: the figures of this report cannot be "
            "had again as they are."
            for each in self.targets
            if each.changed
        ]
        if counted.pictures:
            found.append(
                f"{counted.pictures} of {counted.films} test films that were read again no longer "
                "give the picture that was judged: their files, or what decodes them, have "
                "changed."
            )
        if counted.refused:
            found.append(
                f"{counted.refused} test cases that were scored can no longer be decoded: their "
                "files, or what decodes them, have changed."
            )
        return found

    def as_dict(self) -> dict[str, Any]:
        """For ``result.json``."""
        return {**asdict(self.counted), "targets": [asdict(each) for each in self.targets]}


def same_again(
    first: pd.DataFrame,
    again: pd.DataFrame,
    names: Sequence[str],
    targets: Mapping[str, Target],
    thresholds: Mapping[str, float],
) -> list[Same]:
    """Hold a model's scores against those of the same cases, read and scored again.

    Args:
        first: predictions of one model; case_id, target, class and score.
        again: of some of the same cases.
        names: of the findings or targets, in order.
        targets: by name, those that are no findings.
        thresholds: by finding, of the calls: positive is score >= it.
    """
    keys = ["case_id", "target", "class"]
    both = again[[*keys, "score"]].merge(
        first[[*keys, "score"]], on=keys, suffixes=("_again", "_first"), validate="one_to_one"
    )
    found = []
    for name in names:
        pair = both[both["target"] == name]
        apart = (pair["score_again"] - pair["score_first"]).abs()
        calls = _calls(pair, targets.get(name), thresholds.get(name))
        found.append(
            Same(
                name,
                float(apart.max()) if len(apart) else math.nan,
                None if calls is None else calls.size,
                None if calls is None else int(calls.sum()),
            )
        )
    return found


def _calls(pair: pd.DataFrame, target: Target | None, threshold: float | None) -> Flags | None:
    """Of each case whether what is decided differs; None where nothing is decided."""
    if target is None:
        if threshold is None:
            return None
        called = [pair[name].to_numpy(np.float64) >= threshold for name in _SIDES]
        return np.asarray(called[0] != called[1], bool)
    if target.classes is None:
        return None
    tables = [
        pair.pivot(index="case_id", columns="class", values=name)[target.classes] for name in _SIDES
    ]
    said = [decided(target.kind, table.to_numpy(np.float64)) for table in tables]
    return np.asarray(said[0] != said[1], bool)
