"""Named site shifts: the same machine with one property changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from medtune.errors import DataError
from medtune.phantom.equipment import Equipment


def shifted(
    equipment: Equipment,
    *,
    gamma: float | None = None,
    blur: float | None = None,
    noise: float | None = None,
    detail: float | None = None,
    grid: bool | None = None,
    collimated: float | None = None,
    polarity: Literal["MONOCHROME1", "MONOCHROME2"] | None = None,
    bits: int | None = None,
) -> Equipment:
    """Change what is named and leave the rest.

    Args:
        equipment: the machine to begin with.
        gamma: exponent on the displayed value; above 1 the lungs come out darker.
        blur: added standard deviation of blur before the quanta are counted, mm.
        noise: factor on the relative quantum noise: 2 takes a quarter of the quanta.
        detail: how much local contrast the console adds.
        grid: whether an anti-scatter grid is used.
        collimated: chance of each side of a film that its border is visible.
        polarity: MONOCHROME1 or MONOCHROME2.
        bits: bits stored.

    Raises:
        DataError: a value that no machine has.
    """
    if gamma is not None and gamma <= 0:
        raise DataError(f"gamma must be above 0, and is {gamma:g}.")
    if blur is not None and blur < 0:
        raise DataError(f"blur must be at least 0 mm, and is {blur:g}.")
    if noise is not None and noise <= 0:
        raise DataError(f"noise must be above 0, and is {noise:g}.")
    if bits is not None and not 8 <= bits <= 16:
        raise DataError(f"bits must be 8 to 16, and are {bits}.")
    changes: dict[str, object] = {
        "gamma": gamma,
        "detail": detail,
        "grid": grid,
        "collimated": collimated,
        "polarity": polarity,
        "bits": bits,
    }
    if blur is not None:
        changes["focal_blur_mm"] = (equipment.focal_blur_mm**2 + blur**2) ** 0.5
    if noise is not None:
        changes["quanta"] = equipment.quanta / noise**2
    named = {name: value for name, value in changes.items() if value is not None}
    return replace(equipment, **named)  # type: ignore[arg-type]
