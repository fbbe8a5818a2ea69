"""One target of classes, grades or amounts, ready to be judged: paired scores and references."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from medtune.config.targets import Kind, Target
from medtune.errors import DataError
from medtune.evaluation.arrays import Flags, Floats, Indices
from medtune.evaluation.intervals import is_clustered
from medtune.evaluation.pooling import Roll, Studies, roll
from medtune.evaluation.trial import MIN_PATIENTS, Trial

OF_A_TARGET = "a target of classes has one score and one reference a class, for every case"


def decided(kind: Kind, score: Floats) -> Floats:
    """What scores say, (n,): the most probable class, the median grade, or the amount.

    Args:
        kind: of the target.
        score: (n, K) probabilities, or (n, 1) amounts.
    """
    if kind == "continuous":
        return np.asarray(score[:, 0])
    if kind == "multiclass":
        return score.argmax(axis=1).astype(np.float64)
    above = 1 - np.cumsum(score, axis=1)[:, :-1]
    return (above > 0.5).sum(axis=1).astype(np.float64)


@dataclass(frozen=True)
class Contest:
    """One target's judged studies.

    Attributes:
        target: its name.
        kind: multiclass, ordinal or continuous.
        classes: K names; none of an amount.
        split: the judged split.
        models: as in ``score``.
        score: (M, n, K) probabilities, or (M, n, 1) amounts.
        reference: (n,) place of the class, or the amount.
        group: (n,), index of the patient among all patients of the split.
        study: (n,), study_id.
    """

    target: str
    kind: Kind
    classes: tuple[str, ...]
    split: str
    models: tuple[str, ...]
    score: Floats
    reference: Floats
    group: Indices
    study: tuple[str, ...]

    def said(self, model: str) -> Floats:
        """What a model says, (n,): the most probable class, the median grade, or the amount."""
        return decided(self.kind, self.score[self.models.index(model)])

    @property
    def clustered(self) -> bool:
        """Whether any patient has several studies."""
        return is_clustered(self.group)

    @property
    def too_few(self) -> str:
        """Why nothing that judges a model is estimable; empty where enough patients are there.

        As of findings: ten patients on either side; of classes and grades, of the most frequent
        one and of all others.
        """
        patients = int(np.unique(self.group).size)
        if patients < 2 * MIN_PATIENTS:
            return f"{patients} patients; at least {2 * MIN_PATIENTS} are needed"
        if self.kind == "continuous":
            if np.ptp(self.reference) == 0:
                return "all patients have the same amount"
            return ""
        others = int(np.unique(self.group[self.reference != self.most_frequent]).size)
        if others < MIN_PATIENTS:
            most = self.classes[int(self.most_frequent)]
            return (
                f"{others} patients are of another class than {most}; at least {MIN_PATIENTS} are "
                "needed"
            )
        return ""

    @property
    def most_frequent(self) -> float:
        """Place of the class that most studies have; the first of equals."""
        counts = np.bincount(self.reference.astype(int), minlength=len(self.classes))
        return float(counts.argmax())

    def against_the_others(self, place: int) -> Trial:
        """One class as a finding: present where it is the case's own."""
        return Trial(
            target=f"{self.target}={self.classes[place]}",
            split=self.split,
            models=self.models,
            score=np.ascontiguousarray(self.score[:, :, place]),
            reference=self.reference == place,
            group=self.group,
            study=self.study,
            points={},
            recalibrated={},
        )

    def only(self, chosen: Flags) -> Contest:
        """The same contest on some of its studies."""
        return replace(
            self,
            score=self.score[:, chosen],
            reference=self.reference[chosen],
            group=self.group[chosen],
            study=tuple(np.array(self.study, dtype=object)[chosen]),
        )


def called(studies: Studies, name: str, target: Target, split: str) -> tuple[Roll, Floats]:
    """The roll of one split for one target, and every model's scores.

    Args:
        studies: the pooled predictions.
        name: of the target.
        target: its kind and classes.
        split: the judged one.

    Returns:
        The roll, whose reference is the place of the class or the amount, and whose score is NaN
        where the model could not score the study, else 0; and the scores, (M, n, K or 1).

    Raises:
        DataError: there is no row of any class, a class is missing for some case, or a case is of
            no class or of several.
    """
    rolls = [roll(studies, name, split, of_class) for of_class in target.classes or [""]]
    first = rolls[0]
    if not any(each.models for each in rolls):
        of = f" of its classes ({', '.join(target.classes)})" if target.classes else ""
        raise DataError(
            f"The predictions of '{name}' have no row{of} in the split '{split}': {OF_A_TARGET}, "
            "and the column 'class' says of which."
        )
    if any((each.models, each.study) != (first.models, first.study) for each in rolls):
        raise DataError(f"The predictions of '{name}' are not whole: {OF_A_TARGET}.")
    score = np.stack([each.score for each in rolls], axis=2)
    reference = first.reference
    if target.classes is not None:
        table = np.stack([each.reference for each in rolls], axis=1)
        known = np.isfinite(table)
        if (known.any(axis=1) != known.all(axis=1)).any() or (
            table[known.all(axis=1)].sum(axis=1) != 1
        ).any():
            raise DataError(f"The references of '{name}' are not of one class each: {OF_A_TARGET}.")
        reference = np.where(known.all(axis=1), table.argmax(axis=1), math.nan)
    whole = np.where(np.isfinite(score).all(axis=2), 0.0, math.nan)
    return replace(first, score=whole, reference=reference), score


def contest(judged: Roll, score: Floats, target: Target, split: str) -> Contest:
    """Pair the models on the studies that all of them scored and whose reference is known.

    Args:
        judged: the roll of ``called``.
        score: its scores.
        target: kind and classes.
        split: the judged split's name.
    """
    kept = np.isfinite(judged.score).all(axis=0) & np.isfinite(judged.reference)
    return Contest(
        target=judged.target,
        kind=target.kind,
        classes=tuple(target.classes or ()),
        split=split,
        models=judged.models,
        score=score[:, kept],
        reference=judged.reference[kept],
        group=judged.group[kept],
        study=tuple(np.array(judged.study, dtype=object)[kept]),
    )
