"""A hospital with frontal and lateral films; the finding shows in one of the views only."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from medtune.dicom.write import XrayTags, write_xray

SIDE = 64
WHITE = 4095
TAGS = {
    "sop_class": "DX", "birth_date": "19600101", "sex": "F", "age_years": 60,
    "study_time": "101500", "institution": "Simulated", "manufacturer": "Simulated",
    "model": "Simulated", "station": "S", "photometric": "MONOCHROME2", "bits_stored": 12,
    "pixel_spacing_mm": (1.0, 1.0), "window": (WHITE / 2, WHITE), "exposure_index": 300.0,
    "kvp": 120.0, "source_to_detector_mm": 1800.0, "grid": True, "portable": False,
}  # fmt: skip


def write_two_views(folder: Path, letter: str, studies: int, seed: int) -> None:
    """Write ``dicom/`` and ``labels.csv``: a PA film of every study, and of most a lateral one.

    Studies 0, 10, 20 ... have no lateral film; 5, 15 ... have two frontal ones besides. The
    finding is a bright disc, on the lateral film where there is one, else on the frontal one.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(studies):
        present = bool(rng.random() < 0.5)
        views = ["PA", *(["LATERAL"] if number % 10 else []), *(["PA"] * (number % 10 == 5))]
        study = f"{letter}{number:04d}"
        for place, view in enumerate(views):
            shows = present and (view == "LATERAL" or len(views) == 1)
            tags = XrayTags(
                **TAGS,
                sop_instance_uid=f"2.25.{ord(letter)}{number:05d}{place + 1}",
                series_uid=f"2.25.{ord(letter)}{number:05d}8",
                study_uid=f"2.25.{ord(letter)}{number:05d}9",
                patient_id=study,
                patient_name=f"SIMULATED^{study}",
                accession_number=study,
                study_date=f"2023{1 + number % 12:02d}{1 + number % 28:02d}",
                view=view,
                instance_number=place + 1,
            )
            write_xray(folder / "dicom" / study / f"{place}.dcm", _film(rng, shows), tags)
        rows.append({"accession_number": study, "effusion": int(present)})
    pd.DataFrame(rows).to_csv(folder / "labels.csv", index=False)


def _film(rng: np.random.Generator, shows: bool) -> np.ndarray:
    """Smooth greys of its own, and the disc."""
    coarse = rng.random((6, 6)).astype(np.float32)
    film = 0.1 + 0.4 * cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    film += rng.normal(0, 0.01, film.shape)
    if shows:
        x, y = rng.integers(20, SIDE - 20, 2)
        disc = np.zeros((SIDE, SIDE), np.float32)
        cv2.circle(disc, (int(x), int(y)), 9, 1, -1)
        film += 0.45 * cv2.GaussianBlur(disc, (0, 0), 1.5)
    return (film.clip(0, 1) * WHITE).astype(np.uint16)
