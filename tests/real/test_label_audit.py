"""The label audit on real films: planted errors are found, and none is invented beside them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from medtune.config.load import load_run
from medtune.workflow.audit import Audit, audit
from tests.keys import lay_key

RUN = """
name: audited
site: {site}
data:
  images: {films}
  labels: labels.csv
  findings: [{finding}]
  split: {{train: 0.8, tune: 0.1, calibration: 0.05, test: 0.05}}
model:
  backbone: timm/{backbone}
  weights: {weights}
  adapt: linear_probe
  image_size: {size}
"""


class Hospital:
    """A real set of films, some of whose labels are turned round."""

    def __init__(self, real: Path, home: Path, site: str, finding: str, share: float) -> None:
        self.real, self.home, self.site, self.finding = real, home, site, finding
        labels = pd.read_csv(real / f"xray/{site}/labels.csv", dtype={"accession_number": str})
        turned = np.random.default_rng(0).random(len(labels)) < share
        labels[finding] = labels[finding].where(~turned, 1 - labels[finding])
        labels.to_csv(home / "labels.csv", index=False)
        lay_key(home / "work/private")
        self.turned = set(labels.loc[turned, "accession_number"])

    def audit(self, films: Path, backbone: str, weights: str, size: int) -> Audit:
        text = RUN.format(
            site=self.site, films=films, finding=self.finding, backbone=backbone, size=size,
            weights=self.real / f"weights/{weights}.safetensors",
        )  # fmt: skip
        (self.home / "run.yaml").write_text(text)
        return audit(load_run(self.home / "run.yaml"), show=False)

    def judge(self, found: Audit) -> tuple[float, float]:
        """Precision and recall of the suspects, among the labels that were looked at."""
        places = pd.read_parquet(self.home / "work/private/locations.parquet")
        number = places.set_index("case_id")["accession_number"]
        hit = found.suspects["case_id"].map(number).isin(self.turned)
        share = found.studies / number.nunique()
        return float(hit.mean()), float(hit.sum() / (len(self.turned) * share))


@pytest.mark.slow
def test_planted_errors_are_found_among_real_films_reduced(real_data: Path, tmp_path: Path):
    films = tmp_path / "films"
    films.mkdir()
    folders = sorted((real_data / "xray/guangzhou/images").iterdir())
    for folder in folders[::2]:
        (films / folder.name).symlink_to(folder, target_is_directory=True)
    place = Hospital(real_data, tmp_path, "guangzhou", "pneumonia", 0.08)
    found = place.audit(films, "mobilenetv2_035", "mobilenetv2_035.keras_tm_in1k_features", 96)
    precision, _ = place.judge(found)
    assert len(found.suspects) >= 5
    assert precision > 0.7


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.0, 0.05])
def test_planted_errors_are_found_among_real_films(real_data: Path, tmp_path: Path, share: float):
    place = Hospital(real_data, tmp_path, "guangzhou", "pneumonia", share)
    films = real_data / "xray/guangzhou/images"
    found = place.audit(films, "mobilenetv2_100", "mobilenetv2_100.tf2_ptq_in1k", 224)
    if share == 0:
        assert found.suspects.empty
        assert all(value.wrong.high < 0.01 for value in found.findings[0].values)
        return
    precision, recall = place.judge(found)
    assert precision > 0.85
    assert recall > 0.4


@pytest.mark.slow
def test_where_the_network_hardly_sees_the_finding_nobody_is_suspected(
    real_data: Path, tmp_path: Path
):
    """Infiltration on 322 adult films, labelled by text mining: no answer is the right one."""
    place = Hospital(real_data, tmp_path, "nih", "infiltration", 0.05)
    films = real_data / "xray/nih/images"
    found = place.audit(films, "mobilenetv2_035", "mobilenetv2_035.keras_tm_in1k_features", 96)
    assert found.suspects.empty
    for value in found.findings[0].values:
        assert "hardly sees this finding" in value.wrong.reason
