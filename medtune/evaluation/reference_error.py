"""Sensitivity and specificity against the truth, where it is known how right the reference is."""

from __future__ import annotations

import numpy as np

from medtune.config.planned import ReferenceAccuracy
from medtune.evaluation.arrays import Weights
from medtune.evaluation.drawn import Draws
from medtune.evaluation.estimate import from_draws, not_estimable
from medtune.evaluation.label_noise import corrected
from medtune.evaluation.measures import Row, measure_row
from medtune.evaluation.resampling import sums
from medtune.evaluation.trial import Trial

IMPOSSIBLE = "a reference that is so right cannot have found so many, or so few"


def corrected_rows(
    trial: Trial, draws: Draws, weights: Weights, known: ReferenceAccuracy, level: float
) -> list[Row]:
    """Each model at each of its thresholds, by subgroup 'reference=0.9/0.95'.

    From the resamples of the patients, so that the interval holds what chance does to both; what
    is known of the reference is taken as certain. Staquet et al. 1981: models and reference err
    independently of one another.

    Args:
        trial: one finding.
        draws: what was resampled of it.
        weights: of the bootstrap.
        known: the reference's own sensitivity and specificity.
        level: confidence level.
    """
    subgroup = f"reference={known.sensitivity:g}/{known.specificity:g}"
    rows: list[Row] = []
    if trial.too_few:
        share = np.empty(0)
    else:
        counted = np.column_stack([trial.reference, np.ones(trial.reference.size)])
        positive, every = sums(counted.astype(np.float64), trial.group, weights)
        share = positive / every
    for (model, rule), point in trial.points.items():
        reason = trial.too_few or point.reason
        both = (draws.get((model, name, rule)) for name in ("sensitivity", "specificity"))
        sensitivity, specificity = both
        for place, measure in enumerate(("sensitivity", "specificity")):
            if reason or sensitivity is None or specificity is None:
                estimate = not_estimable(reason)
            else:
                rates = known.sensitivity, known.specificity
                found = corrected(sensitivity, specificity, share, of_reference=rates)[place]
                estimate = (
                    from_draws(found, level) if np.isfinite(found[0]) else not_estimable(IMPOSSIBLE)
                )
            rows.append(
                measure_row(trial, model, measure, rule, subgroup, level, estimate, point.threshold)
            )
    return rows
