"""Two small simulated hospitals, and a run at each: made once for all tests of the road."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from medtune.config.load import load_run
from medtune.phantom import NORTH, SOUTH, write_hospital
from medtune.workflow.evaluate import evaluate
from medtune.workflow.train import train
from tests.keys import lay_key
from tests.workflow.blobs import write_both

GENERIC = """
name: north
site: north
data:
  images: north/dicom
  labels: north/labels.csv
  findings: [effusion]
  split: {train: 0.6, tune: 0.2, calibration: 0.2, test: 0}
model:
  backbone: timm/mobilenetv3_small_050
  weights: none
  adapt: full
  batch_norm: train
  image_size: 64
training: {epochs: 3, batch_size: 16, learning_rate: 1e-3, head_learning_rate: 1e-3}
"""
LOCAL = """
name: south
site: south
data:
  images: south/dicom
  labels: south/labels.csv
  findings: [effusion, pneumonia]
  split: {train: 0.4, tune: 0.15, calibration: 0.15, test: 0.3}
model: {backbone: timm/mobilenetv3_small_050, weights: runs/north, adapt: lp_ft, image_size: 64}
training: {epochs: 2, head_epochs: 2, batch_size: 8, learning_rate: 5e-4}
evaluation:
  compare_with: [{shipped: runs/north}, frozen_backbone]
  primary: {finding: effusion, compared_with: "shipped:north"}
  subgroups: [sex]
  resamples: 200
"""


@pytest.fixture(scope="session")
def hospitals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Films and labels of two hospitals, and their run files; do not write here."""
    home = tmp_path_factory.mktemp("hospitals")
    write_hospital(home / "north", NORTH, patients=90, seed=1, size=80)
    write_hospital(home / "south", SOUTH, patients=150, seed=2, size=80)
    (home / "north.yaml").write_text(GENERIC)
    (home / "south.yaml").write_text(LOCAL)
    return home


@pytest.fixture(scope="session")
def judged(hospitals: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both runs trained and the second evaluated; do not write here."""
    home = tmp_path_factory.mktemp("judged") / "home"
    shutil.copytree(hospitals, home)
    train(load_run(home / "north.yaml"), show=False)
    train(load_run(home / "south.yaml"), show=False)
    evaluate(load_run(home / "south.yaml"), show=False)
    return home


@pytest.fixture(scope="session")
def blobs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two hospitals of small films, and the first one's model; do not write here."""
    home = tmp_path_factory.mktemp("blobs")
    write_both(home)
    lay_key(home / "work/private")
    train(load_run(home / "north.yaml"), show=False)
    return home
