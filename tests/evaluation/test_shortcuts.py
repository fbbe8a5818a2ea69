"""A model that reads the scanner is told from one that reads patients, whose mix may differ."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from medtune.evaluation.resampling import patient_weights
from medtune.evaluation.shortcuts import READS, TURNED, Told, covered, read_by_score

CASES = 400
GROUP = np.arange(CASES)
WEIGHTS = patient_weights(CASES, 300, 0)


def site(reads: float, seed: int = 0):
    """Scores, labels and scanners: patients at the second scanner have the finding more often."""
    rng = np.random.default_rng(seed)
    second = rng.random(CASES) < 0.5
    present = rng.random(CASES) < np.where(second, 0.5, 0.2)
    odds = rng.normal(np.where(present, 1.0, -1.0)) + reads * second
    return expit(odds), present, second


@pytest.mark.parametrize(("reads", "warns"), [(0.0, False), (1.5, True), (-1.5, True)])
def test_only_scores_that_hang_on_the_scanner_are_told(reads, warns):
    score, present, second = site(reads)
    found = read_by_score(score, present, second, GROUP, WEIGHTS, 0.95)
    assert Told("scanner=S2", found, {"effusion": found}).reads("effusion") == warns
    if not reads:
        # sorted by score alone, the second scanner's films do come first: its patients are sicker
        pairs = score[second][:, None] > score[~second][None]
        assert pairs.mean() > 0.55
        assert abs(found.value - 0.5) < 0.1


def test_each_label_counts_by_its_pairs():
    score, present, second = site(1.0, seed=2)
    found = read_by_score(score, present, second, GROUP, WEIGHTS, 0.95).value
    won, pairs = 0.0, 0
    for label in (False, True):
        a, b = score[second & (present == label)], score[~second & (present == label)]
        won += (a[:, None] > b[None]).sum()
        pairs += a.size * b.size
    assert found == pytest.approx(won / pairs)


def test_nothing_is_said_of_few_patients():
    score, present, second = site(2.0)
    one_patient = np.where(second, 0, GROUP)
    found = read_by_score(score, present, second, one_patient, WEIGHTS, 0.95)
    assert "fewer than 10 patients" in found.reason
    assert not Told("scanner=S2", found, {"effusion": found}).reads("effusion")


def test_covering_counts_the_decisions_that_turn():
    score, present, _ = site(0.0)
    marked = np.arange(CASES) % 2 == 0
    after = np.where(marked, score * 0.4, score)
    found = covered(score, after, present, marked, 0.3, GROUP, WEIGHTS, 0.95)
    turned = ((score >= 0.3) != (after >= 0.3)).mean()
    assert found.turned.value == pytest.approx(turned)
    assert turned > 2 * TURNED
    assert found.matters
    assert found.films == CASES // 2
    assert found.moved == pytest.approx(np.median(0.6 * score[marked]))
    assert found.auroc.value < 0
    still = covered(score, score, present, marked, 0.3, GROUP, WEIGHTS, 0.95)
    assert still.turned.value == 0
    assert not still.matters
    without = covered(score, after, present, marked, None, GROUP, WEIGHTS, 0.95)
    assert not without.matters
    assert READS > 0.5
