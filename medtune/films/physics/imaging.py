"""A film as another machine would have taken it: each effect in its physical place."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from medtune.films.physics.blur import blurred
from medtune.films.physics.field import Leaves, open_field
from medtune.films.physics.grid import GridLines
from medtune.films.physics.lead import Letter
from medtune.films.physics.noise import Noise
from medtune.films.physics.response import Response

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Imaging:
    """What is changed, in the order in which it happens.

    The film's own response curve is undone; in exposure come lead, leaves, focal blur, grid
    lines, noise and the detector's blur; then the new response curve, the console's shutter,
    what is printed, which is white, and the polarity last.

    Attributes:
        response: of the film as it is.
        lead: letters that lay in the beam.
        leaves: of the collimator.
        shutter: whether the console shows what the leaves cover as black; else it is white, as
            nothing exposed it.
        focal_blur: standard deviation of blur before the quanta are counted, pixels.
        grid: lines of an anti-scatter grid.
        noise: that is added.
        detector_blur: standard deviation of blur after the quanta are counted, pixels: it smooths
            the added noise too.
        developed: the new response curve; None keeps the film's own.
        printed: text that the console writes into the picture.
        inverted: whether black and white change places.
    """

    response: Response = field(default_factory=Response)
    lead: tuple[Letter, ...] = ()
    leaves: Leaves | None = None
    shutter: bool = True
    focal_blur: float = 0.0
    grid: GridLines | None = None
    noise: Noise | None = None
    detector_blur: float = 0.0
    developed: Response | None = None
    printed: tuple[Letter, ...] = ()
    inverted: bool = False

    @property
    def in_exposure(self) -> bool:
        """Whether anything happens before the response curve."""
        blur = self.focal_blur or self.detector_blur
        return bool(self.lead or self.leaves or blur or self.grid or self.noise)

    def applied(self, film: Array, seed: int = 0) -> Array:
        """The film as changed.

        Args:
            film: (H, W) in [0, 1], white = dense; not changed.
            seed: of the noise.

        Returns:
            (H, W) float32 in [0, 1].
        """
        shown = film.astype(np.float32)
        developed = self.developed or self.response
        beam = None
        if self.leaves is not None:
            beam = open_field(film.shape[:2], self.leaves.pixels(film.shape))
        if self.in_exposure:
            shown = developed.of_exposure(self._exposed(shown, beam, seed))
        elif developed != self.response:
            shown = developed.shown(self.response.density(shown))
        if beam is not None and self.shutter:
            shown = shown * beam
        for letter in self.printed:
            shown = np.maximum(shown, letter.drawn(film.shape))
        grey: Array = np.clip(1 - shown if self.inverted else shown, 0, 1).astype(np.float32)
        return grey

    def _exposed(self, shown: Array, beam: Array | None, seed: int) -> Array:
        exposure = self.response.exposure(shown)
        for letter in self.lead:
            exposure = exposure * np.exp(-np.float32(letter.opacity) * letter.drawn(shown.shape))
        if beam is not None:
            exposure = exposure * beam
        exposure = blurred(exposure, self.focal_blur)
        if self.grid is not None:
            exposure = exposure * self.grid.passed(shown.shape)
        if self.noise is not None:
            exposure = self.noise.added(exposure, seed)
        return blurred(exposure, self.detector_blur)
