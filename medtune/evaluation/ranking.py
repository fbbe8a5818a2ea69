"""How well a score ranks: AUROC with its (clustered, paired) covariance, average precision, ROC."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import average_precision_score, roc_curve

from medtune.evaluation.arrays import Flags, Floats, Indices


def placements(score: Floats, reference: Flags) -> Floats:
    """Where each case stands among the cases of the other class; ties count a half.

    For a positive case the share of the negative cases below it, for a negative case the share of
    the positive cases above it: the structural components V10 and V01 of DeLong, DeLong &
    Clarke-Pearson 1988, by one sort (Sun & Xu 2014).

    Args:
        score: (n,), higher means more likely positive.
        reference: (n,), True where the finding is present; both classes occur.

    Returns:
        (n,), in the order of the cases.
    """
    order = np.argsort(score, kind="stable")
    ranked, positive = score[order], reference[order]
    step = np.empty(ranked.size, dtype=bool)
    step[0] = True
    np.not_equal(ranked[1:], ranked[:-1], out=step[1:])
    first = np.flatnonzero(step)
    last = np.append(first[1:], ranked.size) - 1
    tie = np.cumsum(step) - 1

    negatives = np.cumsum(~positive)
    positives = np.arange(1, ranked.size + 1) - negatives
    n_negative, n_positive = negatives[-1], positives[-1]
    # twice the number below, ties counted once: whole numbers, so exact
    below_negative = negatives[last] + negatives[first] - ~positive[first]
    below_positive = positives[last] + positives[first] - positive[first]
    placed = np.empty(ranked.size)
    placed[order] = np.where(
        positive,
        below_negative[tie] / (2.0 * n_negative),
        1.0 - below_positive[tie] / (2.0 * n_positive),
    )
    return placed


def auroc(score: Floats, reference: Flags) -> float:
    """Area under the ROC curve: the chance that a positive case scores above a negative one.

    Args:
        score: (n,).
        reference: (n,), both classes occur.
    """
    return float(placements(score, reference)[reference].mean())


def auroc_and_variance(score: Floats, reference: Flags) -> tuple[float, float]:
    """AUROC of one model on independent cases, and its variance (DeLong 1988).

    What ``auroc_covariance`` gives, by sorting each class by itself: an interval takes less time
    than scikit-learn's AUROC alone.

    Args:
        score: (n,).
        reference: (n,), both classes occur.

    Returns:
        Both; the variance is NaN with fewer than two cases of a class.
    """
    positive, negative = np.sort(score[reference]), np.sort(score[~reference])
    m, n = positive.size, negative.size
    below = np.searchsorted(negative, positive, side="left")
    not_above = np.searchsorted(negative, positive, side="right")
    won = (below + not_above) / (2.0 * n)  # of each positive: the share of negatives below it
    area = float(won.mean())
    if min(m, n) < 2:
        return area, float("nan")
    # of each negative: the positives above it are those that have it below them
    beaten = np.cumsum(
        np.bincount(below, minlength=n + 1) + np.bincount(not_above, minlength=n + 1)
    )
    lost = 1.0 - beaten[:n] / (2.0 * m)
    spread_won = float(np.square(won - area).sum()) / ((m - 1) * m)
    spread_lost = float(np.square(lost - area).sum()) / ((n - 1) * n)
    return area, spread_won + spread_lost


def auroc_covariance(score: Floats, reference: Flags, group: Indices) -> tuple[Floats, Floats]:
    """AUROC of several models on the same cases, and their covariance, clustered by patient.

    Obuchowski 1997 (Biometrics 53:567); where every patient has one case this is exactly DeLong,
    DeLong & Clarke-Pearson 1988.

    Args:
        score: (M, n), one row a model.
        reference: (n,), both classes occur.
        group: (n,), the patient of each case.

    Returns:
        AUROC (M,) and covariance (M, M); the covariance is NaN with fewer than two positive or
        two negative patients.
    """
    patients, patient = np.unique(group, return_inverse=True)
    n_patients = patients.size
    placed = np.stack([placements(row, reference) for row in score])
    area = placed[:, reference].mean(axis=1)
    centred = placed - area[:, None]

    def by_patient(chosen: Flags) -> Floats:
        return np.stack([np.bincount(patient[chosen], row[chosen], n_patients) for row in centred])

    n_positive, n_negative = int(reference.sum()), int((~reference).sum())
    with_positive = np.count_nonzero(np.bincount(patient[reference]))
    with_negative = np.count_nonzero(np.bincount(patient[~reference]))
    if min(with_positive, with_negative) < 2:
        return area, np.full((len(score), len(score)), np.nan)
    diseased, healthy = by_patient(reference), by_patient(~reference)
    s10 = with_positive / (with_positive - 1) / n_positive * diseased @ diseased.T
    s01 = with_negative / (with_negative - 1) / n_negative * healthy @ healthy.T
    s11 = n_patients / (n_patients - 1) * diseased @ healthy.T
    return area, s10 / n_positive + s01 / n_negative + (s11 + s11.T) / (n_positive * n_negative)


def average_precision(score: Floats, reference: Flags) -> float:
    """Area under the precision-recall curve as a step function (Davis & Goadrich 2006)."""
    return float(average_precision_score(reference, score))


def roc_points(score: Floats, reference: Flags) -> tuple[Floats, Floats]:
    """Corners of the ROC curve: 1 - specificity and sensitivity, from (0, 0) to (1, 1)."""
    false_positive, true_positive, _ = roc_curve(reference, score, drop_intermediate=True)
    return np.asarray(false_positive, np.float64), np.asarray(true_positive, np.float64)


def operating_points(
    score: Floats, reference: Flags, reached: Floats
) -> tuple[Floats, Floats, Floats]:
    """The highest threshold that reaches each sensitivity, and what it does.

    Args:
        score: (n,); positive is score >= threshold.
        reference: (n,), with both classes.
        reached: (k,), sensitivities in (0, 1].

    Returns:
        Threshold, sensitivity (at least what was to be reached) and specificity, each (k,).
    """
    positive, negative = np.sort(score[reference]), np.sort(score[~reference])
    wanted = np.ceil(reached * positive.size - 1e-9).astype(np.intp)  # 0.7 x 10 is 7, not 8
    thresholds = positive[positive.size - np.clip(wanted, 1, positive.size)]
    found = 1 - np.searchsorted(positive, thresholds, side="left") / positive.size
    cleared = np.searchsorted(negative, thresholds, side="left") / negative.size
    return (
        np.asarray(thresholds, np.float64),
        np.asarray(found, np.float64),
        np.asarray(cleared, np.float64),
    )
