"""Which grey values matter: VOI LUT, window, or all of them (PS3.3 C.11.2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from medtune.dicom.lut import Lut, read_lut
from medtune.dicom.modality import Units
from medtune.dicom.values import Tags, code, items, numbers, texts
from medtune.errors import UnreadableFile

Spread = Callable[[tuple[float, float]], tuple[float, float]]
"""From two shares to the values between which so much of the picture lies."""

_PERCENTILES = (0.005, 0.995)
FUNCTIONS = ("LINEAR", "LINEAR_EXACT", "SIGMOID")


@dataclass(frozen=True)
class Showing:
    """The rule by which a film's grey values are chosen; the same for every film of a run.

    Attributes:
        window: which VOI LUT or window: its number from 1, its explanation in the file (e.g.
            NORMAL; a film without it is refused), or several explanations, of which the first
            that the film has is taken, and its first window where it has none of them.
        prefer_lut: whether VOI LUTs come before windows where a film has both.
        without_window: what is shown of a film that has neither.
    """

    window: int | str | tuple[str, ...] = 1
    prefer_lut: bool = True
    without_window: Literal["full_range", "percentile"] = "full_range"

    @property
    def window_may_be_absent(self) -> bool:
        """Whether a film without any window is one to be shown."""
        return self.window == 1 or isinstance(self.window, tuple)


AS_STORED = Showing()


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
    header: Tags, units: Units, showing: Showing, spread: Spread, *, big_endian: bool
) -> Grey:
    """Apply the chosen VOI LUT or window; without any, what the rule says.

    Args:
        header: of the film.
        units: values after the modality transformation.
        showing: the rule.
        spread: the picture's own percentiles, for films without a window.
        big_endian: order of bytes in the file.

    Raises:
        UnreadableFile: no_such_window, where another than the first is asked for.
    """
    tables = [
        read_lut(item, signed_input=units.low < 0, big_endian=big_endian)
        for item in items(header, "VOILUTSequence")
    ]
    pairs = list(zip(numbers(header, "WindowCenter"), numbers(header, "WindowWidth"), strict=False))
    if not tables and not pairs and showing.window_may_be_absent:
        return full_range(units, "no window", showing, spread)
    by_lut, place = _chosen(header, tables, len(pairs), showing)
    if by_lut:
        table = tables[place]
        name = f"VOI LUT {place + 1} of {len(tables)}"
        if table is None:
            return full_range(units, f"{name} ill-formed", showing, spread)
        return _looked_up(units, table, name)
    name = f"window {place + 1} of {len(pairs)}"
    grey = _windowed(header, units, pairs[place], name)
    return grey or full_range(units, f"{name} ill-formed", showing, spread)


def _chosen(
    header: Tags, tables: Sequence[Lut | None], windows: int, showing: Showing
) -> tuple[bool, int]:
    """Which table or window the rule means: (whether it is a table, its place)."""
    wanted, prefer_lut = showing.window, showing.prefer_lut
    if not isinstance(wanted, int):
        for name in (wanted,) if isinstance(wanted, str) else wanted:
            found = _named(header, tables, windows, name, prefer_lut)
            if found is not None:
                return found
        if isinstance(wanted, str):
            raise UnreadableFile("no_such_window", f"No window or VOI LUT is called {wanted!r}.")
        wanted = 1
    by_lut = bool(tables) and (prefer_lut or not windows)
    there = len(tables) if by_lut else windows
    if not 1 <= wanted <= there:
        raise UnreadableFile(
            "no_such_window", f"There is no window {wanted}: the file has {there}."
        )
    return by_lut, wanted - 1


def _named(
    header: Tags, tables: Sequence[Lut | None], windows: int, wanted: str, prefer_lut: bool
) -> tuple[bool, int] | None:
    """Find a window or table by its explanation: (whether it is a table, its place)."""

    def same(explanation: str) -> bool:
        return explanation.strip().upper() == wanted.strip().upper()

    explanations = texts(header, "WindowCenterWidthExplanation")[:windows]
    found = [(True, i) for i, table in enumerate(tables) if table and same(table.explanation)]
    named = [(False, i) for i, explanation in enumerate(explanations) if same(explanation)]
    found = [*found, *named] if prefer_lut else [*named, *found]
    return found[0] if found else None


def full_range(units: Units, why: str, showing: Showing, spread: Spread) -> Grey:
    """A film without a window: between percentiles of its own, or the range of its bits.

    The second is what DCMTK does; it leaves a film nearly black whose 12 bits stand in 16.
    """
    low, high = units.low, units.high
    words = "full range of stored values"
    if showing.without_window == "percentile":
        lower, upper = spread(_PERCENTILES)
        if lower < upper:
            low, high = lower, upper
            words = f"percentiles 0.5 and 99.5 of the picture, {low:g} to {high:g}"
    values = np.clip((units.values - low) / (high - low), 0, 1)
    return Grey(values, (f"{why}: {words}",))


def _looked_up(units: Units, lut: Lut, name: str) -> Grey:
    top, notes = lut.top, lut.notes
    greatest = float(lut.entries.max())
    if 0 < greatest <= top / 2:
        # Some CR systems write 16 bits into the descriptor of a table of fewer.
        notes = (*notes, f"{name} stays below half of its {top:g}: {greatest:g} is white")
        top = greatest
    return Grey(lut.apply(units.values) / top, (f"{name}: {len(lut.entries)} entries", *notes))


def _windowed(
    header: Tags, units: Units, pair: tuple[float | None, float | None], name: str
) -> Grey | None:
    center, width = pair
    function = code(header, "VOILUTFunction") or "LINEAR"
    notes: tuple[str, ...] = ()
    if function not in FUNCTIONS:
        function, notes = "LINEAR", (f"unknown VOI LUT function {function}: LINEAR taken",)
    if center is None or width is None or width <= 0 or (function == "LINEAR" and width < 1):
        return None
    said = f"{name}: center {center:g} width {width:g} {function}"
    return Grey(window_function(units.values, center, width, function), (said, *notes))
