from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from medtune.tables.balance import change_places, lacking_first
from medtune.tables.tally import tally

SHARES = np.array([0.65, 0.1, 0.1, 0.15])


def groups(seed: int, many: int = 40, labels: int = 3) -> np.ndarray:
    counts = np.random.default_rng(seed).poisson(0.7, (many, labels)).astype(np.int32)
    return tally(counts, np.arange(many), np.ones(many, dtype=np.int64))


def total(has: np.ndarray, members: np.ndarray, chance: np.ndarray) -> float:
    """The module's sum, as it is written."""
    wanted = SHARES[:, None] * members.sum(axis=0)
    return float(((has - wanted) ** 2 / (SHARES[:, None] * chance)).sum())


@settings(derandomize=True, deadline=None, max_examples=40)
@given(st.integers(0, 10_000), st.sampled_from([1, 20_000]))
def test_each_bundle_goes_where_exact_fractions_say_in_hundred_million_films_too(seed, films: int):
    rng = np.random.default_rng(seed)
    bundles = groups(seed) * rng.integers(1, films, (40, 1), endpoint=True)
    start = (bundles.sum(axis=0) * rng.integers(0, 2 * films, (4, 1))) // 40
    total = start.sum(axis=0) + bundles.sum(axis=0)  # a sum of squares is not below it
    chance = 2.0 ** (np.ceil(np.log2(total + 1)) + rng.integers(0, 6, len(total)))
    chosen, has = lacking_first(bundles, start, SHARES, chance)
    filled = start.tolist()
    for bundle, split in zip(bundles.tolist(), chosen, strict=True):
        worse = [
            sum(c * (2 * n + c) / Fraction(v) for c, n, v in zip(bundle, row, chance, strict=True))
            / Fraction(share)
            for row, share in zip(filled, SHARES, strict=True)
        ]
        assert float(worse[split]) <= float(min(worse)) * (1 + 1e-12)
        filled[split] = [n + c for n, c in zip(filled[split], bundle, strict=True)]
    assert has.tolist() == filled


@settings(derandomize=True, deadline=None, max_examples=30)
@given(st.integers(0, 10_000))
def test_changing_places_makes_the_sum_much_smaller(seed: int):
    members = groups(seed)
    members = members[:, members.sum(axis=0) > 0]
    chance = (members**2).sum(axis=0).astype(float)
    before = np.random.default_rng(seed).integers(0, 4, len(members))
    has = np.stack([members[before == split].sum(axis=0) for split in range(4)])
    after = change_places(members, before, has, SHARES, chance)
    end = np.stack([members[after == split].sum(axis=0) for split in range(4)])
    assert total(end, members, chance) < 0.2 * total(has, members, chance)
