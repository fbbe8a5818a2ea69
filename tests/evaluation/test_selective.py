"""Referral: the bound holds, is exact, counts patients, and never overrules the threshold."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import binom

from medtune.config import Refer
from medtune.evaluation.selective import LEVELS, area_under, fit_referral, risk_coverage


def drawn(
    n: int, random: np.random.Generator, *, strength: float = 1.6, prevalence: float = 0.3
) -> tuple[np.ndarray, np.ndarray]:
    reference = random.random(n) < prevalence
    return expit(strength * (reference - 0.5) + random.normal(size=n) - 0.5), reference


@pytest.mark.parametrize("confidence", [0.5, 0.8])
def test_the_bounds_hold_with_the_confidence_in_repeated_calibrations(confidence: float):
    random = np.random.default_rng(0)
    score, reference = drawn(200_000, random)
    order = np.argsort(score)
    score, wrong = score[order], np.cumsum(reference[order])
    broken, decided = 0, []
    for _ in range(250):
        given, known = drawn(300, random)
        wanted = Refer(wrong_absent=0.15, confidence=confidence)
        cut = fit_referral(given, known, np.arange(300), 1.0, wanted).absent.score
        below = 0 if math.isnan(cut) else int(np.searchsorted(score, cut))
        broken += below > 0 and wrong[below - 1] / below > 0.15
        decided.append(below / score.size)
    # the spread of a share over 250 draws is 3 points at most
    assert broken / 250 <= 1 - confidence
    assert broken > 0  # the bound is no empty promise either: it is reached for
    assert np.mean(decided) > 0.3


def test_the_cut_is_the_widest_that_the_exact_binomial_accepts():
    random = np.random.default_rng(1)
    score, reference = drawn(400, random)
    rule = fit_referral(
        score, reference, np.arange(400), 1.0, Refer(wrong_absent=0.15, confidence=0.9)
    )
    ordered = np.sort(score)
    tried = [400 * k // LEVELS for k in range(1, LEVELS)]
    # below 40 patients no error at all would not do: 0.85 ** 20 > 0.1 / 18
    tried = [n for n in tried if n >= 40]
    accepted = [
        n
        for n in tried
        if binom.cdf(reference[score < ordered[n]].sum(), n, 0.15) <= 0.1 / len(tried)
    ]
    assert rule.absent.score == ordered[max(accepted)]
    assert rule.absent.decided == max(accepted)
    assert rule.absent.wrong == reference[score < ordered[max(accepted)]].sum()
    assert rule.present.reason == "no bound was asked for"
    absent, present = rule.called(score)
    assert absent.sum() == max(accepted)
    assert not present.any()


def test_one_side_is_the_mirror_of_the_other():
    random = np.random.default_rng(2)
    score, reference = drawn(500, random)
    group = np.arange(500)
    one = fit_referral(score, reference, group, 0.5, Refer(wrong_absent=0.2))
    other = fit_referral(-score, ~reference, group, -0.5, Refer(wrong_present=0.2))
    assert (one.absent.decided, one.absent.wrong) == (other.present.decided, other.present.wrong)
    assert one.absent.decided > 0
    called = one.called(score)[0]
    assert (other.called(-score)[1] == called).all()


def test_nobody_is_called_other_than_by_the_threshold():
    random = np.random.default_rng(3)
    score, reference = drawn(1000, random, strength=6.0)
    for threshold in np.quantile(score, [0.2, 0.5, 0.8]):
        rule = fit_referral(
            score, reference, np.arange(1000), threshold, Refer(wrong_absent=0.3, wrong_present=0.3)
        )
        absent, present = rule.called(score)
        assert not absent[score >= threshold].any()
        assert not present[score < threshold].any()


def test_the_unit_is_the_patient_so_that_copies_of_films_change_nothing():
    random = np.random.default_rng(4)
    score, reference = drawn(300, random)
    wanted = Refer(wrong_absent=0.2, wrong_present=0.4)
    once = fit_referral(score, reference, np.arange(300), 0.4, wanted)
    thrice = fit_referral(*(np.repeat(each, 3) for each in (score, reference, np.arange(300))),
                          0.4, wanted)  # fmt: skip
    assert once == thrice
    assert once.patients == 300
    # one more study of a patient that is called absent wrongly makes that patient wrong
    at = int(np.argmin(np.where(reference, np.inf, score)))
    more = fit_referral(
        np.append(score, score[at] - 1e-6),
        np.append(reference, True),
        np.append(np.arange(300), at),
        0.4,
        Refer(wrong_absent=0.2),
    )
    alone = fit_referral(score, reference, np.arange(300), 0.4, Refer(wrong_absent=0.2))
    assert more.absent.wrong == alone.absent.wrong + 1
    assert more.patients == 300


@pytest.mark.parametrize("order", [0, 1])
def test_the_order_of_rows_changes_nothing_and_ties_go_together(order: int):
    random = np.random.default_rng(5)
    score, reference = drawn(400, random)
    score = score.round(1)
    wanted = Refer(wrong_absent=0.2, wrong_present=0.5)
    rule = fit_referral(score, reference, np.arange(400), 0.4, wanted)
    mixed = np.random.default_rng(order).permutation(400)
    assert fit_referral(score[mixed], reference[mixed], mixed, 0.4, wanted) == rule
    absent, _ = rule.called(score)
    assert rule.absent.decided == absent.sum() > 0


def test_what_cannot_be_guaranteed_is_said_and_everything_is_referred():
    random = np.random.default_rng(6)
    score, reference = drawn(60, random)
    few = fit_referral(score, reference, np.arange(60), 0.5, Refer(wrong_absent=0.02))
    assert few.absent.reason.startswith("60 calibration patients are too few for this bound")
    assert "149 are needed" in few.absent.reason  # 0.98 ** 149 < 0.05
    assert not np.any(few.called(score))
    none = fit_referral(score, reference, np.arange(60), math.nan, Refer(wrong_absent=0.3))
    assert none.absent.reason == "there is no threshold"
    chance = random.random(400)
    same = random.random(400) < 0.5
    bad = fit_referral(chance, same, np.arange(400), 0.5, Refer(wrong_present=0.2))
    assert bad.present.reason == "no cut keeps the bound with this confidence on calibration"
    empty = fit_referral(
        np.empty(0), np.empty(0, bool), np.empty(0, np.intp), math.nan, Refer(wrong_absent=0.1)
    )
    assert empty.patients == 0


def test_risk_and_coverage_by_hand():
    score = np.array([1.0, 4.0, 6.0, 9.0])
    reference = np.array([False, True, True, True])
    coverage, risk = risk_coverage(score, reference, 5.0)
    # 1 and 9 are as far from 5 as each other, as are 4 and 6, of which 4 is wrong
    assert coverage.tolist() == pytest.approx([0.5, 1.0])
    assert risk.tolist() == pytest.approx([0.0, 0.25])
    assert area_under(coverage, risk) == pytest.approx(0.125)


def test_the_curve_ends_with_all_cases_and_their_share_of_errors():
    random = np.random.default_rng(7)
    score, reference = drawn(500, random)
    for scale in (1.0, 30.0):  # probabilities, and scores that are none
        coverage, risk = risk_coverage(score * scale, reference, 0.4 * scale)
        assert (np.diff(coverage) > 0).all()
        assert coverage[-1] == 1.0
        assert risk[-1] == ((score >= 0.4) != reference).mean()
        assert risk[:50].mean() < risk[-1]
    assert risk_coverage(np.empty(0), np.empty(0, bool), 0.5)[0].size == 0
