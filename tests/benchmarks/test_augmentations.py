"""The table of augmentations: what it compares, what it says, and that nothing is done twice."""

from __future__ import annotations

import json
import random
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

from medtune.config import Evaluation
from medtune.tables.predictions import write_predictions
from tests.benchmarks import augmentations, methods, shifts
from tests.benchmarks.augmentations import START, WAYS, Desk, table, write_records
from tests.benchmarks.foreign_augmentations import monai_default, timm_default

SIZE = shifts.Size(60, 0, 70, 60, 64, epochs=1)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    phantom = shifts.Desk(tmp_path / "home", tmp_path / "page.md", SIZE, "effusion", 1)
    return Desk(phantom, methods.Desk(tmp_path, tmp_path / "real"), 20, 1)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("made", [lambda: timm_default(64), monai_default], ids=["timm", "monai"])
def test_changes_of_others_hang_on_the_film_and_the_seed_alone(made):
    film = np.tile(np.linspace(0.6, 0.3, 64, dtype=np.float32), (64, 1))  # the left is brighter
    change = made()
    random.seed(3)
    torch.manual_seed(3)
    after = random.Random(3).random(), torch.rand(1, generator=torch.Generator().manual_seed(3))
    seeds = [17, 1 << 62, *range(20)]
    changed = [change(film, seed) for seed in seeds]
    assert (random.random(), torch.rand(1)) == after  # what else is random goes on
    again = made()
    to = np.ones_like(film)
    for one, seed in zip(changed, seeds, strict=True):
        assert one.shape == film.shape
        assert one.dtype == np.float32
        assert 0 <= one.min() < one.max() <= 1
        assert again(film, seed, to) is to
        assert np.array_equal(to, one)
    mirrored = [float(one[:, 36:].mean()) > float(one[:, :28].mean()) for one in changed]
    assert 0 < sum(mirrored) < len(mirrored)  # both mirror: medtune never does
    assert len({one.tobytes() for one in changed}) > 10


@pytest.mark.parametrize("way", augmentations.FOREIGN)
def test_films_stay_as_large_as_the_runs_network_wants_them(way):
    run = SimpleNamespace(model=SimpleNamespace(image_size=48))
    _, change = augmentations.with_change(run, way)
    film = np.full((48, 48), 0.5, np.float32)
    assert change(film, 3, np.empty_like(film)).shape == (48, 48)


def scores(desk: Desk, setting: str, way: str, clear: float) -> None:
    """Of 60 patients, the better the clearer, and of the start."""
    rng = np.random.default_rng(0)
    reference = np.arange(60) % 2
    rows = [
        {"case_id": f"c{n}", "group_id": f"g{n}", "study_id": f"s{n}", "site": "x",
         "split": split, "model": model, "target": "effusion", "class": "present",
         "score": 1 / (1 + np.exp(-(worth * reference[n] + rng.normal()))),
         "reference": float(reference[n])}
        for model, worth in ((way, clear), (START, 0.2))
        for n, split in enumerate(["calibration"] * 30 + ["test"] * 30)
    ]  # fmt: skip
    write_predictions(pd.DataFrame(rows), desk.scores(setting, way))


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs that are judged as all are where nothing is said."""
    run = SimpleNamespace(evaluation=Evaluation())
    monkeypatch.setattr(augmentations, "run_of", lambda desk, setting, way: (run, None))


def test_the_records_hold_paired_differences_of_either_sign(desk, judged):
    scores(desk, "blur-home", "none", 1.0)
    scores(desk, "blur-home", "site", 4.0)
    write_records(desk, "blur-home", {"none": 3.0, "site": 4.0})
    none, site = (json.loads(desk.record("blur-home", way).read_text()) for way in ("none", "site"))
    assert site["auroc"][0] > none["auroc"][0]
    gain = site["auroc"][0] - none["auroc"][0]
    assert site["minus"]["none"][0] == pytest.approx(gain, abs=2e-5)
    assert none["minus"]["site"] == pytest.approx([-site["minus"]["none"][i] for i in (0, 2, 1)])
    assert set(site["minus"]) == {"none", START}
    assert site["minus"]["none"][1] > 0
    assert site["studies"] == site["patients"] == 30
    scores(desk, "blur-home", "generic", 2.0)
    write_records(desk, "blur-home", {"generic": 5.0})
    site = json.loads(desk.record("blur-home", "site").read_text())
    assert set(site["minus"]) == {"none", START, "generic"}
    assert site["seconds"] == 4.0


def test_the_table_says_what_was_not_run_and_keeps_what_people_wrote(desk, judged):
    for way, clear in (("none", 1.0), ("site", 4.0)):
        scores(desk, "blur-home", way, clear)
    write_records(desk, "blur-home", {})
    augmentations.write_page(desk)
    page = desk.phantom.page.read_text()
    rows = [line for line in page.splitlines() if line.startswith("| blur-home")]
    assert len(rows) == 3
    assert rows.pop(0).startswith("| blur-home | the start |")
    assert rows[0].startswith("| blur-home | none |")
    site = json.loads(desk.record("blur-home", "site").read_text())["minus"]["none"]
    told = f"+{site[0]:.3f} (+{site[1]:.3f} to +{site[2]:.3f})"
    assert rows[0].endswith(f"|  | {told} |")
    assert rows[1].endswith(f"| {told} |  |")
    assert "Not run: response-home-none," in page
    assert "blur-home-timm" in page
    assert "blur-home-site" not in page
    desk.phantom.page.write_text(f"{page}It did not help since the noise hid it.\n")
    augmentations.write_page(desk)
    assert desk.phantom.page.read_text().endswith("It did not help since the noise hid it.\n")
    record = desk.record("blur-home", "none")
    record.write_text(record.read_text().replace('"pixels": 64', '"pixels": 160'))
    with pytest.raises(SystemExit, match="another size"):
        table(desk)


def test_the_runs_of_the_real_pair_differ_in_their_changes_alone(desk, tmp_path):
    films = tmp_path / "xray/guangzhou"
    (films / "images").mkdir(parents=True)
    (films / "labels.csv").write_text("accession_number,pneumonia\nA,1\n")
    generic = desk.real.run(methods.GENERIC)
    generic.path.mkdir(parents=True)
    generic.model.touch()
    said, changes = [], []
    for way in ("none", "timm", "monai", "generic"):
        run, change = augmentations.run_of(desk, augmentations.REAL, way)
        assert run.name == f"{augmentations.REAL}-{way}"
        changes.append((run.training.augmentation, change is not None))
        plain = run.training.model_copy(update={"augmentation": "none"})
        said.append(run.model_copy(update={"name": "x", "training": plain}))
    assert changes == [("none", False), ("none", True), ("none", True), ("generic", False)]
    assert all(one == said[0] for one in said)
    assert said[0].data.train_studies == 200


def test_the_real_profile_is_measured_beside_the_runs_that_are_taught(desk, monkeypatch):
    names: list[str] = []
    run = SimpleNamespace(name="x")
    monkeypatch.setattr(augmentations, "real_run", lambda desk, way: names.append(way) or run)
    monkeypatch.setattr(augmentations, "run_as_yaml", lambda run: "name: x\n")
    monkeypatch.setattr(
        augmentations, "measure", lambda films, path, **more: names.append(films.name)
    )
    augmentations.profile(desk, augmentations.REAL)
    assert names == ["profile", "guangzhou.yaml"]
    assert "profile" not in WAYS  # a run of that name has settings of its own


def test_nothing_is_done_twice_and_models_of_home_are_judged_together(tmp_path, monkeypatch):
    asked: list[str] = []

    def judged(desk: Desk, setting: str, ways: list[str]) -> None:
        asked.append(f"judge {setting} {' '.join(ways)}")
        for way in ways:
            desk.record(setting, way).parent.mkdir(exist_ok=True, parents=True)
            three = [0.8, 0.7, 0.9]
            said = {"size": asdict(SIZE), "start": three, "auroc": three, "minus": {}}
            desk.record(setting, way).write_text(json.dumps(said))

    monkeypatch.setattr(augmentations, "ready", lambda desk, setting: None)
    monkeypatch.setattr(augmentations, "run_of", lambda desk, setting, way: (way, None))
    monkeypatch.setattr(augmentations, "teach", lambda way, change: asked.append(way))
    monkeypatch.setattr(augmentations, "judge", judged)
    monkeypatch.setattr(augmentations, "write_records", lambda desk, setting, seconds: None)
    words = ["--small", "--home", str(tmp_path / "home"), "--page", str(tmp_path / "page.md")]
    augmentations.main([*words, "--only", "blur-home-none", "blur-home-site", "noise-local-timm"])
    assert asked == ["none", "site", "judge blur-home none site", "timm", "judge noise-local timm"]
    asked.clear()
    augmentations.main([*words, "--only", "blur-home"])
    assert asked == ["timm", "monai", "generic", "judge blur-home timm monai generic"]
    asked.clear()
    augmentations.main([*words, "--only", "guangzhou", "--hours", "-1"])
    assert asked == []
    assert "| blur-home | site | 0.800 (0.700 to 0.900) |" in (tmp_path / "page.md").read_text()
    assert list(WAYS) == ["none", "timm", "monai", "generic", "site"]


def test_a_trial_does_not_write_over_the_results(capsys):
    with pytest.raises(SystemExit):
        augmentations.main(["--small"])
    assert "is no result" in capsys.readouterr().err
