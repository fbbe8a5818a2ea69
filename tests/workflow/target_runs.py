"""Runs of every kind of target on the films of one simulated hospital."""

from __future__ import annotations

from pathlib import Path

DATA = """
name: {name}
site: south
data:
  images: {films}
  labels: truth.csv
  targets: {targets}
  split: {{train: 0.4, tune: 0.15, calibration: 0.1, test: 0.35}}
  work: work-{name}
model:
  backbone: timm/mobilenetv3_small_050
  weights: none
  adapt: full
  batch_norm: train
  image_size: 64
training: {{epochs: 1, batch_size: 16, learning_rate: 1e-3, augmentation: none, precision: 32}}
evaluation: {{compare_with: [frozen_backbone], subgroups: [sex], resamples: 200}}
report: {{pictures: none}}
"""
TARGETS = {
    "diagnosis": "{diagnosis: {kind: multiclass, classes: [none, pneumonia, effusion, nodule]}}",
    "burden": "{burden: {kind: ordinal, classes: [none, one, several]}}",
    "heart": "{heart: {kind: continuous, unit: '%', range: [30, 70]}}",
}


def write_run(home: Path, name: str, films: Path, **changes: str) -> Path:
    """A run file of one target in ``home``, where ``truth.csv`` is."""
    path = home / f"{name}.yaml"
    targets = changes.get("targets", TARGETS.get(name, ""))
    path.write_text(DATA.format(name=name, films=films, targets=targets))
    return path
