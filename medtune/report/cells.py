"""The result's rows as printed cells, found by what they are about."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from medtune.errors import DataError
from medtune.report.printed import (
    IN_UNIT,
    printed,
    printed_difference,
    printed_difference_interval,
    printed_interval,
    printed_p,
)
from medtune.tables.results import Result

ALL = "all"
MACRO = "macro"  # the mean over findings stands in the tables as a finding of this name
CONTROLS = (
    "thumbnail", "random_weights", "from_scratch", "tfidf", "blank_page", "final_text",
    "with_canaries",
)  # fmt: skip
GENERIC = "shipped:"

Key = tuple[str, ...]


@dataclass(frozen=True)
class Cell:
    """One number as it is printed, or the reason why there is none.

    Attributes:
        text: the number; empty where it is not estimable.
        interval: its interval without the level; empty where there is none.
        reason: why there is no number; empty where there is one.
        p_value: printed; empty where no test belongs to it.
        method: how the interval was made.
        value: the number itself, NaN where there is none; ``low`` and ``high`` its interval.
        n_cases: studies it is about, None where they are not shown; so ``n_groups`` (patients) and
            ``n_positive``.
        threshold: what decided, NaN where nothing is decided.
    """

    text: str
    interval: str
    reason: str
    p_value: str
    method: str
    value: float
    low: float
    high: float
    n_cases: int | None
    n_groups: int | None
    n_positive: int | None
    threshold: float = math.nan


class Cells:
    """All cells of a result; what the result has no row for is None.

    Args:
        result: what was found.

    Raises:
        DataError: a row has neither a value nor a reason.
    """

    def __init__(self, result: Result) -> None:
        self.own = str(result.primary["model"])
        self.other = str(result.primary["compared_with"])
        self.primary_finding = str(result.primary["finding"])
        self.primary_measure = str(result.primary["measure"])
        self.targets: dict[str, Any] = dict(result.settings.get("targets") or {})
        self.kind = next((str(each["kind"]) for each in self.targets.values()), "binary")
        units = {name: str(each["unit"]) for name, each in self.targets.items()}
        self._measures = {
            _key(row, ("model", "measure", "target", "rule", "subgroup")): _cell(
                row, "value", units
            )
            for row in _rows(result.measures)
        }
        self._differences = {
            _key(row, ("compared_with", "measure", "target", "rule", "subgroup")): _cell(
                row, "difference", units
            )
            for row in _rows(result.differences)
        }
        self.models = _in_order({key[0] for key in self._measures}, self.own, self.other)
        named = {key[2] for key in self._measures} - {MACRO}
        # one class of a target stands in the tables as a target of its own
        self.findings = sorted(
            (n for n in named if n.partition("=")[0] not in self.targets or n in self.targets),
            key=_by_numbers,
        )
        self.subgroups = list(dict.fromkeys(key[4] for key in self._measures))

    def measure(
        self, model: str, measure: str, finding: str, rule: str = "", subgroup: str = ALL
    ) -> Cell | None:
        """How good a model is."""
        return self._measures.get((model, measure, finding, rule, subgroup))

    def difference(
        self, other: str, measure: str, finding: str, rule: str = "", subgroup: str = ALL
    ) -> Cell | None:
        """The fine-tuned model minus another."""
        return self._differences.get((other, measure, finding, rule, subgroup))

    def differences(self, finding: str, subgroup: str = ALL) -> list[tuple[Key, Cell]]:
        """All differences for a finding, by model: (compared_with, measure, rule) and cell."""
        found = [
            ((key[0], key[1], key[3]), cell)
            for key, cell in self._differences.items()
            if key[2] == finding and key[4] == subgroup
        ]
        return sorted(found, key=lambda pair: self.models.index(pair[0][0]))

    def classes(self, target: str) -> list[str]:
        """The classes or grades of a target, in their order."""
        return [str(name) for name in self.targets[target]["classes"]]

    def role(self, model: str) -> str:
        """own, other (the primary comparison), further or control."""
        if model == self.own:
            return "own"
        if model == self.other:
            return "other"
        return "control" if model in CONTROLS else "further"


def _in_order(models: Iterable[str], own: str, other: str) -> list[str]:
    def place(model: str) -> tuple[int, str]:
        if model == own:
            return 0, ""
        if model == other:
            return 1, ""
        if model in CONTROLS:
            return 4 + CONTROLS.index(model), ""
        return (2 if model.startswith(GENERIC) else 3), model

    return sorted(models, key=place)


def _by_numbers(name: str) -> list[tuple[int, str]]:
    """To sort by: 4 texts come before 16."""
    return [(int(part) if part.isdecimal() else 0, part) for part in re.split(r"(\d+)", name)]


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def _key(row: Mapping[str, Any], columns: tuple[str, ...]) -> Key:
    return tuple(_text(row[name]) for name in columns)


def _text(value: Any) -> str:
    return "" if pd.isna(value) else str(value)


def _float(value: Any) -> float:
    return math.nan if pd.isna(value) else float(value)


def _count(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)


def _cell(row: Mapping[str, Any], column: str, units: Mapping[str, str]) -> Cell:
    measure, reason = _text(row["measure"]), _text(row["reason"])
    unit = units.get(_text(row["target"]), "") if measure in IN_UNIT else ""
    value, low, high = _float(row[column]), _float(row["low"]), _float(row["high"])
    text = interval = p_value = ""
    if not reason:
        if not math.isfinite(value):
            raise DataError(f"A row of {measure} in the result has neither a value nor a reason.")
        if column == "value":
            text, interval = printed(measure, value, unit), printed_interval(measure, low, high)
        else:
            text = printed_difference(measure, value, unit)
            interval = printed_difference_interval(measure, low, high)
            p_value = printed_p(_float(row["p_value"]))
    return Cell(
        text=text,
        interval=interval,
        reason=reason,
        p_value=p_value,
        method=_text(row["method"]),
        value=math.nan if reason else value,
        low=math.nan if reason else low,
        high=math.nan if reason else high,
        n_cases=_count(row["n_cases"]),
        n_groups=_count(row["n_groups"]),
        n_positive=_count(row["n_positive"]),
        threshold=_float(row.get("threshold")),
    )
