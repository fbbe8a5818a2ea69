"""From films to studies: one score a study and model, one reference, nothing contradictory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from medtune.config.targets import OF_CLASSES, Target
from medtune.errors import DataError, LeakError
from medtune.evaluation.arrays import Flags, Floats, Indices
from medtune.tables.amounts import counted
from medtune.tables.cases import read_uncertain
from medtune.tables.predictions import COLUMNS, declare_predictions

CALIBRATION = "calibration"
SEVERAL, UNKNOWN = "several", "unknown"
NOT_ATTRIBUTES = {
    *(*COLUMNS, "study_id", "uncertain", "refused", "text"),
    *("embedding_distance", "unlike_site"),
}


@dataclass(frozen=True)
class Studies:
    """The pooled predictions.

    Attributes:
        scores: one row a study, model, target and class: study_id, group_id, split, model, target,
            class (empty but for targets of classes), score (NaN: the model scored none of its
            films), reference (NaN: unknown), uncertain, films.
        attributes: one row a study, indexed by study_id; 'several' where its films differ.
        films: the films' own rows, sorted.
    """

    scores: pd.DataFrame
    attributes: pd.DataFrame
    films: pd.DataFrame


@dataclass(frozen=True)
class Roll:
    """All studies of one split for one finding, judged or not.

    Attributes:
        target: the finding.
        models: those that have any row for this finding, in order of name.
        score: (M, n); NaN where the model could not score the study.
        reference: (n,); 1, 0, or NaN where unknown.
        uncertain: (n,), labelled uncertain.
        group: (n,), index of the patient among all patients of the split.
        study: (n,), study_id.
        films: (n,), number of films.
    """

    target: str
    models: tuple[str, ...]
    score: Floats
    reference: Floats
    uncertain: Flags
    group: Indices
    study: tuple[str, ...]
    films: Indices


def pool_studies(
    predictions: pd.DataFrame,
    how: Literal["mean", "max"],
    judged_split: str,
    targets: Mapping[str, Target] | None = None,
) -> Studies:
    """Pool the films' scores within each study, per model, target and class.

    A study is scored by a model that scored any of its films; its reference is its films' common
    one. Rows of splits other than calibration and the judged one are left aside.

    Args:
        predictions: a table as ``medtune.tables.predictions`` declares it.
        how: mean or max of the films' scores.
        judged_split: the split that is judged.
        targets: those that are no findings.

    Raises:
        DataError: a case twice, a reference other than 0 and 1, films of one study that contradict
            one another, or nothing to judge.
        LeakError: a patient both in calibration and in the judged split.
    """
    films = declare_predictions(predictions)
    films = films[films["split"].isin([CALIBRATION, judged_split])].copy()
    if not (films["split"] == judged_split).any():
        raise DataError(f"The predictions have no row of the split '{judged_split}'.")
    own = films["case_id"]
    films["study_id"] = films["study_id"].fillna(own) if "study_id" in films else own
    for column in ("case_id", "group_id", "study_id", "split", "model", "target"):
        if films[column].isna().any():
            raise DataError(f"The predictions have rows without a {column}.")
        # by way of categories, so that equal words are one object: a tenth of the memory
        films[column] = films[column].astype("category").astype(object)
    kinds = {name: target.kind for name, target in (targets or {}).items()}
    of_classes = films["target"].isin([name for name in kinds if kinds[name] in OF_CLASSES])
    films["class"] = films["class"].fillna("").where(of_classes, "").astype(object)
    keys = ["target", "class", "model", "study_id"]
    films = films.sort_values([*keys, "case_id"], ignore_index=True)
    _refuse_contradictions(films, judged_split, kinds)

    if "uncertain" in films:
        words = films["uncertain"].astype(object).fillna("")
        pairs = zip(films["target"], words, strict=True)
        films["uncertain"] = [target in read_uncertain(text) for target, text in pairs]
    else:
        films["uncertain"] = False
    grouped = films.groupby(keys, sort=True)
    scores = grouped.agg(
        group_id=("group_id", "first"),
        split=("split", "first"),
        score=("score", how),
        reference=("reference", "max"),
        uncertain=("uncertain", "max"),
        films=("case_id", "size"),
    ).reset_index()
    return Studies(scores, _attributes(films), films)


def _refuse_contradictions(
    films: pd.DataFrame, judged_split: str, kinds: Mapping[str, str]
) -> None:
    twice = int(films.duplicated(["case_id", "model", "target", "class"]).sum())
    if twice:
        raise DataError(
            f"The predictions repeat a case, model and target in {counted(twice, 'row')}: each may "
            "occur once (of a target of several classes, once a class)."
        )
    amounts = films["target"].isin([name for name in kinds if kinds[name] == "continuous"])
    if np.isinf(films.loc[amounts, "reference"]).any():
        raise DataError("The predictions have infinite amounts as references.")
    reference = films.loc[~amounts, "reference"].dropna()
    if not reference.isin([0, 1]).all():
        raise DataError("The predictions' reference may be 1, 0 or empty, and nothing else.")
    if np.isinf(films["score"]).any():
        raise DataError("The predictions have infinite scores; leave a refused case's score empty.")
    by_study = films.groupby("study_id")
    for column, word in (("group_id", "several patients"), ("split", "several splits")):
        torn = int((by_study[column].nunique() > 1).sum())
        if torn:
            raise DataError(f"The predictions have {counted(torn, 'study')} of {word}.")
    spread = films.groupby(["study_id", "target", "class"])["reference"].nunique()
    several = spread[spread > 1].index.get_level_values("study_id").nunique()
    if several:
        what = "both 1 and 0 as the reference of one finding"
        if amounts.any():
            what = "several references of one target"
        raise DataError(
            f"The predictions have {counted(several, 'study')} whose rows have {what}: a "
            "study has one reference, common to its films and to all models."
        )
    groups = films.groupby("split")["group_id"].unique()
    if CALIBRATION in groups and judged_split != CALIBRATION:
        both = len(set(groups[CALIBRATION]) & set(groups[judged_split]))
        if both:
            raise LeakError(
                f"{counted(both, 'patient', 'is')} both in the calibration split and in "
                f"'{judged_split}': thresholds would be chosen on patients that are judged."
            )


def _attributes(films: pd.DataFrame) -> pd.DataFrame:
    names = [name for name in films.columns if name not in NOT_ATTRIBUTES]
    by_film = films.set_index("study_id")[names]
    studies = by_film.index.unique().sort_values()
    found = {}
    for name in names:
        known = by_film[name].dropna().astype(str).groupby(level=0)
        value = known.first().where(known.nunique() == 1, SEVERAL)
        found[name] = value.reindex(studies).fillna(UNKNOWN)
    return pd.DataFrame(found, index=studies)


def roll(studies: Studies, target: str, split: str, of_class: str = "") -> Roll:
    """Call the roll of one split for one finding: every study, every model's score.

    A model without any row for this finding takes no part in it.

    Args:
        studies: the pooled predictions.
        target: the finding.
        split: calibration, or the judged one.
        of_class: of a target of classes, the one that is called.
    """
    in_split = studies.scores[studies.scores["split"] == split]
    patients = np.sort(in_split["group_id"].unique().astype(str))
    rows = in_split[(in_split["target"] == target) & (in_split["class"] == of_class)]
    score = rows.pivot(index="study_id", columns="model", values="score").sort_index()
    facts = rows.groupby("study_id", sort=True).agg(
        group_id=("group_id", "first"),
        reference=("reference", "max"),
        uncertain=("uncertain", "max"),
        films=("films", "max"),
    )
    group = np.searchsorted(patients, facts["group_id"].to_numpy().astype(str))
    return Roll(
        target=target,
        models=tuple(str(model) for model in score.columns),
        score=score.to_numpy(np.float64, na_value=np.nan).T.copy(),
        reference=facts["reference"].to_numpy(np.float64, na_value=np.nan),
        uncertain=facts["uncertain"].to_numpy(bool),
        group=group,
        study=tuple(str(study) for study in facts.index),
        films=facts["films"].to_numpy(np.intp),
    )


def patients_of(studies: Studies, split: str) -> int:
    """How many patients a split has, over all findings: the rows of the bootstrap's weights."""
    return int(studies.scores.loc[studies.scores["split"] == split, "group_id"].nunique())
