"""One finding, ready to be judged: the paired scores, the thresholds, the recalibrated scores."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from medtune.config import Evaluation, OperatingPoint
from medtune.evaluation.arrays import Flags, Floats, Indices
from medtune.evaluation.intervals import distinct, is_clustered, patients_of_each_class
from medtune.evaluation.operating_point import choose_threshold
from medtune.evaluation.pooling import Roll
from medtune.evaluation.recalibration import FITS

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
class Asked:
    """What is asked of one finding besides.

    Attributes:
        sensitivity: at which the models' specificities are compared.
        specificity: at which their sensitivities are, and to which the partial area reaches.
        prevalence: where PPV and NPV are wanted too; None for the sample's only.
        act_at: chance of the finding at which one would act; None: no net benefit.
        exact: whether proportions get the exact interval and not Wilson's.
        on_logit: whether an AUROC gets its interval on the logit scale.
    """

    sensitivity: float = 0.90
    specificity: float = 0.90
    prevalence: float | None = None
    act_at: float | None = None
    exact: bool = False
    on_logit: bool = False


def asked_of(settings: Evaluation, finding: str) -> Asked:
    """What the settings ask of a finding."""
    target = settings.target_of(finding)
    return Asked(
        sensitivity=target.sensitivity or Asked.sensitivity,
        specificity=target.specificity or Asked.specificity,
        prevalence=settings.prevalences.get(finding),
        act_at=settings.act_at.get(finding),
        exact=settings.proportions == "exact",
        on_logit=settings.auroc_interval == "logit",
    )


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
        recalibrated: by (model, rule), (n,) probabilities after recalibration, or why there are
            none; the rules are those of ``recalibration.FITS``.
        asked: what is asked of the finding besides.
    """

    target: str
    split: str
    models: tuple[str, ...]
    score: Floats
    reference: Flags
    group: Indices
    study: tuple[str, ...]
    points: Mapping[tuple[str, str], Point]
    recalibrated: Mapping[tuple[str, str], Floats | str]
    asked: Asked = Asked()

    def of(self, model: str) -> Floats:
        """One model's scores, (n,)."""
        return np.asarray(self.score[self.models.index(model)])

    def probabilities(self, model: str, rule: str) -> Floats | str:
        """One model's scores, (n,), as they are ('') or recalibrated; or why there are none."""
        return self.recalibrated[model, rule] if rule else self.of(model)

    @cached_property
    def clustered(self) -> bool:
        """Whether any patient has several studies."""
        return is_clustered(self.group)

    @cached_property
    def counts(self) -> dict[str, int]:
        """Studies, patients and positive studies, as columns of a table."""
        return {
            "n_cases": self.reference.size,
            "n_groups": distinct(self.group),
            "n_positive": int(self.reference.sum()),
        }

    @cached_property
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
            recalibrated={k: value for k, value in self.recalibrated.items() if k[0] in kept},
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
                key: value if isinstance(value, str) else value[chosen]
                for key, value in self.recalibrated.items()
            },
        )


def prepare(
    judged: Roll,
    calibration: Roll | None,
    split: str,
    target: OperatingPoint,
    shipped: Mapping[tuple[str, str], float],
    asked: Asked = Asked(),
) -> Trial:
    """Pair the models on the studies that all of them scored, and set their thresholds.

    Args:
        judged: the judged split's roll.
        calibration: the calibration split's roll; None where there is no such row.
        split: the judged split's name.
        target: what the threshold has to reach on calibration, the same for every model.
        shipped: thresholds that models came with, by (model, target).
        asked: what is asked of the finding besides.
    """
    kept = np.isfinite(judged.score).all(axis=0) & np.isfinite(judged.reference)
    points: dict[tuple[str, str], Point] = {}
    recalibrated: dict[tuple[str, str], Floats | str] = {}
    for row, model in enumerate(judged.models):
        if (model, judged.target) in shipped:
            points[model, "shipped"] = Point(shipped[model, judged.target])
        score, reference, _ = calibration_cases(calibration, model)
        points[model, "site"] = _site_point(score, reference, target)
        for rule, fit in FITS.items():
            fitted = fit(score, reference) if score.size else NO_CALIBRATION
            recalibrated[model, rule] = (
                fitted if isinstance(fitted, str) else fitted(judged.score[row, kept])
            )
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
        asked=asked,
    )


def calibration_cases(calibration: Roll | None, model: str) -> tuple[Floats, Flags, Indices]:
    """A model's own calibration cases: those that it scored and whose reference is known.

    Returns:
        Scores, references and patients, (n,) each.
    """
    if calibration is None or model not in calibration.models:
        return np.empty(0), np.empty(0, dtype=bool), np.empty(0, dtype=np.intp)
    score = calibration.score[calibration.models.index(model)]
    kept = np.isfinite(score) & np.isfinite(calibration.reference)
    return score[kept], calibration.reference[kept] == 1, calibration.group[kept]


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
