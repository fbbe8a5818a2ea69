"""The contact sheet of what a model will see, as one PNG: a block of rows a group."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from medtune.films.greys import BINS, Greys, median
from medtune.films.look import Grey8, SeenFilm, SeenGroup, fitted

PAPER, INK, QUIET, FAINT = "#15181c", "#eceef1", "#9aa3ad", "#3a424b"
RAW, PREPARED, DOUBT = "#f2b35e", "#6fb7ff", "#ffd37a"
DPI = 72  # a point is a pixel
TILE = 200  # pixels a side of a film
GAP, GUTTER, MARGIN = 6, 44, 36
WIDTH = 2 * MARGIN + 2 * (5 * TILE + 4 * GAP) + GUTTER
CAPTION, HEADING, TOP = 74, 58, 132  # pixels high
MOST_GROUPS, MOST_FILMS = 6, 4  # the rest is on the page

UNLIKE_WORDS = (
    "unlike the other groups: look whether these films are inverted, turned, or framed otherwise"
)
RAW_TITLE, PREPARED_TITLE = "as read", "as the model gets it"


@dataclass(frozen=True)
class Head:
    """What stands above the groups.

    Attributes:
        title: name of the sheet.
        lines: what it shows, in plain sentences.
        drawn: titles of the columns of augmented films.
        simulated: whether the films are.
    """

    title: str
    lines: tuple[str, ...]
    drawn: tuple[str, ...]
    simulated: bool


def sheet_png(groups: Sequence[SeenGroup], head: Head) -> bytes:
    """Draw the sheet; the same bytes for the same films.

    Args:
        groups: the first 6 are drawn, of each the first 4 films.
        head: what stands above them.
    """
    groups = groups[:MOST_GROUPS]
    block = (2 + len(head.drawn)) * (TILE + GAP) - GAP
    across = max(1, (WIDTH - 2 * MARGIN + GUTTER) // (block + GUTTER))
    heights = [_height(group, across) for group in groups]
    height = TOP + sum(heights) + MARGIN
    figure = Figure(figsize=(WIDTH / DPI, height / DPI), dpi=DPI, facecolor=PAPER)
    canvas = _Canvas(figure, height)
    canvas.text(MARGIN, 50, head.title, size=26)
    for n, line in enumerate(head.lines):
        canvas.text(MARGIN, 78 + 19 * n, line, size=14, colour=QUIET)
    if head.simulated:
        canvas.text(
            WIDTH - MARGIN, 50, "SIMULATED: not real patients", size=18, colour=DOUBT, right=True
        )
    top = TOP
    for group, high in zip(groups, heights, strict=True):
        _draw_group(canvas, group, head, top, across, block)
        top += high
    png = BytesIO()
    figure.savefig(png, format="png", dpi=DPI, facecolor=PAPER)
    return png.getvalue()


def histogram(axes: Axes, greys: Greys) -> None:
    """Grey levels as read and as the model gets them; a peak far above the rest is cut off."""
    both = np.concatenate([greys.raw, greys.prepared])
    top = max(1.25 * float(np.quantile(both, 0.97)), 1e-6)
    edges = np.linspace(0, 1, BINS + 1)
    raw, prepared = (np.minimum(shares, top) for shares in (greys.raw, greys.prepared))
    axes.stairs(prepared, edges, fill=True, color=PREPARED, alpha=0.14)
    axes.stairs(prepared, edges, color=PREPARED, linewidth=1.8)
    axes.stairs(raw, edges, color=RAW, linewidth=1.8, linestyle=(0, (1.2, 1.2)))
    axes.set(xlim=(0, 1), ylim=(0, 1.02 * top), yticks=[], xticks=[0, 0.25, 0.5, 0.75, 1])
    axes.set_xticklabels(["black", "0.25", "0.5", "0.75", "white"])
    axes.tick_params(colors=QUIET, labelsize=11, length=3)
    axes.set_facecolor(PAPER)
    for name, spine in axes.spines.items():
        spine.set_visible(name == "bottom")
        spine.set_color(QUIET)


def histogram_png(greys: Greys) -> bytes:
    """The histogram alone, twice as large, for a page."""
    figure = Figure(figsize=(4.6, 1.9), dpi=2 * DPI, facecolor=PAPER)
    histogram(figure.add_axes((0.05, 0.17, 0.9, 0.8)), greys)
    png = BytesIO()
    figure.savefig(png, format="png", facecolor=PAPER)
    return png.getvalue()


def in_words(group: SeenGroup) -> list[str]:
    """What the histogram and the mean film say, in numbers."""
    if group.greys is None:
        return []
    raw, prepared = group.greys.raw, group.greys.prepared
    words = [
        f"median grey {median(raw):.2f} as read, {median(prepared):.2f} as the model gets it",
        f"{raw[0]:.0%} of the pixels nearly black as read, {prepared[0]:.0%} as the model gets it "
        f"(padding counts); {raw[-1]:.0%} nearly white",
    ]
    if group.likeness is not None:
        words.append(f"correlation with the mean film of the other groups {group.likeness:.2f}")
    return words


class _Canvas:
    """Places things by pixels from the upper left corner."""

    def __init__(self, figure: Figure, height: int) -> None:
        self.figure, self.height = figure, height

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: float,
        colour: str = INK,
        right: bool = False,
    ) -> None:
        self.figure.text(
            x / WIDTH,
            1 - y / self.height,
            words,
            fontsize=size,
            color=colour,
            ha="right" if right else "left",
            va="baseline",
            parse_math=False,  # a dollar sign in a header is a dollar sign
        )

    def film(self, x: int, y: int, picture: Grey8) -> None:
        """A film in the middle of a tile with a thin frame, so that black padding is seen."""
        shown = fitted(picture, TILE)
        high, wide = shown.shape
        framed = np.full((high + 2, wide + 2), 92, np.uint8)
        framed[1:-1, 1:-1] = shown
        left, top = x + (TILE - wide) // 2 - 1, y + (TILE - high) // 2 - 1
        self.figure.figimage(
            framed, left, self.height - top - high - 2, cmap="gray", vmin=0, vmax=255
        )

    def axes(self, x: int, y: int, wide: int, high: int) -> Axes:
        return self.figure.add_axes(
            (
                x / WIDTH,
                1 - (y + high) / self.height,
                wide / WIDTH,
                high / self.height,
            )
        )


def _height(group: SeenGroup, across: int) -> int:
    rows = -(-min(len(group.seen), MOST_FILMS) // across)
    summary = TILE + 40 if group.greys is not None else 0
    return HEADING + summary + rows * (TILE + CAPTION) + 24


def _draw_group(
    canvas: _Canvas, group: SeenGroup, head: Head, top: int, across: int, block: int
) -> None:
    line = canvas.axes(MARGIN, top, WIDTH - 2 * MARGIN, 1)
    line.set(xticks=[], yticks=[], facecolor=FAINT)
    line.set_frame_on(False)
    line.axhspan(0, 1, color=FAINT)
    canvas.text(MARGIN, top + 32, group.name, size=19)
    counted = f"{group.films} films, {group.teach} of them teach"
    canvas.text(WIDTH - MARGIN, top + 32, counted, size=14, colour=QUIET, right=True)
    y = top + HEADING
    if group.greys is not None:
        _draw_summary(canvas, group, y)
        y += TILE + 40
    else:
        canvas.text(MARGIN, y, "No film of this group can be shown.", size=14, colour=QUIET)
    for n, film in enumerate(group.seen[:MOST_FILMS]):
        x = MARGIN + n % across * (block + GUTTER)
        _draw_film(canvas, film, head, x, y + n // across * (TILE + CAPTION), block)


def _draw_summary(canvas: _Canvas, group: SeenGroup, y: int) -> None:
    assert group.greys is not None
    mean = np.rint(group.greys.mean * 255).astype(np.uint8)
    canvas.text(MARGIN, y - 4, f"mean of {group.greys.films} films", size=11, colour=QUIET)
    canvas.film(MARGIN, y + 2, mean)
    x = MARGIN + TILE + 30
    histogram(canvas.axes(x, y + 6, 620, TILE - 26), group.greys)
    canvas.text(x + 650, y + 26, "as read", size=14, colour=RAW)
    canvas.text(x + 650, y + 48, "as the model gets it", size=14, colour=PREPARED)
    said = [(words, QUIET) for words in in_words(group)]
    if group.unlike:
        said.append((UNLIKE_WORDS, DOUBT))
    for n, (words, colour) in enumerate(said):
        canvas.text(x + 650, y + 80 + 22 * n, words, size=14, colour=colour)


def _draw_film(canvas: _Canvas, film: SeenFilm, head: Head, x: int, y: int, block: int) -> None:
    titles = (RAW_TITLE, PREPARED_TITLE, *head.drawn)
    pictures = (film.raw, film.prepared, *film.drawn)
    for n, (title, picture) in enumerate(zip(titles, pictures, strict=True)):
        left = x + n * (TILE + GAP)
        canvas.text(left, y - 4, title, size=11, colour=QUIET)
        canvas.film(left, y + 2, picture)
    room = block // 7  # characters of 12 pixels
    said = [(f"{film.label}  ·  {film.facts}", INK), ("; ".join(film.notes), QUIET)]
    if film.suspect is not None:
        said.insert(1, (f"may carry text: {film.suspect}", DOUBT))
    for n, (words, colour) in enumerate(said):
        line = textwrap.shorten(words, room, placeholder=" …")
        canvas.text(x, y + TILE + 18 + 16 * n, line, size=12, colour=colour)
