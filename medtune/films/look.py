"""Contact sheets: films as a person sees them."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

ACROSS = 4
INCHES = 2.4


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
