"""The simulated hospitals of ``shifts.yaml``: what differs from home, and how much there is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from medtune.phantom import SiteShift


@dataclass(frozen=True)
class Site:
    """One simulated hospital.

    Attributes:
        name: of it.
        shift: what differs from home.
        seed: of its patients and of the shift.
        kind: of the shift, with its strength.
        shifted: whether anything differs.
    """

    name: str
    shift: SiteShift
    seed: int
    kind: str = "none"

    @property
    def shifted(self) -> bool:
        """Whether anything differs from home."""
        return self.shift != SiteShift()


@dataclass(frozen=True)
class Size:
    """How much there is of everything; a trial has little."""

    home_patients: int
    reference_patients: int
    labelled_studies: int
    test_studies: int
    pixels: int
    epochs: int = 30
    reference_epochs: int = 60


def sites(said: dict[str, Any]) -> list[Site]:
    """The hospitals of ``shifts.yaml``."""
    found = [
        Site(f"{kind}-{strength}-seed-{seed}", SiteShift(**shift), seed, f"{kind}-{strength}")
        for kind, strengths in said["kinds"].items()
        for strength, shift in enumerate(strengths, start=1)
        for seed in said["seeds"]
    ]
    return found + [Site(f"none-seed-{s}", SiteShift(), s) for s in said["unshifted_seeds"]]
