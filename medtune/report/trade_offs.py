"""Precision-recall and decision curves: what a model costs at each way of using it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from medtune.report.figures import (
    COLOURS,
    DASHES,
    FAINT,
    QUIET,
    WEIGHTS,
    Line,
    drawing,
    inline,
    key,
    square,
)

EVERYBODY = "treat_all"


def precision_recall(
    curves: pd.DataFrame,
    lines: list[Line],
    *,
    prevalence: float,
    prevalence_words: str,
    values: dict[str, str],
    axes: tuple[str, str],
    label: str,
) -> str:
    """Precision against recall of one finding.

    Args:
        curves: rows of one finding, with columns curve, model, x, y.
        lines: the models, the most important first.
        prevalence: share of positive studies, which is chance.
        prevalence_words: what stands at its line.
        values: what is printed beside a model's name.
        axes: words of x and y.
        label: for those who do not see it.
    """
    with drawing(4.7, 4.7) as figure:
        axis = figure.add_axes((0.12, 0.11, 0.86, 0.86))
        square(axis)
        axis.axhline(prevalence, color=QUIET, linewidth=0.8, linestyle=(0, (1, 2)))
        axis.text(
            0.01, prevalence - 0.012, prevalence_words, va="top", fontsize=7.5, color=QUIET,
        )  # fmt: skip
        for line in reversed(lines):
            _line(axis, curves, line, "precision_recall", steps=True)
        key(axis, lines, values, top=prevalence < 0.25)
        axis.set_xlabel(axes[0])
        axis.set_ylabel(axes[1])
        return inline(figure, "precision-recall", label)


def decision(
    curves: pd.DataFrame,
    lines: list[Line],
    *,
    references: tuple[str, str],
    axes: tuple[str, str],
    label: str,
) -> str:
    """Net benefit of one finding against the chance from which on one acts.

    Args:
        curves: rows of one finding, with columns curve, model, x, y.
        lines: the models, the most important first.
        references: what stands at acting on everybody and on nobody.
        axes: words of x and y.
        label: for those who do not see it.
    """
    with drawing(5.4, 3.6) as figure:
        axis = figure.add_axes((0.13, 0.14, 0.85, 0.83))
        axis.spines[["top", "right"]].set_visible(False)
        rows = curves[curves["curve"] == "decision"]
        everybody = rows[rows["model"] == EVERYBODY].sort_values("x")
        x, y = everybody["x"].to_numpy(float), everybody["y"].to_numpy(float)
        axis.plot(x, y, color=QUIET, linewidth=1.0)
        axis.axhline(0, color=QUIET, linewidth=1.0, linestyle=(0, (1, 2)))
        for line in reversed(lines):
            _line(axis, curves, line, "decision")
        top = float(np.nanmax(rows["y"].to_numpy(float)))
        axis.set_ylim(-0.18 * top, 1.12 * top)
        axis.set_xlim(0, float(x.max()))
        # Where the line of acting on everybody is steep there is room beside it, not on it.
        place = int(np.argmin(np.abs(y - 0.85 * top)))
        axis.annotate(
            references[0], (x[place], y[place]), xytext=(6, 4), textcoords="offset points",
            fontsize=7.5, color=QUIET,
        )  # fmt: skip
        axis.annotate(
            references[1], (0, 0), xytext=(6, -3), textcoords="offset points", va="top",
            fontsize=7.5, color=QUIET,
        )  # fmt: skip
        handles = [
            axis.plot([], [], color=COLOURS[line.role], linewidth=WEIGHTS[line.role],
                      linestyle=DASHES[line.role], label=line.label)[0]
            for line in lines
        ]  # fmt: skip
        axis.legend(handles=handles, loc="upper right", frameon=False, fontsize=8)
        axis.grid(axis="y", color=FAINT, linewidth=0.4)
        axis.set_xlabel(axes[0])
        axis.set_ylabel(axes[1])
        return inline(figure, "decision", label)


def _line(axis: Axes, curves: pd.DataFrame, line: Line, kind: str, *, steps: bool = False) -> None:
    """A model's curve; between two recalls the precision is that of the greater, as in the area."""
    rows = curves[(curves["curve"] == kind) & (curves["model"] == line.model)]
    axis.plot(
        rows["x"].to_numpy(float),
        rows["y"].to_numpy(float),
        color=COLOURS[line.role],
        linewidth=WEIGHTS[line.role],
        linestyle=DASHES[line.role],
        drawstyle="steps-post" if steps else "default",
    )
