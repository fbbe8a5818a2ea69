from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from medtune.config.load import load_run
from medtune.errors import ConfigError

SMALL = """\
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
def hospital(tmp_path: Path) -> Path:
    """A folder with the files that SMALL asks for, and SMALL itself as run.yaml."""
    (tmp_path / "dicom").mkdir()
    findings = "opacity,nodule,effusion,infiltration,no_finding,pneumonia,a,b,c"
    (tmp_path / "labels.csv").write_text(f"accession_number,study_uid,{findings}\n")
    (tmp_path / "run.yaml").write_text(SMALL)
    return tmp_path


@pytest.fixture
def small() -> str:
    """The shortest run file."""
    return SMALL


@pytest.fixture
def refused() -> Callable[..., list[str]]:
    """The problems for which a run file and overrides are refused."""

    def problems(path: Path, *settings: str) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            load_run(path, settings)
        return caught.value.problems

    return problems
