"""The one plot of the ladder: what each rung is worth, from the cheapest to the dearest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from medtune.report.figures import COLOURS, FAINT, INK, QUIET, drawing, inline
from medtune.report.ladder_words import ENGLISH, LadderWords

_SCALE = 100  # of natural frequencies


def ladder_figure(
    rungs: Sequence[Mapping[str, Any]],
    kind: str,
    chosen: str,
    *,
    words: LadderWords = ENGLISH,
    label: str = "",
) -> str:
    """A row a rung, as an inline SVG: its value with an interval, and what it costs.

    Args:
        rungs: as plain values: name, utility (value, low, high, reason), cost.
        kind: of the utility.
        chosen: name of the rung.
        words: of the language.
        label: for those who do not see it.
    """
    with drawing(8.6, 0.9 + 0.46 * len(rungs)) as figure:
        axis = figure.add_subplot()
        there = [rung for rung in rungs if not rung["utility"]["reason"]]
        for row, rung in enumerate(rungs):
            own = rung["name"] == chosen
            worth = rung["utility"]
            if worth["reason"]:
                axis.text(0.01, row, "–", ha="left", va="center", color=QUIET,
                          transform=axis.get_yaxis_transform())  # fmt: skip
                continue
            low, value, high = (_SCALE * worth[end] for end in ("low", "value", "high"))
            colour = COLOURS["own"] if own else QUIET
            axis.plot([low, high], [row, row], color=colour, lw=3.4 if own else 1.8,
                      solid_capstyle="round", alpha=0.55)  # fmt: skip
            axis.plot([value], [row], color=colour, marker="D" if own else "o",
                      markersize=9 if own else 6, ls="")  # fmt: skip
        if there:
            start = _SCALE * there[0]["utility"]["value"]
            axis.axvline(start, color=COLOURS["other"], lw=1, ls=(0, (4, 3)), zorder=0)
        axis.set_ylim(len(rungs) - 0.5, -0.5)
        axis.set_yticks(range(len(rungs)))
        labels = axis.set_yticklabels([words.rungs[rung["name"]] for rung in rungs])
        for text, rung in zip(labels, rungs, strict=True):
            text.set_fontsize(9)
            text.set_color(INK if not rung["utility"]["reason"] else QUIET)
            if rung["name"] == chosen:
                text.set_fontweight("bold")
                text.set_color(COLOURS["own"])
        for row, rung in enumerate(rungs):
            axis.text(1.02, row, rung["cost"], ha="left", va="center", fontsize=8.5, color=QUIET,
                      transform=axis.get_yaxis_transform())  # fmt: skip
        axis.set_xlabel(words.axis[kind])
        axis.tick_params(axis="y", length=0)
        for side in ("top", "right", "left"):
            axis.spines[side].set_visible(False)
        axis.grid(axis="x", color=FAINT, lw=0.5)
        axis.set_axisbelow(True)
        return inline(figure, "ladder", label)
