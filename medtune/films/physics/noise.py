"""Noise of quanta and of the reading: less where there is more exposure, correlated by the blur.

For a film that is being taken, quanta are counted (Poisson). To a film that was taken, noise is
added as the same Gaussian field wherever it is computed: a function of seed and place alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medtune.errors import DataError
from medtune.films.physics.blur import blurred

Array = NDArray[np.float32]

# Constants of a 32-bit mixer (lowbias32: C. Wellons, hash-prospector, 2018)
MIX = ((16, 0x7FEB352D), (15, 0x846CA68B), (16, 1))
GOLDEN = 0x9E3779B9  # 2**32 over the golden ratio: consecutive seeds lie far apart
MASK = 0xFFFFFFFF


def counted(
    signal: Array, quanta: float, electronic_noise: float, rng: np.random.Generator
) -> Array:
    """Quanta as a detector reads them.

    Args:
        signal: exposure, 1 where ``quanta`` are expected a pixel.
        quanta: a pixel.
        electronic_noise: standard deviation of the reading, quanta.
        rng: of this film.
    """
    read = rng.poisson(np.maximum(signal * quanta, 0)).astype(np.float32)
    read += np.float32(electronic_noise) * rng.standard_normal(read.shape, dtype=np.float32)
    return read


@dataclass(frozen=True)
class Noise:
    """What is added to an exposure: its relative variance is 1 / (quanta x exposure) and more.

    Attributes:
        quanta: a pixel where black is shown; fewer are noisier.
        electronic: standard deviation of the reading, quanta.
        correlation: standard deviation of the detector's blur, pixels. It smooths the noise, and
            not the film, which has its own blur; ``Imaging.detector_blur`` blurs both.
    """

    quanta: float
    electronic: float = 0.0
    correlation: float = 0.0

    def __post_init__(self) -> None:
        if self.quanta <= 0 or self.electronic < 0 or self.correlation < 0:
            raise DataError(
                "Noise has quanta above 0, and an electronic part and a correlation from 0, and "
                f"these are {self.quanta:g}, {self.electronic:g} and {self.correlation:g}."
            )

    def deviation(self, exposure: Array) -> Array:
        """Standard deviation of an exposure before the correlation, in its own unit."""
        variance = np.maximum(exposure, 0) / np.float32(self.quanta)
        variance += np.float32((self.electronic / self.quanta) ** 2)
        spread: Array = np.sqrt(variance)
        return spread

    def added(self, exposure: Array, seed: int) -> Array:
        """The exposure with noise; from 0."""
        noise = self.deviation(exposure) * standard_normal(seed, exposure.shape)
        noisy: Array = np.maximum(exposure + blurred(noise, self.correlation), 0)
        return noisy


def standard_normal(seed: int, shape: tuple[int, ...]) -> Array:
    """Normal numbers of mean 0 and deviation 1, a function of seed and place alone.

    Two hashed 32-bit words a place and Box and Muller's transform (1958); ``vision`` computes the
    same on any device.

    Args:
        seed: any whole number; its lower 32 bits count.
        shape: (H, W).
    """
    count = int(np.prod(shape))
    place = np.arange(count, dtype=np.uint64)
    start = np.uint64(mixed_seed(seed))
    first = _mixed((2 * place + start) & np.uint64(MASK))
    second = _mixed((2 * place + np.uint64(1) + start) & np.uint64(MASK))
    # 24 bits are what a float32 holds exactly; half a step keeps the logarithm finite
    low = ((first >> np.uint64(8)).astype(np.float32) + np.float32(0.5)) / np.float32(1 << 24)
    turn = (second >> np.uint64(8)).astype(np.float32) / np.float32(1 << 24)
    drawn = np.sqrt(-2 * np.log(low)) * np.cos(np.float32(2 * np.pi) * turn)
    return drawn.reshape(shape).astype(np.float32)


def mixed_seed(seed: int) -> int:
    """The 32-bit word at which a seed's sequence of words begins."""
    word = (seed * GOLDEN) & MASK
    for shift, factor in MIX:
        word = ((word ^ (word >> shift)) * factor) & MASK
    return word


def _mixed(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Words below 2**32, well mixed."""
    for shift, factor in MIX:
        words = ((words ^ (words >> np.uint64(shift))) * np.uint64(factor)) & np.uint64(MASK)
    return words
