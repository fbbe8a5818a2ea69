"""Physics in any ``A.Compose``: reproducible, at full depth, and the picture alone."""

from __future__ import annotations

import albumentations as A
import numpy as np
import pytest

from medtune.errors import DataError
from medtune.films.measure.letters import letters
from medtune.films.physics import Imaging, Letter
from medtune.vision.transforms import (
    CollimatorBorder,
    CoverMarkers,
    GridArtefact,
    QuantumNoise,
    ResponseCurve,
    SideMarker,
    SystemBlur,
)

EVERY = [ResponseCurve, SystemBlur, QuantumNoise, GridArtefact, CollimatorBorder, SideMarker]
RNG = np.random.default_rng(0)
FILM = np.clip(
    np.linspace(0.1, 0.9, 96 * 128).reshape(96, 128) + RNG.normal(0, 0.02, (96, 128)), 0.01, 0.99
).astype(np.float32)


@pytest.mark.parametrize("kind", EVERY)
def test_a_function_of_film_and_seed_at_full_depth(kind):
    pipeline = A.Compose([kind(p=1.0)], seed=0)

    def drawn(seed: int) -> np.ndarray:
        pipeline.set_random_seed(seed)
        return pipeline(image=FILM[..., None])["image"]

    one = drawn(3)
    drawn(4)
    assert np.array_equal(one, drawn(3))
    assert any(not np.array_equal(one, drawn(seed)) for seed in range(5, 9))
    assert one.shape == (96, 128, 1)
    assert one.dtype == np.float32
    assert 0 <= one.min() < one.max() <= 1
    assert len(np.unique(one)) > 3000
    assert not np.array_equal(one[..., 0], FILM)


@pytest.mark.parametrize("kind", [*EVERY, CoverMarkers])
def test_masks_and_keypoints_stay_where_they_are(kind):
    pipeline = A.Compose([kind(p=1.0)], keypoint_params=A.KeypointParams(format="xy"), seed=0)
    mask = (FILM > 0.5).astype(np.uint8)
    points = [(10.0, 20.0), (100.0, 50.0)]
    found = pipeline(image=FILM[..., None], mask=mask, keypoints=points)
    assert np.array_equal(found["mask"], mask)
    np.testing.assert_allclose(found["keypoints"], points)


@pytest.mark.parametrize("kind", EVERY)
def test_beside_other_transforms_and_in_every_channel(kind):
    pipeline = A.Compose([A.CenterCrop(64, 64), kind(p=1.0)], seed=1)
    colour = np.repeat(FILM[..., None], 3, axis=-1)
    found = pipeline(image=colour)["image"]
    assert found.shape == (64, 64, 3)
    assert (found == found[..., :1]).all()
    assert A.Compose([kind(p=1.0)], seed=1)(image=FILM)["image"].shape == FILM.shape


def test_eight_bits_and_colours_are_refused():
    pipeline = A.Compose([ResponseCurve(p=1.0)])
    with pytest.raises(DataError, match="in 8 bits"):
        pipeline(image=(255 * FILM).astype(np.uint8))
    with pytest.raises(DataError, match="same picture in every channel"):
        pipeline(image=np.stack([FILM, FILM / 2, FILM], axis=-1))


def test_ranges_are_kept():
    noise = QuantumNoise(quanta=(1e6, 2e6), p=1.0)
    flat = np.full((128, 128), 0.5, np.float32)
    pipeline = A.Compose([noise], seed=0)
    spread = [float(pipeline(image=flat)["image"].std()) for _ in range(20)]
    exposure = np.exp(-1.5)
    expected = [1 / np.sqrt(quanta / 128**2 * exposure) / 3 for quanta in (2e6, 1e6)]
    assert min(spread) > 0.4 * expected[0]  # correlated noise is less
    assert max(spread) < 1.25 * expected[1]  # the logarithm bends
    lighter = A.Compose([ResponseCurve(gamma=(0.5, 0.8), p=1.0)], seed=0)
    assert all((lighter(image=FILM)["image"] >= FILM - 1e-5).all() for _ in range(10))


def test_letters_are_found_and_covered():
    film = np.full((256, 256), 0.3, np.float32)
    film += RNG.normal(0, 0.005, film.shape).astype(np.float32)
    marked = Imaging(printed=(Letter("R", 0.12, 0.1, 0.06),)).applied(film)
    assert len(letters(marked)) == 1
    covered = A.Compose([CoverMarkers(p=1.0)])(image=marked)["image"]
    assert len(letters(covered)) == 0
    assert np.abs(covered - film).max() < 0.06
