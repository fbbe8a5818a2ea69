"""The sealed test split of a run, from training to the report of a second look."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from medtune.cli import app
from medtune.config.load import load_run
from medtune.config.run import Run
from medtune.errors import SealError
from medtune.run_folder import RunFolder
from medtune.tables.looks import open_test, read_looks
from medtune.tables.seal import read_seal
from medtune.tables.splits import read_splits, write_splits
from medtune.workflow import models
from medtune.workflow.evaluate import evaluate
from medtune.workflow.sealed import as_settings, declare, look_at, plan_of
from medtune.workflow.splitting import split_folder


@pytest.fixture
def home(judged: Path, tmp_path: Path) -> Path:
    """A copy of the judged hospital, to be changed."""
    shutil.copytree(judged, tmp_path / "home")
    return tmp_path / "home"


def south(home: Path, *settings: str) -> Run:
    return load_run(home / "south.yaml", settings)


def look(run: Run) -> int:
    splits = read_splits(RunFolder(run.runs / "south").splits)
    return len(look_at(run, splits, verb="evaluate", model="m").looks)


def test_training_declares_the_plan_and_the_first_look_freezes_it(judged: Path):
    run = south(judged)
    folder = split_folder(run)
    plan = yaml.safe_load((folder / "plan.yaml").read_text())
    assert plan["settings"] == plan_of(run)
    assert plan["settings"]["primary"]["compared_with"] == "shipped:north"
    first = read_looks(folder)[0]
    assert (first.run, first.verb, first.departures) == ("south", "evaluate", ())
    assert first.plan == plan["sha256"]
    told = json.loads((judged / "runs/south/result.json").read_text())
    assert told["primary"]["status"] == "declared"
    sealed = told["settings"]["sealed_test"]
    assert [each["sha256"] for each in sealed["looks"]] == [first.digest]
    assert sealed["cases"] == len(read_seal(folder).cases)
    report = (judged / "runs/south/report.html").read_text()
    assert f"was declared on {plan['declared'][:10]}, before that." in report


def test_a_run_without_a_test_split_declares_nothing(judged: Path):
    assert not (split_folder(load_run(judged / "north.yaml")) / "plan.yaml").exists()


def test_a_second_look_is_recorded_and_what_departs_is_exploratory(home: Path):
    run = south(home, "evaluation.primary.measure=accuracy", "evaluation.subgroups=[bits_stored]")
    result = evaluate(run, show=False)
    assert result.primary["status"] == "exploratory"
    told = json.loads((home / "runs/south/result.json").read_text())
    departed = {each["setting"]: each for each in told["settings"]["sealed_test"]["departures"]}
    assert departed["primary.measure"] == {
        "setting": "primary.measure", "declared": "auroc", "now": "accuracy", "primary": True,
    }  # fmt: skip
    assert departed["subgroups"]["primary"] is False
    assert {"all", "bits_stored=10"} <= set(result.measures["subgroup"])
    assert told["settings"]["looks_at_test"] == 2
    assert told["warnings"][0].startswith("Exploratory: ")
    assert "primary.measure (declared auroc, now accuracy)" in told["warnings"][0]
    report = (home / "runs/south/report.html").read_text()
    assert "This test set has been used 2 times" in report
    assert "not declared before the test set was opened" in report


def test_the_look_is_logged_before_anything_is_scored(home: Path, monkeypatch: pytest.MonkeyPatch):
    def stop(*args: object) -> None:
        raise InterruptedError

    monkeypatch.setattr(models, "fine_tuned", stop)
    with pytest.raises(InterruptedError):
        evaluate(south(home), show=False)
    assert len(read_looks(split_folder(south(home)))) == 2


def test_an_altered_log_stops_evaluate_with_exit_2(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(models, "fine_tuned", lambda *args: pytest.fail("a test row was scored"))
    run = south(home)
    look(run)
    log = split_folder(run) / "looks.jsonl"
    log.write_text("".join(log.read_text().splitlines(keepends=True)[1:]))
    done = CliRunner().invoke(app, ["evaluate", str(home / "south.yaml")])
    assert done.exit_code == 2
    assert "Look 1 was taken out of looks.jsonl" in done.stderr


def test_another_run_or_other_weights_are_a_departure(judged: Path, tmp_path: Path):
    shutil.copytree(judged / "work/splits", tmp_path / "work/splits")
    run = south(judged)
    folder = tmp_path / "work/splits" / split_folder(run).name
    first = read_looks(folder)[0]
    other = open_test(
        folder, plan_of(run) | {"run": "south-2"}, run="south-2", verb="evaluate", model="m"
    )
    assert [each.setting for each in other.departures] == ["run", "model"]
    assert all(each["primary"] for each in as_settings(run, other)["departures"])
    again = open_test(folder, plan_of(run), run="south", verb="evaluate", model=first.model)
    assert again.departures == ()


def test_a_threshold_rule_touches_only_what_is_judged_at_a_threshold(judged: Path, tmp_path: Path):
    shutil.copytree(judged / "work/splits", tmp_path / "work/splits")
    run = south(judged)
    folder = tmp_path / "work/splits" / split_folder(run).name
    model = read_looks(folder)[0].model
    moved = south(judged, "evaluation.operating_point={specificity: 0.8}")
    opened = open_test(folder, plan_of(moved), run="south", verb="evaluate", model=model)
    assert {each.setting.split(".")[0] for each in opened.departures} == {"operating_point"}
    assert not any(each["primary"] for each in as_settings(moved, opened)["departures"])


def test_an_altered_split_is_named_wherever_it_was_altered(home: Path):
    run = south(home)
    own, stored = RunFolder(run.runs / "south").splits, split_folder(run) / "splits.parquet"
    for path, said in ((own, "The split of the run south is not"), (stored, "The test split is")):
        splits = pd.read_parquet(path)
        content = path.read_bytes()
        test = splits.index[splits["split"] == "test"][:2]
        write_splits(splits.assign(split=splits["split"].where(~splits.index.isin(test), "train")),
                     path)  # fmt: skip
        with pytest.raises(SealError, match=f"{said}.*2 (sealed )?cases left the test"):
            look(run)
        write_splits(splits.assign(split="test"), path)
        with pytest.raises(SealError, match="joined it"):
            look(run)
        path.write_bytes(content)
    assert look(run) == 2


def test_a_log_begun_anew_is_given_away_by_a_report(home: Path):
    run = south(home)
    folder = split_folder(run)
    sealed = {name: (folder / name).read_bytes() for name in ("seal.json", "splits.parquet")}
    look(run)
    shutil.rmtree(folder)
    folder.mkdir()
    for name, content in sealed.items():
        (folder / name).write_bytes(content)
    digest = json.loads(sealed["seal.json"])["digest"]
    (folder / "looks.last").write_text(json.dumps({"looks": 0, "sha256": digest}))
    with pytest.raises(SealError, match="the report of the run south tells of look 1"):
        look(run)
    (run.runs / "south/result.json").unlink()
    assert look(run) == 1


def test_other_splits_of_the_same_patients_that_were_used_are_told(home: Path):
    run = south(home)
    other = south(home, "data.split.seed=5")
    folder, theirs = split_folder(run), split_folder(other)
    shutil.copytree(folder, theirs)
    cases = len(read_seal(folder).cases)
    opened = open_test(folder, plan_of(run), run="south", verb="evaluate", model="m")
    told = as_settings(run, opened)["other_test_splits"]
    assert told == [{"split": theirs.name, "cases": cases, "looks": 1}]


def test_declaring_again_changes_nothing_once_a_plan_is_there(home: Path):
    run = south(home, "evaluation.pool=max")
    path = split_folder(run) / "plan.yaml"
    before = path.read_bytes()
    declare(run)
    assert path.read_bytes() == before
