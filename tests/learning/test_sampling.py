"""Which case is drawn when: a function of (seed, stage, epoch), as often as its odds say."""

from __future__ import annotations

import hashlib
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medtune.learning.odds import class_balanced, patient_balanced
from medtune.learning.sampling import EpochSampler, draw_of, systematic


def epoch_of(number: int, *args, **kwargs):
    sampler = EpochSampler(*args, **kwargs)
    sampler.set_epoch(number)
    return list(sampler)


def times(batches, cases: int):
    return np.bincount([d.index for batch in batches for d in batch], minlength=cases)


@pytest.mark.parametrize(
    ("args", "epoch", "digest"),
    [
        ((33, 8, 0, "full"), 3, "1ef934ccab24d507"),
        ((100, 16, 7, "linear_probe"), 0, "cf0230d520d2ea9b"),
        ((5, 32, 1, "full"), 11, "70d349fb7d7e3807"),
    ],
)
def test_the_shuffled_order_is_the_one_that_published_results_were_made_with(args, epoch, digest):
    """Digests of cases and seeds as version 0.1.0 drew them before there were other samplers."""
    drawn = repr([[(d.index, d.seed) for d in batch] for batch in epoch_of(epoch, *args)])
    assert hashlib.sha256(drawn.encode()).hexdigest()[:16] == digest


ODDS = np.array([4.0, 2.0, 1.0, 1.0, 0.5, 0.5, 0.25, 0.25, 0.0, 0.5])  # sum 10: expected counts


@pytest.mark.parametrize("odds", [None, ODDS])
def test_an_epoch_does_not_depend_on_those_before_it(odds):
    went_through = EpochSampler(10, 4, 5, "full", odds)
    for epoch in (1, 2, 3):
        went_through.set_epoch(epoch)
        third = list(went_through)
    assert third == epoch_of(3, 10, 4, 5, "full", odds)
    assert list(went_through) == third
    assert third != epoch_of(2, 10, 4, 5, "full", odds)
    assert third != epoch_of(3, 10, 4, 6, "full", odds)
    assert third != epoch_of(3, 10, 4, 5, "linear_probe", odds)


def test_a_case_comes_as_often_as_its_odds_say():
    epochs = np.array([times(epoch_of(e, 10, 4, 0, "full", ODDS), 10) for e in range(800)])
    assert (epochs.sum(axis=1) == 10).all()
    assert (epochs >= np.floor(ODDS)).all()
    assert (epochs <= np.ceil(ODDS)).all()
    # 4.5 standard errors of a coin with this chance
    spread = np.sqrt((ODDS % 1) * (1 - ODDS % 1) / len(epochs))
    assert (np.abs(epochs.mean(axis=0) - ODDS) <= 4.5 * spread).all()
    assert epochs[:, 6].std() > 0


def test_only_the_ratios_of_odds_count_and_equal_ones_draw_each_once():
    assert epoch_of(1, 10, 4, 0, "full", ODDS) == epoch_of(1, 10, 4, 0, "full", ODDS * 4)
    assert (times(epoch_of(2, 37, 8, 0, "full", np.full(37, 0.1)), 37) == 1).all()


@given(
    odds=st.lists(st.floats(0, 1e6), min_size=1, max_size=60).filter(lambda odds: sum(odds) > 1e-3),
    seed=st.integers(0, 1000),
)
@settings(max_examples=200, deadline=None)
def test_draws_are_as_many_as_cases_and_within_one_of_what_is_expected(odds, seed):
    weights, n = np.array(odds), len(odds)
    drawn = systematic(weights, np.arange(n), np.random.default_rng(seed))
    expected = n * weights / weights.sum()
    counts = np.bincount(drawn, minlength=n)
    assert counts.sum() == n
    assert (counts >= np.floor(expected - 1e-6)).all()
    assert (counts <= np.ceil(expected + 1e-6)).all()
    assert (counts[weights == 0] == 0).all()


def test_batches_differ_by_one_case_at_most_and_the_repeats_are_mixed_in():
    batches = epoch_of(0, 103, 16, 0, "full", np.r_[np.full(100, 0.53), np.full(3, 16.6)])
    assert len(batches) == len(EpochSampler(103, 16, 0, "full"))
    assert {len(batch) for batch in batches} == {14, 15}
    assert sum(len(batch) for batch in batches) == 103
    with_it = sum(any(d.index == 100 for d in batch) for batch in batches)
    assert with_it >= 5


@given(
    cases=st.integers(1, 700),
    batch_size=st.integers(1, 40),
    longest=st.integers(1, 90),
    epoch=st.integers(0, 3),
)
@settings(max_examples=100, deadline=None)
def test_cases_of_about_one_size_come_together_and_each_comes_once(
    cases, batch_size, longest, epoch
):
    sizes = np.random.default_rng(cases).integers(1, longest + 1, cases)
    sampler = EpochSampler(cases, batch_size, 3, "full", sizes=sizes)
    sampler.set_epoch(epoch)
    drawn = list(sampler)
    as_they_come = epoch_of(epoch, cases, batch_size, 3, "full")
    assert [len(batch) for batch in drawn] == [sampler.size(n) for n in range(len(sampler))]
    assert (times(drawn, cases) == 1).all()
    assert list(sampler) == drawn
    sampler.skip = 2
    assert list(sampler) == drawn[2:]

    def filled_up(batches):
        return sum(len(batch) * max(sizes[d.index] for d in batch) for batch in batches)

    # batches differ by one case in size, and by chance the larger one may have the larger cases
    assert filled_up(drawn) <= filled_up(as_they_come) + longest * len(drawn)


def test_hardly_anything_is_filled_up_and_batches_of_one_size_do_not_follow_one_another():
    sizes = np.random.default_rng(0).geometric(1 / 30, 8000)
    sampler = EpochSampler(8000, 32, 0, "full", sizes=sizes)
    longest = np.array([max(sizes[d.index] for d in batch) for batch in sampler])
    assert longest.sum() * 32 < 1.35 * sizes.sum()
    assert abs(np.corrcoef(longest[:-1], longest[1:])[0, 1]) < 0.15
    windows = np.array_split(longest, len(longest) // 16 + 1)
    assert all(len(window) < 8 or window.max() > 2 * window.min() for window in windows)


def test_each_draw_of_one_case_has_a_seed_of_its_own():
    drawn = [d for batch in epoch_of(4, 10, 4, 0, "full", ODDS) for d in batch]
    assert max(Counter(d.index for d in drawn).values()) == 4
    assert len({d.seed for d in drawn}) == 10
    first = {}
    for d in drawn:
        first.setdefault(d.index, d)
    assert all(draw_of(0, "full", 4, index) == d for index, d in first.items())


def test_a_film_drawn_twice_is_changed_in_two_ways():
    from medtune.vision import augment

    change = augment.change(augment.generic())
    film = np.random.default_rng(0).random((32, 32)).astype(np.float32)
    seeds = [d.seed for b in epoch_of(4, 10, 4, 0, "full", ODDS) for d in b if d.index == 0]
    changed = [change(film, seed) for seed in seeds]
    assert len(changed) == 4
    assert all(not np.array_equal(a, b) for i, a in enumerate(changed) for b in changed[:i])


def a_hospital(cases: int = 600):
    """Three findings with 300, 60 and 6 present films, never together; some labels unknown."""
    rng = np.random.default_rng(3)
    targets = np.zeros((cases, 3))
    targets[:300, 0] = targets[300:360, 1] = targets[360:366, 2] = 1
    known = rng.random((cases, 3)) < 0.8
    known[targets == 1] = True
    known[590:] = False
    targets[~known] = np.nan
    return targets, known


def test_every_finding_and_none_are_drawn_equally_often():
    targets, known = a_hospital()
    odds = class_balanced(targets, known)
    assert odds.sum() == pytest.approx(600)
    present = known & (np.nan_to_num(targets) == 1)
    none = known.any(axis=1) & ~present.any(axis=1)
    for members in (*present.T, none):
        assert odds[members].sum() == pytest.approx(150)
        assert len(np.unique(odds[members].round(9))) == 1
    assert (odds[~known.any(axis=1)] == 0).all()
    seen = np.mean([times(epoch_of(e, 600, 32, 0, "full", odds), 600) for e in range(20)], axis=0)
    for members in (*present.T, none):
        assert seen[members].sum() == pytest.approx(150, abs=3)


def test_a_film_with_two_findings_is_drawn_for_both():
    targets = np.array([[1, 1], [1, 0], [1, 0], [0, 1], [0, 0], [0, 0.5]])
    odds = class_balanced(targets, np.ones_like(targets, bool))
    # 3 classes: of 3, 2 and 2 films (a label in doubt is not a present one)
    expected = 6 * np.array([1 / 3 + 1 / 2, 1 / 3, 1 / 3, 1 / 2, 1 / 2, 1 / 2]) / 3
    np.testing.assert_allclose(odds, expected)


def test_a_finding_that_is_never_present_is_no_class():
    targets = np.array([[1, 0], [0, 0], [0, 0], [0, 0]])
    np.testing.assert_allclose(
        class_balanced(targets, np.ones((4, 2), bool)), [2, 2 / 3, 2 / 3, 2 / 3]
    )
    with pytest.raises(ValueError, match="nothing to balance"):
        class_balanced(targets, np.zeros((4, 2), bool))


def test_every_patient_is_drawn_equally_often():
    groups = np.array(["a"] * 7 + ["b"] * 2 + ["c"])
    odds = patient_balanced(groups)
    np.testing.assert_allclose(odds, [*[10 / 21] * 7, *[5 / 3] * 2, 10 / 3])
    for patient in "abc":
        assert odds[groups == patient].sum() == pytest.approx(10 / 3)
    seen = np.mean([times(epoch_of(e, 10, 4, 0, "full", odds), 10) for e in range(600)], axis=0)
    for patient in "abc":
        assert seen[groups == patient].sum() == pytest.approx(10 / 3, abs=0.12)
