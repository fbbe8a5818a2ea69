"""Films as a person sees them: contact sheets, and what a model will see of each film."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import cv2
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from medtune.films.greys import Greys

ACROSS = 4
UNLIKE = 0.5  # a correlation of mean films below this is pointed at
INCHES = 2.4

Grey8 = NDArray[np.uint8]


class ContactSheet(Figure):
    """A figure that a notebook draws by itself, whatever backend it has."""

    def _repr_png_(self) -> bytes:
        png = BytesIO()
        self.savefig(png, format="png")
        return png.getvalue()


def contact_sheet(films: Sequence[NDArray[np.floating]], titles: Sequence[str]) -> ContactSheet:
    """Films side by side, white = dense, all on the same grey scale.

    Args:
        films: each (H, W) in [0, 1].
        titles: one a film.
    """
    down = max(1, -(-len(films) // ACROSS))
    figure = ContactSheet(figsize=(INCHES * ACROSS, (INCHES + 0.35) * down), layout="constrained")
    axes = figure.subplots(down, ACROSS, squeeze=False).ravel()
    for axis in axes:
        axis.set_axis_off()
    for axis, film, title in zip(axes, films, titles, strict=False):
        axis.imshow(film, cmap="gray", vmin=0, vmax=1)
        axis.set_title(title, fontsize=8)
    return figure


@dataclass(frozen=True)
class SeenFilm:
    """One film, on its way into the model.

    Attributes:
        case_id: its pseudonym.
        label: what it teaches, in words.
        facts: size, bits, polarity and transfer syntax, in words.
        notes: what was decided about its pixels, one short sentence each.
        suspect: why it may carry text; None where nothing says so.
        raw: as it was read, made smaller with its aspect ratio.
        prepared: as the store holds it.
        drawn: as training draws it, once an epoch.
    """

    case_id: str
    label: str
    facts: str
    notes: tuple[str, ...]
    suspect: str | None
    raw: Grey8
    prepared: Grey8
    drawn: tuple[Grey8, ...]


@dataclass(frozen=True)
class SeenGroup:
    """The films of one scanner and view.

    Attributes:
        scanner: in the header's words.
        view: likewise.
        films: how many there are, in all splits.
        teach: how many of them teach.
        seen: the films that are shown.
        greys: of a sample of those that teach; None where none could be shown.
        likeness: of its mean film to the other groups', in [-1, 1].
    """

    scanner: str
    view: str
    films: int
    teach: int
    seen: tuple[SeenFilm, ...]
    greys: Greys | None
    likeness: float | None

    @property
    def name(self) -> str:
        """Scanner and view."""
        return f"{self.scanner}, {self.view}"

    @property
    def unlike(self) -> bool:
        """Whether its mean film hardly resembles the other groups'."""
        return self.likeness is not None and self.likeness < UNLIKE


def smaller(picture: NDArray[np.float32], side: int) -> Grey8:
    """A picture with 256 greys and at most so many pixels a side; never made larger.

    Args:
        picture: (H, W) in [0, 1].
        side: pixels.
    """
    scale = side / max(picture.shape)
    if scale < 1:
        size = tuple(max(1, round(scale * pixels)) for pixels in picture.shape[::-1])
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)
    return np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)


def fitted(picture: Grey8, side: int) -> Grey8:
    """A picture whose longer side has exactly so many pixels; pixels of a small one stay seen."""
    scale = side / max(picture.shape)
    size = tuple(max(1, round(scale * pixels)) for pixels in picture.shape[::-1])
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST
    return np.asarray(cv2.resize(picture, size, interpolation=way), np.uint8)


def as_png(picture: Grey8) -> bytes:
    """A picture as PNG."""
    done, png = cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    if not done:
        raise RuntimeError("OpenCV could not write a PNG.")
    return png.tobytes()
