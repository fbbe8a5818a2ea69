"""Targets by name: classes, grades or amounts of a case, each known or unknown."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from torch import Tensor

from medtune.config.targets import Target
from medtune.learning.targets.amounts import Amounts
from medtune.learning.targets.classes import Classes
from medtune.learning.targets.grades import Grades
from medtune.learning.targets.together import Kind, SideBySide
from medtune.learning.task import Batch, Monitor

Column = tuple[str, str]  # of a table of predictions: target, and class or nothing
Scale = Mapping[str, tuple[float, float]]
Policy = Callable[[str], str]


def ignored(target: str) -> str:
    """The policy by which uncertain labels are unknown."""
    return "ignore"


class NamedTargets:
    """Targets of one kind: classes, grades or amounts, each known or unknown.

    Args:
        targets: by name, all of one kind.
        scale: of amounts, mean and standard deviation in the train split.
        smoothing: of classes.
    """

    def __init__(
        self, targets: Mapping[str, Target], scale: Scale | None = None, smoothing: float = 0.0
    ) -> None:
        self.targets = dict(targets)
        self.scale = dict(scale or {})
        self.kind = _kind(self.targets, self.scale, smoothing)

    @property
    def outputs(self) -> int:
        """Outputs of the network."""
        return self.kind.outputs

    @property
    def columns(self) -> list[Column]:
        """Target and class of each column of ``table``; the class of an amount is empty."""
        return [
            (name, each) for name, target in self.targets.items() for each in target.classes or [""]
        ]

    def targets_of(
        self, cases: pd.DataFrame, policy: Policy = ignored
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """What is taught of each case, (N, outputs), and whether it is known; never in doubt."""
        return self.kind.encoded(values_of(cases, self.targets))

    @property
    def monitor(self) -> Monitor:
        """What the tune split selects by."""
        return self.kind.monitor

    def loss(self, logits: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """The loss of the kind, over what is known."""
        return self.kind.loss(logits, batch)

    def scores(self, logits: Tensor) -> Tensor:
        """Scores as the kind has them."""
        return self.kind.scores(logits)

    def table(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Scores as ``columns``."""
        return self.kind.table(scores)

    def judged(
        self, scores: NDArray[np.float64], targets: NDArray[np.float64], known: NDArray[np.bool_]
    ) -> float:
        """The value of ``monitor``."""
        return self.kind.judged(scores, targets, known)

    def each(
        self, scores: NDArray[np.float64], targets: NDArray[np.float64], known: NDArray[np.bool_]
    ) -> dict[str, float]:
        """The same of each target alone."""
        return self.kind.each(scores, targets, known)


def values_of(cases: pd.DataFrame, targets: Mapping[str, Target]) -> NDArray[np.float64]:
    """The labels of cases as numbers, (N, T): the place of a class, or the amount; NaN: unknown."""
    columns = []
    for name, target in targets.items():
        if target.classes is None:
            columns.append(cases[name].to_numpy(np.float64, na_value=np.nan))
        else:
            place = {each: float(k) for k, each in enumerate(target.classes)}
            columns.append(cases[name].map(place).to_numpy(np.float64, na_value=np.nan))
    return np.column_stack(columns)


def scale_of(cases: pd.DataFrame, targets: Mapping[str, Target]) -> dict[str, tuple[float, float]]:
    """Mean and standard deviation of each amount in these cases.

    Raises:
        ValueError: an amount has no two different known values.
    """
    amounts = Amounts.of(values_of(cases, targets))
    return dict(zip(targets, zip(amounts.mean, amounts.deviation, strict=True), strict=True))


def _kind(targets: Mapping[str, Target], scale: Scale, smoothing: float) -> Kind:
    kinds = {target.kind for target in targets.values()}
    if kinds == {"continuous"}:
        mean, deviation = zip(*(scale[name] for name in targets), strict=True)
        return Amounts(tuple(mean), tuple(deviation), names=tuple(targets))
    parts: dict[str, Kind] = {}
    for name, target in targets.items():
        assert target.classes is not None
        if target.kind == "multiclass":
            parts[name] = Classes(len(target.classes), smoothing, tuple(target.classes))
        else:
            parts[name] = Grades(len(target.classes))
    return SideBySide(parts)
