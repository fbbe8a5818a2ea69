"""What differs is said in words, with figures, the largest difference first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from medtune.config.site import SHARES, SiteProfile
from medtune.config.site_file import load_profile
from medtune.films.measure.comparison import differences, noise_level
from medtune.films.measure.sharpness import CYCLES

CONFIGS = Path(__file__).parents[3] / "configs"
MIDDLE = np.array(SHARES)
POWER = 3 - 3 * np.log10(CYCLES)


def profile(name: str, **changes: Any) -> SiteProfile:
    group = {
        "scanner": "scanner 1",
        "view": "PA",
        "films": 300,
        "measured": 300,
        "side": 512,
        "film_side": 400.0,
        "greys": {"middle": MIDDLE.tolist(), "spread": [0.05] * 9, "black": 0.1, "white": 0.0},
        "noise": {"deviation": [0.01] * 10, "correlation": 0.0, "spread": 0.1},
        "sharpness": {"power": POWER.tolist(), "spread": 0.1, "noise": 0.0, "correlation": 0.0},
        "borders": {"films": 0.2, "sides": [0.1] * 4},
        "letters": {"films": 0.8, "text": 0.0, "places": [{"row": 0, "column": 7, "films": 0.8}]},
        "placement": {"degrees": 2.0, "zoom": 0.05, "shift": 0.03},
        "bits": 12,
        **changes.pop("group", {}),
    }
    people = {
        "films": 300,
        "patients": 300,
        "sex": {"F": 0.5, "M": 0.5},
        "view": {"PA": 0.8, "AP": 0.2},
        "prevalence": {"effusion": 0.1},
        **changes,
    }
    return SiteProfile.model_validate(
        {"site": name, "made_by": "a test", "patients": people, "groups": [group]}
    )


def told(**changes: Any) -> list[str]:
    found = differences(profile("here"), profile("there", **changes))
    assert [d.size for d in found] == sorted((d.size for d in found), reverse=True)
    return [difference.sentence for difference in found]


def test_two_sites_that_are_alike():
    assert told() == []


def test_a_response_curve_is_told_as_a_power():
    greys = {"middle": (MIDDLE**1.6).tolist(), "spread": [0.05] * 9, "black": 0.1, "white": 0.0}
    (sentence,) = told(group={"greys": greys})
    assert sentence == (
        "Greys: there is darker, as here's greys to the power of 1.60 (median grey 0.50 and 0.33)."
    )


def test_noise_is_told_as_a_ratio_whatever_the_size_of_the_films():
    noise = {"deviation": [0.02] * 10, "correlation": 0.0, "spread": 0.1}
    (sentence,) = told(group={"noise": noise})
    assert "Noise: 2 times as much at there" in sentence
    assert "0.0100 at here, 0.0200 at there" in sentence
    halved = profile("half", group={"side": 256, "noise": {**noise, "deviation": [0.005] * 10}})
    assert noise_level(halved.groups[0]) == pytest.approx(noise_level(profile("x").groups[0]))


def test_noise_of_films_of_unlike_sizes_is_not_compared():
    small = {"side": 224, "noise": {"deviation": [0.03] * 10, "correlation": 0.0, "spread": 0.1}}
    (found,) = differences(profile("here"), profile("there", group=small))
    assert found.sentence.startswith("Noise: cannot be compared, since films have 512 pixels at he")
    assert found.amount is None


def test_a_blur_between_films_of_unlike_sizes_is_told_with_them():
    power = POWER - 4 * np.pi**2 * CYCLES**2 * (1.5 / 512) ** 2 / np.log(10)
    soft = {"power": power.tolist(), "spread": 0.1, "noise": 0.0, "correlation": 0.0}
    _noise, blur = sorted(told(group={"side": 256, "sharpness": soft}))
    assert blur.endswith("what made the smaller ones small is in it.")


def test_a_blur_is_told_in_millimetres():
    sigma = 1.5 / 512
    power = POWER - 4 * np.pi**2 * CYCLES**2 * sigma**2 / np.log(10)
    soft = {"power": power.tolist(), "spread": 0.1, "noise": 0.0, "correlation": 0.0}
    (sentence,) = told(group={"sharpness": soft})
    assert "there is softer than here" in sentence
    assert "1.2 mm" in sentence
    assert "1.5 pixels of 512" in sentence


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sex": {"F": 0.3, "M": 0.7}}, "Sex F: 50 % at here, 30 % at there."),
        ({"prevalence": {"effusion": 0.3}}, "Prevalence effusion: 10 % at here, 30 % at there."),
        ({"group": {"borders": {"films": 0.9, "sides": [0.5] * 4}}}, "Visible borders: on 20 %"),
        ({"group": {"letters": {"films": 0.8, "text": 0.0,
                                "places": [{"row": 7, "column": 0, "films": 0.8}]}}},
         "(here: top right; there: bottom left)"),
        ({"group": {"placement": {"degrees": 6.0, "zoom": 0.05, "shift": 0.03}}},
         "Rotation from film to film: 2° at here, 6° at there"),
        ({"group": {"bits": 10}}, "Bits stored: 12 at here, 10 at there."),
        ({"group": {"lines": {"films": 0.6, "along": "down", "period": 5.0, "depth": 0.01}}},
         "Grid lines: at here on the films of fewer than 10 patients, or on none; at there on "
         "60 % of the films."),
    ],
)  # fmt: skip
def test_each_difference_has_its_sentence(changes, said: str):
    (sentence,) = told(**changes)
    assert said in sentence


def test_where_no_view_is_at_both_the_largest_groups_are_compared():
    other = profile("there", group={"view": "AP", "bits": 10})
    (difference,) = differences(profile("here"), other)
    assert difference.subject == "PA and AP"


FEW = "on the films of fewer than 10 patients, or on none"


@pytest.mark.parametrize("part", ["borders", "letters", "lines"])
def test_what_a_profile_leaves_out_is_not_told_as_none(part: str):
    """None may be seen there, or too few: of few films that says nothing."""
    sentences = told(group={part: None})
    assert not [sentence for sentence in sentences if " 0 %" in sentence]
    if part != "lines":  # which the first has none of, either
        (sentence,) = sentences
        assert f"at here on {'80' if part == 'letters' else '20'} % of the films" in sentence
        assert f"at there {FEW}" in sentence
    few = profile("there", group={part: None, "measured": 11})
    assert differences(profile("here"), few) == []


def test_what_is_left_out_differs_by_the_least_that_it_can():
    other = profile("there", group={"borders": None, "measured": 100})
    (found,) = differences(profile("here"), other)
    assert found.topic == "borders"
    assert found.amount == pytest.approx(0.09 - 0.2)  # at most 9 of the 100 films have one
    nearly = profile("there", group={"borders": {"sides": [None] * 4}, "measured": 100})
    (found,) = differences(profile("here"), nearly)
    assert found.amount == pytest.approx(0.91 - 0.2)
    assert "at there on all films but those of fewer than 10 patients" in found.sentence


def test_letters_of_old_profiles_that_were_left_out_are_no_zero():
    old = {"films": 0.0, "text": 0.6, "places": []}
    (sentence,) = told(group={"letters": old})
    assert f"at there {FEW}" in sentence


def test_windows_that_are_not_told_are_not_compared():
    some = {"films": 0.5, "lut": 0.0}
    here = profile("here", group={"windows": some})
    assert differences(here, profile("there", group={"windows": {}})) == []
    (found,) = differences(here, profile("there", group={"windows": {"films": 1.0}}))
    assert "50 % of the films at here, 100 % at there" in found.sentence


def test_a_noise_of_nothing_is_not_compared():
    nothing = {"deviation": [0.0] * 10, "correlation": 0.0, "spread": 0.0}
    assert told(group={"noise": nothing}) == []
    assert differences(profile("a", group={"noise": nothing}), profile("b")) == []


def test_views_that_are_called_by_numbers_are_not_the_same_at_two_sites():
    groups = [
        profile(name, group={"view": view}).groups[0]
        for name, view in (("a", "PA"), ("b", "another view 1"))
    ]
    here = profile("here").model_copy(update={"groups": groups})
    far = [group.model_copy(update={"bits": 10}) for group in groups]
    there = profile("there").model_copy(update={"groups": far})
    assert [found.subject for found in differences(here, there)] == ["PA"]


def test_published_figures_of_detectors_are_compared():
    plates, panel = (
        load_profile(CONFIGS / "sites" / name)
        for name in ("computed-radiography.yaml", "csi-flat-panel.yaml")
    )
    said = {found.topic: found.sentence for found in differences(plates, panel)}
    names = (plates.site, panel.site)
    assert said["DQE"] == "DQE at low frequencies: 0.218 at {}, 0.6 at {}.".format(*names)
    assert said["exposure index"] == "Exposure index: 1000 at {}, 257 at {}.".format(*names)
    assert "MTF" not in said  # 1.25 and 1.29
    first, second = (
        profile(name, group={"detector": {"mtf_half_per_mm": at}})
        for name, at in (("here", 1.25), ("there", 3.0))
    )
    (found,) = differences(first, second)
    assert found.sentence == "MTF: 0.5 at 1.25 cycles a mm at here, 3 cycles a mm at there."
