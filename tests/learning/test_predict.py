"""Scores and features of cases in their own order, whatever order they were seen in."""

from __future__ import annotations

import numpy as np
import pytest

from medtune.learning.batches import smallest_first
from medtune.learning.hardware import Hardware
from medtune.learning.predict import last_features, score_and_distance, scores_and_features
from medtune.learning.task import Network
from tests.learning.small import Blobs, Body, Task


class Unequal(Blobs):
    """The same, of which batches want those of one size together."""

    def __init__(self, cases: int, seed: int) -> None:
        super().__init__(cases, seed)
        self.sizes = np.random.default_rng(seed).integers(1, 9, cases)
        self.seen: list[list[int]] = []

    def __getitems__(self, draws):
        self.seen.append(list(draws))
        return super().__getitems__(draws)


@pytest.mark.parametrize("cases", [1, 5, 40])
def test_cases_of_one_size_are_seen_together_and_told_in_their_order(cases):
    plain, unequal = Blobs(cases, 3), Unequal(cases, 3)
    network = Network(Body(), 2)
    hardware = Hardware("cpu", "32", "")
    for tells in (
        lambda samples: score_and_distance(Task(), network, samples, hardware, None)[0],
        lambda samples: np.hstack(scores_and_features(Task(), network, samples, hardware)),
        lambda samples: last_features(network, samples, hardware),
    ):
        unequal.seen.clear()
        assert tells(unequal) == pytest.approx(tells(plain), abs=1e-6)
        sizes = [unequal.sizes[at] for batch in unequal.seen for at in batch]
        assert sizes == sorted(sizes)
        assert sorted(at for batch in unequal.seen for at in batch) == list(range(cases))


def test_places_find_every_case_again():
    samples = Unequal(23, 1)
    batches, places = smallest_first(samples, 4)
    names = np.array([name for batch in batches for name in batch.case_id])
    assert names[places].tolist() == [str(at) for at in range(23)]
