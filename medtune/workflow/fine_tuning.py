"""One fine-tuning: what teaches whom and how, and the finished model with its thresholds."""

from __future__ import annotations

import importlib.metadata
import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.config.model import FAST_PROBE
from medtune.config.run import Run
from medtune.errors import DataError
from medtune.evaluation.alignment import by_label
from medtune.evaluation.operating_point import choose_threshold
from medtune.evaluation.pooling import Studies, pool_studies, roll
from medtune.evaluation.selective import fit_referral
from medtune.evaluation.trial import calibration_cases
from medtune.evaluation.unusual import usual_up_to
from medtune.learning.familiarity import MOST, Familiarity, fit_familiarity
from medtune.learning.fast_probe import fit_head
from medtune.learning.fit import fit
from medtune.learning.hardware import Hardware, to_learn
from medtune.learning.lesson import Lesson
from medtune.learning.predict import last_features, score_and_distance
from medtune.learning.ranks import ALONE, Ranks
from medtune.learning.weights import sha256_of
from medtune.run_folder import RunFolder
from medtune.tables.schema import write_text
from medtune.tables.splits import stable_order
from medtune.vision.augment_batch import change_on_device
from medtune.vision.backbones import card_name
from medtune.vision.card import Card, Home, Scores, TaughtWith, origin_of
from medtune.vision.fitting import most_views
from medtune.vision.samples import Change
from medtune.vision.site_batch import site_on_device
from medtune.vision.tasks import XrayFindings, XrayTargets
from medtune.vision.trained import save, start, with_thresholds
from medtune.workflow.asking import asked_of
from medtune.workflow.balancing import loss_for, odds_for
from medtune.workflow.decoding import readable
from medtune.workflow.environment import made_with
from medtune.workflow.harmonising import greys_of
from medtune.workflow.preparing import Prepared
from medtune.workflow.progress import Tell
from medtune.workflow.scoring import rows, samples
from medtune.workflow.seeing import Seeing
from medtune.workflow.site_style import site_pipeline
from medtune.workflow.studies import pools
from medtune.workflow.teaching import change_of


def lesson_of(
    run: Run,
    prepared: Prepared,
    folder: RunFolder,
    hardware: Hardware,
    tell: Tell,
    ranks: Ranks = ALONE,
    *,
    change: Change | None = None,
) -> Lesson:
    """A network at its start, the films that teach it and those that select.

    Args:
        run: with the seed that is meant.
        prepared: its films, as its model wants them.
        folder: for checkpoints and metrics.
        hardware: where it runs.
        tell: takes lines for a person.
        ranks: the processes that train it together.
        change: how films that teach are changed, instead of what the run says; for measuring what
            the changes of others are worth.
    """
    labelled = prepared.labelled("train", run.data)
    task, policy = asked_of(run, labelled), run.data.uncertain_policy
    network = start(
        run.model,
        task.outputs,
        prepared.spec,
        findings=list(run.data.findings),
        seed=run.training.seed,
    )
    network.to(hardware.device)
    if run.model.adapt != FAST_PROBE:  # which works out no gradients of the backbone
        chosen, hardware = hardware, to_learn(network, run.training, hardware)
        if hardware != chosen:
            tell(f"{hardware.precision} arithmetic, in which depthwise convolutions learn faster")
    tune, grouping = prepared.labelled("tune", run.data), prepared.grouping
    shown = labelled
    if grouping is not None:
        tell(grouping.words(prepared.decoded, pd.concat([labelled, tune])))
        shown = grouping.seen(prepared.decoded, labelled)
    changes: dict[str, Any] = {"change": change}
    if change is None:
        changes = _changes(run, shown, hardware, keep=ranks.first)
    teach = samples(prepared.decoded, labelled, task, grouping, policy=policy, **changes)
    if run.data.findings:
        task = asked_of(run, labelled, loss_for(run, teach, tell))
    return Lesson(
        task=task,
        network=network,
        train=teach,
        tune=samples(prepared.decoded, tune, task, grouping),
        model=run.model,
        training=run.training,
        hardware=hardware,
        folder=folder.checkpoints,
        metrics=folder.metrics,
        say=tell,
        odds=odds_for(run, teach, labelled["group_id"], tell),
        ranks=ranks,
    )


def _changes(run: Run, teach: pd.DataFrame, hardware: Hardware, *, keep: bool) -> dict[str, Any]:
    """How films that teach are changed at random: on a GPU there, elsewhere as they are read."""
    size = run.model.image_size
    if hardware.device != "cuda" or not run.changes_films or pools(run.model):
        return {"change": change_of(run, teach, keep=keep)}
    if run.training.augmentation == "site":
        return {"on_device": site_on_device(site_pipeline(run, teach, keep=keep), size)}
    return {"on_device": change_on_device(size)}


def fine_tune(
    run: Run,
    prepared: Prepared,
    folder: RunFolder,
    hardware: Hardware,
    tell: Tell,
    ranks: Ranks = ALONE,
    *,
    change: Change | None = None,
) -> None:
    """Fine-tune, or go on, until the folder has its model with thresholds and environment.

    Of several processes the first goes on after the training: it scores and writes. Arguments as
    of ``lesson_of``.
    """
    lesson = lesson_of(run, prepared, folder, hardware, tell, ranks, change=change)
    task = lesson.task
    value, loss = learn(run, prepared, lesson)
    if not ranks.first:
        return
    card = Card(
        name=run.name,
        site=run.site_name,
        backbone=card_name(run.model.backbone),
        normalisation=lesson.network.backbone.normalisation,  # type: ignore[arg-type]
        preprocessing=prepared.spec,
        include=run.data.include.model_dump(mode="json"),
        findings=list(run.data.findings),
        version=importlib.metadata.version("medtune"),
        origin=origin_of(run.model),
        taught_with=_taught_with(run, prepared),
        targets={name: target.model_dump() for name, target in run.data.targets.items()},
        scale=task.scale if isinstance(task, XrayTargets) else {},
        views=run.model.views,
        most_views=most_views(run.model),
    )
    assert isinstance(task, XrayFindings | XrayTargets)
    familiar = _familiarity(run, prepared, lesson, task)
    calibration = prepared.usable("calibration")
    if len(calibration):
        sample = samples(prepared.decoded, calibration, task, prepared.grouping)
        scores, far = score_and_distance(task, lesson.network, sample, lesson.hardware, familiar)
        if familiar is not None:
            share = run.evaluation.unusual
            limit = usual_up_to(pd.Series(far), calibration["group_id"], share)
            familiar = replace(familiar, limit=limit.distance)
        if isinstance(task, XrayFindings):
            card = _with_thresholds(run, card, task, prepared, calibration, scores)
            card = replace(card, home=_home(run, card, task, prepared, calibration, scores))
    tuned = {f"tune_{lesson.task.monitor.name}": value, "tune_loss": loss}
    _write_environment(folder, lesson.hardware, tuned, prepared)
    save(lesson.network, card, folder.model, familiar)
    tell(f"finished: tune {lesson.task.monitor.words} {value:.4f}")


def learn(run: Run, prepared: Prepared, lesson: Lesson) -> tuple[float, float]:
    """Fine-tune, or go on: the value of the task's monitor on tune, and the loss."""
    if run.model.adapt != FAST_PROBE:
        return fit(lesson)
    spec, network = prepared.spec, lesson.network
    seen = Seeing(run.data.work, prepared.decoded, spec, network, lesson.hardware)
    patients = prepared.labelled("train", run.data)["group_id"].to_numpy(str)
    return fit_head(lesson, patients, seen)


def _taught_with(run: Run, prepared: Prepared) -> TaughtWith:
    """What taught, tuned and calibrated, for the card: digests and counts."""
    used = {name: prepared.labelled(name, run.data) for name in prepared.cases_of}
    return TaughtWith(
        cases_sha256=sha256_of(prepared.folder.cases),
        splits_sha256=sha256_of(prepared.folder.splits),
        counts={
            name: {
                "films": len(prepared.seen(part)),
                "studies": int(part["study_id"].nunique()),
                "patients": int(part["group_id"].nunique()),
            }
            for name, part in used.items()
        },
    )


def _familiarity(
    run: Run, prepared: Prepared, lesson: Lesson, task: XrayFindings | XrayTargets
) -> Familiarity | None:
    """The shape of the films that taught, as the finished network sees them without any change."""
    taught = prepared.labelled("train", run.data)
    some = stable_order(taught["case_id"], run.training.seed).argsort(kind="stable")[:MOST]
    sample = samples(prepared.decoded, taught.iloc[some], task, prepared.grouping)
    return fit_familiarity(last_features(lesson.network, sample, lesson.hardware))


def _with_thresholds(
    run: Run,
    card: Card,
    task: XrayFindings,
    prepared: Prepared,
    calibration: pd.DataFrame,
    scores: NDArray[np.float64],
) -> Card:
    """The card with the thresholds and cuts that the calibration split gives."""
    studies = _pooled(run, task, prepared, calibration, scores)
    thresholds, targets, referral = {}, {}, {}
    for finding in card.findings:
        called = roll(studies, finding, "calibration")
        known = np.isfinite(called.reference) & np.isfinite(called.score[0])
        target = run.evaluation.target_of(finding)
        threshold = choose_threshold(called.score[0][known], called.reference[known] == 1, target)
        if threshold is not None:
            thresholds[finding] = threshold
            targets[finding] = target.model_dump(exclude_none=True)
        bounds = run.evaluation.refer_of(finding)
        if bounds is not None:
            cuts = fit_referral(
                called.score[0][known],
                called.reference[known] == 1,
                called.group[known],
                math.nan if threshold is None else threshold,
                bounds,
            )
            referral[finding] = bounds.model_dump(exclude_none=True) | {
                "absent_below": None if cuts.absent.reason else cuts.absent.score,
                "present_from": None if cuts.present.reason else cuts.present.score,
            }
    return with_thresholds(card, thresholds, targets, referral)


def _pooled(
    run: Run,
    task: XrayFindings,
    prepared: Prepared,
    calibration: pd.DataFrame,
    scores: NDArray[np.float64],
) -> Studies:
    """The calibration split's studies."""
    none = pd.Series([None] * len(calibration), dtype=object)
    predictions = rows(calibration, prepared.splits, "fine_tuned", task.columns, scores, none)
    return pool_studies(predictions, run.evaluation.pool, "calibration")


def _home(
    run: Run,
    card: Card,
    task: XrayFindings,
    prepared: Prepared,
    calibration: pd.DataFrame,
    scores: NDArray[np.float64],
) -> Home | None:
    """What films and scores are like here; None where too few films teach."""
    try:
        greys = greys_of(prepared.decoded, prepared.films(prepared.cases_of["train"]))
    except DataError:  # of so few patients nothing is kept
        return None
    studies = _pooled(run, task, prepared, calibration, scores)
    found = {}
    for finding in card.findings:
        known = by_label(*calibration_cases(roll(studies, finding, "calibration"), "fine_tuned"))
        if known is not None:
            kept = (known.present, known.absent, known.shares)
            found[finding] = Scores(known.prevalence, *(tuple(map(float, part)) for part in kept))
    return Home(greys, found)


PACKAGES = ("torch", "torchvision", "timm", "monai", "lightning", "pydicom", "albumentations",
            "scikit-learn", "numpy", "imagecodecs")  # fmt: skip


def _write_environment(
    folder: RunFolder, hardware: Hardware, tuned: dict[str, float], prepared: Prepared
) -> None:
    """What it was made with and how many films taught."""
    usable = {name: prepared.usable(name) for name in prepared.cases_of}
    content: dict[str, Any] = {
        **made_with(hardware, PACKAGES),
        **tuned,
        "studies": {name: int(part["study_id"].nunique()) for name, part in usable.items()},
        "undecodable_films": {
            name: int((~readable(prepared.decoded, prepared.films(part))).sum())
            for name, part in prepared.cases_of.items()
        },
        "cases_sha256": sha256_of(prepared.folder.cases),
        "splits_sha256": sha256_of(prepared.folder.splits),
    }
    write_text(json.dumps(content, indent=1), folder.environment)
