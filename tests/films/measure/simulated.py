"""Films of a simulated machine as arrays: what is measured is known of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from medtune.phantom import NORTH, Equipment
from medtune.phantom.films import drawn
from medtune.phantom.imaging import attenuation, expose
from medtune.phantom.roster import random_for, studies_of

# console and borders out of the way, so that what is asked for is all there is
PLAIN = replace(NORTH.equipment, collimated=0.0)


@dataclass(frozen=True)
class Films:
    """Films (N, S, S), the same without noise, and millimetres a pixel."""

    films: np.ndarray
    clean: np.ndarray
    spacing: float

    def noise_at(self, greys: np.ndarray) -> np.ndarray:
        """True standard deviation of the noise around each grey."""
        noise = self.films - self.clean
        return np.array([noise[np.abs(self.clean - grey) < 0.05].std() for grey in greys])


def films_of(equipment: Equipment, patients: range, size: int = 224) -> Films:
    """One film a patient."""
    quiet = replace(equipment, quanta=1e5 * equipment.quanta, electronic_noise=0.0)
    films, clean, spacing = [], [], []
    for number in patients:
        study = studies_of(NORTH, 0, number)[0]
        chest, fluid, pose = drawn(NORTH, 0, study, 1, size)
        depth = attenuation(chest, fluid)
        spacing.append(10 * pose.width / size)
        for machine, into in ((equipment, films), (quiet, clean)):
            rng = random_for(0, "simulated", number)
            stored = expose(depth, machine, rng, size=size, width_cm=pose.width)
            top = (1 << machine.bits) - 1
            into.append(np.clip(stored.astype(np.float32) / np.float32(top), 0, 1))
    return Films(np.stack(films), np.stack(clean), float(np.mean(spacing)))


def facts_of(patients: list[str], size: int) -> pd.DataFrame:
    """What headers of such films say."""
    return pd.DataFrame(
        {
            "group_id": patients,
            "exposure_index": 250.0,
            "column_spacing": 370 / size,
            "rows": size,
            "columns": size,
            "bits_stored": 12,
            "windows": 1,
            "window_center": 2048.0,
            "window_width": 4096.0,
            "has_voi_lut": False,
        }
    )
