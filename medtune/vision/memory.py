"""Memory of batches, used again once nobody has the batch any more.

The system clears memory before it hands it out; for a batch of films that takes a tenth of the
time in which the films are read.
"""

from __future__ import annotations

from math import prod
from weakref import finalize

import numpy as np
from numpy.typing import NDArray

KEPT = 4  # batches: one in use, the next, and some that a loader holds ahead


class Memory:
    """Arrays of float32 that come back when the last view of them is gone."""

    def __init__(self) -> None:
        self._free: list[NDArray[np.float32]] = []

    def array(self, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """An array of this shape; what is in it is anybody's guess."""
        size = prod(shape)
        whole = self._free.pop() if self._free else np.empty(0, np.float32)
        if len(whole) < size:
            whole = np.empty(size, np.float32)
        view = whole[:size].reshape(shape)
        finalize(view, self._back, whole).atexit = False
        return view

    def _back(self, whole: NDArray[np.float32]) -> None:
        if len(self._free) < KEPT:
            self._free.append(whole)

    def __reduce__(self) -> tuple[type[Memory], tuple[()]]:
        """Another process begins with memory of its own."""
        return Memory, ()
