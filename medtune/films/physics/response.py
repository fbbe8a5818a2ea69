"""The response curve: from exposure, on a logarithmic scale, to the grey that is shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medtune.errors import DataError

Array = NDArray[np.float32]

LATITUDE = 3.0
"""Natural logarithm of the exposure of black over that of white: twentyfold, a round figure of what
reaches the detector behind the lungs over what does behind the mediastinum."""
_LEAST = 1e-6  # of the curve's range: what lies below has no logit


@dataclass(frozen=True)
class Response:
    """A console's characteristic curve.

    Density is 0 where black is shown and 1 where white is, straight in the logarithm of exposure.

    Attributes:
        contrast: steepness of a sigmoid through (0, 0) and (1, 1); 0 is a straight line.
        gamma: exponent on what is shown; above 1 the lungs come out darker.
        latitude: natural logarithm of the exposure of black over that of white.

    Raises:
        DataError: a value that no console has.
    """

    contrast: float = 0.0
    gamma: float = 1.0
    latitude: float = LATITUDE

    def __post_init__(self) -> None:
        if self.contrast < 0 or self.gamma <= 0 or self.latitude <= 0:
            raise DataError(
                "A response curve has a contrast from 0 and a gamma and a latitude above 0, and "
                f"these are {self.contrast:g}, {self.gamma:g} and {self.latitude:g}."
            )

    def shown(self, density: Array) -> Array:
        """Greys of densities; from 0, and above 1 where the density is."""
        value = density
        if self.contrast:
            steep = np.float32(self.contrast)
            low, high = self._ends()
            curve = 1 / (1 + np.exp(-steep * (value - np.float32(0.5))))
            value = (curve - low) / (high - low)
        grey: Array = np.clip(value, 0, None) ** np.float32(self.gamma)
        return grey

    def density(self, shown: Array) -> Array:
        """Densities of greys in [0, 1]: the way back."""
        value = np.clip(shown, 0, 1).astype(np.float32) ** np.float32(1 / self.gamma)
        if self.contrast:
            low, high = self._ends()
            curve = low + value * (high - low)
            curve = np.clip(curve, np.float32(_LEAST), np.float32(1 - _LEAST))
            value = np.log(curve / (1 - curve)) / np.float32(self.contrast) + np.float32(0.5)
        dense: Array = value.astype(np.float32)
        return dense

    def exposure(self, shown: Array) -> Array:
        """Exposures of greys in [0, 1]: 1 where black is shown."""
        exposed: Array = np.exp(-np.float32(self.latitude) * self.density(shown))
        return exposed

    def of_exposure(self, exposure: Array) -> Array:
        """Greys of exposures, in [0, 1]; what is brighter than black stays black."""
        least = np.float32(np.exp(-4 * self.latitude))
        density = np.asarray(-np.log(np.maximum(exposure, least)) / self.latitude, np.float32)
        grey: Array = np.clip(self.shown(density), 0, 1)
        return grey

    def _ends(self) -> tuple[np.float32, np.float32]:
        half = np.array([-0.5, 0.5], dtype=np.float32)
        low, high = 1 / (1 + np.exp(-np.float32(self.contrast) * half))
        return low, high
