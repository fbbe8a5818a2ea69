"""The models that are judged: each scores the same cases, through its own preprocessing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.config.compared import Shipped
from medtune.config.run import Run
from medtune.config.targets import Target
from medtune.errors import WeightsError
from medtune.films.join import excluded
from medtune.films.preprocessing import Preprocessing
from medtune.films.store import Decoded
from medtune.learning.features import FeaturesOf
from medtune.learning.hardware import Hardware
from medtune.learning.predict import score_and_distance
from medtune.learning.probe import fit_probe
from medtune.learning.probe_kinds import fit_kind
from medtune.tables.cases import ATTRIBUTES
from medtune.tables.predictions import retrained
from medtune.vision.controls import thumbnails
from medtune.vision.foreign_models import load_generic
from medtune.vision.tasks import XrayFindings, XrayTargets, values_of
from medtune.vision.trained import TrainedModel, start
from medtune.workflow.cases import private
from medtune.workflow.decoding import decode, readable
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
        spec: how they are prepared.
        hardware: where it runs.
        show: whether progress is shown.
        task: what is learned.
    """

    run: Run
    train: pd.DataFrame
    cases: pd.DataFrame
    films: pd.DataFrame
    grouping: Grouping | None
    splits: pd.DataFrame
    decoded: Decoded
    spec: Preprocessing
    hardware: Hardware
    show: bool
    task: XrayFindings | XrayTargets

    @property
    def learned(self) -> list[str]:
        """Names of the run's findings, or of its targets."""
        return self.run.data.learned

    @property
    def attributes(self) -> tuple[str, ...]:
        """What of the cases goes with their scores: also header facts that are judged apart."""
        return tuple(dict.fromkeys((*ATTRIBUTES, *self.run.evaluation.subgroups)))


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
    if spec != judged.spec:
        decoded = decode(
            judged.run.data.work, judged.films, spec, private=private(judged.run), show=judged.show
        )
    refused = _unreadable(decoded, judged.films)
    outside = excluded(judged.films, model.card.films)
    refused = refused.where(refused.notna(), outside)
    task = model.card.task
    places = [place for place, (theirs, _) in enumerate(task.columns) if theirs in findings]
    columns = [(findings[task.columns[place][0]], task.columns[place][1]) for place in places]
    every, far = scores_of_films(model, decoded, judged.films, refused, judged.hardware)
    # a study's own score is not averaged: that may change its last bit, and a threshold is one
    how = judged.run.evaluation.pool if model.card.views == "each" else "max"
    distance, _ = of_cases(judged, far[:, None], refused, "max")
    scores, refused = of_cases(judged, every[:, places], refused, how)
    thresholds = {
        (name, findings[theirs]): value
        for theirs, value in model.card.thresholds.items()
        if theirs in findings
    }
    table = rows(
        judged.cases,
        judged.splits,
        name,
        columns,
        scores,
        refused,
        distance[:, 0],
        attributes=judged.attributes,
    )
    return Scored(table, thresholds)


def scores_of_films(
    model: TrainedModel,
    decoded: Decoded,
    films: pd.DataFrame,
    refused: pd.Series,
    hardware: Hardware,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What a network says of films; of a study, the same of all its films, where it pools them.

    Args:
        model: the network and its card.
        decoded: films as it wants them.
        films: N films.
        refused: (N,) why it does not look at one; empty where it does.
        hardware: where it runs.

    Returns:
        Scores (N, C) as the columns of its task, and distances (N,) from what taught; NaN where a
        film is refused.
    """
    card, task = model.card, model.card.task
    asked = films[refused.isna()].reset_index(drop=True)
    scores, distance = np.full((len(films), len(task.columns)), np.nan), np.full(len(films), np.nan)
    if asked.empty:
        return scores, distance
    whose, grouping = np.arange(len(asked)), None
    cases = asked
    if card.views != "each":
        cases = asked[["study_id"]].drop_duplicates(ignore_index=True)
        cases["case_id"] = cases["study_id"]
        whose = pd.Index(cases["study_id"]).get_indexer(asked["study_id"])
        grouping = Grouping(asked, card.most_views)
    shown = unlabelled(decoded, cases, task.outputs, grouping)
    found, far = score_and_distance(task, model.network, shown, hardware, model.familiarity)
    there = refused.isna().to_numpy()
    scores[there], distance[there] = task.table(found)[whose], far[whose]
    return scores, distance


def of_cases(
    judged: Judged, scores: NDArray[np.float64], refused: pd.Series, how: str
) -> tuple[NDArray[np.float64], pd.Series]:
    """Scores and refusals of films as those of the cases; pooled by mean or max."""
    if judged.grouping is None:
        return scores, refused
    study, cases = judged.films["study_id"], judged.cases
    return pool_films(scores, study, cases, how), first_reason(refused, study, cases)


@dataclass(frozen=True)
class Generic:
    """A model with heads for some of our findings.

    Attributes:
        model: the network and its card.
        name: in every table.
        findings: its finding to ours.
    """

    model: TrainedModel
    name: str
    findings: dict[str, str]


def shipped(judged: Judged, other: Shipped) -> Callable[[], Scored]:
    """A finished run or torchxrayvision's weights as the generic model, ready to score.

    Raises:
        WeightsError: it has no head for any of our findings, or for one that is mapped.
    """
    found = generic(judged.run, other)
    return partial(trained, judged, found.model, found.name, found.findings)


def generic(run: Run, other: Shipped) -> Generic:
    """A finished run or torchxrayvision's weights, and which of its findings is which of ours.

    Raises:
        WeightsError: as of ``shipped``.
    """
    model = load_generic(other.shipped)
    whose = model.card.name if other.run_folder is None else f"The run {model.card.name}"
    learned, mapping = run.data.learned, other.findings
    if mapping is None:
        mapping = {f: f for f in model.card.learned if f in learned}
    has = ", ".join(model.card.learned)
    for theirs, ours in mapping.items():
        if theirs not in model.card.learned:
            raise WeightsError(f"{whose} has no finding '{theirs}', but {has}.")
        if ours not in learned:
            raise WeightsError(f"'{ours}' is none of this run's findings: {', '.join(learned)}.")
        _refuse_another_kind(model, theirs, run.data.targets.get(ours), whose)
    if not mapping:
        raise WeightsError(
            f"{whose} has no finding of this run, but {has}. Say in "
            "'evaluation.compare_with' which of its findings is which of ours."
        )
    return Generic(model, other.model_name, mapping)


def _refuse_another_kind(model: TrainedModel, theirs: str, ours: Target | None, whose: str) -> None:
    """Refuse a model whose target of the same name has other classes, or is of another kind."""
    said = model.card.targets.get(theirs)
    has = Target.model_validate(said) if said is not None else None
    if has is None and ours is None:
        return
    kinds = [each.kind if each is not None else "binary" for each in (has, ours)]
    if kinds[0] != kinds[1]:
        raise WeightsError(f"{whose} has '{theirs}' as {kinds[0]}, and this run as {kinds[1]}.")
    assert has is not None
    assert ours is not None
    if has.classes != ours.classes or has.unit != ours.unit:
        told = [" < ".join(each.classes) if each.classes else each.unit for each in (has, ours)]
        raise WeightsError(f"{whose} has '{theirs}' as {told[0]}, and this run as {told[1]}.")


def frozen_backbone(judged: Judged, *, random: bool = False) -> Scored:
    """A local head on the features of the run's own starting weights, or of random ones."""
    run = judged.run
    outputs, seed = judged.task.outputs, run.training.seed
    network = start(run.model, outputs, judged.spec, random=random, seed=seed)

    of = Seeing(run.data.work, judged.decoded, judged.spec, network, judged.hardware)
    decides = replace(of, hardware=judged.hardware.exact)
    return _probed(judged, "random_weights" if random else "frozen_backbone", of, decides)


def thumbnail(judged: Judged) -> Scored:
    """A logistic regression on 8 x 8 thumbnails."""
    return _probed(judged, "thumbnail", thumbnails, thumbnails)


def _probed(judged: Judged, name: str, of: FeaturesOf, decides: FeaturesOf) -> Scored:
    """A probe on features of the training cases, and its scores by those that decide."""
    policy, task = judged.run.data.uncertain_policy, judged.task
    grouping = judged.grouping
    train = samples(judged.decoded, judged.train, task, grouping, policy=policy)
    patients, seed = judged.train["group_id"].to_numpy(str), judged.run.training.seed
    if isinstance(task, XrayTargets):
        probe = _probe_of_targets(task, of(train), judged.train, patients, seed)
    else:
        # a soft label has no class: it cannot teach a logistic regression
        hard = train.known & np.isin(train.targets, (0, 1))
        targets = train.targets.astype(np.float64)
        probe = fit_probe(of(train), targets, hard, patients, seed=seed).scores
    refused = _unreadable(judged.decoded, judged.films)
    if grouping is not None:
        refused = first_reason(refused, judged.films["study_id"], judged.cases)
    there = refused.isna().to_numpy()
    scores = np.full((len(judged.cases), len(task.columns)), np.nan)
    asked = judged.cases[there].reset_index(drop=True)
    if len(asked):
        scores[there] = probe(decides(samples(judged.decoded, asked, task, grouping)))
    table = rows(
        judged.cases,
        judged.splits,
        name,
        task.columns,
        scores,
        refused,
        attributes=judged.attributes,
    )
    return Scored(table, {})


def _probe_of_targets(
    task: XrayTargets,
    learnt_from: NDArray[np.float64],
    cases: pd.DataFrame,
    patients: NDArray[np.str_],
    seed: int,
) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """A head for each target, from features (N, D) to the columns of the task (N, C)."""
    values = values_of(cases, task.targets)
    heads = [
        fit_kind(
            target.kind,
            len(target.classes or [""]),
            learnt_from,
            values[:, place],
            patients,
            seed=seed,
        )
        for place, target in enumerate(task.targets.values())
    ]
    return lambda features: np.concatenate([head(features) for head in heads], axis=1)


def _unreadable(decoded: Decoded, cases: pd.DataFrame) -> pd.Series:
    """Why each case could not be decoded; empty where it could."""
    reasons = decoded.rows.loc[cases["case_id"], "reason"].set_axis(cases.index).astype(object)
    return reasons.where(~readable(decoded, cases), None)


def fine_tuned(judged: Judged, model: TrainedModel, seed: int | None = None) -> Scored:
    """The run's own model, or the same training with another seed."""
    name = "fine_tuned" if seed is None else retrained("fine_tuned", seed)
    return trained(judged, model, name, {f: f for f in model.card.learned})
