from __future__ import annotations

import re
from pathlib import Path

import pytest

from medtune.config import Run
from medtune.config.explain import every_setting
from medtune.config.load import load_run, run_as_dict
from medtune.errors import InputError, RunError
from medtune.workflow.new import new


def test_what_is_written_is_a_run_and_explains_every_setting(tmp_path):
    path = new(tmp_path / "st-anna.yaml")
    run = load_run(path, files_must_exist=False)
    assert run.name == "st-anna"
    assert run.data.images == tmp_path / "dicom"
    text = path.read_text()
    for setting in every_setting(Run):
        assert re.search(rf"^\s*#?{setting.rpartition('.')[2]}:", text, re.M), setting
    assert max(map(len, text.splitlines())) <= 100


def test_taking_every_hash_away_changes_nothing(tmp_path):
    path = new(tmp_path / "a.yaml")
    before = load_run(path, files_must_exist=False)
    path.write_text(re.sub(r"^(\s*)#(?=\S)", r"\1", path.read_text(), flags=re.M))
    assert run_as_dict(load_run(path, files_must_exist=False)) == run_as_dict(before)


def test_findings_and_key_come_from_the_label_table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("films").mkdir()
    Path("l.csv").write_text(
        "study_uid,age,sex,opacity,no,edema,portable,empty\n1.2,40,F,0,1,-1,1,\n1.3,50,M,1,,0,0,\n"
    )
    run = load_run(new(Path("mine.yaml"), images=Path("films"), labels=Path("l.csv")))
    assert run.data.join_on == "study_uid"
    assert list(run.data.findings) == ["opacity", "no", "edema"]
    assert run.data.images == tmp_path / "films"
    assert run.data.labels == tmp_path / "l.csv"


def test_nothing_is_overwritten(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("mine")
    with pytest.raises(RunError, match=r"a\.yaml exists already"):
        new(path)
    assert path.read_text() == "mine"


def test_a_name_that_no_run_can_have_writes_nothing(tmp_path):
    with pytest.raises(InputError, match="'a b' cannot be the name"):
        new(tmp_path / "a b.yaml")
    assert list(tmp_path.iterdir()) == []
