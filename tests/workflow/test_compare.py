"""``medtune compare`` on the folders of evaluated runs; their scores are simulated."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from medtune.errors import RunError
from medtune.tables.predictions import write_predictions
from medtune.workflow.compare import compare, compare_sites, leave_one_site_out

RUN = """\
name: {name}
data: {{images: dicom, labels: labels.csv, findings: [opacity], work: work-{name}}}
model: {{backbone: timm/resnet18, weights: none}}
evaluation:
  resamples: 200
  compare_with: [{{shipped: {other}}}]
"""


def scores(
    models: dict[str, float], *, first: int = 0, n: int = 300, seed: int = 0
) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    number = np.arange(first, first + n)
    reference = (np.random.default_rng(99).random(2000)[number] < 0.4).astype(float)
    parts = [
        pd.DataFrame(
            {
                "case_id": [f"c{i}" for i in number],
                "group_id": [f"p{i}" for i in number],
                "site": "here",
                "split": np.where(number % 4 == 0, "calibration", "test"),
                "model": model,
                "target": "opacity",
                "class": "",
                "score": 1 / (1 + np.exp(-strength * reference - random.normal(size=n))),
                "reference": reference,
            }
        )
        for model, strength in models.items()
    ]
    return pd.concat(parts, ignore_index=True)


def evaluated(home: Path, name: str, table: pd.DataFrame, other: str = "runs/elsewhere") -> Path:
    folder = home / "runs" / name
    folder.mkdir(parents=True)
    (folder / "run.yaml").write_text(RUN.format(name=name, other=home / other))
    (folder / "model.safetensors").write_bytes(b"weights")
    write_predictions(table, folder / "predictions.parquet")
    return folder


def test_runs_are_compared_on_what_all_of_them_scored(tmp_path: Path) -> None:
    models = {"fine_tuned": 2.0, "thumbnail": 0.1}
    one = evaluated(tmp_path, "one", scores(models))
    two = evaluated(tmp_path, "two", scores({"fine_tuned": 1.2}, first=40, seed=1))
    found = compare([one, two], out=tmp_path / "out")
    assert set(found.measures["model"]) == {"one", "two"}
    auroc = found.differences[found.differences["measure"] == "auroc"].iloc[0]
    assert (auroc["model"], auroc["compared_with"]) == ("one", "two")
    assert auroc["n_cases"] == sum(number % 4 != 0 for number in range(40, 300))
    assert found.left_out == 80
    assert auroc["difference"] > 0
    assert pd.read_csv(tmp_path / "out" / "differences.csv")["p_holm"].notna().any()
    assert "2 of the runs is not where they say" in found.notes[0]
    assert any("one minus two" in line for line in found.lines())
    json.dumps(found.as_dict(), allow_nan=False)


def test_a_look_is_logged_once_for_each_test_split(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [
        evaluated(tmp_path, name, scores({"fine_tuned": 1.0}, seed=seed))
        for seed, name in enumerate(("one", "two", "three"))
    ]
    split = tmp_path / "split"
    split.mkdir()
    (split / "seal.json").write_text("{}")
    looks = []

    class Opened:
        looks = (1, 2, 3)

    monkeypatch.setattr("medtune.workflow.compare.split_folder", lambda run: split)
    monkeypatch.setattr("medtune.workflow.compare.read_splits", lambda path: path)
    monkeypatch.setattr(
        "medtune.workflow.compare.look_at",
        lambda run, splits, verb, model: looks.append((run.name, verb, len(model))) or Opened,
    )
    found = compare(folders)
    assert looks == [("one", "compare", 64)]
    assert found.notes[0] == "This is look number 3 at the test split."
    assert "The best of 3 models" in found.notes[1]


def test_what_cannot_be_compared(tmp_path: Path) -> None:
    one = evaluated(tmp_path, "one", scores({"fine_tuned": 1.0}))
    away = evaluated(tmp_path, "away", scores({"fine_tuned": 1.0}, first=1000))
    with pytest.raises(RunError, match="no test case in common"):
        compare([one, away])
    turned = scores({"fine_tuned": 1.0})
    turned["reference"] = 1 - turned["reference"]
    with pytest.raises(RunError, match="another reference in one run than in another"):
        compare([one, evaluated(tmp_path, "turned", turned)])
    with pytest.raises(RunError, match="At least two"):
        compare([one])
    with pytest.raises(RunError, match="The run one is named twice"):
        compare([one, one.parent / ".." / one.parent.name / "one"])
    namesake = evaluated(tmp_path / "elsewhere", "one", scores({"fine_tuned": 1.0}))
    with pytest.raises(RunError, match="Two runs are called one"):
        compare([one, namesake])
    (away / "predictions.parquet").unlink()
    with pytest.raises(RunError, match="away is not evaluated yet"):
        compare([one, away])


def test_sites_are_laid_side_by_side(tmp_path: Path) -> None:
    north = evaluated(tmp_path, "north", scores({"fine_tuned": 2.0}, first=1000))
    both = scores({"fine_tuned": 2.0, "shipped:north": 0.8, "thumbnail": 0.1}, seed=3)
    south = evaluated(tmp_path, "south", both, other="runs/north")
    found = compare_sites([north, south], out=tmp_path / "out")
    rows = found.rows.set_index(["trained_at", "judged_at"])
    assert set(rows.index) == {("north", "north"), ("south", "south"), ("north", "south")}
    assert rows.loc[("north", "south"), "change"] < 0
    assert (tmp_path / "out" / "cross_site.csv").exists()
    assert any("of north at south" in line for line in found.lines())
    json.dumps(found.as_dict(), allow_nan=False)
    with pytest.raises(RunError, match="None of these runs judges the model of another"):
        compare_sites([north, evaluated(tmp_path, "third", scores({"fine_tuned": 1.0}))])


def test_each_site_is_left_out_once(tmp_path: Path) -> None:
    runs = []
    for place, (site, strength) in enumerate({"north": 1.0, "south": 2.0, "west": 3.0}.items()):
        table = scores({"fine_tuned": strength}, first=400 * place, seed=place)
        folder = evaluated(tmp_path, f"without-{site}", table)
        held = f"findings: [opacity], split: {{by: site, test_values: [{site}]}}"
        text = (folder / "run.yaml").read_text().replace("findings: [opacity]", held)
        (folder / "run.yaml").write_text(text)
        runs.append(folder)
    found = leave_one_site_out(runs, out=tmp_path / "out")
    assert found.found.sites["left_out"].tolist() == ["north", "south", "west"]
    assert "opacity, AUROC" in found.lines()
    assert "a further site may expect" in found.lines()[-1]
    assert len(pd.read_csv(tmp_path / "out/together.csv")) == 1
    json.dumps(found.as_dict(), allow_nan=False)
    again = evaluated(tmp_path, "again", scores({"fine_tuned": 1.0}))
    (again / "run.yaml").write_text((runs[0] / "run.yaml").read_text())
    with pytest.raises(RunError, match="Two of these runs hold out the site north"):
        leave_one_site_out([runs[0], again])
    with pytest.raises(RunError, match="does not hold out one site"):
        leave_one_site_out([runs[0], evaluated(tmp_path, "plain", scores({"fine_tuned": 1.0}))])
