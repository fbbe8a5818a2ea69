"""The table of methods: what it says, and that nothing is done twice or half."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file

from medtune.run_folder import RunFolder
from medtune.tables.results import MEASURE_COLUMNS
from tests.benchmarks import methods

MODELS = {"fine_tuned": 0.9, f"shipped:{methods.GENERIC}": 0.7, "thumbnail": 0.8,
          "random_weights": 0.75}  # fmt: skip


class Made:
    """Stands for medtune: makes the files of a run, and remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.cut: str | None = None
        self.test = ["a", "b"]

    def __call__(self, verb: str, config: str, settings: list[str]) -> dict[str, float]:
        given = dict(setting.split("=", 1) for setting in settings)
        name = given.get("name", methods.GENERIC)
        folder = RunFolder(Path(given["runs"]) / name)
        self.asked.append((verb, name))
        folder.checkpoints.mkdir(parents=True, exist_ok=True)
        if self.cut == f"{verb} {name}":
            raise SystemExit("cut")
        match verb:
            case "train":
                self.train(folder)
            case "evaluate":
                self.evaluate(folder)
        return {"peak_mb": 1234, "wall_seconds": 5, "cpu_seconds": 4}

    def train(self, folder: RunFolder) -> None:
        for number, learn in enumerate((2562, 1_000_000)):
            metadata = {"medtune": json.dumps({"parameters": learn})}
            save_file({"x": np.zeros(1)}, folder.checkpoints / f"{number}-s.safetensors", metadata)
        pd.DataFrame({"seconds": [1.5, 2.5]}).to_csv(folder.metrics, index=False)
        splits = {"case_id": [*self.test, "c"], "split": ["test"] * len(self.test) + ["train"]}
        pd.DataFrame(splits).to_parquet(folder.splits)
        folder.environment.write_text(json.dumps({"hardware": {"words": "a CPU"}}))
        folder.model.touch()

    def evaluate(self, folder: RunFolder) -> None:
        rows = [
            {"model": model, "measure": "auroc", "split": "test", "subgroup": subgroup,
             "value": value, "low": value - 0.05, "high": value + 0.05, "n_cases": 40,
             "n_groups": 30}
            for model, value in MODELS.items()
            for subgroup in ("all", "sex=F")
        ]  # fmt: skip
        pd.DataFrame(rows, columns=list(MEASURE_COLUMNS)).to_csv(folder.measures, index=False)
        folder.result.write_text("{}")


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Made:
    made = Made()
    monkeypatch.setattr(methods, "medtune", made)
    return made


@pytest.fixture
def desk(tmp_path: Path) -> methods.Desk:
    return methods.Desk(tmp_path / "real", tmp_path / "home")


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "README.md"
    path.write_text(f"before\n{methods.BEGIN}\nold\n{methods.END}\nafter\n")
    return path


def test_the_table_has_a_row_a_method_and_the_controls_beside_it(made, desk, page):
    methods.work_through(desk, ("fast_probe", "lora"), (50, 800), page)
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text
    cell = "0.900 (0.850 to 0.950), 4 s"
    assert f"| `lora` | 1,000,000 | 1.2 GB | {cell} |  | {cell} |" in text
    assert "| control: 8 x 8 thumbnails | | | 0.800 (0.750 to 0.850) |  | 0.800" in text
    assert "none: the NIH model as it is | | | 0.700" in text
    assert "40 test studies of 30 patients" in text
    assert str(desk.home) not in text


def test_what_is_done_is_not_done_again(made, desk, page):
    methods.work_through(desk, ("bias",), (50,), page)
    assert [verb for verb, _ in made.asked] == ["train", "check", "train", "evaluate"]
    methods.work_through(desk, ("bias",), (50, 200), page)
    assert made.asked[4:] == [("train", "bias-200"), ("evaluate", "bias-200")]
    first = page.read_text()
    methods.work_through(desk, ("bias",), (50, 200), page)
    assert len(made.asked) == 6
    assert page.read_text() == first


@pytest.mark.parametrize("verb", ["train", "evaluate"])
def test_the_table_is_there_after_each_run_and_a_cut_run_is_begun_anew(made, desk, page, verb):
    made.cut = f"{verb} bias-200"
    with pytest.raises(SystemExit, match="cut"):
        methods.work_through(desk, ("bias",), (50, 200), page)
    assert "| `bias` |" in page.read_text()
    (desk.run("bias-200").path / "left").touch()
    made.cut, made.asked = None, []
    methods.work_through(desk, ("bias",), (50, 200), page)
    done = [("train", "bias-200"), ("evaluate", "bias-200")]
    assert made.asked == (done if verb == "train" else done[1:])
    assert (desk.run("bias-200").path / "left").exists() == (verb == "evaluate")


def test_the_fast_probe_finds_no_features_of_another_run(made, desk, page):
    features = desk.home / "work-guangzhou/features"
    for method in ("norm", "fast_probe"):
        features.mkdir(parents=True, exist_ok=True)
        methods.work_through(desk, (method,), (50,), page)
        assert features.exists() == (method == "norm")


def test_runs_that_were_judged_on_other_films_are_not_compared(made, desk, page):
    methods.work_through(desk, ("norm",), (50,), page)
    made.test = ["a", "d"]
    with pytest.raises(SystemExit, match="different films"):
        methods.work_through(desk, ("norm",), (200,), page)


def test_a_page_without_marks_is_left_alone(page):
    page.write_text("nothing")
    with pytest.raises(SystemExit, match="has lost the marks"):
        methods.write_page("table", page)
    assert page.read_text() == "nothing"


def test_the_readme_has_its_marks():
    text = methods.PAGE.read_text()
    assert text.index(methods.BEGIN) < text.index(methods.END)
