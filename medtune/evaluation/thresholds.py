"""Every threshold of one finding: where it comes from, how firm it is, and its 2 x 2 table."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from medtune.config import OperatingPoint
from medtune.evaluation.arrays import Weights
from medtune.evaluation.operating_point import Reached, reached, two_by_two
from medtune.evaluation.pooling import Roll
from medtune.evaluation.trial import Trial, calibration_cases


def threshold_rows(
    trial: Trial,
    calibration: Roll | None,
    target: OperatingPoint,
    weights: Weights,
    level: float,
) -> list[dict[str, Any]]:
    """One row a model and rule, as plain values.

    Args:
        trial: one finding.
        calibration: the calibration split's roll; None where there is none.
        target: what the site thresholds had to reach.
        weights: (calibration patients, 1 + B).
        level: of the intervals.

    Returns:
        model, target, rule, threshold (None where there is none, with a reason),
        calibration_studies, calibration_positive; for a site threshold reached (the share on the
        calibration cases, its interval and that of the threshold); true_positive and the like.
    """
    rows = []
    for (model, rule), point in trial.points.items():
        row: dict[str, Any] = {
            "model": model,
            "target": trial.target,
            "rule": rule,
            "threshold": None if point.reason else point.threshold,
            "reason": point.reason,
            "calibration_studies": point.n_cases,
            "calibration_positive": point.n_positive,
        }
        if rule == "site" and not point.reason and calibration is not None:
            row["reached"] = asdict(_reached(calibration, model, target, weights, level))
        if not point.reason:
            table = two_by_two(trial.of(model) >= point.threshold, trial.reference)
            row |= asdict(table)
        rows.append(row)
    return rows


def _reached(
    calibration: Roll, model: str, target: OperatingPoint, weights: Weights, level: float
) -> Reached:
    score, reference, group = calibration_cases(calibration, model)
    return reached(score, reference, group, target, weights, level)
