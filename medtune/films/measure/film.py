"""Everything that is measured of one film, as a few numbers."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from medtune.config.site import SHARES
from medtune.dicom import Place, Showing, open_xray
from medtune.dicom.facts import Facts
from medtune.films.burned_in import suspect_text_at_edges
from medtune.films.collimation import Box, collimated_box
from medtune.films.matching import BLACK, equalised, quantiles
from medtune.films.measure.grid_lines import LARGEST, LinesSeen, grid_lines
from medtune.films.measure.letters import letters
from medtune.films.measure.noise import NoiseSeen, noise_seen
from medtune.films.measure.pose import small
from medtune.films.measure.sharpness import spectrum

Array = NDArray[np.float32]

SIDE = 512  # pixels of the longer side on which films are measured; smaller ones as they are
_WHITE = 1 - BLACK


@dataclass(frozen=True)
class Measured:
    """One film.

    Attributes:
        side: pixels of the longer side on which it was measured.
        greys: (9,) quantiles at ``SHARES``, black pixels not counted.
        black, white: shares of the pixels that are clipped, borders not counted.
        noise: residual deviations at each grey.
        rank_noise: the same of the film by its ranks.
        spectrum: (18,) power of the film by its ranks.
        borders: shares of the film outside of its field: top, bottom, left, right.
        border_grey: mean grey of these; NaN where there are none.
        lines: of a grid.
        letters: (N, 3) row, column and height.
        text: whether its borders look like printed text.
        small: (64, 64) by its ranks, from which poses are told; it does not leave the process.
        millimetres: a pixel of ``side``; NaN where the header does not say.
    """

    side: int
    greys: NDArray[np.float64]
    black: float
    white: float
    noise: NoiseSeen
    rank_noise: NoiseSeen
    spectrum: NDArray[np.float64]
    borders: tuple[float, float, float, float]
    border_grey: float
    lines: LinesSeen | None
    letters: NDArray[np.float64] = field(repr=False)
    text: bool
    small: Array = field(repr=False)
    millimetres: float


def measured_film(place: Place, showing: Showing, frame: int | None = None) -> Measured:
    """Read and measure one film.

    Args:
        place: of the film.
        showing: which grey values are shown.
        frame: from 0; None for a file of one frame.

    Raises:
        UnreadableFile: with a word of ``REASONS``.
    """
    film = open_xray(place, showing, frame=frame)
    rows, columns = film.cells.shape
    scale = min(1.0, SIDE / max(rows, columns))
    height, width = max(8, round(rows * scale)), max(8, round(columns * scale))
    picture = film.reduced(height, width)
    middle = tuple(_middle(length) for length in (rows, columns))
    return measured(
        picture,
        part=film.part(*middle),
        text=suspect_text_at_edges(film.part, film.cells.shape),
        millimetres=_millimetres(film.facts) / scale,
    )


def measured(
    picture: Array, *, part: Array | None = None, text: bool = False, millimetres: float = np.nan
) -> Measured:
    """Measure a picture.

    Args:
        picture: (H, W) in [0, 1], 512 pixels a side or less.
        part: of the middle, at full resolution; the picture's own where there is none.
        text: whether its borders look like printed text.
        millimetres: a pixel of the picture.
    """
    height, width = picture.shape
    side = max(height, width)
    box = collimated_box(picture) if min(height, width) >= 64 else None
    whole = Box(0, height, 0, width)
    top, bottom, left, right = box or whole
    inner = np.ascontiguousarray(picture[top:bottom, left:right])
    outside = np.ones(picture.shape, bool)
    outside[top:bottom, left:right] = False
    ranks = equalised(inner)
    if part is None:
        part = picture[_middle(height), _middle(width)]
    return Measured(
        side=side,
        greys=quantiles(inner, np.asarray(SHARES)),
        black=float((inner <= BLACK).mean()),
        white=float((inner >= _WHITE).mean()),
        noise=noise_seen(inner),
        rank_noise=noise_seen(ranks),
        spectrum=spectrum(ranks, side),
        borders=(
            top / height,
            (height - bottom) / height,
            left / width,
            (width - right) / width,
        ),
        border_grey=float(picture[outside].mean()) if outside.any() else np.nan,
        lines=grid_lines(part),
        letters=letters(picture),
        text=text,
        small=small(ranks),
        millimetres=millimetres,
    )


def _middle(length: int) -> slice:
    """The middle rows or columns, at most so many as grid lines are looked for in."""
    taken = min(length, LARGEST)
    start = (length - taken) // 2
    return slice(start, start + taken)


def _millimetres(facts: Facts) -> float:
    """Between two columns at full resolution; NaN where the header does not say."""
    return np.nan if facts.pixel_spacing is None else facts.pixel_spacing[1]
