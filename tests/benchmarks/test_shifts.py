"""The simulated hospitals of ``scripts/shifts`` are those that were written down."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

import pytest
import yaml

from medtune.phantom import SiteShift
from tests.benchmarks import shifts
from tests.benchmarks.shift_desk import Desk
from tests.benchmarks.shift_sites import Site, Size, sites
from tests.benchmarks.shift_table import table

FILE = Path(__file__).parent / "shifts.yaml"
TOGETHER = FILE.with_stem("shifts_together")
WRITTEN = {
    FILE: "9326db5fb26c7084256977a4bcc80365862364316246dfe58d6b0e6aeef7ef6a",
    TOGETHER: "9e75a42b63077431a6284eeb003c90ba1c9710c5021323310800d53e758c7ba0",
}


def test_there_are_as_many_as_were_asked_for_and_each_is_a_shift():
    said = yaml.safe_load(FILE.read_text())
    assert list(said["kinds"]) == ["response", "blur", "noise", "markers"]
    for strengths in said["kinds"].values():
        assert len(strengths) == 3
        assert [SiteShift(**each) for each in strengths].count(SiteShift()) == 0
    assert len(said["seeds"]) == 3
    assert len(said["unshifted_seeds"]) == 12
    assert not set(said["seeds"]) & set(said["unshifted_seeds"])


@pytest.mark.parametrize("plan", WRITTEN, ids=lambda plan: plan.stem)
def test_what_was_written_down_before_the_ladder_first_ran_has_not_changed(plan):
    if hashlib.sha256(plan.read_bytes()).hexdigest() != WRITTEN[plan]:
        pytest.fail(f"{plan.name} was changed: restore it, or say why in a new one")


def test_the_strongest_shifts_of_all_kinds_come_together():
    alone, together = (yaml.safe_load(plan.read_text()) for plan in (FILE, TOGETHER))
    strongest = [strengths[-1] for strengths in alone["kinds"].values()]
    every = {name: strength for each in strongest for name, strength in each.items()}
    assert together["kinds"] == {"together": [every]}
    same = set(alone) - {"kinds", "unshifted_seeds"}
    assert {name: alone[name] for name in same} == {name: together[name] for name in same}


def done(desk: Desk, site: Site, generic: float, own: float, reference: float, low: float) -> None:
    """A hospital's record."""
    cut = 1 - (1 - own) / (1 - generic)
    test = {
        "reason": "",
        "auroc": {"value": own},
        "first_auroc": {"value": generic},
        "error_cut": {"reason": "", "value": cut, "low": low, "high": cut + 0.1},
        "gain": {"reason": "", "value": 0.02, "low": -0.01, "high": 0.05},
    }
    said = {
        "size": asdict(desk.size),
        "generic_sha256": "a1",
        "chosen": "lora",
        "fine_tune": True,
        "test": test,
        "minutes": 1,
        "reference_auroc": {"value": reference},
    }
    desk.record(site).parent.mkdir(exist_ok=True, parents=True)
    desk.record(site).write_text(json.dumps(said))


def test_the_table_names_every_miss(tmp_path):
    every = sites(yaml.safe_load(FILE.read_text()))
    assert len(every) == 48
    assert sum(site.shifted for site in every) == 36
    desk = Desk(tmp_path, tmp_path / "page.md", Size(1, 1, 1, 1, 32), "effusion", 1)
    done(desk, every[0], 0.80, 0.89, 0.90, 0.2)  # 90 % of what was lost
    done(desk, every[1], 0.80, 0.85, 0.90, 0.1)  # half of it
    done(desk, every[2], 0.80, 0.89, 0.90, -0.01)  # an interval with 0 in it
    done(desk, every[3], 0.88, 0.88, 0.90, -0.1)  # little to win
    done(desk, every[4], 0.90, 0.91, 0.88, 0.0)  # the reference itself is worse
    done(desk, every[-1], 0.90, 0.90, 0.90, -0.1)
    said = table(desk.records, desk.size, every)
    rows = {line.split(" | ")[0].strip("| "): line for line in said.splitlines()}
    assert rows[every[0].name].endswith("90 % | kept |")
    assert rows[every[1].name].endswith("50 % | **missed**: recovered |")
    assert rows[every[2].name].endswith("**missed**: error |")
    assert rows[every[3].name].endswith("little was lost |")
    assert "nan" not in rows[every[4].name]
    assert " | lora | +0.020 (-0.010 to +0.050) | 0.890 | " in rows[every[0].name]
    assert rows[every[4].name].endswith("|  | little was lost |")
    assert "**missed**: fine-tuned" in rows[every[-1].name]
    assert "0 of 1 unshifted" in said
    assert "trained anew" not in said
    record = desk.record(every[3])
    record.write_text(record.read_text().replace('"a1"', '"b2"'))
    assert "trained anew in between: 2 of them are here." in table(desk.records, desk.size, every)


def test_the_table_grows_by_named_hospitals_and_none_is_done_twice(tmp_path, monkeypatch):
    asked: list[str] = []

    def judged(desk: Desk, site: Site) -> dict:
        asked.append(site.name)
        done(desk, site, 0.9, 0.9, 0.9, -0.1)
        return json.loads(desk.record(site).read_text())

    monkeypatch.setattr(shifts, "judge", judged)
    monkeypatch.setattr(shifts, "with_reference", lambda desk, site, found: found)
    monkeypatch.setattr(shifts, "train_generic", lambda desk: asked.append("home"))
    page = tmp_path / "page.md"
    words = ["--small", "--home", str(tmp_path / "home"), "--page", str(page), "--only"]
    shifts.main([*words, "none-seed-101"])
    shifts.main([*words, "none-seed-101", "blur-1-seed-2"])
    assert asked == ["home", "none-seed-101", "home", "blur-1-seed-2"]
    rows = [line for line in page.read_text().splitlines() if line.startswith("| ")]
    assert [row.split(" | ")[0] for row in rows[1:]] == ["| blur-1-seed-2", "| none-seed-101"]
    page.write_text(page.read_text() + "What a person found out.\n")
    assert (tmp_path / "page/blur-1-seed-2.json").exists()
    shifts.main([*words, "blur-1-seed-3", "--hours", "-1"])
    assert "blur-1-seed-3" not in asked
    shifts.main([*words, "none-seed-101"])
    assert page.read_text().endswith("What a person found out.\n")
    whole = [word for word in words if word != "--small"]
    with pytest.raises(SystemExit, match="another size"):
        shifts.main([*whole, "noise-1-seed-1"])


def test_a_hospital_whose_reference_is_missing_gets_it_without_another_ladder(
    tmp_path, monkeypatch
):
    def referred(desk: Desk, site: Site, found: dict) -> dict:
        return {**found, "reference_auroc": {"value": 0.97}}

    def judged(desk: Desk, site: Site) -> dict:
        raise AssertionError(site)

    monkeypatch.setattr(shifts, "judge", judged)
    monkeypatch.setattr(shifts, "with_reference", referred)
    monkeypatch.setattr(shifts, "train_generic", lambda desk: None)
    page = tmp_path / "page.md"
    words = ["--small", "--home", str(tmp_path / "home"), "--page", str(page), "--only"]
    size = Size(60, 40, 70, 60, 64, epochs=1, reference_epochs=1)
    desk = Desk(tmp_path / "home", page, size, "effusion", 1)
    every = {site.name: site for site in sites(yaml.safe_load(FILE.read_text()))}
    for name in ("blur-1-seed-2", "none-seed-101"):
        done(desk, every[name], 0.9, 0.9, 0.9, -0.1)
        record = desk.record(every[name])
        found = json.loads(record.read_text())
        del found["reference_auroc"]
        record.write_text(json.dumps(found))
    assert "blur-1-seed-2" not in table(desk.records, size, list(every.values()))
    shifts.main([*words, "blur-1-seed-2", "none-seed-101"])
    said = page.read_text()
    assert "| blur-1-seed-2 | 0.900 | 0.970 | +0.070 |" in said
    assert "| none-seed-101 | 0.900 | 0.970 | +0.070 |" in said


def test_another_plan_has_hospitals_and_a_table_of_its_own(tmp_path, monkeypatch, capsys):
    def judged(desk: Desk, site: Site) -> dict:
        done(desk, site, 0.80, 0.89, 0.90, 0.2)
        return json.loads(desk.record(site).read_text())

    monkeypatch.setattr(shifts, "judge", judged)
    monkeypatch.setattr(shifts, "with_reference", lambda desk, site, found: found)
    monkeypatch.setattr(shifts, "train_generic", lambda desk: None)
    monkeypatch.setattr(shifts, "RESULTS", tmp_path)
    words = ["--home", str(tmp_path / "home"), "--plan", str(TOGETHER)]
    shifts.main([*words, "--only", "together-1-seed-2"])
    page = (tmp_path / "shifts_together.md").read_text()
    assert "| together-1-seed-2 | 0.800 | 0.900 |" in page
    assert "unshifted" not in page
    with pytest.raises(SystemExit):
        shifts.main([*words, "--only", "blur-1-seed-1"])
    assert "no hospital of shifts_together.yaml is called blur-1-seed-1" in capsys.readouterr().err
