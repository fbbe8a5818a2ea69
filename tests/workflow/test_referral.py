"""Referral on the road: from the run file to the card of the weights and to predict."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from medtune.config.load import load_run
from medtune.errors import ConfigError
from medtune.vision.trained import load
from medtune.workflow.predict import predict
from medtune.workflow.train import train


def test_a_trained_model_carries_its_cuts_and_predict_refers(judged: Path, tmp_path: Path):
    home = tmp_path / "home"
    shutil.copytree(judged, home)
    refer = "evaluation.refer={effusion: {wrong_present: 0.6, confidence: 0.5}}"
    settings = ["name=referring", "model.adapt=linear_probe", "training.epochs=1", refer]
    folder = train(load_run(home / "south.yaml", settings), show=False)
    card = load(folder).card
    assert set(card.referral) == {"effusion"}
    cuts = card.referral["effusion"]
    assert cuts["wrong_present"] == 0.6
    assert cuts["absent_below"] is None
    threshold, cut = card.thresholds["effusion"], cuts["present_from"]
    assert cut is None or cut >= threshold
    table = predict(folder, home / "south/dicom", tmp_path / "out.csv", show=False)
    scored = table[~table["refused"]].set_index("target")
    bounded = scored.loc["effusion"]
    sure = bounded["score"] >= (np.inf if cut is None else cut)
    assert (bounded["decision"] == sure.map({True: "present", False: "refer"})).all()
    assert bounded.loc[~sure, "reason"].str.contains("a radiologist should decide").all()
    assert bounded.loc[sure, "reason"].isna().all()
    assert not sure.all()
    assert set(scored.loc["pneumonia", "decision"]) <= {"present", "absent"}


def test_bounds_of_what_is_no_finding_are_refused(judged: Path):
    with pytest.raises(ConfigError, match="oedema is none of the findings"):
        load_run(judged / "south.yaml", ["evaluation.refer={oedema: {wrong_absent: 0.1}}"])
    with pytest.raises(ConfigError, match="give wrong_absent, wrong_present or both"):
        load_run(judged / "south.yaml", ["evaluation.refer={confidence: 0.9}"])
