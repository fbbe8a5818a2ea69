"""Numbers on a scale with a unit, such as bone age in months."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import mse_loss, smooth_l1_loss

from medtune.learning.task import Batch, Monitor

MAE = Monitor("mae", "mean absolute error", "min")
OF_SEVERAL = Monitor("mae_sd", "mean absolute error in standard deviations", "min")


@dataclass(frozen=True)
class Amounts:
    """F continuous targets. The network learns them standardised by the train split.

    Targets and scores are in their own unit, (B, F); a network that says 0 says the train mean.

    Attributes:
        mean: (F,) of the train split.
        deviation: (F,) its standard deviations, all above 0.
        by: smooth_l1 (square up to an error of one standard deviation, then linear, so that a
            mistyped value does not rule; Girshick 2015, arXiv 1504.08083, equation 3) or l2 (half
            the square).
        names: of the amounts, for ``each``; their places where none are given.
    """

    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    by: Literal["smooth_l1", "l2"] = "smooth_l1"
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.mean) != len(self.deviation):
            raise ValueError("each amount has a mean and a deviation")
        if not all(np.isfinite(self.mean)) or not all(0 < d < np.inf for d in self.deviation):
            raise ValueError("means must be finite, and deviations finite and above 0")

    @classmethod
    def of(
        cls, values: NDArray[np.floating], by: Literal["smooth_l1", "l2"] = "smooth_l1"
    ) -> Amounts:
        """Standardised by these values of the train split.

        Args:
            values: (N, F), NaN where unknown.
            by: see the class.

        Raises:
            ValueError: an amount has no two different known values.
        """
        columns = [column[~np.isnan(column)].astype(np.float64) for column in values.T]
        for place, column in enumerate(columns):
            if len(np.unique(column)) < 2:
                raise ValueError(
                    f"amount {place} has {len(column)} known values that do not differ: there is "
                    "nothing to learn"
                )
        return cls(
            tuple(float(c.mean()) for c in columns), tuple(float(c.std()) for c in columns), by
        )

    @property
    def outputs(self) -> int:
        """Outputs of the network: one an amount."""
        return len(self.mean)

    def encoded(
        self, values: NDArray[np.floating]
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Amounts (N, F) in their unit, NaN where unknown, as targets and known, (N, F) each.

        Raises:
            ValueError: an amount is infinite.
        """
        if np.isinf(values).any():
            raise ValueError(f"{int(np.isinf(values).sum())} amounts are infinite")
        known = ~np.isnan(values)
        return np.where(known, values, 0).astype(np.float32), known

    def decoded(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Scores are amounts already, (N, F)."""
        return scores

    def table(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """The amounts, (N, F), as they are."""
        return scores

    def loss(self, logits: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """The loss of the standardised error: its sum over what is known, and how many that is."""
        mean, deviation = self._scale(batch.targets)
        zero = logits.new_zeros(()).float()
        x = logits.float().where(batch.known, zero)
        t = ((batch.targets.float() - mean) / deviation).where(batch.known, zero)
        if self.by == "smooth_l1":
            each = smooth_l1_loss(x, t, reduction="none", beta=1.0)
        else:
            each = mse_loss(x, t, reduction="none") / 2
        return each.where(batch.known, zero).sum(), batch.known.sum()

    def scores(self, logits: Tensor) -> Tensor:
        """Amounts (B, F) in their own unit."""
        mean, deviation = self._scale(logits)
        return logits * deviation + mean

    @property
    def monitor(self) -> Monitor:
        """The mean absolute error: in its unit of one amount, in standard deviations of several."""
        return MAE if self.outputs == 1 else OF_SEVERAL

    def judged(
        self, scores: NDArray[np.float64], targets: NDArray[np.float64], known: NDArray[np.bool_]
    ) -> float:
        """The mean absolute error, of several amounts the mean over those that have a known case.

        NaN where none has, and where the network has diverged and its scores are no numbers.
        """
        if not np.isfinite(scores).all() or not known.any():
            return float("nan")
        unit = 1.0 if self.outputs == 1 else np.asarray(self.deviation)
        error = np.where(known, np.abs(scores - targets), 0) / unit
        judged = known.any(axis=0)
        return float((error.sum(axis=0)[judged] / known.sum(axis=0)[judged]).mean())

    def each(
        self, scores: NDArray[np.float64], targets: NDArray[np.float64], known: NDArray[np.bool_]
    ) -> dict[str, float]:
        """The same of each amount alone, by its name."""
        names = self.names or [f"amount {i}" for i in range(self.outputs)]
        return {
            names[i]: Amounts((0.0,), (1.0,)).judged(
                scores[:, [i]] / unit, targets[:, [i]] / unit, known[:, [i]]
            )
            for i, unit in enumerate(self.deviation if self.outputs > 1 else (1.0,))
        }

    def _scale(self, like: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and deviation (F,), float32, where ``like`` is."""
        mean, deviation = (
            torch.tensor(row, dtype=torch.float32, device=like.device)
            for row in (self.mean, self.deviation)
        )
        return mean, deviation
