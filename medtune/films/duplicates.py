"""temporary"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def near_duplicates(prints: NDArray[np.int8]) -> pd.DataFrame:
    v = prints.astype(np.float32)
    v /= np.linalg.norm(v, axis=1, keepdims=True) + 1e-9
    s = v @ v.T
    i, j = np.nonzero(np.triu(np.abs(s) > 0.999, 1))
    return pd.DataFrame(
        {"first": i, "second": j, "similarity": s[i, j], "how": "same", "verdict": "same"}
    )


def clusters(pairs: pd.DataFrame, count: int) -> list[list[int]]:
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    g = coo_matrix((np.ones(len(pairs)), (pairs["first"], pairs["second"])), (count, count))
    n, label = connected_components(g, directed=False)
    return [m.tolist() for m in (np.flatnonzero(label == k) for k in range(n)) if len(m) > 1]
