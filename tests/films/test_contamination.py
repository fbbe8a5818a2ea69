from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from medtune.films.contamination import _Model, contamination


def hospital(
    n: int, seed: int, *, false: float = 0, missed: float = 0, strength: float = 2.5, clear=1.0
):
    """Labels drawn from what the films show; `clear`: share of findings that can be seen at all."""
    rng = np.random.default_rng(seed)
    true = rng.random(n) < 0.4
    seen = true & (rng.random(n) < clear)
    margin = rng.normal(np.where(seen, strength, -strength) / 2, 1) * strength
    wrong = rng.random(n) < np.where(true, missed, false)
    return margin, true != wrong, wrong, rng


def own_patients(n: int):
    return np.arange(n)


@pytest.mark.slow
def test_it_finds_the_share_that_was_planted():
    covered, off = [], []
    for seed in range(10):
        margin, label, wrong, _ = hospital(1500, seed, false=0.06, missed=0.15, strength=4)
        found = contamination(margin, label, own_patients(1500))
        for side, of in ((found.present, label), (found.absent, ~label)):
            covered.append(side.low <= wrong[of].mean() <= side.high)
            off.append(side.share - wrong[of].mean())
            assert side.p_value < 0.01
    assert np.mean(covered) >= 0.85  # of 20; over many simulations 0.90 to 1
    assert abs(np.mean(off)) < 0.01
    assert np.max(np.abs(off)) < 0.03


@pytest.mark.slow
def test_a_chance_of_being_wrong_is_what_it_says():
    parts = [hospital(1500, seed, false=0.06, missed=0.15) for seed in range(5)]
    said = np.concatenate([contamination(m, y, own_patients(1500)).wrong for m, y, *_ in parts])
    wrong = np.concatenate([part[2] for part in parts])
    for low, high in ((0.1, 0.4), (0.4, 0.7), (0.7, 0.95), (0.95, 1.0)):
        here = (said >= low) & (said <= high)
        assert abs(wrong[here].mean() - said[here].mean()) < 0.12


def alarms(margins_and_labels) -> float:
    """How often either value is suspected at 0.025."""
    found = [contamination(m, y, own_patients(len(y))) for m, y in margins_and_labels]
    return float(np.mean([min(f.present.p_value, f.absent.p_value) < 0.025 for f in found]))


@pytest.mark.slow
def test_clean_labels_are_seldom_suspected():
    clean = [hospital(400, s, strength=t)[:2] for s in range(10) for t in (1.5, 2.5)]
    assert alarms(clean) <= 0.1


@pytest.mark.slow
def test_a_long_tail_on_one_side_is_not_taken_for_wrong_labels():
    """A network that sees the absent half as sharply: every label is right."""
    clean = []
    for seed in range(15):
        rng = np.random.default_rng(seed)
        margin = rng.normal(0, 2.5, 500)
        clean.append((margin, rng.random(500) < expit(np.where(margin < 0, 0.7, 1.7) * margin)))
    assert alarms(clean) <= 0.1


def test_findings_that_do_not_show_at_all_cannot_be_told_from_wrong_labels():
    """What the docstring says: a tenth of the findings is on no film, and that share is found."""
    margin, label, *_ = hospital(1500, 0, strength=4, clear=0.9)
    found = contamination(margin, label, own_patients(1500))
    assert found.present.low < 0.1 < found.present.high
    assert found.absent.high < 0.01


def test_its_gradient_is_that_of_its_loss():
    margin, label, *_ = hospital(200, 0, false=0.1, missed=0.1)
    model = _Model(margin, label)
    at = np.array([0.3, 1.2, 0.4, 0.07, 0.11])
    _, gradient = model.loss(at)
    for place in range(5):
        step = np.zeros(5)
        step[place] = 1e-6
        slope = (model.loss(at + step)[0] - model.loss(at - step)[0]) / 2e-6
        assert gradient[place] == pytest.approx(slope, rel=1e-4)


def test_the_model_is_the_one_that_is_written():
    margin, label, *_ = hospital(200, 1)
    model = _Model(margin, label)
    at = np.array([0.2, np.sqrt(2.0), np.log(2.0), 0.05, 0.10])
    z = (margin - np.median(margin)) / margin.std()
    chance = expit(0.2 + np.where(z < 0, 1.0, 2.0) * z)
    np.testing.assert_allclose(model.chance(at), chance)
    np.testing.assert_allclose(model.said_present(at), 0.05 + 0.85 * chance)
    wrong = np.where(
        label, 0.05 * (1 - chance) / (0.05 + 0.85 * chance), 0.10 * chance / (0.95 - 0.85 * chance)
    )
    np.testing.assert_allclose(model.wrong(at), wrong)


def test_labels_that_are_wrong_by_the_patient_widen_the_interval():
    rng = np.random.default_rng(0)
    margin, label, _, _ = hospital(300, 2)
    wrong = rng.random(300) < 0.1
    margin, label = np.repeat(margin, 4), np.repeat(label != wrong, 4)
    margin = margin + rng.normal(0, 0.3, 1200)
    apart = contamination(margin, label, own_patients(1200)).absent
    together = contamination(margin, label, np.repeat(np.arange(300), 4)).absent
    assert together.share == apart.share
    assert together.high - together.low > 1.3 * (apart.high - apart.low)
    assert together.p_value > apart.p_value


def test_scale_and_order_do_not_matter():
    margin, label, *_ = hospital(400, 3, missed=0.1)
    once = contamination(margin, label, own_patients(400))
    order = np.random.default_rng(0).permutation(400)
    again = contamination(5 * margin[order] - 2, label[order], order)
    assert again.absent.share == pytest.approx(once.absent.share, abs=2e-3)
    np.testing.assert_allclose(again.wrong, once.wrong[order], atol=0.02)
