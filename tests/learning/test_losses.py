"""Each loss against another's, against float64 by hand, and against what must hold of all."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from timm.loss import AsymmetricLossMultiLabel
from torch.nn.functional import binary_cross_entropy_with_logits
from torchvision.ops import sigmoid_focal_loss

from medtune.config import Training
from medtune.learning.losses import asymmetric, focal, loss_of, masked_bce
from medtune.learning.weighting import MOST, balanced_weights

WEIGHTS = torch.tensor([0.5, 3.0, 11.0])
LOSSES = {
    "bce": masked_bce,
    "bce, weights": partial(masked_bce, positive_weights=WEIGHTS),
    "bce, smooth": partial(masked_bce, smoothing=0.2),
    "bce, both": partial(masked_bce, positive_weights=WEIGHTS, smoothing=0.2),
    "focal": focal,
    "focal, gamma 0.5": partial(focal, gamma=0.5, alpha=None),
    "focal, smooth": partial(focal, smoothing=0.2),
    "asymmetric": asymmetric,
    "asymmetric, no clip": partial(asymmetric, clip=0.0, gamma_negative=2.0, gamma_positive=0.0),
    "asymmetric, gamma 0.5": partial(asymmetric, gamma_negative=0.5),
    "asymmetric, smooth": partial(asymmetric, smoothing=0.2),
}
every = pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)


def a_batch(seed: int, cases: int = 40, soft: bool = True):
    """Logits, targets (of which some are soft) and known; NaN stands where nothing is known."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 4, (cases, 3))
    targets = (rng.random((cases, 3)) < 0.3).astype(float)
    if soft:
        targets[rng.random((cases, 3)) < 0.2] = 0.5
    known = rng.random((cases, 3)) < 0.7
    targets[~known] = np.nan
    return torch.tensor(logits).float(), torch.tensor(targets).float(), torch.tensor(known)


def by_hand(loss, logits, targets, known, *, smoothing=0.0):
    """The sum of a loss (p, t) over known targets in float64."""
    x, t = logits.double().numpy(), targets.double().numpy()
    t = t * (1 - smoothing) + smoothing / 2
    each = loss(1 / (1 + np.exp(-x)), t)
    return each[known.numpy()].sum()


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_bce_is_torchs_with_positive_weights(smoothing):
    x, t, known = a_batch(0)
    total, count = masked_bce(x, t, known, positive_weights=WEIGHTS, smoothing=smoothing)
    smooth = t * (1 - smoothing) + smoothing / 2
    theirs = binary_cross_entropy_with_logits(x, smooth, pos_weight=WEIGHTS, reduction="none")
    assert int(count) == int(known.sum())
    torch.testing.assert_close(total, theirs[known].sum())
    w = WEIGHTS.double().numpy()
    hand = by_hand(
        lambda p, t: -w * t * np.log(p) - (1 - t) * np.log(1 - p), x, t, known, smoothing=smoothing
    )
    assert float(total) == pytest.approx(hand, rel=1e-5)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0, 5.0])
@pytest.mark.parametrize("alpha", [None, 0.25, 0.9])
def test_focal_is_torchvisions(gamma, alpha):
    x, t, known = a_batch(1)
    total, count = focal(x, t, known, gamma=gamma, alpha=alpha)
    theirs = sigmoid_focal_loss(
        x[known], t[known], alpha=-1 if alpha is None else alpha, gamma=gamma
    )
    assert int(count) == int(known.sum())
    torch.testing.assert_close(total, theirs.sum())


def test_focal_is_the_papers_where_labels_are_certain():
    x, t, known = a_batch(2, soft=False)
    hand = by_hand(
        lambda p, t: np.where(
            t == 1, -0.25 * (1 - p) ** 2 * np.log(p), -0.75 * p**2 * np.log(1 - p)
        ),
        x, t, known,
    )  # fmt: skip
    assert float(focal(x, t, known)[0]) == pytest.approx(hand, rel=1e-5)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize(("negative", "positive", "clip"), [(4, 1, 0.05), (2, 0, 0.0), (1, 3, 0.2)])
def test_asymmetric_is_timms(negative, positive, clip, smoothing):
    x, t, known = a_batch(3)
    total, count = asymmetric(
        x, t, known,
        gamma_negative=negative, gamma_positive=positive, clip=clip, smoothing=smoothing,
    )  # fmt: skip
    theirs = AsymmetricLossMultiLabel(
        gamma_neg=negative, gamma_pos=positive, clip=clip, smoothing=smoothing, reduction="none"
    )(x, t)
    assert int(count) == int(known.sum())
    torch.testing.assert_close(total, theirs[known].sum(), rtol=1e-5, atol=0)


def test_asymmetric_is_the_papers_where_labels_are_certain():
    x, t, known = a_batch(4, soft=False)

    def each(p, t):
        shifted = np.maximum(p - 0.05, 0)
        return np.where(t == 1, -(1 - p) * np.log(p), -(shifted**4) * np.log(1 - shifted))

    assert float(asymmetric(x, t, known)[0]) == pytest.approx(by_hand(each, x, t, known), rel=1e-4)


def test_a_finding_missed_by_far_is_still_learnt_where_timms_gradient_ends():
    x = torch.tensor([[-30.0]], requires_grad=True)
    present = torch.ones(1, 1)
    total, _ = asymmetric(x, present, present.bool())
    total.backward()
    assert float(total.detach()) == pytest.approx(30)
    assert float(x.grad) == pytest.approx(-1)
    y = torch.tensor([[-30.0]], requires_grad=True)
    AsymmetricLossMultiLabel(reduction="sum")(y, present).backward()
    assert float(y.grad.abs()) < 1e-6


@every
def test_gradients_are_those_of_finite_differences(loss):
    x, t, known = a_batch(5, cases=6)
    x = (x / 2).double()  # values in float32 arithmetic: a wide step, a loose tolerance
    learnt = x.clone().requires_grad_()
    loss(learnt, t, known)[0].backward()
    step = 0.02
    for place in np.ndindex(*x.shape):
        up, down = x.clone(), x.clone()
        up[place] += step
        down[place] -= step
        slope = (loss(up, t, known)[0] - loss(down, t, known)[0]) / (2 * step)
        assert float(learnt.grad[place]) == pytest.approx(float(slope), abs=3e-3, rel=3e-3)


@every
@pytest.mark.parametrize("rubbish", [float("nan"), float("inf"), 7.0])
def test_what_is_unknown_has_no_loss_and_exactly_no_gradient(loss, rubbish):
    x, t, known = a_batch(6)
    t = t.where(known, torch.tensor(rubbish))
    x = x.where(known, torch.tensor(rubbish)).requires_grad_()
    total, count = loss(x, t, known)
    total.backward()
    assert torch.isfinite(total)
    assert bool((x.grad[~known] == 0).all())
    assert bool((x.grad[known] != 0).any())
    x = x.detach()
    clean, same = loss(torch.zeros_like(x).where(~known, x), torch.nan_to_num(t), known)
    assert (float(clean), int(same)) == (float(total.detach()), int(count))
    nothing, none = loss(x, t, torch.zeros_like(known))
    assert (float(nothing), int(none)) == (0, 0)


@every
@given(cut=st.integers(0, 40), seed=st.integers(0, 50))
@settings(max_examples=10, deadline=None)
def test_two_halves_add_up_to_the_whole(loss, cut, seed):
    x, t, known = a_batch(seed)
    whole, count = loss(x, t, known)
    first, some = loss(x[:cut], t[:cut], known[:cut])
    second, others = loss(x[cut:], t[cut:], known[cut:])
    assert int(some + others) == int(count)
    torch.testing.assert_close(first + second, whole, rtol=1e-4, atol=1e-4)


@every
def test_extreme_logits_have_finite_losses_and_gradients(loss):
    x = torch.tensor([[-200.0, 200.0, 0.0], [200.0, -200.0, -88.0]], requires_grad=True)
    for t in (torch.zeros(2, 3), torch.ones(2, 3), torch.full((2, 3), 0.5)):
        x.grad = None
        total, _ = loss(x, t, torch.ones(2, 3, dtype=torch.bool))
        total.backward()
        assert torch.isfinite(total)
        assert bool(torch.isfinite(x.grad).all())


@every
def test_half_precision_logits_are_judged_in_float32(loss):
    x, t, known = a_batch(7)
    total, _ = loss(x.bfloat16(), t, known)
    assert total.dtype == torch.float32
    assert float(total) == float(loss(x.bfloat16().float(), t, known)[0])


@pytest.mark.parametrize(
    ("settings", "same"),
    [
        ({}, masked_bce),
        ({"label_smoothing": 0.1}, partial(masked_bce, smoothing=0.1)),
        (
            {"positive_weights": "balanced", "label_smoothing": 0.1},
            partial(masked_bce, positive_weights=WEIGHTS, smoothing=0.1),
        ),
        ({"loss": "focal"}, partial(focal, gamma=2, alpha=0.25)),
        (
            {"loss": "asymmetric"},
            partial(asymmetric, gamma_negative=4, gamma_positive=1, clip=0.05),
        ),
        ({"loss": "asymmetric", "label_smoothing": 0.2}, partial(asymmetric, smoothing=0.2)),
    ],
    ids=["bce", "smooth", "balanced", "focal", "asymmetric", "asymmetric, smooth"],
)
def test_the_settings_choose_the_loss(settings, same):
    x, t, known = a_batch(8)
    weights = WEIGHTS if "positive_weights" in settings else None
    chosen = loss_of(Training(**settings), weights)
    assert float(chosen(x, t, known)[0]) == float(same(x, t, known)[0])


def test_balanced_weights_are_absent_by_present_of_what_is_known():
    nan = np.nan
    targets = np.array([
        [1, 0, 0, 0.5, nan],
        [0, 0, 1, 0.0, nan],
        [0, 0, 1, 0.0, 1],
        [0, nan, nan, nan, nan],
    ])  # fmt: skip
    known = ~np.isnan(targets)
    # 3 by 1; never present; 1 by 2; 2.5 by 0.5; never absent
    np.testing.assert_allclose(balanced_weights(targets, known), [3, 1, 0.5, 5, 1])


def test_balanced_weights_have_an_end_and_make_both_sides_equal():
    rare = np.zeros((1000, 3))
    rare[0, 0], rare[:999, 1], rare[:100, 2] = 1, 1, 1
    known = np.ones_like(rare, bool)
    weights = balanced_weights(rare, known)
    np.testing.assert_allclose(weights, [MOST, 1 / MOST, 9])
    logits, targets = torch.zeros(1000, 3), torch.from_numpy(rare)
    logits.requires_grad_()
    masked_bce(
        logits, targets, torch.from_numpy(known), positive_weights=torch.from_numpy(weights)
    )[0].backward()
    assert float(logits.grad[:, 2].sum()) == pytest.approx(0, abs=1e-4)


@every
def test_a_loss_stays_on_its_logits_device(loss):
    """A meta tensor refuses to meet one of another device, as a GPU's does."""
    total, count = loss(*(tensor.to("meta") for tensor in a_batch(9)))
    assert total.device.type == count.device.type == "meta"
