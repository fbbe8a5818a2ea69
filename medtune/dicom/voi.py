"""Which grey values matter: VOI LUT, window, or all of them (PS3.3 C.11.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from medtune.dicom.lut import Lut, read_lut
from medtune.dicom.modality import Units
from medtune.dicom.values import Tags, code, items, numbers, texts
from medtune.errors import UnreadableFile

FUNCTIONS = ("LINEAR", "LINEAR_EXACT", "SIGMOID")


@dataclass(frozen=True)
class Grey:
    """Grey values before any inversion: float64 in [0, 1]; notes say what was done."""

    values: NDArray[np.float64]
    notes: tuple[str, ...]


def window_function(
    values: NDArray[np.float64], center: float, width: float, function: str
) -> NDArray[np.float64]:
    """One window, onto [0, 1] (PS3.3 C.11.2.1.2.1, C.11.2.1.3).

    Args:
        values: after the modality transformation.
        center: of the window.
        width: of the window; a LINEAR window of width 1 is a threshold.
        function: LINEAR, LINEAR_EXACT or SIGMOID.
    """
    if function == "SIGMOID":
        # exp(700) is about the greatest float64 there is
        grey = 1 / (1 + np.exp(np.clip(-4 * (values - center) / width, -700, 700)))
    elif function == "LINEAR_EXACT":
        grey = (values - center) / width + 0.5
    elif width == 1:
        grey = (values > center - 0.5).astype(np.float64)
    else:
        grey = (values - (center - 0.5)) / (width - 1) + 0.5
    clipped: NDArray[np.float64] = np.clip(grey, 0, 1)
    return clipped


def apply_voi(
    dataset: Tags, units: Units, window: int | str, prefer_lut: bool, *, big_endian: bool
) -> Grey:
    """Apply the chosen VOI LUT or window; without any, the full range of the units.

    Args:
        dataset: the header.
        units: values after the modality transformation.
        window: which one, from 1, or its explanation in the file, e.g. NORMAL.
        prefer_lut: whether VOI LUTs come before windows where a file has both.
        big_endian: order of bytes in the file.

    Raises:
        UnreadableFile: no_such_window, where another than the first is asked for.
    """
    tables = [
        read_lut(item, signed_input=units.low < 0, big_endian=big_endian)
        for item in items(dataset, "VOILUTSequence")
    ]
    pairs = list(
        zip(numbers(dataset, "WindowCenter"), numbers(dataset, "WindowWidth"), strict=False)
    )
    by_lut = bool(tables) and (prefer_lut or not pairs)
    if isinstance(window, str):
        by_lut, place = _named(dataset, tables, len(pairs), window, prefer_lut)
    else:
        place = window - 1
        there = len(tables) if by_lut else len(pairs)
        if not there and window == 1:
            return _full_range(units, "no window")
        if not 0 <= place < there:
            raise UnreadableFile(
                "no_such_window", f"There is no window {window}: the file has {there}."
            )
    if by_lut:
        table = tables[place]
        name = f"VOI LUT {place + 1} of {len(tables)}"
        return _looked_up(units, table, name) if table else _full_range(units, f"{name} ill-formed")
    name = f"window {place + 1} of {len(pairs)}"
    return _windowed(dataset, units, pairs[place], name)


def _named(
    dataset: Tags, tables: Sequence[Lut | None], windows: int, wanted: str, prefer_lut: bool
) -> tuple[bool, int]:
    """Find a window or table by its explanation: (whether it is a table, its place)."""

    def same(explanation: str) -> bool:
        return explanation.strip().upper() == wanted.strip().upper()

    explanations = texts(dataset, "WindowCenterWidthExplanation")[:windows]
    found = [(True, i) for i, table in enumerate(tables) if table and same(table.explanation)]
    named = [(False, i) for i, explanation in enumerate(explanations) if same(explanation)]
    found = [*found, *named] if prefer_lut else [*named, *found]
    if not found:
        raise UnreadableFile("no_such_window", f"No window or VOI LUT is called {wanted!r}.")
    return found[0]


def _full_range(units: Units, why: str) -> Grey:
    """The whole range that the bits stored can hold, as DCMTK does without a window."""
    values = (units.values - units.low) / (units.high - units.low)
    return Grey(values, (f"{why}: full range of stored values",))


def _looked_up(units: Units, lut: Lut, name: str) -> Grey:
    top, notes = lut.top, lut.notes
    greatest = float(lut.entries.max())
    if 0 < greatest <= top / 2:
        # Some CR systems write 16 bits into the descriptor of a table of fewer.
        notes = (*notes, f"{name} stays below half of its {top:g}: {greatest:g} is white")
        top = greatest
    return Grey(lut.apply(units.values) / top, (f"{name}: {len(lut.entries)} entries", *notes))


def _windowed(
    dataset: Tags, units: Units, pair: tuple[float | None, float | None], name: str
) -> Grey:
    center, width = pair
    function = code(dataset, "VOILUTFunction") or "LINEAR"
    notes: tuple[str, ...] = ()
    if function not in FUNCTIONS:
        function, notes = "LINEAR", (f"unknown VOI LUT function {function}: LINEAR taken",)
    if center is None or width is None or width <= 0 or (function == "LINEAR" and width < 1):
        return _full_range(units, f"{name} ill-formed")
    said = f"{name}: center {center:g} width {width:g} {function}"
    return Grey(window_function(units.values, center, width, function), (said, *notes))
