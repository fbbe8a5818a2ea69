from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medtune.config import Run
from medtune.config.data import FindingRule
from medtune.config.explain import every_setting
from medtune.config.load import load_run, run_as_dict
from medtune.errors import DataError, InputError, RunError
from medtune.films.labels import ACCEPTED, WORDS, read_labels
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


def test_label_words_are_read_as_the_run_reads_them_and_what_is_left_out_is_told(tmp_path):
    table = tmp_path / "l.csv"
    table.write_text(
        "Accession Number,pneumonia,effusion,view,note,none,a|b\n"
        "A1,positive,No,PA,1,,1\nA2,NEGATIVE,present,PA,Anna M.,unknown,0\n"
    )
    said = []
    path = new(tmp_path / "mine.yaml", labels=table, say=said.append)
    run = load_run(path, files_must_exist=False)
    assert list(run.data.findings) == ["pneumonia", "effusion"]
    assert run.data.join_on == "accession_number"
    assert said == [
        "l.csv: left out 'view': the tables of a run have a column of this name.",
        "l.csv: left out 'note': line 3 holds no label.",
        "l.csv: left out 'none': no row says present, absent or uncertain.",
        "l.csv: left out 'a|b': the name of a finding has no '|'.",
        ACCEPTED,
    ]
    assert "Anna" not in " ".join(said)


@settings(max_examples=60, deadline=None)
@given(cells=st.lists(st.sampled_from([*WORDS, "1.0", " Yes ", "maybe", "2", "x y"]), min_size=1))
def test_a_column_is_taken_when_the_run_can_read_it(tmp_path_factory, cells):
    folder = tmp_path_factory.mktemp("new")
    table = folder / "l.csv"
    rows = [f'A{at},"{cell}",1' for at, cell in enumerate(cells)]
    table.write_text("\n".join(["accession_number,sought,other", *rows]) + "\n")
    said = []
    run = load_run(new(folder / "a.yaml", labels=table, say=said.append), files_must_exist=False)
    try:
        values = read_labels(table, "accession_number", {"sought": wanted("sought")})["sought"]
        expected = bool(values.notna().any())
    except DataError:
        expected = False
    assert ("sought" in run.data.findings) == expected
    assert any("'sought'" in sentence for sentence in said) != expected


def wanted(column: str) -> FindingRule:
    return FindingRule(present=[column])


def test_columns_that_become_targets_are_not_told_as_left_out(tmp_path):
    table = tmp_path / "l.csv"
    table.write_text("study_uid,grade,note\n" + "".join(f"1.{i},{i % 3},n{i}\n" for i in range(9)))
    said = []
    run = load_run(new(tmp_path / "a.yaml", labels=table, say=said.append), files_must_exist=False)
    assert list(run.data.targets) == ["grade"]
    assert said == ["l.csv: left out 'note': line 2 holds no label.", ACCEPTED]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("l.csv", "", r"^l\.csv is empty"),
        ("l.csv", "study_uid,opacity\n", r"^l\.csv has no row, only the names of its columns"),
        ("films", None, "^films is a folder"),
    ],
)
def test_a_label_table_without_labels_writes_nothing(tmp_path, name, content, said):
    if content is None:
        (tmp_path / name).mkdir()
    else:
        (tmp_path / name).write_text(content)
    with pytest.raises(DataError, match=said):
        new(tmp_path / "a.yaml", labels=tmp_path / name)
    assert not (tmp_path / "a.yaml").exists()
