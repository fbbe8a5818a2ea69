"""How far a case lies from those that taught: a distance in the network's last features.

The squared Mahalanobis distance to the mean of the training features (Lee, Lee, Lee & Shin 2018,
arXiv:1807.03888, with one Gaussian for all, since a film may have several findings), per feature.
The covariance is shrunk towards a multiple of the identity (Ledoit & Wolf 2004), so that it can be
inverted where there are fewer films than features. What is kept is the mean and the shape of all
training films together; no film, no feature of one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.covariance import ledoit_wolf_shrinkage

FEWEST = 20  # films, below which there is no shape to speak of
MOST = 5000  # films that are used: more do not change it


@dataclass(frozen=True)
class Familiarity:
    """The shape of the training features.

    Attributes:
        mean: (W,) float32.
        axes: (K, W) float32, orthonormal: the directions in which the features vary.
        precision: (K,) float32, one over the variance along each.
        rest: one over the variance in every other direction.
        limit: distance beyond which a case is unusual; NaN where none was set.
    """

    mean: NDArray[np.float32]
    axes: NDArray[np.float32]
    precision: NDArray[np.float32]
    rest: float
    limit: float = math.nan

    def distance(self, features: NDArray[np.floating]) -> NDArray[np.float64]:
        """Distances (N,) of features (N, W); 1 in the mean square of those that taught."""
        away = features.astype(np.float64) - self.mean
        along = away @ self.axes.T.astype(np.float64)
        outside = np.maximum((away**2).sum(axis=1) - (along**2).sum(axis=1), 0.0)
        squared = (along**2) @ self.precision.astype(np.float64) + self.rest * outside
        return np.asarray(np.sqrt(squared / self.mean.size))


def fit_familiarity(features: NDArray[np.floating]) -> Familiarity | None:
    """The shape of features (N, W); None where there are too few, or all are the same."""
    n, width = features.shape
    if n < FEWEST:
        return None
    given = features.astype(np.float64)
    mean = given.mean(axis=0)
    away = given - mean
    common = float((away**2).sum() / (n * width))
    if not common > 0:
        return None
    shrinkage = float(ledoit_wolf_shrinkage(away, assume_centered=True))
    _, sizes, axes = np.linalg.svd(away, full_matrices=False)
    kept = sizes > 1e-6 * sizes[0]
    floor = max(shrinkage, 1e-6) * common
    variance = (1 - shrinkage) * sizes[kept] ** 2 / n + floor
    return Familiarity(
        mean.astype(np.float32),
        axes[kept].astype(np.float32),
        (1 / variance).astype(np.float32),
        float(np.float32(1 / floor)),
    )
