"""Films as batches: gathered from the store, changed at random only in training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from medtune.films.store import Decoded
from medtune.learning.task import Batch, Draw
from medtune.tables.cases import read_uncertain
from medtune.vision.memory import Memory

BatchChange = Callable[[list[int | None]], Callable[[Tensor], Tensor]]
SOFT = 0.5  # what an uncertain finding is taught as by the policy 'soft'


class Change(Protocol):
    """A film as a function of the film and a seed alone."""

    def __call__(
        self, film: NDArray[np.float32], seed: int, to: NDArray[np.float32] | None = None
    ) -> NDArray[np.float32]:
        """The film (S, S) in [0, 1] changed; written to ``to``, or into new memory."""


class Films:
    """Cases of one split, as ``learning`` wants them.

    Args:
        decoded: the store.
        cases: the table of cases; each must be decoded.
        targets: (N, F) values, in the order of the cases.
        known: (N, F).
        change: of a film by a seed; training only.
        on_device: the same for a batch once it is on the device that learns: from B seeds, None
            where a film stays as it is, to a function of the batch; instead of ``change``.
    """

    def __init__(
        self,
        decoded: Decoded,
        cases: pd.DataFrame,
        targets: NDArray[np.float32],
        known: NDArray[np.bool_],
        change: Change | None = None,
        on_device: BatchChange | None = None,
    ) -> None:
        # as a plain array on the same memory map: numpy's memmap costs time at every index
        self.pixels = np.asarray(decoded.pixels)
        self.memory = Memory()
        self.case_id = cases["case_id"].astype(str).tolist()
        self.rows = decoded.rows.loc[self.case_id, "row"].to_numpy(dtype=np.int64)
        self.targets, self.known, self.change = targets, known, change
        self.on_device = on_device

    def __len__(self) -> int:
        return len(self.case_id)

    def __getitems__(self, draws: Sequence[Draw | int]) -> Batch:
        """Films float32 (B, 1, 1, S, S) in [0, 1]; seeds count only where there is a change."""
        at = [draw.index if isinstance(draw, Draw) else draw for draw in draws]
        films = self.memory.array((len(at), *self.pixels.shape[1:]))
        if self.change is None:
            gather(self.pixels, self.rows[at].tolist(), films)
        else:
            self._changed(self.change, draws, self.rows[at].tolist(), films)
        return Batch(
            inputs=torch.from_numpy(films)[:, None, None],
            targets=torch.from_numpy(self.targets[at]),
            known=torch.from_numpy(self.known[at]),
            case_id=[self.case_id[i] for i in at],
            later=self._later(draws),
        )

    def _changed(
        self,
        change: Change,
        draws: Sequence[Draw | int],
        rows: Sequence[int],
        films: NDArray[np.float32],
    ) -> None:
        """Each film read and changed while it lies in the processor's cache."""
        plain = np.empty((1, *films.shape[1:]), np.float32)
        for film, row, draw in zip(films, rows, draws, strict=True):
            if isinstance(draw, Draw):
                gather(self.pixels, [row], plain)
                change(plain[0], draw.seed, film)
            else:
                gather(self.pixels, [row], film[None])

    def _later(self, draws: Sequence[Draw | int]) -> Callable[[Tensor], Tensor] | None:
        seeds = [draw.seed if isinstance(draw, Draw) else None for draw in draws]
        if self.on_device is None or not any(seed is not None for seed in seeds):
            return None
        return self.on_device(seeds)


def gather(pixels: NDArray[Any], rows: Sequence[int], films: NDArray[np.float32]) -> None:
    """Read films of the store into a batch, as grey values in [0, 1].

    Args:
        pixels: (N, S, S) of the store.
        rows: K places in it.
        films: (K, S, S), written to.
    """
    white = np.float32(np.iinfo(pixels.dtype).max)
    # straight from the map into the batch, which is what a batch costs; a division that casts its
    # numbers itself takes a third longer than both one after the other
    for film, row in zip(films, rows, strict=True):
        np.copyto(film, pixels[row])
        np.divide(film, white, out=film)


def targets_of(
    cases: pd.DataFrame, findings: list[str], policy: Callable[[str], str]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """What is taught of each case, under the policy for uncertain labels.

    Args:
        cases: the table of cases.
        findings: F names.
        policy: finding to ignore, positive, negative or soft.

    Returns:
        Values (N, F) and whether they are known (N, F).
    """
    values = np.zeros((len(cases), len(findings)), np.float32)
    known = np.zeros((len(cases), len(findings)), bool)
    uncertain = cases["uncertain"].map(read_uncertain)
    taught = {"positive": 1.0, "negative": 0.0, "soft": SOFT}
    for f, finding in enumerate(findings):
        column = cases[finding].astype("Float32")
        known[:, f] = column.notna()
        values[:, f] = column.fillna(0).to_numpy(np.float32)
        if policy(finding) in taught:
            unsure = np.array([finding in named for named in uncertain], bool)
            values[unsure, f] = taught[policy(finding)]
            known[unsure, f] = True
    return values, known
