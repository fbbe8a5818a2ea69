"""That each verb says to its workflow function what was said to it; the work itself is replaced."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from medtune.tables.results import Result


@dataclass
class Calls:
    """Stands in for a workflow function, and remembers how it was called."""

    gives: Any
    words: tuple[Any, ...] = ()
    options: dict[str, Any] | None = None

    def __call__(self, *words, **options):
        self.words, self.options = words, options
        print("chatter")
        return self.gives


@pytest.fixture
def replace(monkeypatch):
    def replaced(verb: str, gives: Any) -> Calls:
        calls = Calls(gives)
        module = SimpleNamespace(**{verb: calls})
        monkeypatch.setitem(sys.modules, f"medtune.workflow.{verb}", module)
        return calls

    return replaced


@pytest.fixture
def result() -> Result:
    nothing = pd.DataFrame()
    return Result(
        question="Is it better?",
        primary={},
        answer="It is [not] better.",
        verdict="no_gain_shown",
        control_passed=None,
        measures=pd.DataFrame({"value": [0.5, None]}),
        differences=nothing,
        curves=nothing,
        flow=nothing,
        worst=nothing,
        warnings=["Few cases."],
    )


def test_train(medtune, hospital, replace):
    calls = replace("train", Path("runs/small"))
    said = medtune("train", "run.yaml", "--set", "training.epochs=2", "--set", "name=other")
    assert said.exit_code == 0
    (run,) = calls.words
    assert (run.training.epochs, run.name, run.data.images) == (2, "other", hospital / "dicom")
    assert calls.options == {"show": True, "allow": (), "trace": False}
    assert "Trained: runs/small" in said.stdout


def test_train_as_json(medtune, hospital, replace):
    calls = replace("train", Path("runs/small"))
    said = medtune("train", "run.yaml", "--json")
    assert json.loads(said.stdout) == {"run_folder": "runs/small"}
    assert calls.options == {"show": False, "allow": (), "trace": False}


def test_train_with_what_is_known_and_harmless(medtune, hospital, replace):
    calls = replace("train", Path("runs/small"))
    medtune("train", "run.yaml", "--allow", "same_film:1", "--allow", "same_uid:2")
    assert calls.options["allow"] == ["same_film:1", "same_uid:2"]


def test_search(medtune, hospital, replace):
    found = SimpleNamespace(lines=lambda: ["Best of 3 trials"], as_dict=lambda: {"name": "x-best"})
    calls = replace("search", found)
    said = medtune("search", "run.yaml", "--set", "search.trials=3", "--allow", "same_film:1")
    assert said.stdout == "chatter\nBest of 3 trials\n"
    (run,) = calls.words
    assert run.search.trials == 3
    assert calls.options == {"show": True, "allow": ["same_film:1"]}
    assert json.loads(medtune("search", "run.yaml", "--json").stdout) == {"name": "x-best"}


def test_ladder(medtune, hospital, replace):
    found = SimpleNamespace(lines=lambda: ["Do not fine-tune."], as_dict=lambda: {"chosen": "x"})
    calls = replace("ladder", found)
    said = medtune("ladder", "run.yaml", "--set", "ladder.folds=3", "--allow", "same_film:1")
    assert said.stdout == "chatter\nDo not fine-tune.\n"
    (run,) = calls.words
    assert run.ladder.folds == 3
    assert calls.options == {"show": True, "allow": ["same_film:1"]}
    assert json.loads(medtune("ladder", "run.yaml", "--json").stdout) == {"chosen": "x"}


def test_check_ends_with_two_where_training_would_be_stopped(medtune, hospital, replace):
    report = SimpleNamespace(lines=lambda: ["leak"], as_dict=lambda: {"a": 1}, stops=True)
    replace("check", report)
    said = medtune("check", "run.yaml")
    assert (said.exit_code, said.stdout) == (2, "chatter\nleak\n")
    assert json.loads(medtune("check", "run.yaml", "--json").stdout) == {"a": 1}


def test_check_does_one_thing_at_a_time(medtune, hospital, replace):
    said = medtune("check", "run.yaml", "--audit", "--reading-list", "20")
    assert said.exit_code == 2
    assert "one of --audit, --reading-list and --readings" in said.stderr


def test_check(medtune, hospital, replace):
    report = SimpleNamespace(lines=lambda: ["12 films"], as_dict=lambda: {"films": 12}, stops=False)
    calls = replace("check", report)
    assert medtune("check", "run.yaml").stdout == "chatter\n12 films\n"
    assert calls.words[0].name == "small"
    assert json.loads(medtune("check", "run.yaml", "--json").stdout) == {"films": 12}


def test_look(medtune, hospital, replace):
    looked = SimpleNamespace(lines=lambda: ["4 films"], as_dict=lambda: {"seed": 3})
    calls = replace("look", looked)
    said = medtune(
        "look", "run.yaml", "--out", "shown", "--per-group", "2", "--seed", "3", "--show-suspects"
    )
    assert said.stdout == "chatter\n4 films\n"
    assert calls.words[0].name == "small"
    assert calls.options == {
        "out": Path("shown"),
        "per_group": 2,
        "seed": 3,
        "show_suspects": True,
        "show": True,
    }
    assert json.loads(medtune("look", "run.yaml", "--json").stdout) == {"seed": 3}
    assert calls.options["out"] is None
    assert medtune("look", "run.yaml", "--per-group", "9").exit_code == 2


def test_evaluate_a_run_file(medtune, hospital, replace, result):
    calls = replace("evaluate", result)
    replace("report", Path("runs/small/report.html"))
    said = medtune("evaluate", "run.yaml", "--set", "evaluation.level=0.9")
    assert said.exit_code == 0
    assert calls.words[0].evaluation.level == 0.9
    assert said.stdout.splitlines()[-4:] == [
        "It is [not] better.",
        "Verdict: no gain shown",
        "Note: Few cases.",
        "Report: runs/small/report.html",
    ]
    told = json.loads(medtune("evaluate", "run.yaml", "--json").stdout)
    assert told["verdict"] == "no_gain_shown"
    assert told["measures"] == [{"value": 0.5}, {"value": None}]
    assert told["report"] == "runs/small/report.html"


def test_evaluate_a_run_folder(medtune, hospital, replace, result):
    calls = replace("evaluate", result)
    where = replace("report", Path("report.html"))
    folder = hospital / "runs" / "small"
    folder.mkdir(parents=True)
    assert medtune("evaluate", folder).exit_code == 0
    assert calls.words == (folder,)
    assert where.words == (folder,)


def test_evaluate_a_run_folder_otherwise_than_it_says(medtune, hospital, replace, result):
    calls = replace("evaluate", result)
    replace("report", Path("report.html"))
    folder = hospital / "runs" / "small"
    folder.mkdir(parents=True)
    (folder / "run.yaml").write_text((hospital / "run.yaml").read_text())
    assert medtune("evaluate", folder, "--set", "evaluation.seed=3").exit_code == 0
    assert calls.words[0].evaluation.seed == 3


def test_predict(medtune, hospital, replace):
    table = pd.DataFrame(
        {
            "case_id": ["a", "b"],
            "score": [0.25, None],
            "refused": [False, True],
            "reason": [None, "CT"],
        }
    )
    calls = replace("predict", table)
    said = medtune("predict", "runs/small", "dicom", "--out", "new.csv")
    assert calls.words == (Path("runs/small"), Path("dicom"), Path("new.csv"))
    assert "0.25" in said.stdout
    medtune("predict", "runs/small", "asked.csv", "--names", "names.txt")
    assert calls.options["names"] == Path("names.txt")
    rows = json.loads(medtune("predict", "runs/small", "dicom", "--json").stdout)
    assert rows[0] == {"case_id": "a", "score": 0.25, "refused": False, "reason": None}
    assert rows[1]["score"] is None
    assert rows[1]["refused"] is True


def test_predict_tells_what_it_decided_and_where_all_of_it_lies(medtune, hospital, replace):
    table = pd.DataFrame(
        {
            "case_id": [f"film{i:02d}" for i in range(15)] * 2,
            "target": ["pneumonia"] * 15 + ["effusion"] * 15,
            "score": 0.5,
            "decision": ["present"] * 4 + ["absent"] * 10 + [None] + ["absent"] * 14 + [None],
            "refused": ([False] * 14 + [True]) * 2,
            "reason": None,
        }
    )
    replace("predict", table)
    said = medtune("predict", "runs/small", "dicom", "--out", "new.csv").stdout.splitlines()
    assert sum("film" in line for line in said) == 20
    assert said[-5:] == [
        "... and 10 more rows",
        "15 cases, 1 of them refused",
        "  pneumonia: 10 absent, 4 present",
        "  effusion: 14 absent",
        "Wrote new.csv",
    ]
    replace("predict", table.head(3))
    few = medtune("predict", "runs/small", "dicom").stdout.splitlines()
    assert not any("more rows" in line for line in few)
    assert few[-1] == "Wrote runs/small/predictions/predictions.csv"
    assert len(json.loads(medtune("predict", "runs/small", "dicom", "--json").stdout)) == 3


def test_export(medtune, hospital, replace):
    done = SimpleNamespace(lines=lambda: ["Exported: 2"], as_dict=lambda: {"files": {}})
    calls = replace("export", done)
    assert medtune("export", "runs/small").stdout == "chatter\nExported: 2\n"
    plain = {"converter": None, "openai": False, "settings": ()}
    assert calls.words == (Path("runs/small"), None, ())
    assert calls.options == {**plain, "show": True}
    said = medtune("export", "runs/small", "--out", "away", "--format", "torch", "--json")
    assert json.loads(said.stdout) == {"files": {}}
    assert calls.words == (Path("runs/small"), Path("away"), ["torch"])
    assert calls.options == {**plain, "show": False}
    medtune("export", "runs/desk", "--openai", "--converter", "convert_hf_to_gguf.py")
    assert calls.options["openai"]
    assert calls.options["converter"] == Path("convert_hf_to_gguf.py")


def test_deidentify(medtune, hospital, replace):
    done = SimpleNamespace(lines=lambda: ["Copies: 3 written"], as_dict=lambda: {"written": 3})
    calls = replace("deidentify", done)
    said = medtune("deidentify", "dicom", "--out", "copies")
    assert said.stdout == "chatter\nCopies: 3 written\n"
    assert calls.words == (Path("dicom"), Path("copies"))
    assert calls.options == {"private": None, "site": "site", "release": None, "show": True}
    words = ["--site", "st-anna", "--key-folder", "keys", "--release", "table.csv", "--json"]
    said = medtune("deidentify", "dicom", "--out", "copies", *words)
    assert json.loads(said.stdout) == {"written": 3}
    assert calls.options == {
        "private": Path("keys"),
        "site": "st-anna",
        "release": Path("table.csv"),
        "show": False,
    }
    assert medtune("deidentify", "dicom").exit_code == 2


def test_demo(medtune, hospital, replace, result):
    calls = replace("demo", result)
    replace("report", Path("shown/runs/south/report.html"))
    said = medtune("demo", "--out", "shown", "--patients", "40")
    assert said.exit_code == 0
    assert calls.words == (Path("shown"),)
    assert calls.options == {"patients": 40, "show": True}
    assert medtune("demo", "--patients", "0").exit_code == 2
