"""``training.augmentation: site``: a run whose films are rendered after a profile."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from medtune.config.load import load_run
from medtune.config.run import Run
from medtune.config.site_file import load_profile
from medtune.errors import ConfigError, DataError, RunError
from medtune.phantom import SOUTH, write_hospital
from medtune.run_folder import RunFolder
from medtune.workflow.cases import gather
from medtune.workflow.look import look
from medtune.workflow.site import measure
from medtune.workflow.site_style import site_pipeline
from medtune.workflow.teaching import drawn, prepared, teaching

SETTINGS = ["model.weights=none", "evaluation.compare_with=[frozen_backbone]",
            "evaluation.primary.compared_with=frozen_backbone"]  # fmt: skip


@pytest.fixture(scope="module")
def home(hospitals: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The second hospital, whose run renders its films as the first's."""
    home = tmp_path_factory.mktemp("styled") / "home"
    home.mkdir()
    shutil.copytree(hospitals / "south", home / "south")
    shutil.copy(hospitals / "south.yaml", home)
    (home / "sites").mkdir()
    measure(hospitals / "north/dicom", home / "sites/north.yaml", site="north", most_films=12,
            show=False)  # fmt: skip
    return home


def run_of(home: Path, *settings: str) -> Run:
    return load_run(home / "south.yaml", [*SETTINGS, *settings])


STYLED = ("site=sites/north.yaml", "training.augmentation=site")


def test_a_profile_names_the_site_and_is_found_beside_the_run_file(home: Path):
    run = run_of(home, *STYLED)
    assert run.site_name == "north"
    assert Path(run.site) == home / "sites/north.yaml"
    assert run_of(home).site_name == "south"


def test_what_cannot_be_is_told(home: Path):
    with pytest.raises(ConfigError, match="'site' names no profile"):
        run_of(home, "training.augmentation=site")
    with pytest.raises(ConfigError, match=r"no such file.*Did you mean 'north.yaml'"):
        run_of(home, "site=sites/norht.yaml")


def test_films_are_drawn_in_the_style_and_kept_so_for_the_run(home: Path, tmp_path: Path):
    shutil.copytree(home, tmp_path / "home")
    run = run_of(tmp_path / "home", *STYLED)
    taught = teaching(run, show=False)
    numbers = list(range(8))
    once = drawn(run, taught, numbers, 0)
    assert np.array_equal(once, drawn(run, teaching(run, show=False), numbers, 0))
    assert not np.array_equal(once, drawn(run, taught, numbers, 1))
    assert np.abs(once - prepared(taught, numbers)).mean() > 0.01
    assert once.dtype == np.float32

    folder = RunFolder(run.runs / run.name)
    assert not folder.site.exists()  # nothing was begun


def test_the_profile_of_a_begun_run_may_not_change(home: Path, tmp_path: Path):
    from medtune.workflow.train import train

    shutil.copytree(home, tmp_path / "home")
    quick = ("training.epochs=1", "training.head_epochs=1", "data.train_studies=20")
    run = run_of(tmp_path / "home", *STYLED, *quick)
    train(run, show=False)
    folder = RunFolder(run.runs / run.name)
    assert load_profile(folder.site) == load_profile(run.site)
    assert load_profile(folder.films_before).groups[0].measured >= 10
    text = Path(run.site).read_text().replace("degrees: ", "degrees: 1")
    Path(run.site).write_text(text)
    with pytest.raises(RunError, match=r"north.yaml has changed"):
        teaching(run, show=False)


def test_training_films_are_measured_as_a_site_is_and_not_on_the_stores_few_pixels(
    home: Path, tmp_path: Path
):
    write_hospital(tmp_path / "east", SOUTH, patients=24, seed=5, size=256)
    site = measure(tmp_path / "east/dicom", tmp_path / "east.yaml", smallest_cell=1, show=False)
    whole = max(site.profile.groups, key=lambda group: group.films)
    east, profile = tmp_path / "east", tmp_path / "east.yaml"
    settings = [f"data.images={east / 'dicom'}", f"data.labels={east / 'labels.csv'}"]
    settings += [f"data.work={tmp_path / 'work'}", f"runs={tmp_path / 'runs'}", f"site={profile}"]
    settings += ["training.augmentation=site", "model.image_size=32"]
    run = run_of(home, *settings)
    folder = RunFolder(run.runs / run.name)
    folder.path.mkdir(parents=True)
    site_pipeline(run, gather(run, show=False).cases, keep=True)
    films = load_profile(folder.films_before).groups[0]
    assert films.side == whole.side == 256
    assert films.noise is not None
    assert whole.noise is not None
    assert films.noise.deviation == pytest.approx(whole.noise.deviation, rel=0.1)


def test_training_films_that_cannot_be_read_any_more_are_not_taken_for_the_sites_own(
    home: Path, tmp_path: Path
):
    shutil.copytree(home, tmp_path / "home")
    run = run_of(tmp_path / "home", *STYLED)
    taught = teaching(run, show=False)
    for film in (tmp_path / "home/south/dicom").rglob("*.dcm"):
        film.unlink()
    with pytest.raises(DataError, match="of the 60 chosen only 0 can be read"):
        site_pipeline(run, taught.films, keep=False)


@pytest.mark.slow
def test_look_shows_it(home: Path, tmp_path: Path):
    shutil.copytree(home, tmp_path / "home")
    run = run_of(tmp_path / "home", *STYLED)
    looked = look(run, per_group=1, show=False)
    page = looked.page.read_text()
    assert "augmentation: site" in page
    assert str(tmp_path) not in page
