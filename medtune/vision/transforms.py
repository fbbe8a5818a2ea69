"""The physics of radiographs as albumentations transforms, for any ``A.Compose``.

They change the picture alone: masks, boxes and keypoints stay where they are. Pictures are float32
in [0, 1], white = dense, (H, W) or (H, W, C) with the same picture in every channel; nothing
passes through 8 bits. What is drawn is a function of the pipeline's seed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"  # it asks the network for updates at import

import albumentations as A

from medtune.errors import DataError
from medtune.films.measure.letters import letters
from medtune.films.physics import (
    GridLines,
    Imaging,
    Leaves,
    Letter,
    Noise,
    Response,
    covered,
)

Array = NDArray[np.float32]
Range = tuple[float, float]

_CORNERS = ((0.08, 0.08), (0.08, 0.92))  # rows and columns, as markers stand most often
_MARGIN = 0.3  # of a letter's height, around what is covered


def on_film(image: NDArray[Any], change: Callable[[Array], Array]) -> Array:
    """Change the one picture that all channels show.

    Raises:
        DataError: the picture is not float32, or its channels differ.
    """
    if image.dtype != np.float32:
        raise DataError(
            f"These transforms want float32 in [0, 1], and the picture is {image.dtype}: in 8 bits "
            "a radiograph has lost what they change."
        )
    if image.ndim == 2:
        return change(image)
    film = np.ascontiguousarray(image[..., 0])
    if image.shape[-1] > 1 and not (image == image[..., :1]).all():
        raise DataError("A radiograph has the same picture in every channel, and this has not.")
    return np.repeat(change(film)[..., None], image.shape[-1], axis=-1)


def _between(rng: np.random.Generator, ends: Range) -> float:
    return float(rng.uniform(*ends))


class ResponseCurve(A.ImageOnlyTransform):
    """Another console: the film's own curve is undone and a new one applied.

    Args:
        gamma: range of the exponent, drawn evenly in its logarithm.
        contrast: range of the sigmoid's steepness; 0 is a straight line.
        own: the film's own curve.
        p: probability.
    """

    def __init__(
        self,
        gamma: Range = (0.8, 1.25),
        contrast: Range = (0.0, 0.0),
        own: Response | None = None,
        p: float = 0.5,
    ) -> None:
        super().__init__(p=p)
        self.gamma, self.contrast, self.own = gamma, contrast, own or Response()

    def get_params(self) -> dict[str, Any]:
        """The new curve."""
        gamma = float(np.exp(_between(self.random_generator, tuple(np.log(self.gamma)))))
        contrast = _between(self.random_generator, self.contrast)
        return {"imaging": Imaging(self.own, developed=Response(contrast, gamma))}

    def apply(self, img: Array, imaging: Imaging, **_: Any) -> Array:
        """The film as another console shows it."""
        return on_film(img, imaging.applied)


class SystemBlur(A.ImageOnlyTransform):
    """Blur of focal spot and movement, in exposure, where it happens.

    Args:
        sigma: range of its standard deviation, as a share of the longer side.
        own: the film's response curve.
        p: probability.
    """

    def __init__(
        self, sigma: Range = (0.0, 0.004), own: Response | None = None, p: float = 0.5
    ) -> None:
        super().__init__(p=p)
        self.sigma, self.own = sigma, own or Response()

    def get_params_dependent_on_data(
        self, params: dict[str, Any], data: dict[str, Any]
    ) -> dict[str, Any]:
        """The blur in pixels of this film."""
        sigma = _between(self.random_generator, self.sigma) * max(params["shape"][:2])
        return {"imaging": Imaging(self.own, focal_blur=sigma)}

    def apply(self, img: Array, imaging: Imaging, **_: Any) -> Array:
        """The film, softer."""
        return on_film(img, imaging.applied)


class QuantumNoise(A.ImageOnlyTransform):
    """Less dose: noise that follows the exposure, correlated as the detector's is.

    Args:
        quanta: range of the quanta over the whole film where it is black, drawn evenly in its
            logarithm.
        correlation: range of the noise's own blur, pixels.
        own: the film's response curve.
        p: probability.
    """

    def __init__(
        self,
        quanta: Range = (2e7, 5e8),
        correlation: Range = (0.0, 0.8),
        own: Response | None = None,
        p: float = 0.5,
    ) -> None:
        super().__init__(p=p)
        self.quanta, self.correlation, self.own = quanta, correlation, own or Response()

    def get_params_dependent_on_data(
        self, params: dict[str, Any], data: dict[str, Any]
    ) -> dict[str, Any]:
        """Quanta a pixel of this film, and the seed of the noise."""
        height, width = params["shape"][:2]
        quanta = float(np.exp(_between(self.random_generator, tuple(np.log(self.quanta)))))
        noise = Noise(
            quanta / (height * width),
            correlation=_between(self.random_generator, self.correlation),
        )
        seed = int(self.random_generator.integers(1 << 32))
        return {"imaging": Imaging(self.own, noise=noise), "seed": seed}

    def apply(self, img: Array, imaging: Imaging, seed: int, **_: Any) -> Array:
        """The film, noisier."""
        return on_film(img, lambda film: imaging.applied(film, seed))


class GridArtefact(A.ImageOnlyTransform):
    """Lines of an anti-scatter grid that stood still, or their moiré.

    Args:
        period: range of the distance from line to line, pixels.
        depth: range of the share of the exposure that varies.
        along: down, across or either.
        own: the film's response curve.
        p: probability.
    """

    def __init__(
        self,
        period: Range = (2.5, 10.0),
        depth: Range = (0.005, 0.03),
        along: Literal["down", "across", "either"] = "either",
        own: Response | None = None,
        p: float = 0.2,
    ) -> None:
        super().__init__(p=p)
        self.period, self.depth, self.along, self.own = period, depth, along, own or Response()

    def get_params(self) -> dict[str, Any]:
        """The lines."""
        rng = self.random_generator
        either: Literal["down", "across"] = "down" if rng.random() < 0.5 else "across"
        grid = GridLines(
            _between(rng, self.period),
            _between(rng, self.depth),
            either if self.along == "either" else self.along,
            float(rng.random()),
        )
        return {"imaging": Imaging(self.own, grid=grid)}

    def apply(self, img: Array, imaging: Imaging, **_: Any) -> Array:
        """The film with lines."""
        return on_film(img, imaging.applied)


class CollimatorBorder(A.ImageOnlyTransform):
    """The field cut off by leaves of a collimator.

    Args:
        depth: range of the share of a side that a leaf covers.
        leaf: probability of each of the four.
        shutter: probability that the console shows it black and not white.
        p: probability that any is seen.
    """

    def __init__(
        self,
        depth: Range = (0.01, 0.08),
        leaf: float = 0.6,
        shutter: float = 1.0,
        p: float = 0.3,
    ) -> None:
        super().__init__(p=p)
        self.depth, self.leaf, self.shutter = depth, leaf, shutter

    def get_params(self) -> dict[str, Any]:
        """The leaves."""
        rng = self.random_generator
        depths = rng.uniform(*self.depth, 4) * (rng.random(4) < self.leaf)
        leaves = Leaves(*(float(depth) for depth in depths))
        return {"imaging": Imaging(leaves=leaves, shutter=bool(rng.random() < self.shutter))}

    def apply(self, img: Array, imaging: Imaging, **_: Any) -> Array:
        """The film inside its borders."""
        return on_film(img, imaging.applied)


class SideMarker(A.ImageOnlyTransform):
    """A letter pasted, of lead or printed by the console.

    Args:
        texts: one is drawn.
        places: (row, column) of its middle, shares of the film; one is drawn, and moved a little.
        height: range of a capital's height, as a share of the film's.
        printed: probability that it is printed, white, and not of lead.
        p: probability.
    """

    def __init__(
        self,
        texts: Sequence[str] = ("R", "L"),
        places: Sequence[tuple[float, float]] = _CORNERS,
        height: Range = (0.03, 0.06),
        printed: float = 0.5,
        p: float = 0.5,
    ) -> None:
        super().__init__(p=p)
        self.texts, self.places = tuple(texts), tuple(places)
        self.height, self.printed = height, printed

    def get_params(self) -> dict[str, Any]:
        """The letter."""
        rng = self.random_generator
        row, column = self.places[int(rng.integers(len(self.places)))]
        down, across = rng.uniform(-0.03, 0.03, 2)
        letter = Letter(
            self.texts[int(rng.integers(len(self.texts)))],
            float(np.clip(row + down, 0.03, 0.97)),
            float(np.clip(column + across, 0.03, 0.97)),
            _between(rng, self.height),
        )
        printed = bool(rng.random() < self.printed)
        marked = Imaging(printed=(letter,)) if printed else Imaging(lead=(letter,))
        return {"imaging": marked}

    def apply(self, img: Array, imaging: Imaging, **_: Any) -> Array:
        """The film with the letter."""
        return on_film(img, imaging.applied)


class CoverMarkers(A.ImageOnlyTransform):
    """Letters near the border found and filled with what is around them.

    A network that cannot see them cannot tell a site or a view by them.

    Args:
        p: probability.
    """

    def __init__(self, p: float = 0.5) -> None:
        super().__init__(p=p)

    def apply(self, img: Array, **_: Any) -> Array:
        """The film without letters."""
        return on_film(img, without_letters)


def without_letters(film: Array) -> Array:
    """The film with what ``films.measure.letters`` finds covered."""
    height, width = film.shape
    boxes = []
    for row, column, tall in letters(film):
        half = (0.5 + _MARGIN) * tall * height
        wide = 1.3 * half
        boxes.append(
            (
                slice(max(0, int(row * height - half)), min(height, int(row * height + half) + 1)),
                slice(
                    max(0, int(column * width - wide)), min(width, int(column * width + wide) + 1)
                ),
            )
        )
    return covered(film, boxes)
