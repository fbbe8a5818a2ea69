"""Figures of classes, grades and amounts: confusion matrices, and Bland and Altman's plot."""

from __future__ import annotations

import numpy as np
import pandas as pd

from medtune.report.figures import COLOURS, INK, QUIET, Line, drawing, inline

MOST = 16  # classes that can be read on a page


def confusion(
    tables: list[tuple[Line, pd.DataFrame]],
    classes: list[str],
    *,
    axes: tuple[str, str],
    label: str,
) -> str:
    """Confusion matrices side by side: shares of each true class, with counts.

    Args:
        tables: of each model its counts, true classes down and said classes across.
        classes: their names.
        axes: words of x and y.
        label: for those who do not see it.
    """
    side = 0.55 * len(classes) + 1.1
    with drawing(side * len(tables) + 0.4, side + 0.3) as figure:
        panels = figure.subplots(1, len(tables), squeeze=False).ravel()
        for place, (panel, (line, counts)) in enumerate(zip(panels, tables, strict=True)):
            n = counts.to_numpy(float)
            share = n / np.maximum(n.sum(axis=1, keepdims=True), 1)
            panel.imshow(share, cmap="Greys", vmin=0, vmax=1.25)
            for (row, column), count in np.ndenumerate(counts.to_numpy()):
                ink = "white" if share[row, column] > 0.6 else INK
                weight = "bold" if row == column else "normal"
                panel.text(column, row, f"{count}", ha="center", va="center", color=ink,
                           fontweight=weight)  # fmt: skip
            panel.set_xticks(range(len(classes)), classes, rotation=45, ha="right")
            panel.set_yticks(range(len(classes)), classes if place == 0 else [])
            panel.set_title(line.label, fontsize=9, color=COLOURS[line.role], loc="left")
            panel.set_xlabel(axes[0])
        panels[0].set_ylabel(axes[1])
        figure.tight_layout()
        return inline(figure, "confusion", label)


def agreement(
    curves: pd.DataFrame,
    lines: list[Line],
    limits: dict[str, tuple[float, float, float]],
    *,
    axes: tuple[str, str],
    label: str,
) -> str:
    """Bland and Altman's plot, a panel a model: what is said minus what is true, by their mean.

    Args:
        curves: rows of one target, with columns curve, model, x, y.
        lines: the models.
        limits: of each model the lower limit of agreement, the bias and the upper limit.
        axes: words of x and y.
        label: for those who do not see it.
    """
    with drawing(3.6 * len(lines) + 0.3, 3.5) as figure:
        panels = figure.subplots(1, len(lines), squeeze=False, sharey=True).ravel()
        for panel, line in zip(panels, lines, strict=True):
            rows = curves[(curves["curve"] == "agreement") & (curves["model"] == line.model)]
            colour = COLOURS[line.role]
            panel.axhline(0, color=QUIET, linewidth=0.8)
            panel.plot(rows["x"].to_numpy(float), rows["y"].to_numpy(float), linestyle="none",
                       marker="o", markersize=2.6, color=colour, alpha=0.55,
                       markeredgewidth=0)  # fmt: skip
            low, bias, high = limits[line.model]
            panel.axhline(bias, color=colour, linewidth=1.4)
            for end in (low, high):
                panel.axhline(end, color=colour, linewidth=1.0, linestyle=(0, (4, 2)))
            panel.spines[["top", "right"]].set_visible(False)
            panel.set_title(line.label, fontsize=9, color=colour, loc="left")
            panel.set_xlabel(axes[0])
        panels[0].set_ylabel(axes[1])
        figure.tight_layout()
        return inline(figure, "agreement", label)
