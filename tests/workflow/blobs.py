"""Two hospitals of small films made in a moment: a bright spot is the finding, the consoles differ.

For what a whole road does, where what the films look like does not matter.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter

from medtune.dicom.write import XrayTags, write_xray
from medtune.films.physics import Response

SIDE = 40
GENERIC = """
name: north
site: north
data:
  images: north/dicom
  labels: north/labels.csv
  findings: [effusion]
  split: {train: 0.5, tune: 0.2, calibration: 0.3, test: 0}
model:
  backbone: timm/test_efficientnet
  weights: none
  adapt: full
  batch_norm: train
  image_size: 32
training: {epochs: 4, batch_size: 16, learning_rate: 3e-3, augmentation: none}
"""
LOCAL = """
name: south
site: south
data:
  images: south/dicom
  labels: south/labels.csv
  findings: [effusion]
  split: {train: 0.35, tune: 0.15, calibration: 0.2, test: 0.3}
model: {backbone: timm/test_efficientnet, weights: runs/north, adapt: norm, image_size: 32}
training: {epochs: 1, batch_size: 16, learning_rate: 1e-3, augmentation: none}
evaluation:
  compare_with: [{shipped: runs/north}]
  resamples: 400
  act_at: {effusion: 0.2}
ladder: {utility: net_benefit, folds: 2, teach: [fast_probe, norm]}
"""


def write_blobs(home: Path, name: str, *, patients: int, seed: int, gamma: float) -> None:
    """Films and labels of a hospital whose console has a gamma of its own."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    labels = []
    for number in range(patients):
        present = rng.random() < 0.4
        field = gaussian_filter(rng.normal(size=(SIDE, SIDE)), 3)
        film = 0.35 + 0.1 * field / field.std()
        if present:
            row, column = rng.uniform(10, SIDE - 10, 2)
            film += 0.45 * np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / 18)
        film = Response(gamma=gamma).shown(np.clip(film, 0.02, 1).astype(np.float32))
        accession = f"{name[0].upper()}{number:05d}"
        tags = _tags(name, number, accession)
        write_xray(home / name / "dicom" / f"{number}.dcm", (film * 4095).astype(np.uint16), tags)
        labels.append({"accession_number": accession, "effusion": int(present)})
    pd.DataFrame(labels).to_csv(home / name / "labels.csv", index=False)


def _tags(name: str, number: int, accession: str) -> XrayTags:
    uid = f"2.25.{1 + len(name)}{sum(map(ord, name))}{number:06d}"
    return XrayTags(
        sop_class="DX",
        sop_instance_uid=f"{uid}1",
        series_uid=f"{uid}2",
        study_uid=f"{uid}3",
        patient_id=f"{name}-{number:05d}",
        patient_name=f"SIMULATED^{number:05d}",
        birth_date="19500101",
        sex="F" if number % 2 else "M",
        age_years=60,
        accession_number=accession,
        study_date="20200101",
        study_time="120000",
        institution=f"Simulated Hospital {name.title()}",
        manufacturer="Simulated Blobs",
        model=f"Console {name}",
        station=name.upper(),
        view="PA",
        photometric="MONOCHROME2",
        bits_stored=12,
        pixel_spacing_mm=(1.0, 1.0),
        window=(2047.5, 4095.0),
        exposure_index=100.0,
        kvp=120,
        source_to_detector_mm=1800.0,
        grid=True,
        portable=False,
        instance_number=1,
        transfer_syntax="explicit",
    )


def write_both(home: Path) -> None:
    """Both hospitals and their run files."""
    write_blobs(home, "north", patients=200, seed=1, gamma=1.0)
    write_blobs(home, "south", patients=220, seed=2, gamma=1.9)
    (home / "north.yaml").write_text(GENERIC)
    (home / "south.yaml").write_text(LOCAL)
