"""Each public set, as it is published, enters by the same door and becomes a table of cases."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pandas as pd
import pytest

from medtune.config.data import Source
from medtune.config.load import load_run
from medtune.errors import LeakError
from medtune.films.sources import source_names
from medtune.workflow.cases import gather
from medtune.workflow.check import check
from medtune.workflow.splitting import split
from tests.films.sources.miniatures import BUILDERS

RUN = """
name: {name}
data:
  images: set
  source: {name}
  findings: [{finding}]
  include: {{modality: [CR, DX], unknown_view: keep}}
  split: {{by: {by}}}
model: {{backbone: timm/mobilenetv3_small_050, weights: none, image_size: 64}}
"""


def run_of(home: Path, name: str, finding: str, by: str = "patient"):
    (home / "run.yaml").write_text(RUN.format(name=name, finding=finding, by=by))
    return load_run(home / "run.yaml")


def findings_of(expected: pd.DataFrame) -> list[str]:
    fixed = {"patient_id", "study_uid", "view", "sex", "age", "date", "portable", "modality",
             "body_part", "official_split"}  # fmt: skip
    return [name for name in expected.columns if name not in fixed]


def test_the_setting_knows_every_source():
    assert set(get_args(Source)) == {"dicom", *source_names()}


@pytest.mark.parametrize("name", source_names())
def test_a_published_set_becomes_cases(tmp_path: Path, name: str):
    expected = BUILDERS[name](tmp_path / "set")
    findings = findings_of(expected)
    finding = max(findings, key=lambda f: expected[f].isin(["0", "1"]).sum())
    gathered = gather(run_of(tmp_path, name, finding))
    places = gathered.index.locations.set_index("case_id").loc[gathered.cases["case_id"]]
    files = places["file"].tolist()
    names = {Path(file).name: file for file in expected.index}
    for file, case in zip(files, gathered.cases.to_dict("records"), strict=True):
        told = (
            expected.loc[file] if file in expected.index else expected.loc[names[Path(file).name]]
        )
        label = told[finding]
        assert pd.isna(case[finding]) == (label not in ("0", "1"))
        assert (finding in str(case["uncertain"])) == (label == "-1")
        if label in ("0", "1"):
            assert case[finding] == int(label)
        assert case["source"] == name
    assert len(files) == len(expected)
    wanted = expected["patient_id"].nunique()
    assert gathered.cases["group_id"].nunique() == wanted


def test_the_official_split_of_a_set_is_its_test(tmp_path: Path):
    BUILDERS["nih"](tmp_path / "set")
    run = run_of(tmp_path, "nih", "hernia", by="official")
    cases = gather(run).cases
    found = cases.merge(split(run, cases), on="case_id")
    assert set(found.loc[found["official_split"] == "test", "split"]) == {"test"}
    assert "test" not in set(found.loc[found["official_split"] == "train", "split"])


def test_a_published_split_that_tears_a_patient_apart_is_refused(tmp_path: Path):
    BUILDERS["nih"](tmp_path / "set")
    (tmp_path / "set" / "test_list.txt").write_text("00000001_001.png\n00000003_000.png\n")
    (tmp_path / "set" / "train_val_list.txt").write_text("00000001_000.png\n00000002_000.png\n")
    run = run_of(tmp_path, "nih", "hernia", by="official")
    cases = gather(run).cases
    with pytest.raises(LeakError, match="1 patient stands on two sides"):
        split(run, cases)


def test_check_prints_how_words_are_mapped(tmp_path: Path):
    BUILDERS["chexpert"](tmp_path / "set")
    report = check(run_of(tmp_path, "chexpert", "edema"), show=False)
    said = "\n".join(report.lines())
    assert "Edema = 1 -> edema: present" in said
    assert "Fracture" not in said
    assert report.as_dict()["mapping"]


def test_a_finding_that_the_set_does_not_speak_of_is_told_with_those_it_does(tmp_path: Path):
    from medtune.errors import DataError

    BUILDERS["nih"](tmp_path / "set")
    with pytest.raises(DataError, match="did you mean 'pneumonia'"):
        gather(run_of(tmp_path, "nih", "pneumonja"))
