"""The label audit on a small simulated hospital, with labels turned round."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from medtune.config.load import load_run
from medtune.errors import DataError
from medtune.workflow import audit as at_work
from medtune.workflow.audit import audit
from medtune.workflow.cases import gather, private
from medtune.workflow.seeing import Seeing
from medtune.workflow.splitting import split
from tests.keys import lay_key

SETTINGS = [
    "name=audited",
    "data.labels=flipped.csv",
    "data.findings=[effusion]",
    "data.split={train: 0.6, tune: 0.2, calibration: 0.1, test: 0.1}",
]


class Desk:
    """A hospital of which every eleventh label is turned round, and a network that sees."""

    def __init__(self, hospitals: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        labels = pd.read_csv(hospitals / "south/labels.csv", dtype={"accession_number": str})
        self.true = labels.set_index("accession_number")["effusion"].replace(-1, np.nan)
        turned = pd.Series(np.arange(len(labels)) % 11 == 4) & labels["effusion"].isin((0, 1))
        labels["effusion"] = labels["effusion"].where(~turned, 1 - labels["effusion"])
        self.turned = set(labels.loc[turned, "accession_number"])
        (home / "south").symlink_to(hospitals / "south")
        labels.to_csv(home / "flipped.csv", index=False)
        text = (hospitals / "north.yaml").read_text().replace("north/", "south/")
        (home / "south.yaml").write_text(text)
        self.home, self.patch = home, monkeypatch
        lay_key(private(self.run()))
        self.scored: list[str] = []

    def run(self, *settings: str):
        return load_run(self.home / "south.yaml", [*SETTINGS, *settings])

    def see(self) -> None:
        """Features as a good network has them: what the film really shows, and noise."""

        def features(_seeing, samples):
            self.scored += samples.case_id
            # One draw that suffices: 140 studies are few, and in most draws nothing can be named.
            rng = np.random.default_rng(0)
            numbers = self.numbers().loc[samples.case_id]
            true = self.true.reindex(numbers).fillna(0.5).to_numpy()
            seen = rng.normal(5 * true - 2.5, 1.0)  # some clearly, some hardly
            return np.stack([seen, *rng.normal(size=(2, len(true)))], axis=1)

        self.patch.setattr(Seeing, "__call__", features)

    def numbers(self) -> pd.Series:
        places = pd.read_parquet(private(self.run()) / "locations.parquet")
        return places.set_index("case_id")["accession_number"]


@pytest.fixture
def desk(hospitals: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(hospitals, tmp_path, monkeypatch)


def test_suspects_are_found_pictured_and_put_on_a_sheet(desk: Desk):
    desk.see()
    found = audit(desk.run(), show=False)
    numbers = found.suspects["case_id"].map(desk.numbers())
    assert len(found.suspects) >= 8
    assert numbers.isin(desk.turned).mean() > 0.8
    sheet = pd.read_csv(found.sheet, keep_default_na=False)
    assert list(sheet) == [
        "finding", "rank", "case_id", "given", "score", "how_sure", "verdict", "remark",
    ]  # fmt: skip
    assert (sheet[["verdict", "remark"]] == "").all(axis=None)
    page = found.page.read_text()
    assert page.count("data:image/png") == found.suspects["case_id"].nunique()
    assert all(case_id in page for case_id in found.suspects["case_id"])
    json.dumps(found.as_dict(), allow_nan=False)
    assert "suspects" in "\n".join(found.lines())


def test_calibration_and_test_are_not_looked_at(desk: Desk):
    desk.see()
    decoded: list[str] = []
    real = at_work.decode

    def decode(work, cases, *args, **kwargs):
        decoded.extend(cases["case_id"])
        return real(work, cases, *args, **kwargs)

    desk.patch.setattr(at_work, "decode", decode)
    run = desk.run()
    found = audit(run, show=False)
    cases = gather(run).cases
    splits = split(run, cases, store=False).set_index("case_id")["split"]
    sealed = set(splits.index[splits.isin(["calibration", "test"])])
    assert sealed
    assert len(found.suspects)
    named = set(found.suspects["case_id"]) | set(decoded) | set(desk.scored)
    assert not sealed & named
    page = found.page.read_text()
    assert not [case_id for case_id in sealed if case_id in page]
    assert set(decoded) == set(splits.index[splits.isin(["train", "tune"])])


def test_nothing_that_leads_to_a_patient_is_outside_of_the_private_folder(desk: Desk):
    desk.see()
    run = desk.run()
    found = audit(run, show=False)
    assert len(found.suspects)
    identifiers = set(desk.numbers())
    for path in (found.sheet, found.page):
        assert not [number for number in identifiers if number in path.read_text()]
    assert private(run) in found.places.parents
    assert stat.S_IMODE(found.places.stat().st_mode) == 0o600
    places = pd.read_csv(found.places, dtype=str)
    assert set(places["case_id"]) == set(found.suspects["case_id"])
    assert set(places["accession_number"]) <= identifiers


def test_films_that_may_carry_text_are_not_pictured(desk: Desk):
    desk.see()
    real = at_work.decode

    def decode(*args, **kwargs):
        decoded = real(*args, **kwargs)
        decoded.rows["text"] = "its borders look like printed text"
        return decoded

    desk.patch.setattr(at_work, "decode", decode)
    found = audit(desk.run(), show=False)
    assert len(found.suspects)
    assert "data:image" not in found.page.read_text()


def test_a_sheet_that_was_filled_in_is_kept(desk: Desk):
    desk.see()
    run = desk.run()
    found = audit(run, show=False)
    assert len(found.suspects)
    audit(run, show=False)  # an empty one is written anew
    sheet = pd.read_csv(found.sheet, keep_default_na=False, dtype=str)
    sheet.loc[0, "verdict"] = "wrong"
    sheet.to_csv(found.sheet, index=False)
    with pytest.raises(DataError, match=r"suspects.csv of this run has been filled in"):
        audit(run, show=False)


def test_a_blind_network_suspects_nobody(desk: Desk):
    """Random weights and few films: the real features of the run, and an honest answer."""
    found = audit(desk.run(), show=False)
    assert found.suspects.empty
    assert "There is no suspect." in "\n".join(found.lines())
    page = found.page.read_text()
    assert "It cannot be told whether labels are wrong" in page
    assert pd.read_csv(found.sheet).empty


def test_weights_that_have_seen_the_labels_are_told(judged: Path):
    run = load_run(judged / "south.yaml", ["model.weights=runs/south", "name=again"])
    found = audit(run, show=False)
    assert len(found.notes) == 1
    assert "have learnt from" in found.notes[0]
    assert found.notes[0] in found.page.read_text()
