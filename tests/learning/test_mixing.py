"""Two cases made into one: pictures and labels alike, and what is unknown stays unknown."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from medtune.config import Training
from medtune.learning.mixing import cutmix, mix_as_asked, mixup
from medtune.learning.task import Batch

CASES = 16


def a_batch(views: int = 2, height: int = 12, width: int = 20, cases: int = CASES) -> Batch:
    """Case i is a picture of the value i throughout."""
    rng = np.random.default_rng(0)
    targets = torch.from_numpy(rng.random((cases, 3)).round().astype(np.float32))
    known = torch.from_numpy(rng.random((cases, 3)) < 0.6)
    inputs = torch.arange(cases).float()[:, None, None, None, None]
    return Batch(
        inputs.expand(cases, views, 1, height, width).clone(),
        targets.where(known, torch.tensor(float("nan"))),
        known,
        [f"case {i}" for i in range(cases)],
    )


def others_of(seed: int, cases: int = CASES):
    return np.random.default_rng(seed).permutation(cases)


def assert_mixed_alike(batch: Batch, mixed: Batch, others, share: float) -> None:
    """Targets against plain arithmetic in a loop."""
    for i, j in enumerate(others):
        for f in range(3):
            both = bool(batch.known[i, f]) and bool(batch.known[j, f])
            assert bool(mixed.known[i, f]) == both
            if both:
                expected = share * batch.targets[i, f] + (1 - share) * batch.targets[j, f]
                assert float(mixed.targets[i, f]) == pytest.approx(float(expected))
    assert mixed.known.any()
    assert (batch.known & ~mixed.known).any()
    assert torch.isfinite(mixed.targets[mixed.known]).all()


def test_mixup_is_the_weighted_mean_of_pictures_and_labels():
    batch = a_batch()
    mixed = mixup(batch, 0.3, np.random.default_rng(7))
    others = others_of(7)
    expected = 0.3 * np.arange(CASES) + 0.7 * others
    torch.testing.assert_close(
        mixed.inputs, torch.from_numpy(expected).float()[:, None, None, None, None]
        .expand_as(batch.inputs)
    )  # fmt: skip
    assert_mixed_alike(batch, mixed, others, 0.3)
    assert mixed.case_id == batch.case_id
    assert mixed.inputs.dtype == torch.float32


@pytest.mark.parametrize("mix", [mixup, cutmix])
def test_where_one_parent_is_all_its_labels_are_and_no_other(mix):
    batch = a_batch()
    same = mix(batch, 1.0, np.random.default_rng(1))
    assert torch.equal(same.inputs, batch.inputs)
    assert torch.equal(same.known, batch.known)
    assert torch.equal(same.targets[same.known], batch.targets[batch.known])
    if mix is mixup:
        others = others_of(1)
        other = mixup(batch, 0.0, np.random.default_rng(1))
        assert torch.equal(other.known, batch.known[others])
        assert torch.equal(other.targets[other.known], batch.targets[others][other.known])


@pytest.mark.parametrize("seed", range(12))
def test_the_labels_of_cutmix_follow_the_area_that_is_left(seed):
    batch = a_batch()
    mixed = cutmix(batch, 0.6, np.random.default_rng(seed))
    others = others_of(seed)
    moved = others != np.arange(CASES)
    own = mixed.inputs == batch.inputs
    assert (own | (mixed.inputs == batch.inputs[others])).all()
    left = own[moved].float().mean((1, 2, 3, 4))
    assert len(left.unique()) == 1
    assert 0.6 - 0.08 <= float(left[0]) < 1
    assert_mixed_alike(batch, mixed, others, float(left[0]))
    where = ~own[int(np.flatnonzero(moved)[0]), :, 0]
    assert torch.equal(where[0], where[1]), "each view has the same box"
    rows, columns = (where[0].any(side).nonzero().numpy() for side in (1, 0))
    assert int(where[0].sum()) == (np.ptp(rows) + 1) * (np.ptp(columns) + 1), "a whole box"


def test_boxes_that_are_not_cut_off_have_the_asked_area_and_lie_anywhere():
    batch = a_batch(views=1, height=100, width=100, cases=2)
    areas, covered = [], torch.zeros(100, 100)
    for seed in range(150):
        mixed = cutmix(batch, 0.75, np.random.default_rng(seed))
        if others_of(seed, 2)[0] == 1:
            box = (mixed.inputs[0] != batch.inputs[0])[0, 0]
            areas.append(float(box.float().mean()))
            covered += box
    assert max(areas) == pytest.approx(0.25)
    assert np.isclose(areas, 0.25).sum() > len(areas) / 10
    assert (covered > 0).all()


@pytest.mark.parametrize("alphas", [{"mixup": 0.4}, {"cutmix": 1.0}, {"mixup": 0.4, "cutmix": 1.0}])
def test_mixing_is_a_function_of_the_seed_and_touches_no_other_generator(alphas):
    batch, training = a_batch(), Training(**alphas)
    torch_before, numpy_before = torch.get_rng_state(), np.random.get_state()[1].copy()
    once = mix_as_asked(batch, training, 5)
    assert torch.equal(torch.get_rng_state(), torch_before)
    assert (np.random.get_state()[1] == numpy_before).all()
    torch.rand(1)
    np.random.rand()
    again = mix_as_asked(batch, training, 5)
    assert torch.equal(once.inputs, again.inputs)
    assert torch.equal(once.known, again.known)
    assert torch.equal(once.targets[once.known], again.targets[again.known])
    assert not torch.equal(once.inputs, mix_as_asked(batch, training, 6).inputs)
    assert torch.equal(batch.inputs, a_batch().inputs), "the batch itself is left as it is"


def test_nothing_asked_is_nothing_done():
    batch = a_batch()
    assert mix_as_asked(batch, Training(), 0) is batch


def test_of_both_each_is_taken_by_half_of_the_batches_and_shares_are_of_beta():
    many, two = a_batch(views=1, height=8, width=8), a_batch(height=2, width=2, cases=2)
    cut, shares = 0, []
    for seed in range(600):
        inputs = mix_as_asked(many, Training(mixup=0.4, cutmix=1.0), seed).inputs
        cut += torch.equal(inputs, inputs.round())  # pasted whole numbers stay whole
        value = float(mix_as_asked(two, Training(mixup=0.4), seed).inputs[0].mean())
        if value > 0:  # it met the other
            shares.append(1 - value)
    assert abs(cut - 300) < 4.5 * np.sqrt(600) / 2
    # Beta(a, a) has mean 1/2 and variance 1 / (4 (2 a + 1))
    assert np.mean(shares) == pytest.approx(0.5, abs=0.07)
    assert np.var(shares) == pytest.approx(1 / (4 * 1.8), rel=0.15)


def test_a_batch_of_one_stays_as_it_is():
    batch = a_batch(cases=1)
    for mix in (mixup, cutmix):
        mixed = mix(batch, 0.5, np.random.default_rng(0))
        assert torch.equal(mixed.inputs, batch.inputs)
        assert torch.equal(mixed.known, batch.known)


def test_a_box_too_small_for_a_pixel_leaves_labels_as_they_are():
    batch = a_batch(height=3, width=3)
    mixed = cutmix(batch, 0.95, np.random.default_rng(0))
    assert torch.equal(mixed.inputs, batch.inputs)
    assert torch.equal(mixed.known, batch.known)


@pytest.mark.parametrize("mix", [mixup, cutmix])
def test_mixing_stays_on_the_batchs_device(mix):
    """A meta tensor refuses to meet one of another device, as a GPU's does."""
    mixed = mix(a_batch().to("meta"), 0.5, np.random.default_rng(0))
    assert mixed.inputs.device.type == mixed.targets.device.type == "meta"
    assert mixed.known.device.type == "meta"
