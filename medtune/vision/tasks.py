"""The X-ray tasks: findings on a film, or targets of another kind, of which some are unknown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from torch import Tensor

from medtune.config.targets import Target
from medtune.learning.losses import Loss, masked_bce
from medtune.learning.targets import Amounts, Classes, Grades, Kind, SideBySide
from medtune.learning.task import AUROC, Batch, Monitor
from medtune.vision.samples import targets_of

Column = tuple[str, str]  # of a table of predictions: target, and class or nothing
Scale = Mapping[str, tuple[float, float]]
Policy = Callable[[str], str]


def ignored(finding: str) -> str:
    """The policy by which uncertain labels are unknown."""
    return "ignore"


class XrayFindings:
    """Several findings at once, each present, absent or unknown.

    Args:
        findings: F names.
        loss: what training minimises; scores do not hang on it.
    """

    monitor = AUROC

    def __init__(self, findings: Sequence[str], loss: Loss = masked_bce) -> None:
        self.findings = list(findings)
        self.minimised = loss

    @property
    def outputs(self) -> int:
        """Outputs of the network: one a finding."""
        return len(self.findings)

    @property
    def columns(self) -> list[Column]:
        """Finding of each column of ``table``; there is no class."""
        return [(finding, "") for finding in self.findings]

    def targets_of(
        self, cases: pd.DataFrame, policy: Policy = ignored
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """What is taught of each case under the policy for uncertain labels; see ``samples``."""
        return targets_of(cases, self.findings, policy)

    @staticmethod
    def table(scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """The scores (N, F), as they are."""
        return scores

    def loss(self, logits: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """The loss over what is known."""
        return self.minimised(logits, batch.targets, batch.known)

    @staticmethod
    def scores(logits: Tensor) -> Tensor:
        """The sigmoid of the logits."""
        return logits.sigmoid()

    def judged(
        self, scores: NDArray[np.float64], targets: NDArray[np.float64], known: NDArray[np.bool_]
    ) -> float:
        """Mean AUROC over the findings that have both values; NaN where none has.

        NaN too where the network has diverged and its scores are no numbers.
        """
        values = [v for v in self.each(scores, targets, known).values() if not np.isnan(v)]
        return float(np.mean(values)) if values and np.isfinite(scores).all() else float("nan")

    def each(
        self, scores: NDArray[np.float64], targets: NDArray[np.float64], known: NDArray[np.bool_]
    ) -> dict[str, float]:
        """AUROC by finding; NaN where one of its two values is missing, or a score no number."""
        values = {}
        for f, finding in enumerate(self.findings):
            # a soft label (0.5) teaches, but cannot be ranked
            rows = known[:, f] & np.isin(targets[:, f], (0, 1))
            can = len(np.unique(targets[rows, f])) == 2 and np.isfinite(scores[rows, f]).all()
            values[finding] = (
                float(roc_auc_score(targets[rows, f], scores[rows, f])) if can else float("nan")
            )
        return values


class XrayTargets:
    """Targets of one kind on a film: classes, grades or amounts, each known or unknown.

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


def task_of(
    findings: Sequence[str], targets: Mapping[str, Target], scale: Scale | None = None
) -> XrayFindings | XrayTargets:
    """The task of a model that has these findings, or these targets."""
    return XrayTargets(targets, scale) if targets else XrayFindings(findings)
