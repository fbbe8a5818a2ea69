from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from medtune.cli import app

RUN = """\
name: small
data:
  images: dicom
  labels: labels.csv
  findings: [opacity]
model:
  backbone: timm/resnet18
  weights: none
"""


@pytest.fixture
def medtune() -> Callable[..., Result]:
    """Runs the command line in this process: ``medtune("check", "run.yaml")``."""
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def hospital(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: run.yaml, labels.csv and an empty folder of films."""
    (tmp_path / "dicom").mkdir()
    (tmp_path / "labels.csv").write_text("accession_number,opacity\n1,0\n2,1\n")
    (tmp_path / "run.yaml").write_text(RUN)
    monkeypatch.chdir(tmp_path)
    return tmp_path
