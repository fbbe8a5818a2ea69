from __future__ import annotations

import albumentations as A
import numpy as np
import pytest

from medtune.errors import DataError
from medtune.vision.windowed_noise import Window, WindowedNoise, field

GREY = np.full((96, 80, 1), 0.5, np.float32)


def noise_of(seed: int, film: np.ndarray = GREY, **said: object) -> np.ndarray:
    pipeline = A.Compose([WindowedNoise(p=1.0, **said)])
    pipeline.set_random_seed(seed)
    return pipeline(image=film)["image"] - film


def test_noise_is_as_strong_as_that_of_albumentations_and_of_every_pixel_alone():
    known = A.Compose([A.GaussNoise(std_range=(0.02, 0.02), p=1.0)])
    theirs = known(image=GREY)["image"] - GREY
    ours = noise_of(3, std_range=(0.02, 0.02))
    assert ours.dtype == np.float32
    assert ours.std() == pytest.approx(theirs.std(), rel=0.03)
    assert abs(ours.mean()) < 4 * 0.02 / np.sqrt(ours.size)
    flat = ours[..., 0]
    for one, other in ((flat[1:], flat[:-1]), (flat[:, 1:], flat[:, :-1])):
        assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 0.05
    tails = np.abs(ours) > 2 * 0.02
    assert tails.mean() == pytest.approx(0.0455, abs=0.01)


def test_each_seed_has_a_pattern_and_a_strength_of_its_own():
    drawn = [noise_of(seed)[..., 0] for seed in range(24)]
    strengths = np.array([one.std() for one in drawn])
    assert strengths.min() > 0.0045
    assert strengths.max() < 0.022
    assert strengths.std() > 0.002
    together = np.corrcoef([one.ravel() for one in drawn])
    assert np.abs(together[~np.eye(24, dtype=bool)]).max() < 0.06
    assert np.array_equal(noise_of(5), noise_of(5))


def test_windows_reach_every_part_of_the_field_and_either_sign():
    pipeline = A.Compose([WindowedNoise(std_range=(0.01, 0.01), p=1.0)])
    pipeline.set_random_seed(0)
    drawn = [pipeline.transforms[0].drawn(4, 4) for _ in range(400)]
    assert {one.row for one in drawn} == {one.column for one in drawn} == set(range(5))
    assert {one.strength for one in drawn} == {-0.01, 0.01}
    assert field(4, 4).shape == (8, 8)
    assert field(4, 4)[Window(1.0, 4, 4).of((4, 4))].shape == (4, 4)
    assert np.array_equal(field(4, 4), field.__wrapped__(4, 4))


def test_greys_stay_in_range_all_channels_agree_and_masks_are_not_touched():
    film = np.linspace(0, 1, 96 * 80, dtype=np.float32).reshape(96, 80, 1).repeat(3, axis=2)
    mask = np.eye(96, 80, dtype=np.uint8)
    pipeline = A.Compose([WindowedNoise(std_range=(0.2, 0.2), p=1.0)])
    changed = pipeline(image=film, mask=mask)
    assert np.array_equal(changed["mask"], mask)
    assert changed["image"].min() == 0
    assert changed["image"].max() == 1
    assert np.array_equal(changed["image"][..., 0], changed["image"][..., 2])
    assert pipeline(image=film[..., 0])["image"].shape == (96, 80)
    with pytest.raises(DataError, match="float32 in"):
        pipeline(image=(255 * film).astype(np.uint8))


def test_a_pipeline_is_written_down_and_made_anew():
    pipeline = A.Compose([WindowedNoise(std_range=(0.004, 0.006), p=0.7)])
    again = A.from_dict(A.to_dict(pipeline))
    assert (again.transforms[0].std_range, again.transforms[0].p) == ((0.004, 0.006), 0.7)
