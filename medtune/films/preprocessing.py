"""How a film becomes the square picture that a network sees, the same for every film of a run."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from medtune.dicom import Place, Showing, open_xray
from medtune.dicom.privacy import burned_in_suspect
from medtune.films.burned_in import suspect_text_at_edges
from medtune.films.fingerprints import fingerprint
from medtune.films.framing import Frame, framed
from medtune.films.harmonise import Harmonisation


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
    lies, said = framed(film, spec.image_size, spec.fit, spec.collimation)
    box = lies.box
    part = slice(box.top, box.bottom), slice(box.left, box.right)
    small = film.reduced(lies.height, lies.width, part)
    text = burned_in_suspect(film.facts)
    if text is None and suspect_text_at_edges(film.part, film.cells.shape):
        text = "its borders look like printed text"
    shown = small if spec.harmonise is None else spec.harmonise.applied(small)
    notes = (*film.notes, *said)
    return Prepared(_on_black(shown, lies, spec), notes, text, fingerprint(small))


def _on_black(
    small: NDArray[np.float32], lies: Frame, spec: Preprocessing
) -> NDArray[np.uint8] | NDArray[np.uint16]:
    square = np.zeros((lies.size, lies.size), np.float32)
    top, left = lies.corner
    square[top : top + lies.height, left : left + lies.width] = small
    whole = np.rint(np.clip(square, 0, 1) * np.iinfo(spec.dtype).max)
    return whole.astype(np.uint8) if spec.depth == 8 else whole.astype(np.uint16)
