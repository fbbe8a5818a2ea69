"""One fine-tuning: what teaches whom and how, and the finished model with its thresholds."""

from __future__ import annotations

import importlib.metadata
import json
import platform
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from medtune.config.model import FAST_PROBE
from medtune.config.run import Run
from medtune.evaluation.operating_point import choose_threshold
from medtune.evaluation.pooling import pool_studies, roll
from medtune.learning.fast_probe import fit_head
from medtune.learning.fit import fit
from medtune.learning.hardware import Hardware
from medtune.learning.lesson import Lesson
from medtune.learning.predict import score
from medtune.learning.weights import sha256_of
from medtune.run_folder import RunFolder
from medtune.tables.schema import write_text
from medtune.vision.backbones import card_name
from medtune.vision.card import Card, TaughtWith, origin_of
from medtune.vision.tasks import XrayFindings, XrayTargets
from medtune.vision.trained import save, start, with_thresholds
from medtune.workflow.asking import asked_of
from medtune.workflow.balancing import loss_for, odds_for
from medtune.workflow.preparing import Prepared
from medtune.workflow.scoring import films, rows
from medtune.workflow.seeing import Seeing
from medtune.workflow.teaching import change_of

Tell = Callable[[str], None]


def lesson_of(
    run: Run, prepared: Prepared, folder: RunFolder, hardware: Hardware, tell: Tell
) -> Lesson:
    """A network at its start, the films that teach it and those that select.

    Args:
        run: with the seed that is meant.
        prepared: its films, as its model wants them.
        folder: for checkpoints and metrics.
        hardware: where it runs.
        tell: takes lines for a person.
    """
    labelled = prepared.labelled("train", run.data)
    task, policy = asked_of(run, labelled), run.data.uncertain_policy
    network = start(run.model, task.outputs, prepared.spec, seed=run.training.seed)
    network.to(hardware.device)
    change = change_of(run, prepared.decoded, labelled, keep=True)
    teach = films(prepared.decoded, labelled, task, policy=policy, change=change)
    if run.data.findings:
        task = asked_of(run, labelled, loss_for(run, teach, tell))
    return Lesson(
        task=task,
        network=network,
        train=teach,
        tune=films(prepared.decoded, prepared.labelled("tune", run.data), task),
        model=run.model,
        training=run.training,
        hardware=hardware,
        folder=folder.checkpoints,
        metrics=folder.metrics,
        say=tell,
        odds=odds_for(run, teach, labelled["group_id"], tell),
    )


def fine_tune(
    run: Run, prepared: Prepared, folder: RunFolder, hardware: Hardware, tell: Tell
) -> None:
    """Fine-tune, or go on, until the folder has its model with thresholds and environment."""
    lesson = lesson_of(run, prepared, folder, hardware, tell)
    task = lesson.task
    value, loss = learn(run, prepared, lesson)
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
    )
    if isinstance(task, XrayFindings):
        card = _with_thresholds(run, card, lesson, task, prepared)
    tuned = {f"tune_{lesson.task.monitor.name}": value, "tune_loss": loss}
    _write_environment(folder, hardware, tuned, prepared)
    save(lesson.network, card, folder.model)
    tell(f"finished: tune {lesson.task.monitor.words} {value:.4f}")


def learn(run: Run, prepared: Prepared, lesson: Lesson) -> tuple[float, float]:
    """Fine-tune, or go on: the value of the task's monitor on tune, and the loss."""
    if run.model.adapt != FAST_PROBE:
        return fit(lesson)
    spec, backbone = prepared.spec, lesson.network.backbone
    seen = Seeing(run.data.work, prepared.decoded, spec, backbone, lesson.hardware)
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
                "films": len(part),
                "studies": int(part["study_id"].nunique()),
                "patients": int(part["group_id"].nunique()),
            }
            for name, part in used.items()
        },
    )


def _with_thresholds(
    run: Run, card: Card, lesson: Lesson, task: XrayFindings, prepared: Prepared
) -> Card:
    """The card with the thresholds that the calibration split gives."""
    calibration = prepared.usable("calibration")
    if calibration.empty:
        return card
    sample = films(prepared.decoded, calibration, task)
    scores = score(task, lesson.network, sample, lesson.hardware)
    none = pd.Series([None] * len(calibration), dtype=object)
    predictions = rows(calibration, prepared.splits, "fine_tuned", task.columns, scores, none)
    studies = pool_studies(predictions, run.evaluation.pool, "calibration")
    thresholds, targets = {}, {}
    for finding in card.findings:
        called = roll(studies, finding, "calibration")
        known = np.isfinite(called.reference) & np.isfinite(called.score[0])
        target = run.evaluation.target_of(finding)
        threshold = choose_threshold(called.score[0][known], called.reference[known] == 1, target)
        if threshold is not None:
            thresholds[finding] = threshold
            targets[finding] = target.model_dump(exclude_none=True)
    return with_thresholds(card, thresholds, targets)


PACKAGES = ("torch", "torchvision", "timm", "monai", "lightning", "pydicom", "albumentations",
            "scikit-learn", "numpy", "imagecodecs")  # fmt: skip


def _write_environment(
    folder: RunFolder, hardware: Hardware, tuned: dict[str, float], prepared: Prepared
) -> None:
    """What it was made with and how many films taught; names no host and no user."""
    usable = {name: prepared.usable(name) for name in prepared.cases_of}
    content: dict[str, Any] = {
        "medtune": importlib.metadata.version("medtune"),
        "python": platform.python_version(),
        "system": platform.system(),
        **{name: importlib.metadata.version(name) for name in PACKAGES},
        "hardware": asdict(hardware),
        **tuned,
        "studies": {name: int(part["study_id"].nunique()) for name, part in usable.items()},
        "undecodable_films": {
            name: len(prepared.cases_of[name]) - len(part) for name, part in usable.items()
        },
        "cases_sha256": sha256_of(prepared.folder.cases),
        "splits_sha256": sha256_of(prepared.folder.splits),
    }
    write_text(json.dumps(content, indent=1), folder.environment)
