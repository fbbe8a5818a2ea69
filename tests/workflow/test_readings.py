"""The radiologists' reference: from a reading list to a judged run, and nothing told on the way."""

from __future__ import annotations

import json
import shutil
import stat
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from medtune.config.load import load_run
from medtune.config.run import Run
from medtune.errors import DataError
from medtune.films.study_labels import labels_of_cases
from medtune.tables.predictions import read_predictions
from medtune.tables.splits import read_splits
from medtune.workflow.cases import private
from medtune.workflow.evaluate import evaluate
from medtune.workflow.read_back import read_back
from medtune.workflow.reading_list import ReadingList, reading_list

FINDINGS = ["effusion", "pneumonia"]
STUDIES = 30


class Desk:
    """A judged run, and two readers who look at what its films are labelled."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.cases = pd.read_parquet(home / "runs/south/cases.parquet")
        splits = read_splits(home / "runs/south/splits.parquet")
        self.test = self.cases[
            self.cases["case_id"].isin(splits.loc[splits["split"] == "test", "case_id"])
        ]

    def run(self, *settings: str) -> Run:
        return load_run(self.home / "south.yaml", settings)

    def places(self) -> pd.DataFrame:
        return pd.read_parquet(private(self.run()) / "locations.parquet")

    def labels(self) -> pd.DataFrame:
        """What the label table says, by accession number."""
        both = self.test.merge(self.places(), on="case_id")
        number = both.groupby("study_id")["accession_number"].first()
        found = labels_of_cases(self.test, FINDINGS)
        return found.set_axis(number.loc[found.index].to_numpy())

    def fill(self, path: Path, code: str, change: int) -> None:
        """Write the labels on a sheet, every so many of them another one."""
        sheet = pd.read_csv(path, dtype=str, keep_default_na=False)
        labels = self.labels().loc[sheet["accession_number"]]
        for finding in FINDINGS:
            values = labels[finding].fillna(0).replace(-1, 0).to_numpy()
            order = np.argsort(sheet["reading"].to_numpy()).argsort()
            values = np.where(order % change == 1, 1 - values, values)
            sheet[finding] = values.astype(int).astype(str)
        sheet["reader"] = code
        sheet.loc[sheet["reading"].str.endswith("-001"), FINDINGS] = "-1"
        sheet.to_csv(path, index=False)

    def decide(self, path: Path) -> None:
        """Decide what two readers left open: present."""
        sheet = pd.read_csv(path, dtype=str, keep_default_na=False)
        sheet["adjudicated"] = sheet["adjudicated"].replace("", "1")
        sheet["adjudicator"] = "R9"
        sheet.to_csv(path, index=False)


@pytest.fixture(scope="module")
def desk(judged: Path, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    home = tmp_path_factory.mktemp("readings") / "home"
    shutil.copytree(judged, home)
    return Desk(home)


@pytest.fixture(scope="module")
def drawn(desk: Desk) -> ReadingList:
    return reading_list(desk.run(), STUDIES, seed=3, show=False)


@pytest.fixture(scope="module")
def reference(desk: Desk, drawn: ReadingList) -> Path:
    """The table that two readers and a third made."""
    desk.fill(drawn.sheets[0], "R1", change=7)
    desk.fill(drawn.sheets[1], "R2", change=5)
    found = read_back(desk.run(), drawn.sheets, show=False)
    assert found.adjudication is not None
    desk.decide(found.adjudication)
    done = read_back(desk.run(), [found.adjudication], show=False)
    assert done.reference is not None
    return done.reference


@pytest.fixture(scope="module")
def result(desk: Desk, reference: Path):
    return evaluate(desk.run(f"evaluation.reference={reference}"), show=False)


def test_the_list_is_of_the_test_split_and_tells_the_readers_nothing(
    desk: Desk, drawn: ReadingList
):
    places = desk.places().merge(desk.test[["case_id"]], on="case_id")
    for path in drawn.sheets:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert private(desk.run()) in path.parents
        sheet = pd.read_csv(path, dtype=str, keep_default_na=False)
        assert list(sheet) == [
            "reading", "accession_number", "study_date", "reader", *FINDINGS, "quality", "remark",
        ]  # fmt: skip
        assert len(sheet) == STUDIES
        assert set(sheet["accession_number"]) <= set(places["accession_number"])
        assert set(sheet["study_date"]) <= set(places["date"])
    assert f"{STUDIES} of {desk.test['study_id'].nunique()} test studies" in drawn.lines()[0]
    json.dumps(drawn.as_dict(), allow_nan=False)


def test_the_same_list_is_not_drawn_twice(desk: Desk, reference: Path, drawn: ReadingList):
    before = [path.read_bytes() for path in drawn.sheets]
    again = reading_list(desk.run(), STUDIES, seed=3, show=False)
    assert again.drawn_before
    assert again.sheets == drawn.sheets
    assert [path.read_bytes() for path in drawn.sheets] == before
    assert "were left as they are" in "\n".join(again.lines())
    other = reading_list(desk.run(), STUDIES, seed=4, show=False)
    assert other.name != drawn.name


def test_an_enriched_list_is_declared(desk: Desk):
    found = reading_list(desk.run(), 24, present=("effusion", 12), show=False)
    assert set(found.drawn["stratum"]) == {"labelled present", "not labelled present"}
    assert "Enriched" in "\n".join(found.lines())
    with pytest.raises(DataError, match="'nodule' is none of this run's findings"):
        reading_list(desk.run(), 24, present=("nodule", 2), show=False)
    with pytest.raises(DataError, match="and 5000 were asked for"):
        reading_list(desk.run(), 5000, show=False)


def test_the_readers_agreement_is_told(desk: Desk, drawn: ReadingList, reference: Path):
    (drawn.sheets[0].parent / "adjudication.csv").rename(drawn.sheets[0].parent / "kept.csv")
    found = read_back(desk.run(), drawn.sheets, show=False)
    (drawn.sheets[0].parent / "kept.csv").replace(drawn.sheets[0].parent / "adjudication.csv")
    assert [each.finding for each in found.agreement] == FINDINGS
    for each in found.agreement:
        assert each.studies + each.uncertain + each.unknown == STUDIES
        assert 0 < each.kappa.low < each.kappa.value < each.kappa.high <= 1
    assert found.reference is None
    assert found.still_open > 0
    assert f"{found.still_open} values are open" in "\n".join(found.lines())
    json.dumps(found.as_dict(), allow_nan=False)


def test_a_third_readers_work_is_not_overwritten(desk: Desk, drawn: ReadingList, reference: Path):
    with pytest.raises(DataError, match=r"adjudication.csv of this list has been filled in"):
        read_back(desk.run(), drawn.sheets, show=False)


def test_sheets_that_do_not_belong_together_are_refused(
    desk: Desk, drawn: ReadingList, reference: Path, tmp_path: Path
):
    one, two = drawn.sheets
    other = reading_list(desk.run(), STUDIES, seed=8, show=False)
    with pytest.raises(DataError, match="of different lists"):
        read_back(desk.run(), [one, other.sheets[1]], show=False)
    with pytest.raises(DataError, match="Both sheets are of the reader 'R1'"):
        read_back(desk.run(), [one, one], show=False)
    with pytest.raises(DataError, match="Two readers' sheets are read together; 1 were given"):
        read_back(desk.run(), [one], show=False)
    with pytest.raises(DataError, match="it is read alone"):
        read_back(desk.run(), [one, one.parent / "adjudication.csv"], show=False)
    text = two.read_text().replace(drawn.name, "0f0f0f")
    (tmp_path / "two.csv").write_text(text)
    with pytest.raises(DataError, match="there is no reading list 0f0f0f"):
        read_back(desk.run(), [tmp_path / "two.csv"], show=False)


def test_the_reference_replaces_the_labels_in_the_test_only(desk: Desk, result, reference: Path):
    now = read_predictions(desk.home / "runs/south/predictions.parquet")
    cases = desk.cases.set_index("case_id")
    calibration = now[now["split"] == "calibration"]
    for finding, rows in calibration.groupby("target"):
        label = cases.loc[rows["case_id"], finding].astype("Float64")
        np.testing.assert_array_equal(
            rows["reference"].astype("Float64").fillna(-9), label.fillna(-9)
        )
    read = pd.read_csv(reference, dtype=str, keep_default_na=False).set_index("accession_number")
    numbers = desk.places().set_index("case_id")["accession_number"]
    test = now[(now["split"] == "test") & (now["model"] == "fine_tuned")]
    for row in test.to_dict("records"):
        number = numbers[row["case_id"]]
        said = read.loc[number, row["target"]] if number in read.index else ""
        expected = float(said) if said in ("0", "1") else np.nan
        np.testing.assert_equal(float(row["reference"]), expected)
        named = row["target"] in str(row["uncertain"] or "").split("|")
        assert named == (said == "-1")


def test_the_test_splits_prevalence_is_that_of_the_reading(result, reference: Path):
    read = pd.read_csv(reference, dtype=str, keep_default_na=False)
    told = {(each["finding"], each["split"]): each for each in result.settings["prevalence"]}
    for finding in FINDINGS:
        known = read[finding][read[finding].isin(["0", "1"])]
        of_test = told[finding, "test"]
        assert of_test["studies"] == len(known) < STUDIES
        assert of_test["positive"] == (known == "1").sum()
        assert told[finding, "train"]["studies"], "labels are the reference of the other splits"


def test_the_flow_counts_what_was_not_read_and_closes(desk: Desk, result):
    flow = result.flow
    test = flow[(flow["step"] == "split") & (flow["split"] == "test")]
    test = test.set_index(test["reason"].fillna(""))
    assert test.loc["", "studies"] == STUDIES
    unread = test.loc["test studies that the radiologists did not read"]
    assert STUDIES + unread["studies"] == desk.test["study_id"].nunique()
    assert test.loc["", "films"] + unread["films"] == len(desk.test)
    for finding in FINDINGS:
        steps = flow[flow["reason"] == finding].set_index("step")["studies"]
        assert steps["in the split"] == STUDIES
        assert steps.drop("in the split").sum() == STUDIES
        assert steps["label uncertain"] >= 1


def test_the_result_says_what_the_reading_changed(desk: Desk, result, reference: Path):
    said = result.settings["reference"]
    assert said["table"] == "reference.csv"
    assert len(said["sha256"]) == 64
    assert said["who"]["reader_1"] == "R1"
    assert said["who"]["adjudicator"] == "R9"
    assert said["read"]["studies"] == STUDIES
    assert not said["enriched"]
    read = pd.read_csv(reference, dtype=str, keep_default_na=False).set_index("accession_number")
    old = desk.labels().loc[read.index]
    for finding in FINDINGS:
        changed = said["changed"][finding]
        assert changed["present_to_absent"] == int(
            ((old[finding] == 1) & (read[finding] == "0")).sum()
        )
        assert changed["absent_to_present"] == int(
            ((old[finding] == 0) & (read[finding] == "1")).sum()
        )
        warning = [w for w in result.warnings if w.startswith(f"{finding}: the reading changed")]
        assert len(warning) == 1
    assert any("Calibration keeps the label table's labels" in text for text in result.warnings)
    stored = json.loads((desk.home / "runs/south/result.json").read_text())
    assert stored["settings"]["reference"]["sha256"] == said["sha256"]
    page = (desk.home / "runs/south/report.html").read_text()
    assert "by R1, R2, R9, blinded to the label table" in page
    assert "the hospital&#39;s table as it is" not in page
    assert said["sha256"] in page
    assert "test studies that the radiologists did not read" in page


def test_no_identifier_leaves_with_the_reading(desk: Desk, result):
    numbers = {str(number).encode() for number in desk.places()["accession_number"]}
    for path in (desk.home / "runs/south").rglob("*"):
        if path.is_file() and path.suffix in (".json", ".html", ".csv", ".yaml"):
            content = path.read_bytes()
            assert not [number for number in numbers if number in content], path.name


def test_a_reference_that_cannot_be_used_is_refused_before_the_test_is_opened(
    desk: Desk, result, tmp_path: Path
):
    looks = next((desk.home / "work/splits").rglob("looks.jsonl"))
    before = looks.read_text()
    (tmp_path / "read.csv").write_text("accession_number,effusion,pneumonia\n77,1,0\n")
    with pytest.raises(DataError, match="none of its rows belongs to one of the films"):
        evaluate(desk.run(f"evaluation.reference={tmp_path}/read.csv"), show=False)
    assert looks.read_text() == before


def test_without_a_reference_nothing_is_changed(desk: Desk, result, judged: Path):
    """The same run judged by its labels again gives the measures that it gave."""
    evaluate(desk.run(), show=False)
    names = ("measures.csv", "differences.csv")
    for name in names:
        assert (desk.home / "runs/south" / name).read_bytes() == (
            judged / "runs/south" / name
        ).read_bytes()
