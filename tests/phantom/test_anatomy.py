"""A thorax looks like one, and differs between people as thoraces do."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from medtune.phantom.anatomy import thorax
from medtune.phantom.body import Body, Pose, draw_body, draw_pose
from medtune.phantom.skeleton import bones

STRAIGHT = Pose("PA", source=180, turn=0, tilt=0, shift=(0, 0), inspiration=0.95)


def body(sex: str = "M", age: int = 40, mass: float = 24, seed: int = 0) -> Body:
    return draw_body(np.random.default_rng(seed), sex, age, mass)


def mean_of(field: str, **who: object) -> float:
    return float(np.mean([getattr(body(**who, seed=seed), field) for seed in range(60)]))


def test_sex_age_and_mass_change_the_body():
    assert mean_of("half_width", sex="M") > 1.05 * mean_of("half_width", sex="F")
    assert mean_of("breast", sex="F") > 1 > mean_of("breast", sex="M") == 0
    assert mean_of("bone", age=80) < 0.85 * mean_of("bone", age=30)
    assert mean_of("aorta", age=80) > mean_of("aorta", age=30) + 0.5
    assert mean_of("heart", age=80) > mean_of("heart", age=30) + 0.03
    assert mean_of("depth", mass=34) > mean_of("depth", mass=22) + 2


def test_the_parts_lie_where_they_belong():
    chest = thorax(body(), STRAIGHT, 320)
    upper, lower = slice(70, 150), slice(280, 320)
    left, middle, right = slice(60, 110), slice(150, 170), slice(210, 260)
    for lung in (left, right):
        assert chest.air[upper, lung].mean() > 8 > 1 > chest.air[upper, middle].mean()
        assert chest.air[lower, lung].max() < 0.5
    assert chest.right[:, 170:].max() == chest.left[:, :150].max() == 0
    assert chest.bone[upper, middle].mean() > 1.3 * chest.bone[upper, left].mean() > 0
    # the heart lies to the patient's left, which is the film's right
    heart = slice(170, 215)
    assert chest.air[heart, 175:195].mean() < 0.5 * chest.air[heart, 125:145].mean()
    for thickness in (chest.soft, chest.bone, chest.air):
        assert thickness.dtype == np.float32
        assert thickness.min() >= 0
        assert np.isfinite(thickness).all()


def cardiothoracic_ratio(person: Body, pose: Pose) -> float:
    """Greatest width of the heart's shadow over that of the lungs."""
    chest = thorax(person, pose, 320)
    heartless = thorax(replace(person, heart=0.01), pose, 320)
    heart = np.flatnonzero(((heartless.air - chest.air) > 0.3).any(axis=0))
    lungs = np.flatnonzero((chest.right + chest.left).max(axis=0) > 0.5)
    return float(np.ptp(heart) / np.ptp(lungs))


def test_the_heart_is_larger_on_a_bedside_film_and_in_heart_failure():
    bedside = replace(STRAIGHT, view="AP", source=115)
    usual, magnified = (
        np.mean([cardiothoracic_ratio(body(seed=seed), pose) for seed in range(6)])
        for pose in (STRAIGHT, bedside)
    )
    assert 0.38 < usual < 0.52
    assert magnified > 1.04 * usual
    assert cardiothoracic_ratio(replace(body(), heart=0.6), STRAIGHT) > usual + 0.08


def test_a_poor_breath_raises_the_diaphragm():
    deep, poor = (
        thorax(body(), replace(STRAIGHT, inspiration=breath), 160) for breath in (1.0, 0.6)
    )
    for side in (0, 1):
        assert poor.floors[side].min() < deep.floors[side].min() - 2


def test_rotation_parts_the_spine_from_the_breastbone():
    front = np.array([[0.0, 10.0]], dtype=np.float32)
    turned = replace(STRAIGHT, turn=0.2)
    assert turned.place(front, 9.0)[0, 0] - turned.place(front, -6.0)[0, 0] > 2.5
    assert STRAIGHT.place(front, 9.0)[0, 0] == pytest.approx(STRAIGHT.place(front, -6.0)[0, 0])


def test_bedside_poses_are_worse():
    draws = {
        view: [draw_pose(np.random.default_rng(seed), view) for seed in range(100)]
        for view in ("PA", "AP")
    }
    spread = {view: np.std([pose.turn for pose in poses]) for view, poses in draws.items()}
    breath = {view: np.mean([pose.inspiration for pose in poses]) for view, poses in draws.items()}
    assert spread["AP"] > 2 * spread["PA"]
    assert breath["AP"] < breath["PA"] - 0.08


def test_the_grid_does_not_change_the_patient():
    small, large = (thorax(body("F", 70, 30), STRAIGHT, pixels) for pixels in (320, 640))
    for field in ("soft", "air", "bone"):
        fine = cv2.resize(getattr(large, field), (320, 320), interpolation=cv2.INTER_AREA)
        off = np.abs(fine - getattr(small, field))
        assert np.mean(off) < 0.02 * np.ptp(fine), field


def test_old_bone_is_thinner():
    chest = thorax(body(), STRAIGHT, 160)
    old = replace(body(), bone=0.5 * body().bone)
    np.testing.assert_allclose(
        bones(old, STRAIGHT, chest.film), 0.5 * chest.bone, rtol=1e-5, atol=1e-5
    )
