"""Test films read and scored again: what is printed of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from medtune.report.cells import Cells
from medtune.report.printed import SPACE, marked
from medtune.report.tables import Row, Shown, Table
from medtune.report.words import Words
from medtune.tables.results import Result

FINEST = 1e-6  # a smaller difference of a score is rounding, and is printed as less than this


@dataclass(frozen=True)
class Again:
    """Sentences, and a table by finding; None where nothing could be scored again."""

    says: list[str]
    table: Table | None


def again(result: Result, cells: Cells, words: Words) -> Again | None:
    """How many films were read again and what changed; None where none were.

    Args:
        result: what was found; its settings hold ``evaluation.repeatability``.
        cells: of the result.
        words: of the language.
    """
    told = result.settings.get("read_again")
    if told is None:
        return None
    says = [words.again_says.format(**told)]
    for name, said in (
        ("gone", words.again_gone),
        ("refused", words.again_refused),
        ("pictures", words.again_pictures),
    ):
        if told[name]:
            says.append(said.format(**told))
    if not told["cases"]:
        return Again(says, None)
    rows = [_row(each, cells, words) for each in told["targets"]]
    return Again(says, Table(words.again_caption, list(words.again_columns), rows))


def _row(each: Mapping[str, Any], cells: Cells, words: Words) -> Row:
    target = str(each["target"])
    unit = str(cells.targets.get(target, {}).get("unit", ""))
    difference = float(each["difference"])
    shown = _difference(difference) + (f"{SPACE}{unit}" if unit else "")
    calls = words.again_no_calls if each["calls"] is None else words.again_calls.format(**each)
    cells_of: list[Shown] = [shown if math.isfinite(difference) else words.absent, calls]
    return Row(words.finding_title(target), cells_of)


def _difference(value: float) -> str:
    if value == 0:
        return "0"
    return marked(f"<{SPACE}0.000001" if value < FINEST else f"{value:.6f}")
