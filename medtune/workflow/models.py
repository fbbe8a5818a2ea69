"""The models that are judged: each scores the same cases, through its own preprocessing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.config.evaluation import ScoresTable, Shipped
from medtune.config.run import Run
from medtune.errors import DataError, WeightsError
from medtune.films.join import excluded
from medtune.films.keys import film_keys, refuse_rows_of_several, row_keys
from medtune.films.labels import read_key_and
from medtune.films.locations import read_locations
from medtune.films.store import Decoded
from medtune.learning.hardware import Hardware
from medtune.learning.predict import score
from medtune.learning.probe import fit_probe
from medtune.tables.predictions import retrained
from medtune.vision.controls import thumbnails
from medtune.vision.foreign_models import load_generic
from medtune.vision.tasks import XrayFindings
from medtune.vision.trained import TrainedModel, start
from medtune.workflow.cases import private
from medtune.workflow.decoding import decode, readable, spec_of
from medtune.workflow.scoring import rows, samples, unlabelled
from medtune.workflow.seeing import Seeing
from medtune.workflow.studies import Grouping, first_reason, pool_films


@dataclass(frozen=True)
class Judged:
    """The cases that are scored, and where their films are.

    Attributes:
        run: what is judged.
        train: labelled, readable training cases: probes and controls learn from the same ones.
        cases: calibration and test cases, all of them: films, or studies where views are pooled.
        films: the films of these cases; the cases themselves where each film is one.
        grouping: which films make which case; None where each film is one.
        splits: their splits.
        decoded: films as the run's own model wants them.
        hardware: where it runs.
        show: whether progress is shown.
    """

    run: Run
    train: pd.DataFrame
    cases: pd.DataFrame
    films: pd.DataFrame
    grouping: Grouping | None
    splits: pd.DataFrame
    decoded: Decoded
    hardware: Hardware
    show: bool
    findings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Scored:
    """Rows of predictions of one model, and the thresholds that it came with."""

    predictions: pd.DataFrame
    thresholds: dict[tuple[str, str], float]


def trained(judged: Judged, model: TrainedModel, name: str, findings: dict[str, str]) -> Scored:
    """A network with a head for the findings: the fine-tuned model, or a shipped one.

    Each looks at the films of a study in its own way. Where cases are studies, a network that
    scores films has its scores pooled as ``evaluation.pool`` says; where cases are films, each
    gets the score that a network which pools views gives to its study.

    Args:
        judged: the cases.
        model: the network and its card.
        name: in the closed list of models.
        findings: its finding to ours.
    """
    spec = model.card.preprocessing
    decoded = judged.decoded
    if spec != spec_of(judged.run):
        decoded = decode(
            judged.run.data.work, judged.films, spec, private=private(judged.run), show=judged.show
        )
    refused = _unreadable(decoded, judged.films)
    outside = excluded(judged.films, model.card.films)
    refused = refused.where(refused.notna(), outside)
    outputs = [model.card.findings.index(theirs) for theirs in findings]
    every = scores_of_films(model, decoded, judged.films, refused, judged.hardware)
    # a study's own score is not averaged: that may change its last bit, and a threshold is one
    how = judged.run.evaluation.pool if model.card.views == "each" else "max"
    scores, refused = _of_cases(judged, every[:, outputs], refused, how)
    ours = list(findings.values())
    thresholds = {
        (name, findings[theirs]): value
        for theirs, value in model.card.thresholds.items()
        if theirs in findings
    }
    return Scored(rows(judged.cases, judged.splits, name, ours, scores, refused), thresholds)


def scores_of_films(
    model: TrainedModel,
    decoded: Decoded,
    films: pd.DataFrame,
    refused: pd.Series,
    hardware: Hardware,
) -> NDArray[np.float64]:
    """What a network says of films; of a study, the same of all its films, where it pools them.

    Args:
        model: the network and its card.
        decoded: films as it wants them.
        films: N films.
        refused: (N,) why it does not look at one; empty where it does.
        hardware: where it runs.

    Returns:
        (N, F) of its findings; NaN where a film is refused.
    """
    card = model.card
    asked = films[refused.isna()].reset_index(drop=True)
    scores = np.full((len(films), len(card.findings)), np.nan)
    if asked.empty:
        return scores
    task = XrayFindings(card.findings)
    if card.views == "each":
        found = score(task, model.network, unlabelled(decoded, asked, card), hardware)
    else:
        studies = asked[["study_id"]].drop_duplicates(ignore_index=True)
        studies["case_id"] = studies["study_id"]
        shown = unlabelled(decoded, studies, card, Grouping(asked, card.most_views))
        by_study = score(task, model.network, shown, hardware)
        found = by_study[pd.Index(studies["study_id"]).get_indexer(asked["study_id"])]
    scores[refused.isna().to_numpy()] = found
    return scores


def _of_cases(
    judged: Judged, scores: NDArray[np.float64], refused: pd.Series, how: str
) -> tuple[NDArray[np.float64], pd.Series]:
    """Scores and refusals of films as those of the cases; pooled by mean or max."""
    if judged.grouping is None:
        return scores, refused
    study, cases = judged.films["study_id"], judged.cases
    pooled = pool_films(scores, study, cases, how)
    return pooled, first_reason(refused, study, cases)


def shipped(judged: Judged, other: Shipped) -> Callable[[], Scored]:
    """A finished run or torchxrayvision's weights as the generic model, ready to score.

    Raises:
        WeightsError: it has no head for any of our findings, or for one that is mapped.
    """
    model = load_generic(other.shipped)
    whose = model.card.name if other.run_folder is None else f"The run {model.card.name}"
    name = other.model_name
    mapping = other.findings
    if mapping is None:
        mapping = {f: f for f in model.card.findings if f in judged.findings}
    has = ", ".join(model.card.findings)
    for theirs, ours in mapping.items():
        if theirs not in model.card.findings:
            raise WeightsError(f"{whose} has no finding '{theirs}', but {has}.")
        if ours not in judged.findings:
            raise WeightsError(
                f"'{ours}' is none of this run's findings: {', '.join(judged.findings)}."
            )
    if not mapping:
        raise WeightsError(
            f"{whose} has no finding of this run, but {has}. Say in "
            "'evaluation.compare_with' which of its findings is which of ours."
        )
    return partial(trained, judged, model, name, mapping)


def product(judged: Judged, other: ScoresTable) -> Scored:
    """Any product's table of scores.

    Raises:
        DataError: it has no such column, or holds what is no number.
    """
    _, table = read_key_and(other.scores, [other.id], other.column)
    finding = other.finding or judged.findings[0]
    if other.finding is None and len(judged.findings) > 1:
        raise DataError(f"{other.scores.name}: say which 'finding' its scores are about.")
    number = pd.to_numeric(table[other.column].replace("", pd.NA), errors="coerce")
    wrong = table[number.isna() & (table[other.column] != "")]
    if len(wrong):
        raise DataError(
            f"{other.scores.name}, line {wrong['row'].iloc[0]}: the column '{other.column}' "
            f"holds '{wrong[other.column].iloc[0]}', which is no number."
        )
    places = read_locations(private(judged.run)).set_index("case_id")
    places = places.loc[judged.films["case_id"]].set_axis(judged.films.index)
    films_keys = film_keys(places, other.id)
    table = table.assign(key=row_keys(table["key"], other.id, films_keys))
    refuse_rows_of_several(judged.films, films_keys, table, other.id, other.scores.name)
    found = films_keys.map(pd.Series(number.to_numpy(float, na_value=np.nan), index=table["key"]))
    scores = found.to_numpy(float, na_value=np.nan)[:, None]
    if not np.isfinite(scores).any():
        raise DataError(
            f"{other.scores.name}: none of its {len(table)} rows belongs to one of the films. They "
            f"are joined on '{other.id}'; is that what the column holds?"
        )
    refused = pd.Series("no score in the table", index=judged.films.index, dtype="object")
    refused = refused.mask(np.isfinite(scores[:, 0]), None)
    scores, refused = _of_cases(judged, scores, refused, judged.run.evaluation.pool)
    thresholds = {} if other.threshold is None else {(other.model_name, finding): other.threshold}
    return Scored(
        rows(judged.cases, judged.splits, other.model_name, [finding], scores, refused), thresholds
    )


def frozen_backbone(judged: Judged, *, random: bool = False) -> Scored:
    """A local head on the features of the run's own starting weights, or of random ones."""
    run = judged.run
    network = start(run.model, judged.findings, spec_of(run), random=random, seed=run.training.seed)

    of = Seeing(run.data.work, judged.decoded, spec_of(run), network, judged.hardware)
    return _probed(judged, "random_weights" if random else "frozen_backbone", of)


def thumbnail(judged: Judged) -> Scored:
    """A logistic regression on 8 x 8 thumbnails."""
    return _probed(judged, "thumbnail", thumbnails)


def _probed(judged: Judged, name: str, of: object) -> Scored:
    """A probe on features of the training cases, and its scores."""
    assert callable(of)
    policy = judged.run.data.uncertain_policy
    train = samples(judged.decoded, judged.train, judged.findings, judged.grouping, policy=policy)
    # a soft label has no class: it cannot teach a logistic regression
    hard = train.known & np.isin(train.targets, (0, 1))
    probe = fit_probe(
        of(train),
        train.targets.astype(np.float64),
        hard,
        judged.train["group_id"].to_numpy(str),
        seed=judged.run.training.seed,
    )
    refused = _unreadable(judged.decoded, judged.films)
    if judged.grouping is not None:
        refused = first_reason(refused, judged.films["study_id"], judged.cases)
    there = refused.isna().to_numpy()
    scores = np.full((len(judged.cases), len(judged.findings)), np.nan)
    asked = judged.cases[there].reset_index(drop=True)
    if len(asked):
        shown = samples(judged.decoded, asked, judged.findings, judged.grouping)
        scores[there] = probe.scores(of(shown))
    return Scored(rows(judged.cases, judged.splits, name, judged.findings, scores, refused), {})


def _unreadable(decoded: Decoded, cases: pd.DataFrame) -> pd.Series:
    """Why each case could not be decoded; empty where it could."""
    reasons = decoded.rows.loc[cases["case_id"], "reason"].set_axis(cases.index).astype(object)
    return reasons.where(~readable(decoded, cases), None)


def fine_tuned(judged: Judged, model: TrainedModel, seed: int | None = None) -> Scored:
    """The run's own model, or the same training with another seed."""
    name = "fine_tuned" if seed is None else retrained("fine_tuned", seed)
    return trained(judged, model, name, {f: f for f in model.card.findings})
