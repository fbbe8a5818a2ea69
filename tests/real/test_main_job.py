"""The main job on real films: the configs in configs/xray, from the command line, on DICOM."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

CONFIGS = Path(__file__).parents[2] / "configs" / "xray"
SMALL = [
    "model.backbone=timm/mobilenetv2_035", "model.image_size=96", "training.epochs=2",
    "training.head_epochs=4", "training.batch_size=16", "training.augmentation=none",
]  # fmt: skip


class Desk:
    """A folder to work in, where configs are run from the command line."""

    def __init__(self, real: Path, home: Path) -> None:
        self.real, self.home = real, home

    def settings(self, hospital: str, labels: Path | None = None) -> list[str]:
        """Where this hospital's films and labels lie."""
        labels = labels or self.real / "xray" / hospital / "labels.csv"
        return [
            f"data.images={self.real}/xray/{hospital}/images",
            f"data.labels={labels}",
            f"data.work={self.home}/work-{hospital}",
            f"runs={self.home}/runs",
        ]

    def weights(self, name: str) -> str:
        """A file of real ImageNet weights."""
        return f"model.weights={self.real}/weights/{name}.safetensors"

    def started_from(self, run: str) -> list[str]:
        """A run of this desk as starting weights and as the generic model."""
        path = f"{self.home}/runs/{run}"
        return [
            f"model.weights={path}",
            f"evaluation.compare_with=[{{shipped: {path}}}, frozen_backbone]",
        ]

    def medtune(self, verb: str, config: str, settings: list[str]) -> None:
        """Run a verb; it must end well."""
        words = [part for setting in settings for part in ("--set", setting)]
        command = [sys.executable, "-m", "medtune.cli", verb, str(CONFIGS / config), *words]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=3000, check=False,
            env={**os.environ, "HF_HUB_OFFLINE": "1"},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    def result(self, run: str) -> dict:
        """What the run's result.json says."""
        return json.loads((self.home / "runs" / run / "result.json").read_text())

    def most_studies(self, run: str) -> int:
        """How many studies the patient has who has most."""
        cases = pd.read_parquet(self.home / "runs" / run / "cases.parquet")
        return int(cases.groupby("group_id")["study_id"].nunique().max())

    def measures(self, run: str) -> pd.DataFrame:
        """The run's measures over all patients."""
        table = pd.read_csv(self.home / "runs" / run / "measures.csv", keep_default_na=False)
        table = table[table["subgroup"] == "all"]
        for name in ("value", "low", "high"):
            table[name] = pd.to_numeric(table[name])
        return table


def sentence_of_the_control_is_right(result: dict) -> bool:
    """The thumbnail's sentence stands in the answer exactly where the control did not pass."""
    said = "8 x 8 thumbnail" in result["answer"]
    return said == (result["control_passed"] is not True)


def check_local(desk: Desk, run: str, patients: range) -> dict:
    """What every main job must hold, whatever its size."""
    result = desk.result(run)
    primary = result["primary"]
    assert primary["compared_with"] == "shipped:nih"
    assert primary["n_groups"] in patients
    assert primary["n_cases"] > primary["n_groups"]  # several films a patient: clustered
    assert "patient" in primary["method"]
    rows = {
        (r["measure"], r["rule"])
        for r in result["differences"]
        if r["compared_with"] == "shipped:nih" and r["subgroup"] == "all"
    }
    for rule in ("shipped", "site"):
        assert {("accuracy", rule), ("accuracy_relative", rule)} <= rows
    assert {("auroc", ""), ("auroc_error_relative", "")} <= rows
    measures = desk.measures(run)
    accuracy = measures[(measures["measure"] == "accuracy") & (measures["rule"] == "site")]
    assert (accuracy["low"] < accuracy["value"]).all()
    assert sentence_of_the_control_is_right(result)
    return result


@pytest.mark.slow
def test_the_main_job_reduced(real_data: Path, tmp_path: Path):
    desk = Desk(real_data, tmp_path)
    weights = desk.weights("mobilenetv2_035.keras_tm_in1k_features")
    desk.medtune("train", "pneumonia-generic.yaml", [*desk.settings("nih"), weights, *SMALL])
    local = [*desk.settings("guangzhou"), *desk.started_from("nih"), *SMALL]
    desk.medtune("train", "pneumonia-local.yaml", local)
    desk.medtune("evaluate", "pneumonia-local.yaml", local)
    result = check_local(desk, "guangzhou", range(280, 325))
    assert result["verdict"] == "gain"
    assert result["primary"]["low"] > 0


@pytest.fixture(scope="module")
def desk(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The generic model of the main job, trained once."""
    desk = Desk(real_data, tmp_path_factory.mktemp("desk"))
    weights = desk.weights("mobilenetv2_100.tf2_ptq_in1k")
    desk.medtune("train", "pneumonia-generic.yaml", [*desk.settings("nih"), weights])
    return desk


@pytest.mark.slow
@pytest.mark.timeout(3600)  # without bf16 in the CPU it takes several times as long
def test_the_main_job(desk: Desk):
    local = [*desk.settings("guangzhou"), *desk.started_from("nih")]
    desk.medtune("train", "pneumonia-local.yaml", local)
    desk.medtune("evaluate", "pneumonia-local.yaml", local)
    result = check_local(desk, "guangzhou", range(290, 315))
    assert result["verdict"] == "gain"
    assert result["primary"]["low"] > 0
    taught = result["settings"]["labelled_studies"]["train"]
    assert 200 - desk.most_studies("guangzhou") < taught <= 200  # whole patients


@pytest.mark.slow
@pytest.mark.timeout(3600)  # without bf16 in the CPU it takes several times as long
def test_the_reverse_direction_reports_what_its_rule_gives(desk: Desk):
    weights = desk.weights("mobilenetv2_100.tf2_ptq_in1k")
    generic = [*desk.settings("guangzhou"), weights]
    desk.medtune("train", "pneumonia-reverse-generic.yaml", generic)
    back = [*desk.settings("nih"), *desk.started_from("guangzhou-generic")]
    desk.medtune("train", "pneumonia-reverse.yaml", back)
    desk.medtune("evaluate", "pneumonia-reverse.yaml", back)
    result = desk.result("nih-from-guangzhou")
    primary = result["primary"]
    if result["verdict"] == "not_estimable":
        assert primary["not_estimable"]
        return
    expected = "gain" if primary["low"] > 0 else "worse" if primary["high"] < 0 else "no_gain_shown"
    assert result["verdict"] == expected
    assert primary["smallest_detectable_gain"] > 0
    assert "could have shown" in result["answer"]
    assert sentence_of_the_control_is_right(result)


@pytest.mark.slow
@pytest.mark.timeout(3600)  # without bf16 in the CPU it takes several times as long
def test_fourteen_findings_with_planted_unknowns(real_data: Path, tmp_path: Path):
    desk = Desk(real_data, tmp_path)
    labels = pd.read_csv(real_data / "xray/nih/labels.csv", dtype=str)
    findings = [name for name in labels if name not in ("accession_number", "no_finding")]
    unknown = np.random.default_rng(0).random((len(labels), len(findings))) < 0.05
    labels[findings] = labels[findings].mask(unknown, "")
    labels.to_csv(tmp_path / "labels.csv", index=False)
    settings = [
        *desk.settings("nih", tmp_path / "labels.csv"),
        desk.weights("mobilenetv2_100.tf2_ptq_in1k"),
    ]  # fmt: skip
    desk.medtune("train", "fourteen-findings.yaml", settings)
    desk.medtune("evaluate", "fourteen-findings.yaml", settings)
    measures = desk.measures("nih-fourteen")
    own = measures[(measures["model"] == "fine_tuned") & (measures["measure"] == "auroc")]
    own = own[own["rule"] == ""]  # a recalibration by steps has rows of its own
    own = own.set_index("target")
    for finding in ("edema", "hernia", "pneumonia"):
        assert np.isnan(own.loc[finding, "value"])
        assert "at least 10 of each are needed" in own.loc[finding, "reason"]
    for finding in ("atelectasis", "infiltration"):
        assert 0 < own.loc[finding, "low"] < own.loc[finding, "value"]
    macro = own.loc["macro"]
    over = [finding for finding in findings if finding in f"{macro['method']} {macro['reason']}"]
    assert set(over) == set(own.index[own["value"].notna()]) - {"macro"}
    assert macro["value"] == pytest.approx(own.loc[over, "value"].mean())
