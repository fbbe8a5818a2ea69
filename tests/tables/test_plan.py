from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from medtune.errors import SealError
from medtune.tables.plan import declare_plan, departures, read_plan

SETTINGS = {
    "run": "south",
    "primary": {"finding": "no", "margin": 0.025, "reason": "agreed: 2 of 100"},
    "operating_point": {"opacity": {"sensitivity": 0.9}},
    "subgroups": ["sex"],
    "reference": None,
}


def test_a_plan_is_read_back_as_it_was_declared(tmp_path: Path):
    plan = declare_plan(tmp_path, SETTINGS)
    assert plan.settings == SETTINGS
    assert read_plan(tmp_path) == plan
    assert declare_plan(tmp_path, SETTINGS) == plan
    content = yaml.safe_load((tmp_path / "plan.yaml").read_text())
    assert set(content) == {"declared", "settings", "earlier", "sha256"}
    assert content["settings"] == SETTINGS


def test_a_plan_declared_anew_tells_of_the_one_given_up(tmp_path: Path):
    first = declare_plan(tmp_path, SETTINGS)
    second = declare_plan(tmp_path, {**SETTINGS, "subgroups": []})
    assert second.earlier == ({"declared": first.declared, "sha256": first.digest},)
    assert read_plan(tmp_path) == second


def test_what_departs_is_named_with_both_values_and_words_decide_nothing(tmp_path: Path):
    plan = declare_plan(tmp_path, SETTINGS)
    assert departures(plan, SETTINGS) == []
    other = {
        **SETTINGS,
        "primary": {"finding": "no", "margin": 0.0, "reason": "as ever"},
        "operating_point": {"opacity": {"specificity": 0.9}},
    }
    found = {each.setting: (each.declared, each.now) for each in departures(plan, other)}
    assert found == {
        "primary.margin": (0.025, 0.0),
        "operating_point.opacity.specificity": (None, 0.9),
        "operating_point.opacity.sensitivity": (0.9, None),
    }


@pytest.mark.parametrize("content", ["", "[]", "a: [", "sha256: 0\n", "declared: 1\n"])
def test_a_damaged_plan_is_refused(tmp_path: Path, content: str):
    (tmp_path / "plan.yaml").write_text(content)
    with pytest.raises(SealError, match=r"plan\.yaml was changed by hand"):
        read_plan(tmp_path)


def test_no_plan_is_none(tmp_path: Path):
    assert read_plan(tmp_path) is None
