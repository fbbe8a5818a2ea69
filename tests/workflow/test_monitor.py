"""Monitoring on the road: another hospital's films, and the run's own, against the report."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from medtune.errors import DataError, RunError
from medtune.films.appearance import COLUMNS
from medtune.tables.predictions import read_predictions
from medtune.workflow.monitor import monitor


def test_evaluate_keeps_how_the_test_films_look_and_no_more(judged: Path):
    inputs = pd.read_parquet(judged / "runs/south/inputs.parquet")
    assert list(inputs) == ["case_id", *COLUMNS]
    predictions = read_predictions(judged / "runs/south/predictions.parquet")
    test = predictions.loc[predictions["split"] == "test", "case_id"]
    assert set(inputs["case_id"]) == set(test)
    assert inputs["grey_mean"].between(0, 1).all()


def test_films_of_another_hospital_with_labels_ask_for_a_second_look(judged: Path, tmp_path: Path):
    found = monitor(judged / "runs/south", judged / "north/dicom", tmp_path / "out",
                    labels=judged / "north/labels.csv", show=False)  # fmt: skip
    assert found.monitored.verdict == "look_again"
    levels = {shift.quantity: shift.level for shift in found.monitored.shifts}
    assert levels["scanner"] == "look_again"
    assert {"grey_mean", "view", "sex", "score of effusion"} <= set(levels)
    assert {change.target for change in found.monitored.changes} == {"effusion", "pneumonia"}
    told = json.loads((tmp_path / "out/monitor.json").read_text())
    assert told["verdict"] == "look_again"
    page = found.page.read_text()
    assert "Look again" in page
    assert str(tmp_path) not in page + json.dumps(told)
    assert not set(pd.read_parquet(tmp_path / "out/private/locations.parquet")["patient_id"]) & set(
        page.split()
    )
    assert found.lines()[-1] == f"Page: {found.page}"


def test_the_same_films_again_as_a_table_are_steady(judged: Path, tmp_path: Path):
    predictions = read_predictions(judged / "runs/south/predictions.parquet")
    same = predictions[predictions["split"] == "test"]
    same.to_parquet(tmp_path / "same.parquet")
    found = monitor(judged / "runs/south", tmp_path / "same.parquet", tmp_path / "out")
    assert found.monitored.verdict == "steady"
    assert {shift.psi for shift in found.monitored.shifts if not shift.reason} == {0.0}
    assert "grey_mean" in found.monitored.not_compared


def test_what_is_no_table_of_scores_is_refused_in_words(judged: Path, tmp_path: Path):
    run = judged / "runs/south"
    (tmp_path / "a.csv").write_text("case_id,score\n1,0.5\n")
    with pytest.raises(DataError, match="has no column target"):
        monitor(run, tmp_path / "a.csv")
    (tmp_path / "b.csv").write_text("case_id,target,score\n1,opacity,0.5\n")
    with pytest.raises(DataError, match="no score of a finding of the run south"):
        monitor(run, tmp_path / "b.csv")
    (tmp_path / "c.csv").write_text("case_id,target,score\n1,effusion,0.5\n1,effusion,0.6\n")
    with pytest.raises(DataError, match="repeat a case and target"):
        monitor(run, tmp_path / "c.csv")
    (tmp_path / "d.csv").write_text("case_id,target,score\n1,effusion,high\n")
    with pytest.raises(DataError, match="no number"):
        monitor(run, tmp_path / "d.csv")
    with pytest.raises(DataError, match="'--labels' and '--metadata' are about a folder"):
        monitor(run, tmp_path / "a.csv", labels=tmp_path / "labels.csv")
    with pytest.raises(RunError, match="not evaluated yet"):
        monitor(judged / "runs/north", tmp_path / "b.csv")
