"""Every run file that comes with the project is a run."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from medtune.config.load import load_run
from medtune.config.model import AdaptMethod
from medtune.config.site_file import load_profile

CONFIGS = Path(__file__).parents[2] / "configs"
METHODS = CONFIGS / "xray/methods"


@pytest.mark.parametrize(
    "path",
    sorted(set(CONFIGS.rglob("*.yaml")) - set(CONFIGS.glob("sites/*"))),
    ids=lambda path: str(path.relative_to(CONFIGS)),
)
def test_it_can_be_read(path: Path):
    run = load_run(path, files_must_exist=False)
    assert run.evaluation.model_names()


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("sites/*.yaml")), ids=lambda path: path.name)
def test_a_profile_can_be_read_and_says_where_its_figures_come_from(path: Path):
    profile = load_profile(path)
    assert profile.site == path.stem
    assert all(group.sources for group in profile.groups)


@pytest.mark.parametrize("method", get_args(AdaptMethod))
def test_every_method_has_one_which_differs_by_the_method_alone(method: str):
    run = load_run(METHODS / f"{method}.yaml", files_must_exist=False)
    assert (run.name, run.model.adapt) == (method, method)
    start = load_run(METHODS / "local.yaml", files_must_exist=False)
    assert run.data == start.data
    assert run.evaluation == start.evaluation
    assert run.model.model_copy(update={"adapt": start.model.adapt}) == start.model
