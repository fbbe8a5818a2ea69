"""One grade of several in order, such as severity or the Kellgren-Lawrence grade."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import cohen_kappa_score
from torch import Tensor
from torch.nn.functional import logsigmoid

from medtune.learning.targets.whole import known_rows, whole_numbers
from medtune.learning.task import Batch, Monitor

KAPPA = Monitor("kappa", "quadratic-weighted kappa")


@dataclass(frozen=True)
class Grades:
    """An ordinal target of K grades by CORN, as probabilities of being above each but the last.

    Output k says how probable a grade above k is where it is k or above, so the probabilities of
    being above 0, above 1 ..., their products, fall by construction. Source: Shi, Cao and Raschka
    2023, Pattern Anal. Appl. 26:941 (arXiv 2111.08851, 2021), section 3.

    Targets and scores are (B, K - 1): P(y > 0) ... P(y > K - 2). A certain grade is ones, then
    zeros; two cases mixed, or a grade in doubt, are in between, and their loss is the expected one.

    Attributes:
        grades: K, at least 2.
    """

    grades: int

    def __post_init__(self) -> None:
        if self.grades < 2:
            raise ValueError(f"a scale has at least 2 grades, not {self.grades}")

    @property
    def outputs(self) -> int:
        """Outputs of the network: one for each step of the scale."""
        return self.grades - 1

    def encoded(
        self, values: NDArray[np.floating]
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Grades (N,) from 0 to K - 1, NaN where unknown, as targets and known, (N, K - 1) each.

        Raises:
            ValueError: a value is no grade.
        """
        number, known = whole_numbers(values, self.grades)
        targets = (number[:, None] > np.arange(self.outputs)).astype(np.float32)
        return targets, np.repeat(known[:, None], self.outputs, axis=1)

    def decoded(self, scores: NDArray[np.float64]) -> NDArray[np.int64]:
        """The grade of each case, (N,): how many steps are passed with more than 0.5."""
        return np.asarray((scores > 0.5).sum(axis=1), np.int64)

    def expected(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """The expected grade of each case, (N,): the sum of P(y > k)."""
        return np.asarray(scores.sum(axis=1))

    def table(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """The probability of each grade, (N, K): what P(y > k) loses from step to step.

        Its median is the grade of ``decoded``.
        """
        above = np.column_stack([np.ones(len(scores)), scores, np.zeros(len(scores))])
        return above[:, :-1] - above[:, 1:]

    def loss(self, logits: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """The CORN loss: its sum over all steps that a known case reaches, and how many they are.

        Step k is reached with P(y > k - 1), which is 1 or 0 for a certain grade. The count is the
        sum of these, so it is whole where all grades are certain.
        """
        known = batch.known.all(dim=1)
        x, above = known_rows(logits, batch.targets, known)
        reached = above.new_ones(above.shape)
        reached[:, 1:] = above[:, :-1]
        reached = reached * known[:, None]
        each = -(above * logsigmoid(x) + (reached - above) * logsigmoid(-x))
        return each.sum(), reached.sum()

    def scores(self, logits: Tensor) -> Tensor:
        """P(y > 0) ... P(y > K - 2), (B, K - 1), which never rise from step to step."""
        return logits.sigmoid().cumprod(dim=1)

    @property
    def monitor(self) -> Monitor:
        """Cohen's kappa with quadratic weights."""
        return KAPPA

    def judged(
        self, scores: NDArray[np.float64], targets: NDArray[np.float64], known: NDArray[np.bool_]
    ) -> float:
        """Cohen's kappa with quadratic weights (Cohen 1968) between true and found grades.

        NaN where all known cases have one grade, and where the network has diverged and its scores
        are no numbers.
        """
        rows = known.all(axis=1)
        truth = self.decoded(targets[rows])
        if not np.isfinite(scores).all() or len(np.unique(truth)) < 2:
            return float("nan")
        found = self.decoded(scores[rows])
        return float(
            cohen_kappa_score(truth, found, weights="quadratic", labels=range(self.grades))
        )

    def each(
        self, scores: NDArray[np.float64], targets: NDArray[np.float64], known: NDArray[np.bool_]
    ) -> dict[str, float]:
        """There is one target, and ``judged`` judges it."""
        return {"grade": self.judged(scores, targets, known)}
