"""How a film becomes the square picture that a network sees, the same for every film of a run."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from medtune.dicom import Facts, Place, Showing, StoredXray, open_xray
from medtune.dicom.privacy import burned_in_suspect
from medtune.films.burned_in import suspect_text_at_edges
from medtune.films.collimation import Box, collimated_box
from medtune.films.fingerprints import fingerprint
from medtune.films.harmonise import Harmonisation

_NEARLY_SQUARE = 0.01  # pixels whose sides differ by less than this share are square
_OVERVIEW = 512  # pixels of the longer side, on which borders are looked for


@dataclass(frozen=True)
class Preprocessing:
    """The specification; it is part of the checkpoint, and its digest names the store.

    Attributes:
        image_size: pixels a side.
        fit: pad keeps the whole film and fills up with black; crop keeps the middle square.
        window: which VOI LUT or window is shown: its number, or names in order of preference.
        prefer_lut: whether VOI LUTs come before windows where a film has both.
        without_window: what is shown of a film that has neither: the range between two
            percentiles of its own, or the full range of its bits.
        collimation: whether borders outside of the X-ray field are kept or cut off.
        depth: bits of a stored pixel.
        version: raised when the same settings would give other pixels.
        harmonise: how greys are brought to one scale; None: they stay.
    """

    image_size: int
    fit: Literal["pad", "crop"] = "pad"
    window: int | tuple[str, ...] = 1
    prefer_lut: bool = True
    without_window: Literal["percentile", "full_range"] = "percentile"
    collimation: Literal["keep", "crop"] = "keep"
    depth: Literal[8, 16] = 16
    version: int = 3
    harmonise: Harmonisation | None = None

    def __post_init__(self) -> None:
        if isinstance(self.window, list):  # as JSON has it
            object.__setattr__(self, "window", tuple(self.window))
        if isinstance(self.harmonise, dict):
            object.__setattr__(self, "harmonise", Harmonisation(**self.harmonise))

    @property
    def digest(self) -> str:
        """Name of the store that holds films prepared this way."""
        said = asdict(self)
        if self.harmonise is None:  # as before there was such a rule: the films are the same
            del said["harmonise"]
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def dtype(self) -> np.dtype[np.uint8] | np.dtype[np.uint16]:
        """Of a stored pixel; its greatest value is 1.0: white, dense."""
        return np.dtype(np.uint8) if self.depth == 8 else np.dtype(np.uint16)

    @property
    def showing(self) -> Showing:
        """The rule for grey values."""
        return Showing(self.window, self.prefer_lut, self.without_window)


@dataclass(frozen=True)
class Prepared:
    """A film ready for the store.

    Attributes:
        pixels: (S, S) uint8 or uint16.
        notes: what was decided about the pixels.
        text: why it may carry printed text, or None.
        fingerprint: (D,) int8, alike for films that are alike.
    """

    pixels: NDArray[np.uint8] | NDArray[np.uint16]
    notes: tuple[str, ...]
    text: str | None
    fingerprint: NDArray[np.int8]


def prepare(place: Place, spec: Preprocessing, frame: int | None = None) -> Prepared:
    """Read one film and prepare it.

    Args:
        place: of the film.
        spec: how.
        frame: from 0; None for a file of one frame.

    Raises:
        UnreadableFile: with a word of ``REASONS``.
    """
    film = open_xray(place, spec.showing, frame=frame)
    notes = list(film.notes)
    rows, columns = film.cells.shape
    box = Box(0, rows, 0, columns)
    if spec.collimation == "crop":
        box, said = _inside_borders(film)
        notes += said
    aspect = _aspect(film.facts)
    if aspect != 1:
        notes.append(f"pixels are {aspect:.3g} times as high as they are wide")
    if spec.fit == "crop":
        box = _middle(box, aspect)
    small = _reduced(film, box, aspect, spec)
    text = burned_in_suspect(film.facts)
    if text is None and suspect_text_at_edges(film.part, film.cells.shape):
        text = "its borders look like printed text"
    shown = small if spec.harmonise is None else spec.harmonise.applied(small)
    return Prepared(_on_black(shown, spec), tuple(notes), text, fingerprint(small))


def _inside_borders(film: StoredXray) -> tuple[Box, list[str]]:
    rows, columns = film.cells.shape
    whole = Box(0, rows, 0, columns)
    scale = min(1.0, _OVERVIEW / max(rows, columns))
    height, width = max(1, round(rows * scale)), max(1, round(columns * scale))
    found = collimated_box(film.reduced(height, width))
    if found is None:
        return whole, []
    box = Box(
        round(found.top * rows / height),
        round(found.bottom * rows / height),
        round(found.left * columns / width),
        round(found.right * columns / width),
    )
    cut = (box.top, rows - box.bottom, box.left, columns - box.right)
    sides = [f"{n} {side}" for n, side in zip(cut, ("top", "bottom", "left", "right"), strict=True)]
    return box, [f"borders cut off: {', '.join(sides)}"]


def _aspect(facts: Facts) -> float:
    """How high a pixel is for its width; 1 where it is square or nobody says."""
    if facts.pixel_spacing is None:
        return 1.0
    down, across = facts.pixel_spacing
    return down / across if abs(down / across - 1) > _NEARLY_SQUARE else 1.0


def _middle(box: Box, aspect: float) -> Box:
    """The largest square in the middle of a box."""
    height, width = box.bottom - box.top, box.right - box.left
    side = min(height * aspect, width)  # in widths of a pixel
    rows, columns = max(1, round(side / aspect)), max(1, round(side))
    top, left = box.top + (height - rows) // 2, box.left + (width - columns) // 2
    return Box(top, top + rows, left, left + columns)


def _reduced(film: StoredXray, box: Box, aspect: float, spec: Preprocessing) -> NDArray[np.float32]:
    """The box, its longer side as long as the picture's."""
    height, width = (box.bottom - box.top) * aspect, box.right - box.left
    scale = spec.image_size / max(height, width)
    size = max(1, round(height * scale)), max(1, round(width * scale))
    return film.reduced(*size, (slice(box.top, box.bottom), slice(box.left, box.right)))


def _on_black(
    small: NDArray[np.float32], spec: Preprocessing
) -> NDArray[np.uint8] | NDArray[np.uint16]:
    size, (height, width) = spec.image_size, small.shape
    square = np.zeros((size, size), np.float32)
    top, left = (size - height) // 2, (size - width) // 2
    square[top : top + height, left : left + width] = small
    whole = np.rint(np.clip(square, 0, 1) * np.iinfo(spec.dtype).max)
    return whole.astype(np.uint8) if spec.depth == 8 else whole.astype(np.uint16)
