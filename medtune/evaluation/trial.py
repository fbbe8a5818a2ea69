"""One finding, ready to be judged: the paired scores, the thresholds, the recalibrated scores."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from medtune.config import OperatingPoint
from medtune.evaluation.arrays import Flags, Floats, Indices
from medtune.evaluation.calibration import platt
from medtune.evaluation.intervals import is_clustered, patients_of_each_class
from medtune.evaluation.operating_point import choose_threshold
from medtune.evaluation.pooling import Roll

MIN_PATIENTS = 10  # of each class, below which nothing that judges a model is estimable
NO_CALIBRATION = "no calibration cases"


@dataclass(frozen=True)
class Point:
    """A model's threshold, where it comes from, or why there is none.

    Attributes:
        threshold: positive is score >= threshold; NaN where there is none.
        reason: why there is none.
        n_cases: calibration studies it was chosen on.
        n_positive: the positive ones among them.
    """

    threshold: float
    reason: str = ""
    n_cases: int = 0
    n_positive: int = 0


@dataclass(frozen=True)
class Trial:
    """One finding's judged studies.

    Attributes:
        target: the finding.
        split: the judged split.
        models: as in ``score``.
        score: (M, n), every model's score of every study.
        reference: (n,).
        group: (n,), index of the patient among all patients of the split.
        study: (n,), study_id.
        points: by (model, rule), rule 'site' or 'shipped'.
        recalibrated: each model's (n,) probabilities after recalibration, or why there are none.
    """

    target: str
    split: str
    models: tuple[str, ...]
    score: Floats
    reference: Flags
    group: Indices
    study: tuple[str, ...]
    points: Mapping[tuple[str, str], Point]
    recalibrated: Mapping[str, Floats | str]

    def of(self, model: str) -> Floats:
        """One model's scores, (n,)."""
        return np.asarray(self.score[self.models.index(model)])

    @property
    def clustered(self) -> bool:
        """Whether any patient has several studies."""
        return is_clustered(self.group)

    @property
    def too_few(self) -> str:
        """Why nothing that judges a model is estimable; empty where enough patients are there."""
        positive, negative = patients_of_each_class(self.reference, self.group)
        if positive >= MIN_PATIENTS and negative >= MIN_PATIENTS:
            return ""
        return (
            f"{positive} positive and {negative} negative patients; "
            f"at least {MIN_PATIENTS} of each are needed"
        )

    def among(self, models: tuple[str, ...]) -> Trial:
        """The same trial of some of its models, on the same studies."""
        kept = [model for model in self.models if model in models]
        return replace(
            self,
            models=tuple(kept),
            score=self.score[[self.models.index(model) for model in kept]],
            points={key: point for key, point in self.points.items() if key[0] in kept},
            recalibrated={model: self.recalibrated[model] for model in kept},
        )

    def only(self, chosen: Flags) -> Trial:
        """The same trial on some of its studies."""
        return replace(
            self,
            score=self.score[:, chosen],
            reference=self.reference[chosen],
            group=self.group[chosen],
            study=tuple(np.array(self.study, dtype=object)[chosen]),
            recalibrated={
                model: value if isinstance(value, str) else value[chosen]
                for model, value in self.recalibrated.items()
            },
        )


def prepare(
    judged: Roll,
    calibration: Roll | None,
    split: str,
    target: OperatingPoint,
    shipped: Mapping[tuple[str, str], float],
) -> Trial:
    """Pair the models on the studies that all of them scored, and set their thresholds.

    Args:
        judged: the judged split's roll.
        calibration: the calibration split's roll; None where there is no such row.
        split: the judged split's name.
        target: what the threshold has to reach on calibration, the same for every model.
        shipped: thresholds that models came with, by (model, target).
    """
    kept = np.isfinite(judged.score).all(axis=0) & np.isfinite(judged.reference)
    points: dict[tuple[str, str], Point] = {}
    recalibrated: dict[str, Floats | str] = {}
    for row, model in enumerate(judged.models):
        if (model, judged.target) in shipped:
            points[model, "shipped"] = Point(shipped[model, judged.target])
        score, reference = _calibration_cases(calibration, model)
        points[model, "site"] = _site_point(score, reference, target)
        fitted = platt(score, reference) if score.size else NO_CALIBRATION
        recalibrated[model] = fitted if isinstance(fitted, str) else fitted(judged.score[row, kept])
    return Trial(
        target=judged.target,
        split=split,
        models=judged.models,
        score=judged.score[:, kept],
        reference=judged.reference[kept] == 1,
        group=judged.group[kept],
        study=tuple(np.array(judged.study, dtype=object)[kept]),
        points=points,
        recalibrated=recalibrated,
    )


def _calibration_cases(calibration: Roll | None, model: str) -> tuple[Floats, Flags]:
    """A model's own calibration cases: those that it scored and whose reference is known."""
    if calibration is None or model not in calibration.models:
        return np.empty(0), np.empty(0, dtype=bool)
    score = calibration.score[calibration.models.index(model)]
    kept = np.isfinite(score) & np.isfinite(calibration.reference)
    return score[kept], calibration.reference[kept] == 1


def _site_point(score: Floats, reference: Flags, target: OperatingPoint) -> Point:
    n, positive = score.size, int(reference.sum())
    if not n:
        return Point(math.nan, NO_CALIBRATION)
    threshold = choose_threshold(score, reference, target)
    if threshold is None:
        missing = "positive" if target.sensitivity is not None else "negative"
        return Point(math.nan, f"no {missing} calibration case", n, positive)
    return Point(threshold, "", n, positive)


def with_refusals_wrong(judged: Roll, trial: Trial, model: str) -> Trial:
    """One model on all its studies with a known reference, each refusal counted as wrong.

    A refused positive study ranks below every other, a refused negative one above.
    """
    known = np.isfinite(judged.reference)
    reference = judged.reference[known] == 1
    score = judged.score[judged.models.index(model), known]
    wrong = np.where(reference, -np.inf, np.inf)
    return replace(
        trial,
        models=(model,),
        score=np.where(np.isfinite(score), score, wrong)[None, :],
        reference=reference,
        group=judged.group[known],
        study=tuple(np.array(judged.study, dtype=object)[known]),
        recalibrated={},
    )
