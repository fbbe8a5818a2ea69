"""Disease takes the place of air, is where it belongs, and can be seen without being blatant."""

from __future__ import annotations

import numpy as np
import pytest

from medtune.phantom import NORTH, SOUTH, Hospital
from medtune.phantom.anatomy import Thorax, thorax
from medtune.phantom.body import Pose, draw_body, draw_pose
from medtune.phantom.imaging import attenuation, expose
from medtune.phantom.lesions import DRAW, FINDINGS, Finding


def patient(seed: int) -> tuple[Thorax, Pose]:
    rng = np.random.default_rng(seed)
    body = draw_body(rng, "FM"[seed % 2], int(rng.integers(20, 90)), rng.normal(26, 4))
    pose = draw_pose(rng, ("PA", "AP")[seed // 2 % 2])
    return thorax(body, pose, 320), pose


@pytest.fixture(scope="module")
def patients() -> list[tuple[Thorax, Pose]]:
    return [patient(seed) for seed in range(16)]


@pytest.mark.parametrize("finding", FINDINGS)
def test_fluid_takes_the_place_of_air(patients, finding: Finding):
    for seed, (chest, _) in enumerate(patients):
        fluid = DRAW[finding](chest, np.random.default_rng(seed))
        assert fluid.dtype == np.float32
        assert fluid.min() >= 0
        assert (fluid <= chest.air + 1e-4).all()
        assert fluid.max() > 0.5
        assert (attenuation(chest, fluid) >= attenuation(chest)).all()


def test_effusion_gathers_at_the_bottom_and_climbs_the_wall(patients):
    for seed, (chest, _) in enumerate(patients):
        fluid = DRAW["effusion"](chest, np.random.default_rng(seed))
        rows, columns = np.nonzero(fluid > 0.5)
        lungs = np.flatnonzero((chest.right + chest.left).max(axis=0) > 0.5)
        from_wall = np.minimum(columns - lungs[0], lungs[-1] - columns)
        tops = [rows[from_wall < 15].min(), rows[from_wall > 35].min(initial=320)]
        assert tops[0] < tops[1]
        lowest = max(
            np.nonzero(lung.max(axis=1) > 0.5)[0][-1] for lung in (chest.right, chest.left)
        )
        assert np.median(rows) > lowest - 0.45 * 320


def test_nodules_are_small_and_round(patients):
    for seed, (chest, _) in enumerate(patients):
        fluid = DRAW["nodule"](chest, np.random.default_rng(seed))
        area = (fluid > 0.2).sum() / chest.film.per_cm**2
        assert 0.3 < area < 3 * np.pi * 2.2**2


def test_lesions_are_of_many_sizes(patients):
    chest, _ = patients[0]
    for finding in FINDINGS:
        volumes = [DRAW[finding](chest, np.random.default_rng(s)).sum() for s in range(30)]
        assert np.quantile(volumes, 0.9) > 2 * np.quantile(volumes, 0.1), finding


def middle(chest: Thorax, finding: Finding, seed: int) -> np.ndarray:
    """Centre of the fluid, film cm."""
    fluid = DRAW[finding](chest, np.random.default_rng(seed))
    film = chest.film
    return np.array([(fluid * film.x).sum(), (fluid * film.y).sum()]) / fluid.sum()


@pytest.mark.parametrize("finding", FINDINGS)
def test_a_disease_stays_where_it_is_on_the_next_film(finding: Finding):
    body = draw_body(np.random.default_rng(3), "M", 50, 25)
    for seed in range(8):
        here, there = (draw_pose(np.random.default_rng(turn), "PA") for turn in (1, 2))
        one = middle(thorax(body, here, 320), finding, seed)
        again = middle(thorax(body, there, 320), finding, seed)
        finer = middle(thorax(body, here, 480), finding, seed)
        assert np.linalg.norm(one - again) < 4.0
        assert np.linalg.norm(one - finer) < 0.5


def detectability(chest: Thorax, pose: Pose, fluid: np.ndarray, hospital: Hospital) -> float:
    """Signal to noise of the ideal observer that knows where the lesion is: mean difference of
    the stored pictures over their noise, both measured, in the lesion's own region."""

    def films(depth: np.ndarray) -> np.ndarray:
        return np.stack([
            expose(
                depth, hospital.equipment, np.random.default_rng(1000 + turn), size=80,
                width_cm=pose.width,
            ).astype(float)
            for turn in range(6)
        ])  # fmt: skip

    without, with_it = films(attenuation(chest)), films(attenuation(chest, fluid))
    small = fluid.reshape(80, 4, 80, 4).mean(axis=(1, 3))
    region = small > 0.3 * small.max()
    difference = (with_it.mean(axis=0) - without.mean(axis=0))[region]
    noise = np.diff(without, axis=0)[:, region].std() / np.sqrt(2)
    return float(abs(difference.sum()) / (noise * np.sqrt(region.sum())))


@pytest.mark.parametrize("hospital", [NORTH, SOUTH], ids=lambda hospital: hospital.name)
@pytest.mark.parametrize("finding", FINDINGS)
def test_a_lesion_is_really_in_the_picture(patients, hospital: Hospital, finding: Finding):
    found = []
    for seed, (chest, pose) in enumerate(patients[:8]):
        fluid = DRAW[finding](chest, np.random.default_rng(seed))
        found.append(detectability(chest, pose, fluid, hospital))
    assert np.median(found) > 8
    assert min(found) > 1
