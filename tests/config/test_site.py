"""A profile is read strictly, written readably, and read back as the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from medtune.config.explain import every_setting, is_section, schema_at
from medtune.config.site import Group, SiteProfile
from medtune.config.site_file import load_profile, profile_as_yaml
from medtune.errors import ConfigError

WHOLE: dict[str, Any] = {
    "site": "st-anna",
    "made_by": "medtune 0.1.0",
    "patients": {"films": 400, "patients": 300, "sex": {"F": 0.4, "M": 0.6}, "portable": 0.2},
    "groups": [
        {
            "scanner": "Siemens 1",
            "view": "PA",
            "portable": False,
            "films": 400,
            "measured": 300,
            "side": 512,
            "pixel_spacing": {"middle": 0.14, "spread": 0.0},
            "exposure_index": {"middle": 300.0, "spread": 60.0},
            "bits": 12,
            "windows": {"films": 1.0, "lut": 0.0},
            "greys": {
                "middle": [0.01, 0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 1.0],
                "spread": [0.01] * 9,
                "black": 0.05,
                "white": 0.0,
            },
            "noise": {"deviation": [None] + [0.01] * 9, "correlation": 0.4, "spread": 0.1},
            "sharpness": {"power": [-5.0] * 17 + [None], "spread": 0.1, "noise": 1e-4,
                          "correlation": 0.4},
            "lines": {"films": 0.5, "along": "down", "period": 6.5, "depth": 0.01},
            "borders": {"films": 0.5, "sides": [0.1, 0.2, 0.3, 0.4]},
            "letters": {"films": 0.9, "text": 0.0,
                        "places": [{"row": 0, "column": 7, "films": 0.6}]},
            "placement": {"degrees": 2.0, "zoom": 0.1, "shift": 0.05},
        }
    ],
}  # fmt: skip


def write(folder: Path, values: Any) -> Path:
    path = folder / "site.yaml"
    path.write_text(yaml.safe_dump(values, sort_keys=False))
    return path


def changed(*where: str | int, to: Any) -> dict[str, Any]:
    values = yaml.safe_load(yaml.safe_dump(WHOLE))
    holder = values
    for part in where[:-1]:
        holder = holder[part]
    holder[where[-1]] = to
    return values


def test_a_profile_read_written_and_read_again_is_the_same(tmp_path: Path):
    profile = load_profile(write(tmp_path, WHOLE))
    again = tmp_path / "again.yaml"
    again.write_text(profile_as_yaml(profile))
    assert load_profile(again) == profile
    assert len(again.read_text().splitlines()) < 60


def test_shares_that_are_left_out_are_read_back_as_such(tmp_path: Path):
    values = changed("groups", 0, "borders", to={"sides": [0.5, None, 0.0, None]})
    values["groups"][0] |= {
        "lines": {"along": "down", "period": 6.5, "depth": 0.01},
        "letters": {"text": 0.5, "places": [{"row": 0, "column": 7}]},
        "windows": {"lut": 0.5},
    }
    profile = load_profile(write(tmp_path, values))
    again = tmp_path / "again.yaml"
    again.write_text(profile_as_yaml(profile))
    assert load_profile(again) == profile
    group = profile.groups[0]
    assert group.lines.films is group.borders.films is group.letters.films is None
    assert group.borders.sides == [0.5, None, 0.0, None]


@pytest.mark.parametrize(
    ("where", "to", "said"),
    [
        (("groups", 0, "greys", "black"), 1.5, "'groups.greys.black' must be at most 1"),
        (("groups", 0, "noize"), {}, "Did you mean 'noise'?"),
        (("groups", 0, "lines", "along"), "left", "must be one of: down, across"),
        (("groups", 0, "view"), 3, "'groups.view' must be text"),
        (("groups",), [], "'groups' must be at least 1 long"),
        (("groups", 0, "greys", "middle"), [0.5] * 8 + [0.1], "greys of growing shares grow"),
        (("site",), "", "'site' must be"),
        (("site",), "north/south", "'site' must be"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, where, to, said: str):
    with pytest.raises(ConfigError) as caught:
        load_profile(write(tmp_path, changed(*where, to=to)))
    (problem,) = caught.value.problems
    assert problem.startswith("site.yaml, line ")
    assert said in problem


def test_a_file_that_is_not_there_is_told(tmp_path: Path):
    with pytest.raises(ConfigError, match="there is no such file"):
        load_profile(tmp_path / "nowhere.yaml")
    with pytest.raises(ConfigError, match="a site's profile is meant"):
        load_profile(tmp_path)


SETTINGS = [*every_setting(SiteProfile), *(f"groups.0.{name}" for name in every_setting(Group))]


@pytest.mark.parametrize("setting", [name for name in SETTINGS if name != "groups"])
def test_no_setting_takes_a_value_of_another_kind(tmp_path: Path, setting: str):
    where = tuple(int(part) if part.isdigit() else part for part in setting.split("."))
    kinds, field = schema_at(where, SiteProfile)
    assert field is not None
    assert str(field.description).endswith(".")
    assert len(str(field.description)) < 200
    wrong = "a word" if str not in kinds and not any(get_args(kind) for kind in kinds) else [[1]]
    if any(is_section(kind) for kind in kinds):
        wrong = 7
    values = changed(*where, to=wrong)
    with pytest.raises(ConfigError) as caught:
        load_profile(write(tmp_path, values))
    assert str(where[-1]) in caught.value.problems[0]
