"""Films in a site's style: as the profile says, reproducible, and in a batch as alone."""

from __future__ import annotations

import json
from pathlib import Path

import albumentations as A
import numpy as np
import pytest
import torch

from medtune.config.site import (
    SHARES,
    Borders,
    Group,
    Letters,
    Lines,
    Place,
    SiteProfile,
    Spread,
)
from medtune.config.site_file import load_profile
from medtune.films.matching import quantiles
from medtune.films.measure.film import measured
from medtune.films.measure.group import group_seen
from medtune.films.measure.sharpness import CYCLES
from medtune.films.physics import standard_normal
from medtune.phantom import shifted
from medtune.vision import site_batch
from medtune.vision.augment import change
from medtune.vision.site_augment import SiteStyle, site
from medtune.vision.site_batch import draw_site, render_batch, site_on_device
from medtune.vision.site_style import deviation_at, styles
from tests.films.measure.simulated import PLAIN, films_of

SIZE = 192
CONFIGS = Path(__file__).parents[2] / "configs"


def seen(films: np.ndarray, name: str) -> Group:
    patients = [f"G{n}" for n in range(len(films))]
    return group_seen((name, "PA", None), [measured(film) for film in films], patients, 10)


@pytest.fixture(scope="module")
def here() -> np.ndarray:
    return films_of(PLAIN, range(1, 13), SIZE).films


@pytest.fixture(scope="module")
def elsewhere() -> np.ndarray:
    """Darker, softer and noisier films of other patients."""
    machine = shifted(PLAIN, gamma=1.6, noise=1.8, blur=2.2)
    return films_of(machine, range(21, 33), SIZE).films


@pytest.fixture(scope="module")
def profile(elsewhere: np.ndarray) -> SiteProfile:
    group = seen(elsewhere, "there").model_copy(update={"portable": False})
    return SiteProfile(site="there", made_by="a test", groups=[group])


def test_films_take_the_style_of_the_site(here: np.ndarray, profile: SiteProfile):
    """Greys, noise and sharpness lie nearer to the site's than before."""
    pipeline = A.Compose([SiteStyle(profile, seen(here, "here"), marks=False, p=1.0)], seed=0)
    moved = np.stack([pipeline(image=film)["image"] for film in here for _ in range(2)])
    before, after, wanted = seen(here, "here"), seen(moved, "moved"), profile.groups[0]
    far = np.abs(np.array(before.greys.middle) - wanted.greys.middle).mean()
    near = np.abs(np.array(after.greys.middle) - wanted.greys.middle).mean()
    assert near < 0.5 * far
    grey = slice(2, 8)
    noise = [np.array(group.noise.deviation[grey], float) for group in (before, after, wanted)]
    assert np.median(noise[1] / noise[2]) == pytest.approx(1, abs=0.2)
    assert np.median(noise[0] / noise[2]) < 0.8
    bands = slice(6, 10)
    power = [np.array(group.sharpness.power[bands]) for group in (before, after, wanted)]
    assert np.abs(power[1] - power[2]).mean() < 0.7 * np.abs(power[0] - power[2]).mean()


def test_the_sites_own_films_move_within_what_was_measured(here: np.ndarray):
    own = seen(here, "here")
    home = SiteProfile(site="here", made_by="a test", groups=[own])
    (style,) = styles(home, None)
    assert not style.gain.any()
    assert np.array_equal(style.noise, style.own_noise)
    pipeline = A.Compose([SiteStyle(home, p=1.0)], seed=0)
    moved = np.stack([pipeline(image=here[0])["image"] for _ in range(12)])
    medians = [quantiles(film, np.asarray(SHARES))[4] for film in moved]
    assert np.std(medians) > 0.01
    assert np.std(medians) < 3 * own.greys.spread[4]


def test_a_change_depends_on_the_film_and_the_seed_alone(here: np.ndarray, profile: SiteProfile):
    apply = change(site(profile, seen(here, "here")))
    one = apply(here[0], 7)
    apply(here[0], 8)
    again = change(site(profile, seen(here, "here")))
    assert np.array_equal(one, again(here[0], 7))
    assert not np.array_equal(one, again(here[0], 8))
    assert one.dtype == np.float32
    assert 0 <= one.min() < one.max() <= 1
    assert len(np.unique(one)) > 3000


def test_a_batch_is_changed_as_each_film_alone(here: np.ndarray, profile: SiteProfile):
    group = profile.groups[0].model_copy(
        update={
            "borders": {"films": 0.7, "sides": [0.5] * 4,
                        "depth": {"middle": 0.05, "spread": 0.02}, "grey": 0.9},
            "letters": {"films": 0.8, "text": 0.0,
                        "places": [{"row": 0, "column": 7, "films": 0.6}]},
            "lines": {"films": 0.6, "along": "down", "period": 30.0, "depth": 0.01},
            "pixel_spacing": {"middle": 0.14, "spread": 0.0},
            "film_side": 370.0,
        }
    )  # fmt: skip
    full = SiteProfile.model_validate(
        {**profile.model_dump(), "groups": [group.model_dump(warnings=False)]}
    )
    own = seen(here, "here").model_dump()
    own["letters"] = {"films": 0.9, "text": 0.0, "places": [{"row": 0, "column": 0, "films": 0.9}]}
    pipeline = site(full, Group.model_validate(own))
    films = np.concatenate([here, here])
    drawn = [draw_site(pipeline, seed, SIZE) for seed in range(len(films))]
    styled = [one for _, one in drawn]
    for part in ("gain", "greys", "noise", "grid", "leaves"):
        assert any(getattr(one, part) is not None for one in styled), part
    assert any(one.lead for one in styled)
    assert any(one.boxes for one in styled)
    assert {one.beyond for one in styled if one.leaves is not None} == {0.9}
    batch = torch.from_numpy(films)[:, None, None]
    before = batch.clone()
    changed = render_batch(batch, drawn)
    assert torch.equal(batch, before)
    assert changed.shape == batch.shape
    apply = change(pipeline)
    alone = np.stack([apply(film, seed) for seed, film in enumerate(films)])
    differ = np.abs(changed[:, 0, 0].numpy() - alone)
    assert differ.mean() < 2e-3
    assert np.quantile(differ, 0.99) < 2e-2
    assert np.abs(films - alone).mean() > 20 * differ.mean()
    later = site_on_device(pipeline, SIZE)
    assert torch.equal(later(list(range(len(films))))(batch), changed)
    assert torch.equal(later([None] * len(films))(batch), batch)


def test_without_geometry_a_batch_is_the_same_to_rounding(here: np.ndarray, profile: SiteProfile):
    pipeline = site(profile, seen(here, "here"))
    pipeline.transforms[0].p = 0.0
    drawn = [draw_site(pipeline, seed, SIZE) for seed in range(len(here))]
    changed = render_batch(torch.from_numpy(here)[:, None, None], drawn)[:, 0, 0].numpy()
    apply = change(pipeline)
    alone = np.stack([apply(film, seed) for seed, film in enumerate(here)])
    assert np.quantile(np.abs(changed - alone), 0.999) < 1e-3


def test_the_noise_of_a_device_is_that_of_numpy():
    found = site_batch.standard_normal([0, 5, 2**32 - 1], (33, 40), "cpu").numpy()
    for field, seed in zip(found, (0, 5, 2**32 - 1), strict=True):
        np.testing.assert_allclose(field, standard_normal(seed, (33, 40)), atol=1e-4)


@pytest.mark.parametrize("grey", [0.0, 0.4, 1.0])
def test_borders_have_the_grey_that_the_sites_own_have(here: np.ndarray, grey: float):
    bordered = here[:12].copy()
    bordered[:, :15] = bordered[:, :, :20] = grey
    group = seen(bordered, "bordered")
    assert group.borders.grey == pytest.approx(grey, abs=0.01)
    profile = SiteProfile(site="bordered", made_by="a test", groups=[group])
    style = SiteStyle(profile, greys=False, sharpness=False, noise=False, p=1.0)
    pipeline = A.Compose([style], seed=1)
    corners = [pipeline(image=film)["image"][:4, :4] for film in here]
    assert np.median([corner.mean() for corner in corners]) == pytest.approx(grey, abs=0.02)


def test_a_style_is_replayed_and_written_down(here: np.ndarray, profile: SiteProfile):
    def style() -> SiteStyle:
        return SiteStyle(profile, seen(here, "here"), p=1.0)

    film = here[0]
    first = A.ReplayCompose([style()])(image=film)
    again = A.ReplayCompose.replay(first["replay"], image=film)["image"]
    np.testing.assert_array_equal(again, first["image"])
    read = A.from_dict(json.loads(json.dumps(A.to_dict(A.Compose([style()])))))
    read.set_random_seed(5)
    anew = A.Compose([style()], seed=5)
    np.testing.assert_array_equal(read(image=film)["image"], anew(image=film)["image"])


def test_keypoints_go_with_the_body_and_there_is_no_flip(here: np.ndarray, profile: SiteProfile):
    pipeline = site(profile)
    kinds = {type(transform).__name__ for transform in pipeline.transforms}
    assert kinds == {"Affine", "SiteStyle"}
    flipped = site(profile, flip="limbs have no side here")
    assert {type(t).__name__ for t in flipped.transforms} == kinds | {"HorizontalFlip"}
    placed = A.Compose(pipeline.transforms, keypoint_params=A.KeypointParams(format="xy"), seed=3)
    placed.transforms[0].p = 1.0
    dot = np.zeros_like(here[0])
    dot[60:64, 100:104] = 1
    placed.transforms[1].p = 0.0
    found = placed(image=dot[..., None], keypoints=[(101.5, 61.5)])
    rows, columns = np.nonzero(found["image"][..., 0] > 0.5)
    np.testing.assert_allclose(found["keypoints"][0], [columns.mean(), rows.mean()], atol=1)


def test_equipment_of_published_figures_blurs_and_makes_noise(here: np.ndarray):
    group = {
        "scanner": "a detector", "view": "PA", "films": 0, "measured": 0, "film_side": 430.0,
        "exposure_index": {"middle": 100.0, "spread": 0.0},
        "detector": {"mtf_half_per_mm": 0.3, "dqe": 0.3},
    }  # fmt: skip
    made = SiteProfile.model_validate({"site": "x", "made_by": "a test", "groups": [group]})
    (style,) = styles(made, seen(here, "here"))
    # at 0.3 cycles a mm, 129 over the side, half of the amplitude is left
    assert np.interp(np.log(129), np.log(CYCLES), style.gain) == pytest.approx(
        np.log(0.5), abs=0.05
    )
    quanta = 30174 * 0.3 * 430**2
    assert style.noise[4] == pytest.approx(1 / (3 * np.sqrt(quanta)), rel=0.1)
    assert style.greys is None


@pytest.mark.parametrize("name", ["csi-flat-panel", "computed-radiography"])
def test_profiles_of_typical_equipment_can_be_used_and_name_their_sources(name: str, here):
    made = load_profile(CONFIGS / "sites" / f"{name}.yaml")
    pipeline = site(made, seen(here, "here"))
    found = change(pipeline)(here[0], 3)
    assert found.shape == here[0].shape
    for style in styles(made, seen(here, "here")):
        deviation, _ = deviation_at(style.noise, style.correlation, 512)
        middle = float(deviation[4:6].mean())
        assert 0.0003 < middle < 0.004
        if name == "csi-flat-panel":
            assert middle == pytest.approx(0.002, abs=0.0003)


@pytest.mark.parametrize(
    ("sides", "drawn"),
    [
        ([None, None, None, None], {"top", "bottom", "left", "right"}),
        ([None, 0.0, 1.0, 0.0], {"top", "left"}),  # sometimes at the top, as elsewhere
        ([0.0, 0.0, 0.0, 1.0], {"right"}),
    ],
)
def test_borders_whose_shares_are_left_out_are_drawn(
    profile: SiteProfile, sides: list[float | None], drawn: set[str]
):
    borders = Borders(sides=sides, depth=Spread(middle=0.1, spread=0.0))
    lines = Lines(along="down", period=10.0, depth=0.01)
    letters = Letters(places=[Place(row=0, column=7)])
    group = profile.groups[0].model_copy(
        update={
            "borders": borders,
            "lines": lines,
            "letters": letters,
            "film_side": 400.0,
            "pixel_spacing": Spread(middle=2.0, spread=0.0),
        }
    )
    style = SiteStyle(profile.model_copy(update={"groups": [group]}), p=1.0)
    style.set_random_seed(0)
    draws = [style.drawn((SIZE, SIZE)) for _ in range(30)]
    assert all(draw.leaves is not None and draw.grid and draw.lead for draw in draws)
    for side in ("top", "bottom", "left", "right"):
        assert any(getattr(draw.leaves, side) > 0 for draw in draws) == (side in drawn)
    places = Group.model_validate(group.model_dump() | {"measured": 12})
    boxes = SiteStyle(profile, places, p=1.0)
    boxes.set_random_seed(0)
    assert any(boxes.drawn((SIZE, SIZE)).boxes for _ in range(10))
