"""Figures as inline SVG: the same bytes for the same numbers, legible in grey, no network."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from medtune.report.cells import Cell
from medtune.report.printed import marked

INK, QUIET, FAINT = "#22262b", "#6b7280", "#c9cdd3"
# Okabe & Ito 2008, darkened for print; dash and weight tell the lines apart in grey.
COLOURS = {"own": "#0b4f8a", "other": "#b8470b", "further": "#00765a", "control": "#8a8f98"}
DASHES: dict[str, Any] = {
    "own": "-",
    "other": (0, (5, 2)),
    "further": (0, (4, 1.5, 1, 1.5)),
    "control": (0, (1, 1.5)),
}
WEIGHTS = {"own": 2.4, "other": 1.9, "further": 1.3, "control": 1.0}
LETTER = 0.0152  # width of a letter of 8 points, of an axis as wide as a square one
MARKERS = {"own": "o", "other": "s", "further": "D", "control": "|"}


@dataclass(frozen=True)
class Line:
    """A model in a figure: its name in the tables, its label, and its role."""

    model: str
    label: str
    role: str


@dataclass(frozen=True)
class Bar:
    """A row of a forest plot; ``strong`` rows are set in bold.

    ``instead`` stands in the place of a number that is not there; a row without a cell is a
    heading.
    """

    label: str
    cell: Cell | None
    role: str
    strong: bool = False
    instead: str = ""


def roc(
    curves: pd.DataFrame,
    lines: list[Line],
    *,
    points: dict[str, tuple[float, float]],
    values: dict[str, str],
    axes: tuple[str, str],
    label: str,
) -> str:
    """ROC curves of one finding.

    Args:
        curves: rows of one finding, with columns curve, model, x, y.
        lines: the models, the most important first.
        points: (1 - specificity, sensitivity) at a model's threshold.
        values: what is printed beside a model's name.
        axes: words of x and y.
        label: for those who do not see it.
    """
    with drawing(4.7, 4.7) as figure:
        axis = figure.add_axes((0.12, 0.11, 0.86, 0.86))
        square(axis)
        axis.plot([0, 1], [0, 1], color=FAINT, linewidth=0.9, zorder=1)
        for line in reversed(lines):
            _curve(axis, curves, line)
            if line.model in points:
                axis.plot(*points[line.model], **_dot(line.role, 6.5))
        key(axis, lines, values)
        axis.set_xlabel(axes[0])
        axis.set_ylabel(axes[1])
        return inline(figure, "roc", label)


def roc_grid(curves: pd.DataFrame, titles: dict[str, str], lines: list[Line], *, label: str) -> str:
    """Small ROC curves, one panel a finding.

    Args:
        curves: rows with columns curve, model, target, x, y.
        titles: the findings, and what stands over each panel.
        lines: the models.
        label: for those who do not see it.
    """
    columns = min(4, len(titles))
    rows = -(-len(titles) // columns)
    with drawing(1.75 * columns, 2.0 * rows) as figure:
        panels = figure.subplots(rows, columns, squeeze=False).ravel()
        for panel, (finding, title) in zip(panels, titles.items(), strict=False):
            square(panel)
            panel.set_xticks([0, 1])
            panel.set_yticks([0, 1])
            panel.plot([0, 1], [0, 1], color=FAINT, linewidth=0.8)
            for line in reversed(lines):
                _curve(panel, curves[curves["target"] == finding], line)
            panel.set_title(title, fontsize=8, color=INK, pad=4)
        for panel in panels[len(titles) :]:
            panel.set_visible(False)
        figure.tight_layout()
        return inline(figure, "rocs", label)


def calibration(
    curves: pd.DataFrame,
    lines: list[Line],
    *,
    prevalence: float,
    axes: tuple[str, str],
    prevalence_words: str,
    label: str,
) -> str:
    """Reliability curves of one finding, a panel a model.

    Args:
        curves: rows of one finding, with columns curve, model, x, y, low, high.
        lines: the models that have such a curve.
        prevalence: share of positive studies, drawn as a line.
        axes: words of x and y.
        prevalence_words: what stands at that line.
        label: for those who do not see it.
    """
    with drawing(3.5 * len(lines) + 0.3, 3.7) as figure:
        panels = figure.subplots(1, len(lines), squeeze=False).ravel()
        for place, (panel, line) in enumerate(zip(panels, lines, strict=True)):
            rows = curves[(curves["curve"] == "calibration") & (curves["model"] == line.model)]
            x, y = rows["x"].to_numpy(float), rows["y"].to_numpy(float)
            square(panel)
            panel.plot([0, 1], [0, 1], color=FAINT, linewidth=0.9, zorder=1)
            panel.axhline(prevalence, color=QUIET, linewidth=0.8, linestyle=(0, (1, 2)))
            if place == 0:
                panel.text(
                    0.99, prevalence + 0.012, prevalence_words, ha="right", va="bottom",
                    fontsize=7.5, color=QUIET,
                )  # fmt: skip
            colour = COLOURS[line.role]
            panel.vlines(x, rows["low"].to_numpy(float), rows["high"].to_numpy(float),
                         color=colour, linewidth=1.0)  # fmt: skip
            panel.plot(x, y, color=colour, linewidth=0.8, linestyle=DASHES[line.role])
            panel.plot(x, y, **_dot(line.role, 4.5))
            panel.set_title(line.label, fontsize=9, color=colour, loc="left")
            panel.set_xlabel(axes[0])
        panels[0].set_ylabel(axes[1])
        figure.tight_layout()
        return inline(figure, "calibration", label)


def risk_coverage(
    curves: pd.DataFrame,
    lines: list[Line],
    *,
    name: str,
    axes: tuple[str, str],
    label: str,
) -> str:
    """Share of wrong decisions against the share of studies decided, of one finding.

    Args:
        curves: rows of one finding, with columns curve, model, x, y.
        lines: the models, the most important first.
        name: of the figure, unique on the page.
        axes: words of x and y.
        label: for those who do not see it.
    """
    with drawing(4.7, 3.2) as figure:
        axis = figure.add_axes((0.12, 0.15, 0.86, 0.82))
        axis.spines[["top", "right"]].set_visible(False)
        for line in reversed(lines):
            _curve(axis, curves, line, kind="refer")
        axis.set_xlim(0, 1.01)
        axis.set_ylim(bottom=0)
        axis.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "0.25", "0.5", "0.75", "1"])
        handles = [
            axis.plot([], [], color=COLOURS[line.role], linewidth=WEIGHTS[line.role],
                      linestyle=DASHES[line.role], label=line.label)[0]
            for line in lines
        ]  # fmt: skip
        # over the picture: curves may run anywhere in it
        axis.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2,
                    frameon=False, fontsize=8)  # fmt: skip
        axis.set_xlabel(axes[0])
        axis.set_ylabel(axes[1])
        return inline(figure, name, label)


def forest(
    bars: list[Bar],
    *,
    name: str,
    lines: tuple[float, ...] = (0.0,),
    scale: float = 1.0,
    not_estimable: str,
    label: str,
) -> str:
    """Differences with their intervals, one a row, the printed numbers at the right.

    Args:
        bars: the rows, from top to bottom.
        name: of the figure, unique on the page.
        lines: where vertical lines stand; the first is no difference.
        scale: the numbers are multiplied by it.
        not_estimable: what stands in a row without a number.
        label: for those who do not see it.
    """
    with drawing(6.9, 0.34 * len(bars) + 0.55) as figure:
        axis = figure.add_axes((0.34, 0.45 / (0.34 * len(bars) + 0.55), 0.36, 0.96 - 0.3 / 3))
        axis.spines[["top", "right", "left"]].set_visible(False)
        for place, at in enumerate(lines):
            axis.axvline(at, color=QUIET, linewidth=0.9,
                         linestyle="-" if place == 0 else (0, (1, 2)))  # fmt: skip
        for row, bar in enumerate(bars):
            _bar(axis, row, bar, scale, not_estimable)
        axis.set_ylim(len(bars) - 0.4, -0.6)
        axis.set_yticks([])
        axis.locator_params(axis="x", nbins=5)
        return inline(figure, name, label)


def _bar(axis: Axes, row: int, bar: Bar, scale: float, not_estimable: str) -> None:
    weight = "bold" if bar.strong else "normal"
    ink = QUIET if bar.role == "control" else INK
    across = axis.get_yaxis_transform()
    axis.text(-0.04, row, bar.label, transform=across, ha="right", va="center", color=ink,
              fontweight=weight)  # fmt: skip
    if bar.cell is None:
        return
    if bar.cell.reason:
        axis.text(
            1.04, row, bar.instead or not_estimable, transform=across, va="center", color=QUIET
        )
        return
    ends = np.array([bar.cell.low, bar.cell.high]) * scale
    axis.hlines(row, *ends, color=COLOURS[bar.role], linewidth=2.0 if bar.strong else 1.2)
    axis.plot(bar.cell.value * scale, row, **_dot(bar.role, 6.5 if bar.strong else 5.0))
    axis.text(1.04, row, f"{bar.cell.text}  ({bar.cell.interval})", transform=across, va="center",
              color=ink, fontweight=weight)  # fmt: skip


def square(axis: Axes) -> None:
    """Both axes from 0 to 1, equally long."""
    axis.set_aspect("equal")
    axis.set_xlim(-0.01, 1.01)
    axis.set_ylim(-0.01, 1.01)
    axis.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "0.25", "0.5", "0.75", "1"])
    axis.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "0.25", "0.5", "0.75", "1"])
    axis.spines[["top", "right"]].set_visible(False)


def _curve(axis: Axes, curves: pd.DataFrame, line: Line, *, kind: str = "roc") -> None:
    rows = curves[(curves["curve"] == kind) & (curves["model"] == line.model)]
    axis.plot(
        rows["x"].to_numpy(float),
        rows["y"].to_numpy(float),
        color=COLOURS[line.role],
        linewidth=WEIGHTS[line.role],
        linestyle=DASHES[line.role],
    )


def key(axis: Axes, lines: list[Line], values: dict[str, str], *, top: bool = False) -> None:
    """Names beside their lines, where no curve runs: low at the right, or high where ``top``.

    A long name begins further left, so that its value does not stand on it.
    """
    longest = max(len(line.label) for line in lines)
    begin = max(0.02, min(0.49, 0.87 - LETTER * longest))
    behind = {"facecolor": "white", "alpha": 0.8, "linewidth": 0, "pad": 0.5}
    for place, line in enumerate(lines):
        y = 0.97 - 0.062 * place if top else 0.03 + 0.062 * (len(lines) - 1 - place)
        axis.plot([begin - 0.09, begin - 0.02], [y, y], color=COLOURS[line.role],
                  linewidth=WEIGHTS[line.role], linestyle=DASHES[line.role])  # fmt: skip
        axis.text(begin, y, line.label, va="center", color=COLOURS[line.role], fontsize=8,
                  bbox=behind)  # fmt: skip
        axis.text(1.0, y, values.get(line.model, ""), va="center", ha="right", fontsize=8,
                  color=COLOURS[line.role])  # fmt: skip


def _dot(role: str, size: float) -> dict[str, Any]:
    return {
        "marker": MARKERS[role],
        "markersize": size,
        "color": COLOURS[role],
        "markeredgecolor": "white" if MARKERS[role] != "|" else COLOURS[role],
        "markeredgewidth": 0.8 if MARKERS[role] != "|" else 1.5,
        "linestyle": "none",
        "zorder": 5,
    }


@contextmanager
def drawing(width: float, height: float) -> Iterator[Figure]:
    """A figure (inches) under settings that do not depend on the user's own."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(
            {
                "svg.fonttype": "none",
                "svg.hashsalt": "medtune",
                "font.family": "sans-serif",
                "font.sans-serif": ["DejaVu Sans"],
                "font.size": 8.5,
                "axes.edgecolor": QUIET,
                "axes.labelcolor": INK,
                "axes.linewidth": 0.7,
                "xtick.color": QUIET,
                "ytick.color": QUIET,
                "xtick.labelcolor": INK,
                "ytick.labelcolor": INK,
                "axes.unicode_minus": True,
            }
        )
        figure = Figure(figsize=(width, height))
        FigureCanvasSVG(figure)
        yield figure


def inline(figure: Figure, name: str, label: str) -> str:
    """The figure as an ``svg`` element: no namespace, no date, ids that no other figure has."""
    buffer = io.StringIO()
    figure.savefig(
        buffer,
        format="svg",
        bbox_inches="tight",
        transparent=True,
        metadata={"Date": None, "Creator": None, "Format": None, "Type": None},
    )
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r"<style[^>]*>.*?</style>", "", text, flags=re.DOTALL)  # would hold page-wide
    text = re.sub(r'\s+xmlns(:\w+)?="[^"]*"', "", text)
    text = text.replace("xlink:href", "href")
    # numbers at the axes, with the decimal mark of the language
    text = re.sub(r">([−-]?\d*\.\d+)</text>", lambda n: f">{marked(n[1])}</text>", text)
    text = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', text)
    text = re.sub(r'href="#([^"]+)"', rf'href="#{name}-\1"', text)
    text = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", text)
    return text.replace("<svg", f'<svg role="img" aria-label="{escape(label)}"', 1).strip()
