"""The X-ray tasks: findings on a film, or targets of another kind, of which some are unknown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from torch import Tensor

from medtune.config.targets import Target
from medtune.learning.losses import Loss, masked_bce
from medtune.learning.targets import NamedTargets as XrayTargets
from medtune.learning.targets.named import Column, Policy, Scale, ignored, scale_of, values_of
from medtune.learning.task import AUROC, Batch
from medtune.vision.samples import targets_of

__all__ = [
    "Column",
    "Policy",
    "Scale",
    "XrayFindings",
    "XrayTargets",
    "ignored",
    "scale_of",
    "task_of",
    "values_of",
]


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


def task_of(
    findings: Sequence[str], targets: Mapping[str, Target], scale: Scale | None = None
) -> XrayFindings | XrayTargets:
    """The task of a model that has these findings, or these targets."""
    return XrayTargets(targets, scale) if targets else XrayFindings(findings)
