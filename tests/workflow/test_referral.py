"""Referral on the road: from the run file to the card of the weights and to predict."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from medtune.config.load import load_run
from medtune.errors import ConfigError
from medtune.vision.card import Card
from medtune.vision.trained import load
from medtune.workflow.predict import predict
from medtune.workflow.said import UNUSUAL, of_findings
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
    unusual = bounded["reason"] == UNUSUAL
    sure &= ~unusual
    assert (bounded["decision"] == sure.map({True: "present", False: "refer"})).all()
    assert bounded.loc[~sure, "reason"].str.contains("a radiologist should").all()
    assert bounded.loc[sure, "reason"].isna().all()
    assert not sure.all()
    assert set(scored.loc["pneumonia", "decision"]) <= {"present", "absent"}


def test_bounds_of_what_is_no_finding_are_refused(judged: Path):
    with pytest.raises(ConfigError, match="oedema is none of the findings"):
        load_run(judged / "south.yaml", ["evaluation.refer={oedema: {wrong_absent: 0.1}}"])
    with pytest.raises(ConfigError, match="give wrong_absent, wrong_present or both"):
        load_run(judged / "south.yaml", ["evaluation.refer={confidence: 0.9}"])


def test_cuts_decide_between_them_it_refers_and_unusual_films_are_always_referred():
    scores = np.array([0.1, 0.3, 0.6, 0.9, np.nan, 0.9])
    reason = pd.Series([None, None, None, None, "view AP", None], dtype=object)
    unusual = pd.Series([None, None, None, None, None, UNUSUAL], dtype=object)
    cuts = {"absent_below": 0.2, "present_from": 0.8, "confidence": 0.95}
    card = Card("a", "b", "c", None, None, {}, ["x"], {"x": 0.5}, referral={"x": cuts})  # type: ignore[arg-type]
    table = of_findings(pd.Series(list("abcdef")), card, scores[:, None], reason, unusual)
    assert table["decision"].tolist() == ["absent", "refer", "refer", "present", None, "refer"]
    assert table["reason"].isna().tolist() == [True, False, False, True, False, False]
    assert "absent is below 0.2, present is from 0.8 on" in table["reason"][1]
    assert table["reason"][4:].tolist() == ["view AP", UNUSUAL]
    plain = replace(card, referral={})
    table = of_findings(pd.Series(list("abcdef")), plain, scores[:, None], reason, unusual)
    assert table["decision"].tolist() == ["absent", "absent", "present", "present", None, "present"]
    assert table["reason"][5] == UNUSUAL
