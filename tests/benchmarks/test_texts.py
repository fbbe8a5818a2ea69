"""The tables of texts: each row is a run's own, what is missing is named, nothing is done twice."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from medtune.config.load import load_run
from medtune.run_folder import RunFolder
from tests.benchmarks import texts
from tests.benchmarks.command import ROOT
from tests.benchmarks.texts import BEGIN, CONFIGS, END, EVERY


class Made:
    """Stands for medtune: makes the tables of a run, and remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, verb: str, config: Path, settings: list[str]) -> dict[str, float]:
        given = dict(setting.split("=", 1) for setting in settings)
        self.asked.append(f"{verb} {given['name']}")
        if verb == "evaluate":
            self.judge(RunFolder(Path(given["runs"]) / given["name"]))
        return {"cpu_seconds": 12.3}

    def judge(self, folder: RunFolder) -> None:
        folder.path.mkdir(parents=True)
        whole = {"rule": "", "subgroup": "all", "split": "test", "target": "answer"}
        bits = {"measure": "bits_per_byte", "low": 1.9, "high": 2.1, "reason": "", **whole}
        first = {"measure": "right_answer_first", "low": 0.4, "high": 0.6, "reason": "", **whole}
        nothing = {**first, "low": None, "high": None, "reason": "none was right"}
        pd.DataFrame(
            [
                {"model": "fine_tuned", "value": 2.0, **bits},
                {"model": "fine_tuned", "value": 9.0, **bits, "subgroup": "sex=F"},
                {"model": "fine_tuned", "value": 0.5, **first},
                {"model": "tfidf", "value": None, **nothing},
            ]
        ).to_csv(folder.measures, index=False)
        moved = {**bits, "model": "fine_tuned", "low": -0.4, "high": -0.2}
        pd.DataFrame(
            [
                {"compared_with": "untouched", "difference": -0.3, **moved},
                {"compared_with": "from_scratch", "difference": -0.25, **moved},
                {
                    "compared_with": "untouched",
                    "difference": 0.1,
                    **moved,
                    "target": "generic text",
                },
            ]
        ).to_csv(folder.differences, index=False)
        said = {"verdict": "gain", "answer": "Yes.", "primary": {"n_cases": 487, "n_groups": 476}}
        folder.result.write_text(json.dumps(said))


@pytest.fixture
def made(monkeypatch, tmp_path):
    stands = Made()
    monkeypatch.setattr(texts, "taken_by", stands)
    generic = tmp_path / "real" / texts.GENERIC
    generic.parent.mkdir(parents=True)
    generic.write_text("".join(f"document {number}\n" for number in range(6)))
    questions = tmp_path / "real/text/support/banking77_test.jsonl"
    questions.parent.mkdir(parents=True)
    questions.write_text("first\nsecond\nthird\n")
    (tmp_path / "page.md").write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    return stands


def asked(tmp_path: Path, *words: str) -> str:
    where = {"real": "real", "home": "home", "records": "records", "page": "page.md"}
    given = [part for name, path in where.items() for part in (f"--{name}", str(tmp_path / path))]
    texts.main([*given, *words])
    return (tmp_path / "page.md").read_text()


def test_a_row_says_what_the_runs_tables_say(made, tmp_path):
    page = asked(tmp_path, "--only", "support-100-full")
    assert made.asked == ["train support-100-full", "evaluate support-100-full"]
    (row,) = [line for line in page.splitlines() if line.startswith("| 100 |")]
    assert row == (
        "| 100 | `full` | 2.000 (1.900 to 2.100) | -0.300 (-0.400 to -0.200) "
        "| -0.250 (-0.400 to -0.200) | 0.500 (0.400 to 0.600) | none was right "
        "|  |  | +0.100 (-0.400 to -0.200) | 12 s |"
    )
    assert "487 texts of 476 groups" in page
    assert "legal-2000-lora" in page.split("Not run yet: ")[1]
    assert page.startswith("before\n")
    assert page.endswith("after\n")
    assert "old" not in page


def test_nothing_is_done_twice_and_none_is_begun_when_the_time_is_up(made, tmp_path):
    asked(tmp_path, "--only", "support-100-full")
    made.asked.clear()
    page = asked(tmp_path, "--only", "support-100-full")
    assert made.asked == []
    assert "| 100 |" in page
    asked(tmp_path, "--hours", "-1")
    assert made.asked == []


def test_every_fourth_document_of_the_generic_text_is_judged(made, tmp_path):
    asked(tmp_path, "--only", "support-100-full")
    assert (tmp_path / "home/generic.jsonl").read_text() == "document 0\ndocument 4\n"


def test_of_the_given_questions_a_half_calibrates_and_the_other_is_judged(made, tmp_path):
    asked(tmp_path, "--only", "intents-500-full")
    halves = [(tmp_path / f"home/intents-{half}.jsonl").read_text() for half in texts.HALVES]
    assert halves == ["first\nthird\n", "second\n"]
    for one in EVERY:
        if one.half:
            (files,) = [s for s in one.settings(tmp_path, tmp_path) if s.startswith("data.files=")]
            said = json.loads(files.split("=", 1)[1])
            assert said["calibration"] != said["test"]


@pytest.mark.parametrize("one", EVERY, ids=lambda one: one.name)
def test_every_run_is_one_that_the_run_file_allows(one, tmp_path):
    config = ROOT / "configs" / f"{CONFIGS[one.kind]}.yaml"
    run = load_run(config, one.settings(tmp_path / "real", tmp_path), files_must_exist=False)
    assert run.name == one.name
    assert str(run.data.train_cases) == one.cases
