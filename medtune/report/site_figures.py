"""The figures of a site's profile: greys, noise, sharpness, and where borders and letters are."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter

from medtune.config.site import BANDS, COARSEST, FINEST, NOISE_GREYS, SHARES, Group
from medtune.report.figures import COLOURS, FAINT, INK, QUIET, drawing, inline

_BLUE = COLOURS["own"]
_ZONES = 8


def site_figure(group: Group, name: str, label: str) -> str:
    """Four panels of one scanner and view, as an inline SVG.

    Args:
        group: of the profile.
        name: for the ids of the picture, one a page.
        label: for those who do not see it.
    """
    with drawing(9.6, 2.7) as figure:
        panels = figure.subplots(1, 4, gridspec_kw={"width_ratios": [1, 1, 1, 0.85]})
        _greys(panels[0], group)
        _noise(panels[1], group)
        _spectrum(panels[2], group)
        _film(panels[3], group)
        figure.tight_layout(w_pad=1.6)
        return inline(figure, name, label)


def _titled(axis: Axes, title: str, across: str, up: str) -> None:
    axis.set_title(title, fontsize=9, color=INK, loc="left", pad=6)
    axis.set_xlabel(across)
    axis.set_ylabel(up)
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)


def _absent(axis: Axes) -> None:
    axis.text(0.5, 0.5, "not measured", ha="center", va="center", color=QUIET,
              transform=axis.transAxes)  # fmt: skip


def _greys(axis: Axes, group: Group) -> None:
    _titled(axis, "Grey values", "grey, 0 black to 1 white", "share of the film below")
    axis.set_xlim(0, 1)
    axis.set_ylim(0, 1)
    if group.greys is None:
        _absent(axis)
        return
    middle, spread = np.array(group.greys.middle), np.array(group.greys.spread)
    axis.fill_betweenx(SHARES, middle - spread, middle + spread, color=_BLUE, alpha=0.18, lw=0)
    axis.plot(middle, SHARES, color=_BLUE, lw=1.8, marker="o", markersize=3)


def _noise(axis: Axes, group: Group) -> None:
    _titled(axis, "Noise against signal", "grey", "standard deviation, in grey")
    axis.set_xlim(0, 1)
    if group.noise is None:
        _absent(axis)
        return
    deviation = np.array([np.nan if v is None else v for v in group.noise.deviation], float)
    spread = group.noise.spread * deviation
    axis.fill_between(NOISE_GREYS, deviation - spread, deviation + spread, color=_BLUE,
                      alpha=0.18, lw=0)  # fmt: skip
    axis.plot(NOISE_GREYS, deviation, color=_BLUE, lw=1.8, marker="o", markersize=3)
    axis.set_ylim(0, 1.25 * float(np.nanmax(deviation + spread)) or 1)


def _spectrum(axis: Axes, group: Group) -> None:
    _titled(axis, "Power spectrum", "cycles over the film's side", "log10 power of the ranks")
    edges = np.geomspace(COARSEST, FINEST, BANDS + 1)
    cycles = np.sqrt(edges[:-1] * edges[1:])
    axis.set_xscale("log")
    axis.set_xlim(COARSEST, FINEST)
    axis.set_xticks([4, 16, 64, 256])
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.minorticks_off()
    if group.sharpness is None:
        _absent(axis)
        return
    power = np.array([np.nan if v is None else v for v in group.sharpness.power], float)
    spread = group.sharpness.spread
    axis.fill_between(cycles, power - spread, power + spread, color=_BLUE, alpha=0.18, lw=0)
    axis.plot(cycles, power, color=_BLUE, lw=1.8, marker="o", markersize=3)


def _film(axis: Axes, group: Group) -> None:
    """The frame of a film with its borders and the places of its letters."""
    axis.set_title("Borders and letters", fontsize=9, color=INK, loc="left", pad=6)
    axis.set_xlim(0, 1)
    axis.set_ylim(1, 0)
    axis.set_aspect("equal")
    axis.set_xticks([])
    axis.set_yticks([])
    axis.grid(False)
    if group.borders is not None and group.borders.depth is not None:
        depth = group.borders.depth.middle
        top, bottom, left, right = group.borders.sides
        edges: tuple[tuple[float | None, float, float, float, float], ...] = (
            (top, 0, 0, 1, depth),
            (bottom, 0, 1 - depth, 1, depth),
            (left, 0, 0, depth, 1),
            (right, 1 - depth, 0, depth, 1),
        )
        for share, x, y, wide, tall in edges:
            if share is None:  # on too few films to tell, or lacking on too few
                axis.add_patch(Rectangle((x, y), wide, tall, fill=False, ec=QUIET, lw=0.8, ls=":"))
            else:
                axis.add_patch(Rectangle((x, y), wide, tall, color=QUIET, alpha=0.75 * share, lw=0))
    for line in range(1, _ZONES):
        axis.plot([line / _ZONES] * 2, [0, 1], color=FAINT, lw=0.4)
        axis.plot([0, 1], [line / _ZONES] * 2, color=FAINT, lw=0.4)
    for place in [] if group.letters is None else group.letters.places:
        corner = (place.column / _ZONES, place.row / _ZONES)
        axis.add_patch(Rectangle(corner, 1 / _ZONES, 1 / _ZONES, color=COLOURS["other"],
                                 alpha=0.25 + 0.75 * (place.films or 1), lw=0))  # fmt: skip
        said = "most" if place.films is None else f"{100 * place.films:.0f}"
        axis.text(corner[0] + 0.5 / _ZONES, corner[1] + 0.5 / _ZONES, said, ha="center",
                  va="center", fontsize=6, color="white")  # fmt: skip
