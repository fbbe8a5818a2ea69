"""Splits of hospitals that exist as tables only: no film is read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from medtune.config.load import load_run
from medtune.config.run import Run
from medtune.dicom import Pseudonyms
from medtune.errors import ConfigError, DataError, LeakError
from medtune.films.locations import write_locations
from medtune.tables.cases import declare_cases
from medtune.tables.looks import open_test
from medtune.tables.seal import read_seal
from medtune.workflow.cases import private
from medtune.workflow.splitting import split, split_folder, taught

FINDINGS = ["common", "rare"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    (tmp_path / "run.yaml").write_text(
        "name: big\nsite: big\ndata: {images: dicom, labels: labels.csv, findings: [common, rare]}"
        "\nmodel: {backbone: timm/mobilenetv3_small_050, weights: none}\n"
    )
    return load_run(tmp_path / "run.yaml", files_must_exist=False)


def with_settings(run: Run, *settings: str) -> Run:
    home = run.data.work.parent
    return load_run(home / "run.yaml", settings, files_must_exist=False)


def hospital(patients: int = 200, seed: int = 0) -> pd.DataFrame:
    """One row a film, as the hospital knows it: films of a patient are of several days."""
    rng = np.random.default_rng(seed)
    films = np.minimum(rng.zipf(1.9, patients), 12)
    patient = np.repeat(np.arange(patients), films)
    first = rng.integers(0, 3000, patients)[patient]
    day = first + np.concatenate([np.arange(n) for n in films]) * rng.integers(1, 400)
    risk = rng.beta([0.3, 0.03], [0.7, 0.97], (patients, 2))[patient]
    labels = (rng.random((len(patient), 2)) < risk).astype(float)
    labels[rng.random(labels.shape) < 0.1] = np.nan
    return pd.DataFrame(
        {
            "patient": [f"MRN{p:06d}" for p in patient],
            "issuer": "big",
            "film": [f"2.25.{i}" for i in range(len(patient))],
            "date": (np.datetime64("2015-01-01") + day).astype(str),
            "scanner": np.array(["A", "B", "C"])[patient % 3],
            "common": labels[:, 0],
            "rare": labels[:, 1],
        }
    )


def tables(run: Run, films: pd.DataFrame) -> pd.DataFrame:
    """The cases of these films; their places are written."""
    names = Pseudonyms.load_or_create(private(run))
    studies = films["issuer"] + films["patient"] + films["date"].fillna("")
    case = [names.case(film) for film in films["film"]]
    group = [names.group(*who) for who in zip(films["issuer"], films["patient"], strict=True)]
    places = {
        "case_id": case, "path": films["film"], "frame": 0, "sop_instance_uid": films["film"],
        "study_uid": studies, "accession_number": studies, "patient_id": films["patient"],
        "date": films["date"], "person": films["patient"], "file": films["film"],
        **dict.fromkeys(("member", "issuer", "birth_date", "name", "time"), ""),
    }  # fmt: skip
    write_locations(pd.DataFrame(places), private(run))
    cases = films[["scanner", *FINDINGS]].assign(
        case_id=case, group_id=group, study_id=[names.study(study) for study in studies],
        site=run.site, source="dicom", date=None, period=films["date"].str[:7], uncertain="",
    )  # fmt: skip
    return declare_cases(cases.reset_index(drop=True), FINDINGS)


def by_film(films: pd.DataFrame, splits: pd.DataFrame) -> dict[str, str]:
    return dict(zip(films["film"], splits["split"], strict=True))


def test_each_split_has_its_share_of_patients_films_studies_and_findings(run: Run):
    films = hospital(2000)
    cases = tables(run, films)
    dealt = cases.assign(split=split(run, cases)["split"])
    for name, share in {"train": 0.65, "tune": 0.1, "calibration": 0.1, "test": 0.15}.items():
        part = dealt[dealt["split"] == name]
        for column in ("group_id", "case_id", "study_id"):
            assert abs(part[column].nunique() - share * cases[column].nunique()) <= 6
        for finding in FINDINGS:
            for value in (0, 1):
                due = share * (cases[finding] == value).sum()
                assert abs((part[finding] == value).sum() - due) <= 6


def test_the_order_of_rows_and_the_key_of_the_pseudonyms_change_nothing(run: Run):
    films = hospital()
    twins = films["patient"].isin(["MRN000001", "MRN000002", "MRN000003"])
    again = films[twins].assign(issuer="elsewhere", film="9" + films["film"])
    films = pd.concat([films, again.assign(common=again["rare"])], ignore_index=True)
    dealt = by_film(films, split(run, tables(run, films)))
    for at in range(3):
        mixed = films.sample(frac=1, random_state=at)
        other = with_settings(run, f"data.work=work-{at}")
        assert by_film(mixed, split(other, tables(other, mixed))) == dealt


def test_a_split_grows_one_patient_at_a_time_and_keeps_its_shares(run: Run):
    films = hospital(160)
    arrived = np.unique(films["patient"])
    cases = tables(run, films)
    some = films["patient"].isin(arrived[:120]).to_numpy()
    before = by_film(films[some], split(run, cases[some]))
    for patient in arrived[120:]:
        some = some | (films["patient"] == patient).to_numpy()
        dealt = by_film(films[some], split(run, cases[some]))
        assert {film: dealt[film] for film in before} == before
        before = dealt
    patients = films.assign(split=films["film"].map(before)).drop_duplicates("patient")
    assert (patients["split"] == "test").sum() == 18
    for name, share in {"train": 0.65, "tune": 0.1, "calibration": 0.1}.items():
        assert abs((patients["split"] == name).sum() - share / 0.85 * 142) <= 3


def test_new_studies_of_patients_are_taught_or_held_out_as_the_patient_was(run: Run):
    films = hospital()
    cases = tables(run, films)
    early = ~films["patient"].duplicated().to_numpy()
    first = by_film(films["patient"][early].to_frame("film"), split(run, cases[early]))
    dealt = split(run, cases)["split"].to_numpy()
    patient = films["patient"].map(first).to_numpy()
    late = ~early
    assert (dealt[late] == np.where(patient == "test", "held_out", patient)[late]).all()
    assert (dealt[early] == patient[early]).all()


def test_after_a_split_by_date_nobody_is_taught_what_is_as_late_as_the_test(run: Run):
    run = with_settings(run, "data.split.by=date")
    films = hospital()
    cases = tables(run, films)
    early = (films["date"] < "2022-01-01").to_numpy()
    first = split(run, cases[early])["split"].to_numpy()
    held = films[early][first == "test"]
    begun = held.groupby("patient")["date"].max().min()
    assert held["patient"].nunique() == round(0.15 * films[early]["patient"].nunique())
    assert (films[early][first != "test"]["date"] <= begun).all()
    dealt = split(run, cases)["split"].to_numpy()
    assert (dealt[early] == first).all()
    new = films[~early].assign(split=dealt[~early])
    assert set(new["split"]) == {"held_out"}  # all of them are late, whoever the patient is
    assert new["patient"].isin(films[early][first == "train"]["patient"]).any()


def test_new_films_of_a_held_out_scanner_do_not_teach_whoever_the_patient_is(run: Run):
    run = with_settings(run, "data.split.by=scanner", "data.split.test_values=[C]")
    films = hospital()
    cases = tables(run, films)
    cases["scanner"] = films["scanner"].mask(films["patient"].duplicated(), "A").to_numpy()
    early = ~films["patient"].duplicated().to_numpy()
    first = split(run, cases[early])["split"].to_numpy()
    assert ((first == "test") == (cases["scanner"][early] == "C")).all()
    later = cases.assign(scanner=np.where(early, cases["scanner"], "C"))
    assert set(split(run, later)["split"].to_numpy()[~early]) == {"held_out"}


def test_a_new_patient_with_a_film_of_a_held_out_scanner_is_held_out_whole(run: Run):
    run = with_settings(run, "data.split.by=scanner", "data.split.test_values=[C]")
    films = hospital()
    cases = tables(run, films)
    several = films["patient"].duplicated(keep=False) & (films["scanner"] == "A")
    cases.loc[several & ~films["patient"].duplicated(), "scanner"] = "C"
    late = several.to_numpy()
    split(run, cases[~late])
    assert set(split(run, cases)["split"].to_numpy()[late]) == {"held_out"}
    assert (cases["scanner"][late] == "A").any()


def test_a_new_patient_without_a_date_cannot_join_a_split_by_date(run: Run):
    run = with_settings(run, "data.split.by=date")
    films = hospital(40)
    films.loc[films["patient"] == "MRN000007", "date"] = None
    dated = (films["patient"] != "MRN000007").to_numpy()
    cases = tables(run, films)
    split(run, cases[dated])
    with pytest.raises(DataError, match="1 of 1 patients have none"):
        split(run, cases)


def test_a_small_test_by_date_is_the_latest_patient_and_no_other(run: Run):
    run = with_settings(run, "data.split={by: date, test: 0.01, train: 0.79}")
    films = hospital(20)
    cases = tables(run, films)
    test = films[split(run, cases)["split"].to_numpy() == "test"]
    assert test["patient"].nunique() == 1
    assert films["date"].max() == test["date"].max()


def test_a_table_changed_by_hand_is_refused_before_anything_is_written(run: Run):
    films = hospital(60)
    cases = tables(run, films)
    half = films["patient"].isin(np.unique(films["patient"])[:40]).to_numpy()
    split(run, cases[half])
    path = split_folder(run) / "splits.parquet"
    changed = pd.read_parquet(path)
    changed["split"] = changed["split"].replace({"test": "train"})
    changed.to_parquet(path)
    content = path.read_bytes()
    for store in (True, False):
        with pytest.raises(LeakError, match="changed by hand"):
            split(run, cases, store=store)
    assert path.read_bytes() == content


def looked(run: Run) -> int:
    """A look at the run's test split, as evaluate logs it."""
    opened = open_test(split_folder(run), {"run": "a"}, run="a", verb="evaluate", model="m")
    return len(opened.looks)


def test_a_larger_test_is_version_two_nobody_leaves_it_and_nobody_who_taught_joins(run: Run):
    films = hospital()
    cases = tables(run, films)
    patient = films["patient"].to_numpy()
    some = films["patient"].isin(np.unique(patient)[:140]).to_numpy()
    first = some & ~films["patient"].duplicated().to_numpy()
    before = pd.Series(split(run, cases[first])["split"].to_numpy(), index=patient[first])
    assert looked(run) == 1
    larger = with_settings(run, "data.split.version=2")
    assert split_folder(larger) != split_folder(run)
    dealt = split(larger, cases)["split"].to_numpy()
    known = pd.Series(patient).map(before)
    assert (dealt[some] == known[some]).all()  # new films of tested patients are tested now
    fresh = films.assign(split=dealt)[~some].drop_duplicates("patient")["split"]
    every = films.assign(split=dealt).drop_duplicates("patient")["split"].value_counts()
    assert (fresh == "test").sum() >= 5
    assert abs(every["test"] - 0.15 * every.sum()) <= 2
    seal = read_seal(split_folder(larger))
    assert seal.version == 2
    assert seal.earlier is not None
    assert (seal.earlier.split, seal.earlier.looks) == (split_folder(run).name, 1)
    assert looked(larger) == 1
    assert looked(run) == 2
    assert (split(larger, cases)["split"].to_numpy() == dealt).all()


def test_version_two_tests_what_version_one_held_out_by_date(run: Run):
    run = with_settings(run, "data.split.by=date")
    films = hospital()
    cases = tables(run, films)
    early = (films["date"] < "2022-01-01").to_numpy()
    first = split(run, cases[early])["split"].to_numpy()
    larger = with_settings(run, "data.split.by=date", "data.split.version=2")
    dealt = split(larger, cases)["split"].to_numpy()
    assert (dealt[early] == first).all()
    teach = set(films[early]["patient"][first != "test"])
    late = films[~early].assign(split=dealt[~early])
    assert (late["split"] == np.where(late["patient"].isin(teach), "held_out", "test")).all()
    assert {"held_out", "test"} == set(late["split"])


def test_version_two_needs_version_one_and_something_new(run: Run):
    films = hospital(60)
    cases = tables(run, films)
    larger = with_settings(run, "data.split.version=2")
    for store in (True, False):
        with pytest.raises(DataError, match="enlarges the test set of version 1"):
            split(larger, cases, store=store)
    split(run, cases)
    with pytest.raises(DataError, match="nothing that came since can join"):
        split(larger, cases)
    assert not (split_folder(larger) / "seal.json").exists()
    with pytest.raises(ConfigError, match="your own table says who is in the test"):
        with_settings(run, "data.split={version: 2, file: mine.csv}")


def test_a_split_found_again_is_not_written_again(run: Run):
    cases = tables(run, hospital(60))
    split(run, cases)
    path = split_folder(run) / "splits.parquet"
    written = path.stat().st_mtime_ns
    split(run, cases)
    assert path.stat().st_mtime_ns == written


def test_a_split_made_with_another_key_of_the_pseudonyms_is_refused(run: Run):
    films = hospital(60)
    split(run, tables(run, films))
    for file in private(run).iterdir():
        file.unlink()
    with pytest.raises(DataError, match="another key"):
        split(run, tables(run, films))


def test_cases_of_another_work_folder_have_no_split(run: Run):
    other = with_settings(run, "data.work=elsewhere")
    cases = tables(other, hospital(30))
    tables(run, hospital(20))
    with pytest.raises(DataError, match="another work folder"):
        split(run, cases)


def test_a_table_of_the_users_own_split_is_followed_as_films_come(run: Run, tmp_path: Path):
    films = hospital(90)
    side = np.where(films["patient"].str[-1].astype(int) < 3, "test", "train")
    table = pd.DataFrame({"patient_id": films["patient"], "split": side})
    table.drop_duplicates().to_csv(tmp_path / "mine.csv", index=False)
    run = with_settings(run, "data.split.file=mine.csv")
    cases = tables(run, films)
    early = films["patient"].isin(np.unique(films["patient"])[:50]).to_numpy()
    assert (split(run, cases[early])["split"].to_numpy() == side[early]).all()
    late = split(run, cases)["split"].to_numpy()[~early]
    assert (late == np.where(side == "test", "held_out", side)[~early]).all()


def test_films_without_a_key_are_not_joined_with_a_row_without_one(run: Run, tmp_path: Path):
    films = hospital(30)
    cases = tables(run, films)
    keys = ("big" + films["patient"] + films["date"]).unique()
    table = pd.DataFrame({"accession_number": ["", *keys], "split": "train"})
    table.to_csv(tmp_path / "mine.csv", index=False)
    run = with_settings(run, "data.split.file=mine.csv")
    assert set(split(run, cases, store=False)["split"]) == {"train"}
    places = pd.read_parquet(private(run) / "locations.parquet")
    places.loc[:2, "accession_number"] = ""
    write_locations(places, private(run))
    with pytest.raises(DataError, match="3 of"):
        split(run, cases, store=False)


def test_smaller_training_sets_are_of_the_same_patients_in_any_order_of_rows(run: Run):
    films = hospital(150)
    chosen: list[set[str]] = []
    for studies, at in ((30, 0), (30, 1), (60, 2)):
        mixed = films.sample(frac=1, random_state=at)
        cases = tables(run, mixed)
        few = with_settings(run, f"data.train_studies={studies}")
        kept = taught(few, cases, split(few, cases))
        chosen.append(set(kept.loc[kept["split"] == "train", "case_id"]))
    assert chosen[0] == chosen[1] < chosen[2]
