"""Splits of hospitals' films, from the folder on: who is dealt where, and stays there."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from medtune.config.load import load_run
from medtune.config.run import Run
from medtune.errors import LeakError
from medtune.workflow.cases import read_cases
from medtune.workflow.check import check
from medtune.workflow.splitting import split, taught


def south(home: Path, *settings: str) -> Run:
    """The second hospital's run, where the generic model that it starts from is not needed."""
    return load_run(home / "south.yaml", settings, files_must_exist=False)


def test_the_split_is_stored_found_again_and_grows_without_touching_the_test(
    hospitals: Path, tmp_path: Path
):
    home = tmp_path / "home"
    shutil.copytree(hospitals, home)
    run = south(home)
    cases = read_cases(run)
    patients = cases["group_id"].unique()
    early = cases[cases["group_id"].isin(patients[:100])].reset_index(drop=True)
    first = split(run, early)
    again = split(run, early)
    pd.testing.assert_frame_equal(first, again)
    grown = split(run, cases)
    kept = grown[grown["case_id"].isin(early["case_id"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, first)
    new = grown[~grown["case_id"].isin(early["case_id"])]
    assert set(new["split"]) <= {"train", "tune", "calibration"}


def test_the_same_patients_are_dealt_alike_in_another_work_folder(hospitals: Path, tmp_path: Path):
    dealt = []
    for name in ("one", "two"):
        run = south(hospitals, *[f"data.work={tmp_path / name}"])
        dealt.append(split(run, read_cases(run)))
    assert dealt[0]["split"].tolist() == dealt[1]["split"].tolist()
    assert dealt[0]["case_id"].tolist() != dealt[1]["case_id"].tolist()  # the key is another one


def test_fewer_training_studies_are_nested_and_whole_patients(hospitals: Path, tmp_path: Path):
    def chosen(studies: int) -> set[str]:
        run = south(
            hospitals,
            *[f"data.train_studies={studies}", f"data.work={tmp_path / 'work'}"],
        )
        cases = read_cases(run)
        kept = taught(run, cases, split(run, cases))
        train = cases[cases["case_id"].isin(kept.loc[kept["split"] == "train", "case_id"])]
        labelled = train[list(run.data.findings)].notna().any(axis=1)
        assert studies - 3 <= train[labelled]["study_id"].nunique() <= studies
        return set(train["case_id"])

    assert chosen(20) < chosen(40)


def test_splits_by_date_and_by_scanner_hold_the_right_patients_out(hospitals: Path, tmp_path: Path):
    work = f"data.work={tmp_path / 'work'}"
    by_date = south(hospitals, *["data.split.by=date", work])
    cases = read_cases(by_date)
    places = pd.read_parquet(tmp_path / "work/private/locations.parquet")
    taken = cases.merge(places[["case_id", "date"]], on="case_id", suffixes=("", "_true"))
    last = taken.merge(split(by_date, cases), on="case_id")
    last = last.groupby("group_id").agg(date=("date_true", "max"), split=("split", "first"))
    test = last.loc[last["split"] == "test", "date"]
    assert test.min() >= last.loc[last["split"] != "test", "date"].max()
    scanner = cases["scanner"].iloc[0]
    held = south(
        hospitals,
        *["data.split.by=scanner", f"data.split.test_values=['{scanner}']", work],
    )
    if cases["scanner"].nunique() > 1:
        dealt = cases.merge(split(held, cases), on="case_id")
        assert set(dealt.loc[dealt["scanner"] == scanner, "split"]) == {"test"}


def test_a_patient_in_two_given_splits_is_refused_with_the_lines(hospitals: Path, tmp_path: Path):
    run = south(hospitals, *[f"data.work={tmp_path / 'work'}"])
    cases = read_cases(run)
    places = pd.read_parquet(tmp_path / "work/private/locations.parquet").set_index("case_id")
    studies = cases.drop_duplicates("study_id")
    keys = places.loc[studies["case_id"], "accession_number"].tolist()
    given = pd.DataFrame({"accession_number": keys, "split": "train"})
    given.loc[given.index % 4 == 1, "split"] = "test"
    given.to_csv(tmp_path / "split.csv", index=False)
    mine = south(
        hospitals,
        *[f"data.split.file={tmp_path / 'split.csv'}", f"data.work={tmp_path / 'work'}"],
    )
    with pytest.raises(LeakError, match=r"line \d+ \((train|test)\) and line \d+"):
        split(mine, cases)
    by_patient = studies.groupby("group_id").ngroup().to_numpy() % 2
    given["split"] = ["train" if odd else "test" for odd in by_patient]
    given.to_csv(tmp_path / "split.csv", index=False)
    assert set(split(mine, cases)["split"]) == {"train", "test"}


def test_a_patient_keeps_the_split_whatever_films_a_run_includes(hospitals: Path, tmp_path: Path):
    work = f"data.work={tmp_path / 'work'}"
    seen: dict[str, set[str]] = {}
    for views in ("[PA]", "[AP]", "[PA, AP]"):
        run = south(hospitals, work, f"data.include.view={views}")
        cases = read_cases(run)
        dealt = cases.merge(split(run, cases), on="case_id")
        for group, name in dealt[["group_id", "split"]].itertuples(index=False):
            seen.setdefault(group, set()).add(name)
    sides = [names - {"held_out"} for names in seen.values()]
    assert all(len(names) == 1 for names in sides)
    assert any("held_out" in names for names in seen.values()) or len(sides) > 100


def test_new_patients_of_a_held_out_scanner_do_not_teach(hospitals: Path, tmp_path: Path):
    run = south(hospitals, f"data.work={tmp_path / 'work'}")
    cases = read_cases(run)
    cases["scanner"] = ["old" if int(c[-1], 16) % 3 else "new" for c in cases["group_id"]]
    by_scanner = south(
        hospitals, f"data.work={tmp_path / 'work'}", "data.split.by=scanner",
        "data.split.test_values=[new]",
    )  # fmt: skip
    early = cases[cases["group_id"].isin(cases["group_id"].unique()[:80])].reset_index(drop=True)
    split(by_scanner, early)
    dealt = cases.merge(split(by_scanner, cases), on="case_id")
    late = dealt[~dealt["case_id"].isin(early["case_id"])]
    assert set(late.loc[late["scanner"] == "new", "split"]) == {"held_out"}
    assert "held_out" not in set(late.loc[late["scanner"] == "old", "split"])


def test_check_deals_no_split_that_stays(hospitals: Path, tmp_path: Path):
    run = south(hospitals, f"data.work={tmp_path / 'work'}")
    report = check(run, show=False)
    assert {"train", "tune", "calibration", "test"} == set(report.splits["split"])
    assert not (tmp_path / "work/splits").exists()
