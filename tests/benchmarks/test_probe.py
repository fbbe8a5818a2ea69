"""The fast probe against frozen epochs: on real films where they are, else on simulated ones."""

from __future__ import annotations

import copy
import os
from itertools import count
from pathlib import Path

import numpy as np
import pytest
import yaml
from sklearn.metrics import roc_auc_score

from medtune.config.load import load_run
from medtune.config.run import Run
from medtune.learning.fast_probe import fit_head
from medtune.learning.fit import fit
from medtune.learning.hardware import choose
from medtune.learning.lesson import Lesson
from medtune.learning.predict import score
from medtune.learning.task import Network
from medtune.phantom import NORTH, write_hospital
from medtune.vision.tasks import XrayFindings
from medtune.vision.trained import start
from medtune.workflow.cases import gather, private
from medtune.workflow.decoding import decode, spec_of
from medtune.workflow.scoring import films
from medtune.workflow.seeing import Seeing
from medtune.workflow.splitting import split, taught
from medtune.workflow.teaching import change_of

SIZE, EPOCHS = 128, 10
BELOW = 0.005  # of AUROC that the fast probe may be worse


def settings_of(home: Path) -> dict:
    """A run on real films and weights, or on simulated films and random weights."""
    real = Path(os.environ.get("MEDTUNE_REAL_DATA", ""))
    if not (real / "xray/guangzhou").is_dir():
        write_hospital(home / "north", NORTH, patients=400, seed=1, size=SIZE)
        images, labels, findings = home / "north/dicom", home / "north/labels.csv", "effusion"
        model = {"backbone": "timm/resnet18", "weights": "none"}
    else:
        site = real / "xray/guangzhou"
        images, labels, findings = site / "images", site / "labels.csv", "pneumonia"
        weights = real / "weights/mobilenetv2_100.tf2_ptq_in1k.safetensors"
        model = {"backbone": "timm/mobilenetv2_100", "weights": str(weights)}
    return {
        "name": "probe",
        "data": {
            "images": str(images), "labels": str(labels), "join_on": "accession_number",
            "findings": [findings], "train_studies": 300, "work": str(home / "work"),
            "split": {"train": 0.5, "tune": 0.1, "calibration": 0, "test": 0.4},
        },
        "model": {**model, "image_size": SIZE},
        "training": {"head_epochs": EPOCHS, "patience": EPOCHS, "batch_size": 16},
    }  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Run:
    home = tmp_path_factory.mktemp("hospital")
    (home / "run.yaml").write_text(yaml.safe_dump(settings_of(home)))
    return load_run(home / "run.yaml")


class Bench:
    """The two ways of giving a network a head, on the same films."""

    def __init__(self, run: Run, home: Path) -> None:
        self.run, self.home, self.number = run, home, count()
        cases = gather(run, show=False).cases
        splits = taught(run, cases, split(run, cases, store=False))
        self.decoded = decode(run.data.work, cases, spec_of(run), private=private(run), show=False)
        self.finding = next(iter(run.data.findings))
        known = cases[cases[self.finding].notna()]
        self.cases = {
            name: known[known["case_id"].isin(part["case_id"])].reset_index(drop=True)
            for name, part in splits.groupby("split")
        }
        self.network = start(run.model, 1, spec_of(run))
        self.hardware = choose(run.training)

    def samples(self, name: str, **more):
        return films(self.decoded, self.cases[name], XrayFindings([self.finding]), **more)

    def lesson(self, adapt: str) -> Lesson:
        run = self.run.model_copy(
            update={"model": self.run.model.model_copy(update={"adapt": adapt})}
        )
        folder = self.home / str(next(self.number))
        return Lesson(
            task=XrayFindings([self.finding]),
            network=copy.deepcopy(self.network),
            train=self.samples("train", change=change_of(run, self.cases["train"])),
            tune=self.samples("tune"),
            model=run.model,
            training=run.training,
            hardware=self.hardware,
            folder=folder / "checkpoints",
            metrics=folder / "metrics.csv",
            say=lambda line: None,
        )

    def fast(self) -> Network:
        lesson = self.lesson("fast_probe")
        seeing = Seeing(
            lesson.folder, self.decoded, spec_of(self.run), lesson.network, self.hardware
        )
        fit_head(lesson, self.cases["train"]["group_id"].to_numpy(str), seeing)
        return lesson.network

    def frozen(self) -> Network:
        lesson = self.lesson("linear_probe")
        fit(lesson)
        return lesson.network

    def auroc(self, network: Network) -> float:
        test = self.samples("test")
        said = score(XrayFindings([self.finding]), network, test, self.hardware)
        return float(roc_auc_score(test.targets[:, 0], said[:, 0]))


@pytest.mark.bench
@pytest.mark.timeout(3600)
@pytest.mark.filterwarnings("ignore")
def test_the_fast_probe_takes_a_seventh_of_ten_frozen_epochs_and_ranks_as_well(
    run, ratio, tmp_path
):
    bench = Bench(run, tmp_path)
    fast, frozen = bench.auroc(bench.fast()), bench.auroc(bench.frozen())
    print(f"\nAUROC: fast probe {fast:.4f}, {EPOCHS} frozen epochs {frozen:.4f}")
    assert np.isfinite(fast)
    assert fast >= frozen - BELOW
    films = "real" if run.model.weights != "none" else "simulated"
    ratio(
        "probe",
        f"the fast probe on {len(bench.cases['train'])} {films} films, against {EPOCHS} frozen "
        f"epochs (AUROC {fast:.3f} and {frozen:.3f})",
        {"medtune": bench.fast, "frozen epochs": bench.frozen},
        {"frozen epochs": 0.15},
        packages=("torch", "timm", "scikit-learn"),
        repetitions=3,
        clock="cpu",
    )
