"""What classes and grades share: whole numbers as values, and rows that are known or not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import Tensor


def whole_numbers(
    values: NDArray[np.floating], below: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Values (N,) as whole numbers, 0 where they are NaN, and whether they are not, (N,).

    Raises:
        ValueError: a value is not one of 0, 1 ... ``below`` - 1.
    """
    known = ~np.isnan(values)
    number = np.where(known, values, 0)
    wrong = (number != np.floor(number)) | (number < 0) | (number >= below)
    if wrong.any():
        raise ValueError(
            f"{number[wrong][0]:g} is none of 0 to {below - 1} ({int(wrong.sum())} of "
            f"{len(values)} values are none)"
        )
    return number.astype(np.int64), known


def known_rows(logits: Tensor, targets: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
    """Logits and targets (B, ...) as float32, 0 in rows that are not known (B,)."""
    rows = known[:, None]
    zero = logits.new_zeros(()).float()
    return logits.float().where(rows, zero), targets.float().where(rows, zero)
