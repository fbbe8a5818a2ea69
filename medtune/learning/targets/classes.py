"""One class of several, such as the view or the kind of an implant."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from torch import Tensor
from torch.nn.functional import log_softmax

from medtune.learning.targets.whole import known_rows, whole_numbers
from medtune.learning.task import AUROC, Batch, Monitor


@dataclass(frozen=True)
class Classes:
    """A single-label target of K classes, as probabilities (B, K): a case's own is 1, others 0.

    Attributes:
        classes: K, at least 2.
        smoothing: s makes a target t into ``t (1 - s) + s / K`` (Szegedy et al. 2016, arXiv
            1512.00567).
        names: of the classes, for ``each``; their numbers where none are given.
    """

    classes: int
    smoothing: float = 0.0
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.classes < 2:
            raise ValueError(f"a choice has at least 2 classes, not {self.classes}")
        if not 0 <= self.smoothing < 1:
            raise ValueError(f"smoothing is from 0 to below 1, not {self.smoothing:g}")

    @property
    def outputs(self) -> int:
        """Outputs of the network: one a class."""
        return self.classes

    def encoded(
        self, values: NDArray[np.floating]
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Classes (N,) from 0 to K - 1, NaN where unknown, as targets and known, (N, K) each.

        Raises:
            ValueError: a value is no class.
        """
        number, known = whole_numbers(values, self.classes)
        targets = np.eye(self.classes, dtype=np.float32)[number]
        return targets, np.repeat(known[:, None], self.classes, axis=1)

    def decoded(self, scores: NDArray[np.float64]) -> NDArray[np.int64]:
        """The most probable class of each case, (N,)."""
        return np.asarray(scores.argmax(axis=1), np.int64)

    def table(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """The probability of each class, (N, K), as it is."""
        return scores

    def loss(self, logits: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """Cross-entropy, its sum over the cases whose class is known, and how many they are."""
        known = batch.known.all(dim=1)
        x, t = known_rows(logits, batch.targets, known)
        t = t * (1 - self.smoothing) + self.smoothing / self.classes
        each = -(t * log_softmax(x, dim=1)).sum(dim=1)
        return each.where(known, each.new_zeros(())).sum(), known.sum()

    def scores(self, logits: Tensor) -> Tensor:
        """Probabilities (B, K) that add up to 1."""
        return logits.softmax(dim=1)

    @property
    def monitor(self) -> Monitor:
        """The mean AUROC of each class against the others."""
        return AUROC

    def judged(
        self, scores: NDArray[np.float64], targets: NDArray[np.float64], known: NDArray[np.bool_]
    ) -> float:
        """Mean AUROC of each class against the others, over the classes that can be judged.

        NaN where none can, and where the network has diverged and its scores are no numbers.
        """
        if not np.isfinite(scores).all():
            return float("nan")
        values = [v for v in self.each(scores, targets, known).values() if not np.isnan(v)]
        return float(np.mean(values)) if values else float("nan")

    def each(
        self, scores: NDArray[np.float64], targets: NDArray[np.float64], known: NDArray[np.bool_]
    ) -> dict[str, float]:
        """AUROC of each class against the others, by its name; NaN where it cannot be judged."""
        rows = known.all(axis=1)
        values = {}
        for k in range(self.classes):
            truth, found = targets[rows, k] > 0.5, scores[rows, k]
            can = len(np.unique(truth)) == 2 and np.isfinite(found).all()
            name = self.names[k] if self.names else f"class {k}"
            values[name] = float(roc_auc_score(truth, found)) if can else float("nan")
        return values
