"""What a reader must know besides: cases left out, models that refused, thin calibration."""

from __future__ import annotations

import numpy as np

from medtune.evaluation.arrays import Flags
from medtune.evaluation.pooling import Roll
from medtune.evaluation.ranking import auroc
from medtune.evaluation.trial import MIN_PATIENTS, Trial
from medtune.evaluation.verdict import name_of

MANY_UNCLEAR = 0.10


def unclear_cases(judged: Roll, trial: Trial, model: str) -> list[str]:
    """Warn where more than a tenth of the test labels are uncertain or unknown, with bounds.

    The bounds count all of them as positive, then all as negative.

    Args:
        judged: the judged split's roll.
        trial: the same finding, paired.
        model: the model whose AUROC is bounded.
    """
    unclear = ~np.isfinite(judged.reference)
    n, total = int(unclear.sum()), unclear.size
    if n <= MANY_UNCLEAR * total:
        return []
    uncertain = int((unclear & judged.uncertain).sum())
    text = (
        f"{judged.target}: {n} of {total} test studies have no clear label ({uncertain} uncertain, "
        f"{n - uncertain} unknown): judged only on clear cases; expect lower in practice"
    )
    scored = np.isfinite(judged.score).all(axis=0)
    score = judged.score[judged.models.index(model)]
    if trial.too_few or not (unclear & scored).any():
        return [text + "."]
    bounds = [auroc(score[scored], _filled(judged, value)[scored]) for value in (True, False)]
    return [
        f"{text}. The AUROC of {name_of(model)} would be {bounds[0]:.3f} if all of them were "
        f"positive and {bounds[1]:.3f} if all were negative."
    ]


def _filled(judged: Roll, value: bool) -> Flags:
    return np.where(np.isfinite(judged.reference), judged.reference == 1, value)


def refusals(judged: Roll) -> dict[str, int]:
    """Studies with a known reference that each model could not score; models with none left out."""
    known = np.isfinite(judged.reference)
    missed = (~np.isfinite(judged.score[:, known])).sum(axis=1)
    return {model: int(count) for model, count in zip(judged.models, missed, strict=True) if count}


def refused_cases(judged: Roll, paired: int, *, worst_case: bool = True) -> list[str]:
    """Warn where any model could not score some studies.

    Args:
        judged: the judged split's roll.
        paired: studies that all models scored.
        worst_case: whether rows stand beside in which a refusal is wrong.
    """
    missed = refusals(judged)
    if not missed:
        return []
    known = int(np.isfinite(judged.reference).sum())
    each = ", ".join(f"{model} {count}" for model, count in missed.items())
    beside = (
        ", and beside that stands the worst case, in which a study that is not scored is wrong"
        if worst_case
        else ""
    )
    return [
        f"{judged.target}: of {known} test studies with a label some could not be scored ({each}); "
        f"all models are compared on the {paired} that all of them scored{beside}."
    ]


def thin_calibration(trial: Trial) -> list[str]:
    """Warn where a threshold rests on few positive or few negative calibration studies.

    Args:
        trial: one finding.
    """
    thin = [
        model
        for (model, rule), point in trial.points.items()
        if rule == "site"
        and not point.reason
        and min(point.n_positive, point.n_cases - point.n_positive) < MIN_PATIENTS
    ]
    if not thin:
        return []
    return [
        f"{trial.target}: the thresholds and the recalibration of {', '.join(thin)} rest on fewer "
        f"than {MIN_PATIENTS} positive or negative calibration studies; what they reach on the "
        "test may be far from the target."
    ]
