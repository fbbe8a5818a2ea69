"""Scores of another site on home's scale: right with the prevalence, wrong and refused without."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from medtune.evaluation.alignment import (
    SHARES,
    align,
    as_at_home,
    by_label,
    local_prevalence,
)

HOME = 0.3  # prevalence


def site(prevalence: float, seed: int, *, moved: float = 0.0, cases: int = 6000):
    """Scores of a model, and labels; ``moved`` is what another scanner does to its log odds."""
    rng = np.random.default_rng(seed)
    present = rng.random(cases) < prevalence
    odds = rng.normal(np.where(present, 1.0, -1.0), 1.0)
    return expit(0.8 * odds + moved), present


@pytest.fixture(scope="module")
def home():
    score, present = site(HOME, 1)
    found = by_label(expit(1.25 * np.log(score / (1 - score))), present, np.arange(score.size))
    assert found is not None
    return found


def at_threshold(score, present, threshold=0.5) -> tuple[float, float]:
    called = score >= threshold
    return float(called[present].mean()), float((~called[~present]).mean())


def test_the_threshold_decides_as_at_home_after_another_scanner(home):
    score, present = site(HOME, 2, moved=1.5)
    wanted = float(1 - np.interp(0.5, home.present, SHARES))
    assert at_threshold(score, present)[0] > wanted + 0.1
    aligned = align(score, home, HOME)(score)
    assert at_threshold(aligned, present)[0] == pytest.approx(wanted, abs=0.02)


@pytest.mark.parametrize("prevalence", [0.1, 0.6])
def test_with_other_patients_it_is_right_only_with_their_prevalence(home, prevalence):
    score, present = site(prevalence, 3, moved=1.5)
    wanted = float(1 - np.interp(0.5, home.present, SHARES))
    blind = at_threshold(align(score, home, HOME)(score), present)[0]
    told = at_threshold(align(score, home, prevalence)(score), present)[0]
    assert abs(blind - wanted) > 0.08
    assert told == pytest.approx(wanted, abs=0.03)


def test_the_map_rises_and_the_same_scores_stay_the_same(home):
    score, _ = site(HOME, 4)
    score = score.round(2)  # ties
    found = align(score, home, HOME)(np.sort(score))
    assert (np.diff(found) >= 0).all()
    assert np.unique(found).size <= np.unique(score).size
    assert home.absent.min() <= found.min()
    assert found.max() <= home.present.max()


def test_a_threshold_goes_the_way_back(home):
    score, _ = site(HOME, 5, moved=1.0)
    found = align(score, home, HOME)
    for threshold in (0.2, 0.5, 0.8):
        back = found.reaching(threshold)
        calls, as_home = score >= back, found(score) >= threshold
        assert (calls != as_home).mean() < 1e-3
    assert found.reaching(1.0) == np.inf
    assert found.reaching(0.0) == -np.inf
    # the lowest of home's scores is what every score here reaches, those below any seen too
    assert found.reaching(float(found.there[0])) == -np.inf
    assert found(np.array([0.0]))[0] == found.there[0]


def test_the_guard_wants_the_prevalence_declared_or_counted():
    labels = np.array([True] * 9 + [False] * 50)
    found = local_prevalence(None, labels, np.arange(59))
    assert np.isnan(found.value)
    assert "9 positive and 50 negative patients in calibration; 10 of each" in found.reason
    assert local_prevalence(0.2, labels, np.arange(59)).value == 0.2
    none = local_prevalence(None, np.zeros(0, bool), np.zeros(0, int))
    assert "label more studies" in none.reason
    counted = local_prevalence(None, np.array([True] * 30 + [False] * 70), np.arange(100))
    assert counted.value == pytest.approx(0.3)
    assert counted.low == pytest.approx(0.2189, abs=1e-4)  # Wilson, 30 of 100
    assert counted.high == pytest.approx(0.3958, abs=1e-4)
    assert counted.counted
    assert not counted.differs_from(0.35)
    assert counted.differs_from(0.5)
    # ten films of one patient tell no more than one
    wide = local_prevalence(None, np.repeat([True, False], 500), np.repeat(np.arange(40), 25))
    assert wide.high - wide.low > 0.25


@pytest.mark.parametrize(("positive", "negative"), [(80, 20), (10, 90), (50, 50)])
def test_cases_are_taken_so_that_the_finding_is_as_frequent_as_at_home(positive, negative):
    labels = np.array([True] * positive + [False] * negative)
    order = np.random.default_rng(0).permutation(labels.size)
    kept = as_at_home(labels, order, HOME)
    assert labels[kept].mean() == pytest.approx(HOME, abs=0.03)
    scarce_all = kept[labels].all() or kept[~labels].all()
    assert scarce_all


def test_of_few_patients_nothing_is_kept():
    score = np.linspace(0, 1, 40)
    assert by_label(score, score > 0.8, np.arange(40)) is None
    assert by_label(score, score > 0.5, np.repeat(np.arange(8), 5)) is None


def test_a_declared_prevalence_that_labels_contradict_is_refused():
    labels = np.array([True] * 30 + [False] * 70)  # 22 % to 40 %
    group = np.arange(100)
    for declared in (0.25, 0.39):
        held = local_prevalence(declared, labels, group)
        assert (held.value, held.low, held.high, held.reason) == (declared, declared, declared, "")
        assert not held.counted
    for declared in (0.1, 0.45):
        wrong = local_prevalence(declared, labels, group)
        assert np.isnan(wrong.value)
        assert f"says {declared:.1%}, but by their labels 21.9% to 39.6%" in wrong.reason
        assert "'data.sampling: enriched'" in wrong.reason
    few = np.arange(59) < 9  # too few to contradict anybody
    assert local_prevalence(0.9, few, np.arange(59)).value == 0.9


def test_of_an_enriched_sample_only_labels_tell_the_prevalence():
    labels = np.array([True] * 50 + [False] * 50)
    routine = 0.05
    found = local_prevalence(routine, labels, np.arange(100), enriched=True)
    assert found.value == 0.5
    assert found.counted
    assert found.low < 0.5 < found.high
    few = local_prevalence(routine, labels[45:54], np.arange(9), enriched=True)
    assert np.isnan(few.value)
    assert "enriched, so these films do not have the prevalence that is typed" in few.reason
    none = local_prevalence(None, labels[45:54], np.arange(9), enriched=True)
    assert "evaluation.prevalences" not in none.reason  # typing it would not help
    assert "label more studies" in none.reason


def test_scores_of_an_enriched_sample_are_aligned_by_its_own_prevalence(home):
    score, present = site(0.6, 6, moved=1.5)
    wanted = float(1 - np.interp(0.5, home.present, SHARES))
    group = np.arange(score.size)
    own = local_prevalence(0.1, present, group, enriched=True).value
    aligned = at_threshold(align(score, home, own)(score), present)[0]
    as_declared = at_threshold(align(score, home, 0.1)(score), present)[0]
    assert aligned == pytest.approx(wanted, abs=0.03)
    assert abs(as_declared - wanted) > 0.1


@pytest.mark.parametrize("specificity", [0.98, 0.99, 0.995])
def test_a_rare_finding_is_aligned_where_few_scores_are(specificity):
    """Of 50 patients one has it, most scores are near 0, and the threshold lies in the tail."""

    def scored(seed: int):
        rng = np.random.default_rng(seed)
        present = rng.random(20_000) < 0.02
        tall = np.where(present, rng.beta(3, 2, 20_000), rng.gamma(0.5, 0.02, 20_000))
        return np.clip(tall, 0, 1), present

    at_home, present = scored(0)
    kept = by_label(at_home, present, np.arange(at_home.size))
    threshold = float(np.quantile(at_home[~present], specificity))
    here, present = scored(1)
    aligned = align(here**0.5, kept, 0.02)(here**0.5)  # another scanner, the ranks stay
    found = at_threshold(aligned, present, threshold)[1]
    assert found == pytest.approx(specificity, abs=0.003)
    back = align(here**0.5, kept, 0.02).reaching(threshold)
    assert back == pytest.approx(threshold**0.5, rel=0.06)
