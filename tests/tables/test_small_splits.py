"""Few patients: the deal beside iterative stratification, which was made for them."""

from __future__ import annotations

import numpy as np
import pytest

from medtune.tables.splits import deal

SHARES = (
    {"train": 0.65, "tune": 0.1, "calibration": 0.1, "test": 0.15},
    {"train": 0.4, "tune": 0.15, "calibration": 0.15, "test": 0.3},
    {"one": 0.5, "other": 0.5},
    dict.fromkeys("abcde", 0.2),
)
SETS = 60


def iterative_stratification(has, order, shares):
    """Sechidis et al. 2011: the rarest label first, each of its patients where it lacks most."""
    weights = np.array(list(shares.values())) / sum(shares.values())
    wanted, wanted_of = weights * len(has), has.sum(axis=0)[:, None] * weights
    split = np.full(len(has), -1)
    for label in [*np.argsort(has.sum(axis=0), kind="stable"), None]:
        for patient in np.argsort(order):
            if split[patient] >= 0 or (label is not None and not has[patient, label]):
                continue
            lacking = wanted if label is None else wanted_of[label]
            most = np.flatnonzero(np.isclose(lacking, lacking.max(), atol=1e-9))
            split[patient] = choice = most[np.argmax(wanted[most])]
            wanted[choice] -= 1
            wanted_of[has[patient], choice] -= 1
    return np.array(list(shares))[split]


def some_patients(seed):
    """Films a patient, present and absent films a finding, an order, and shares."""
    rng = np.random.default_rng(seed)
    patients, findings = rng.choice([10, 30, 60, 100]), rng.choice([1, 2, 5, 14])
    films = np.minimum(rng.zipf(1.9, patients), 20) if seed % 3 else np.ones(patients, int)
    prevalence = np.exp(rng.uniform(np.log(0.02), np.log(0.5), findings))
    risk = rng.beta(prevalence, 1 - prevalence, (patients, findings))
    present = rng.binomial(films[:, None], risk)
    known = rng.random((patients, findings)) > 0.15 * (seed % 2)
    counts = np.hstack([films[:, None], present * known, (films[:, None] - present) * known])
    return counts, rng.permutation(patients).astype(np.uint64), SHARES[seed % len(SHARES)]


def off(counts, split, shares):
    """By how much splits miss their fair number of each column of counts."""
    has = np.stack([counts[split == name].sum(axis=0) for name in shares])
    return np.abs(has - np.array(list(shares.values()))[:, None] * counts.sum(axis=0))


@pytest.fixture(scope="module")
def compared():
    """Per set and way: patients off, beyond one, in size, splits without, and films off."""
    rows = []
    for seed in range(SETS):
        counts, order, shares = some_patients(seed)
        has = counts[:, 1:] > 0
        row = []
        for split in (deal(counts, order, shares), iterative_stratification(has, order, shares)):
            patients = off(has, split, shares)
            none = np.stack([~has[split == name].any(axis=0) for name in shares])
            due = np.array(list(shares.values()))[:, None] * has.sum(axis=0) >= 1
            row.append([
                patients.sum(),
                np.maximum(patients - 1, 0).sum(),
                off(np.ones((len(has), 1)), split, shares).max(),
                (none & due).sum(),
                off(counts[:, :1], split, shares).sum(),
            ])  # fmt: skip
        rows.append(row)
    return np.array(rows)


def test_patients_of_every_finding_are_spread_better_than_by_iterative_stratification(compared):
    ours, theirs = compared[:, 0], compared[:, 1]
    assert ours[:, 0].mean() < 0.7 * theirs[:, 0].mean()
    assert ours[:, 1].mean() < 0.1 * theirs[:, 1].mean()  # more than one patient off
    assert (ours[:, 0] <= theirs[:, 0] + 2).all()
    assert (ours[:, 0] <= theirs[:, 0] + 1e-9).mean() > 0.9


def test_the_splits_sizes_and_films_are_nearer_to_their_shares_too(compared):
    ours, theirs = compared[:, 0], compared[:, 1]
    assert ours[:, 2].max() <= 2
    assert ours[:, 2].mean() < 0.5 * theirs[:, 2].mean()
    assert ours[:, 4].mean() < 0.7 * theirs[:, 4].mean()


def test_fewer_splits_are_left_without_a_finding_that_they_are_due(compared):
    ours, theirs = compared[:, 0, 3], compared[:, 1, 3]
    assert ours.sum() < theirs.sum()
    assert (ours <= theirs).all()


@pytest.mark.parametrize("patients", [10, 30, 100])
@pytest.mark.parametrize("shares", SHARES)
def test_the_few_who_have_a_rare_finding_go_to_as_many_splits_as_they_can(patients, shares):
    for few in range(2, 9):
        present = np.arange(patients) < few
        split = deal(
            np.stack([present, ~present], axis=1), np.arange(patients, dtype=np.uint64), shares
        )
        got = np.array([(split[present] == name).sum() for name in shares])
        due = few * np.array(list(shares.values()))
        assert (np.abs(got - due) < 1 + 1e-9).all()
        assert (got[due >= 1] >= 1).all()
