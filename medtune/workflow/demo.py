"""``medtune demo``: the whole road on two simulated hospitals, offline, in a few minutes."""

from __future__ import annotations

import shutil
from pathlib import Path

from medtune.config.load import load_films_run
from medtune.errors import RunError
from medtune.phantom import NORTH, SOUTH, write_hospital
from medtune.tables.results import Result
from medtune.tables.schema import write_text
from medtune.workflow.evaluate import evaluate
from medtune.workflow.progress import say
from medtune.workflow.train import train

PROCESSES = 2
PATIENTS = 620  # of each hospital: about 800 films each

NORTH_RUN = """\
# SIMULATED. The generic model: trained on the first simulated hospital.
name: north
site: north
data:
  images: north/dicom
  labels: north/labels.csv
  join_on: accession_number
  include: {modality: [CR, DX], body_part: [CHEST], view: [PA, AP]}
  findings: [pneumonia]
  split: {train: 0.75, tune: 0.10, calibration: 0.10, test: 0.05}
model:
  backbone: timm/resnet10t
  weights: none            # nothing is fetched: the demo is offline
  adapt: full
  batch_norm: train
  image_size: 128
training: {epochs: 14, batch_size: 16, learning_rate: 2e-3, head_learning_rate: 2e-3, patience: 6}
"""

SOUTH_RUN = """\
# SIMULATED. The local hospital: other equipment, other patients; 200 of its studies teach.
name: south
site: south
data:
  images: south/dicom
  labels: south/labels.csv
  join_on: accession_number
  include: {modality: [CR, DX], body_part: [CHEST], view: [PA, AP]}
  findings: [pneumonia]
  split: {train: 0.40, tune: 0.10, calibration: 0.20, test: 0.30}
  train_studies: 200
model:
  backbone: timm/resnet10t
  weights: runs/north
  adapt: lp_ft
  batch_norm: train
  image_size: 128
training: {epochs: 10, batch_size: 16, learning_rate: 5e-4, head_epochs: 3, patience: 4}
evaluation:
  compare_with:
    - shipped: runs/north
    - frozen_backbone
  primary: {finding: pneumonia, measure: auroc, compared_with: "shipped:north", margin: 0}
  operating_point: {sensitivity: 0.90}
  subgroups: [sex, view]
"""


def demo(out: Path, *, patients: int | None = None, show: bool = True) -> Result:
    """Simulate two hospitals, train the generic model at one, fine-tune and judge at the other.

    Started again in the same folder, it goes on where it was interrupted.

    Args:
        out: folder for everything.
        patients: simulated patients of each hospital.
        show: whether progress is shown on stderr.

    Returns:
        What fine-tuning gained at the second hospital.

    Raises:
        RunError: the folder holds something else.
    """
    tell = say if show else (lambda line: None)
    wanted = patients or PATIENTS
    marker = out / "demo.txt"
    if out.exists() and any(out.iterdir()) and not marker.exists():
        raise RunError(f"The folder {out.name} holds something else; give '--out' another one.")
    if marker.exists() and marker.read_text(encoding="utf-8") != _note(wanted):
        raise RunError(
            f"The folder {out.name} holds a demo of another size; give '--out' another one."
        )
    out.mkdir(parents=True, exist_ok=True)
    write_text(_note(wanted), marker)
    for hospital, seed in ((NORTH, 1), (SOUTH, 2)):
        folder = out / hospital.name
        if not (folder / "labels.csv").exists():
            tell(f"simulating {wanted} patients of the hospital '{hospital.name}' (not real)")
            shutil.rmtree(folder, ignore_errors=True)  # what an interruption left
            write_hospital(folder, hospital, patients=wanted, seed=seed, processes=PROCESSES)
    for name, text in (("north.yaml", NORTH_RUN), ("south.yaml", SOUTH_RUN)):
        write_text(text, out / name)
    tell("training the generic model on 'north'")
    train(load_films_run(out / "north.yaml"), show=show)
    south = load_films_run(out / "south.yaml")
    tell("fine-tuning it on 200 studies of 'south'")
    train(south, show=show)
    tell("judging both on the test patients of 'south'")
    return evaluate(south, show=show)


def _note(patients: int) -> str:
    return f"SIMULATED. medtune demo, {patients} patients of each of two simulated hospitals.\n"
