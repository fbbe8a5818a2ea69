"""``medtune train``: from a run to a finished model."""

from __future__ import annotations

import importlib.metadata
import json
import platform
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd

from medtune.config.load import run_as_yaml
from medtune.config.run import Run
from medtune.evaluation.operating_point import choose_threshold
from medtune.evaluation.pooling import pool_studies, roll
from medtune.films.store import Decoded
from medtune.learning.fit import fit
from medtune.learning.hardware import Hardware, choose
from medtune.learning.lesson import Lesson
from medtune.learning.predict import score
from medtune.learning.task import Network
from medtune.learning.weights import sha256_of
from medtune.run_folder import RunFolder
from medtune.tables.cases import read_cases_table, write_cases_table
from medtune.tables.schema import write_table, write_text
from medtune.tables.splits import read_splits, write_splits
from medtune.vision import augment
from medtune.vision.backbones import card_name
from medtune.vision.tasks import XrayFindings, XrayTargets, scale_of, task_of
from medtune.vision.trained import Card, save, start, with_thresholds
from medtune.workflow.balancing import loss_for, odds_for
from medtune.workflow.cases import gather, private
from medtune.workflow.decoding import decode, readable, spec_of
from medtune.workflow.firewall import find_leaks, refuse_leaks
from medtune.workflow.foreign import refuse_taught_test_patients
from medtune.workflow.labelled import refuse_poor_splits, teaches
from medtune.workflow.progress import say, silent
from medtune.workflow.rerun import refuse_another
from medtune.workflow.scoring import films, rows
from medtune.workflow.splitting import split, taught


def train(run: Run, *, allow: Sequence[str] = (), show: bool = True) -> Path:
    """Fine-tune a model, or go on with a fine-tuning that was interrupted.

    Args:
        run: as ``load_run`` gives it.
        allow: names of leaks that are known and accepted.
        show: whether progress is shown on stderr.

    Returns:
        The run's folder. A finished run is left as it is.

    Raises:
        RunError: the folder holds a run with other settings.
        LeakError: what is in the test would be known before; see ``medtune check``.
        InputError: films, labels, weights or settings that cannot be used.
    """
    tell = say if show else silent
    folder = RunFolder(run.runs / run.name)
    if folder.begun:
        refuse_another(run, folder)
        if folder.finished:
            tell(f"The run {run.name} is finished already; nothing was trained.")
            return folder.path
    hardware = choose(run.training)
    tell(f"training on {hardware.words}")
    spec = spec_of(run)
    cases, splits, decoded = _prepared(run, folder, allow, show=show)
    cases_of = {
        name: cases[cases["case_id"].isin(splits.loc[splits["split"] == name, "case_id"])]
        for name in ("train", "tune", "calibration")
    }
    usable = {
        name: part[readable(decoded, part)].reset_index(drop=True)
        for name, part in cases_of.items()
    }
    refuse_poor_splits(usable, run.data)
    labelled = {name: part[teaches(run.data, part)] for name, part in usable.items()}
    targets, scale = run.data.targets, {}
    if run.data.kind == "continuous":
        scale = scale_of(labelled["train"], targets)
    task: XrayFindings | XrayTargets = task_of(list(run.data.findings), targets, scale)
    network = start(run.model, task.outputs, seed=run.training.seed)
    network.to(hardware.device)
    policy = run.data.uncertain_policy
    change = augment.change(augment.generic()) if run.training.augmentation == "generic" else None
    teach = films(decoded, labelled["train"], task, policy=policy, change=change)
    if targets:
        task = XrayTargets(targets, scale, run.training.label_smoothing)
    else:
        task = XrayFindings(list(run.data.findings), loss_for(run, teach, tell))
    lesson = Lesson(
        task=task,
        network=network,
        train=teach,
        tune=films(decoded, labelled["tune"], task),
        model=run.model,
        training=run.training,
        hardware=hardware,
        folder=folder.checkpoints,
        metrics=folder.metrics,
        say=tell,
        odds=odds_for(run, teach, labelled["train"]["group_id"], tell),
    )
    tune_value, tune_loss = fit(lesson)
    card = Card(
        name=run.name,
        site=run.site,
        backbone=card_name(run.model.backbone),
        normalisation=network.backbone.normalisation,  # type: ignore[arg-type]
        preprocessing=spec,
        include=run.data.include.model_dump(mode="json"),
        findings=list(run.data.findings),
        targets={name: target.model_dump() for name, target in targets.items()},
        scale=scale,
        version=importlib.metadata.version("medtune"),
    )
    if isinstance(task, XrayFindings):
        card = _with_thresholds(
            run, card, network, task, decoded, usable["calibration"], splits, hardware
        )
    tuned = {f"tune_{task.monitor.name}": tune_value, "tune_loss": tune_loss}
    _write_environment(folder, run, hardware, tuned, usable, cases_of)
    save(network, card, folder.model)
    tell(f"finished: tune {task.monitor.words} {tune_value:.4f}")
    return folder.path


def _prepared(
    run: Run, folder: RunFolder, allow: Sequence[str], *, show: bool
) -> tuple[pd.DataFrame, pd.DataFrame, Decoded]:
    """Cases, split and films of the run: those it began with, or new ones, written down."""
    spec = spec_of(run)
    if folder.begun:
        cases, splits = read_cases_table(folder.cases), read_splits(folder.splits)
        return cases, splits, decode(run.data.work, cases, spec, private=private(run), show=show)
    gathered = gather(run, show=show)
    ahead = split(run, gathered.cases, store=False)
    decoded = decode(run.data.work, gathered.cases, spec, private=private(run), show=show)
    leaks = find_leaks(run, gathered, taught(run, gathered.cases, ahead), decoded, show=show)
    refuse_leaks(leaks, allow)
    whole = split(run, gathered.cases)
    splits = taught(run, gathered.cases, whole)
    cases = gathered.cases[gathered.cases["case_id"].isin(splits["case_id"])]
    cases = cases.reset_index(drop=True)
    refuse_taught_test_patients(run, cases, splits)
    write_text(run_as_yaml(run), folder.config)
    write_table(leaks.assign(allowed=leaks["leak"].isin(allow)), folder.leaks)
    flow = _flow(gathered.flow, gathered.cases, whole, splits)
    write_table(flow, folder.flow)
    write_splits(splits, folder.splits)
    write_cases_table(cases, folder.cases)
    return cases, splits, decoded


def _flow(
    flow: pd.DataFrame, cases: pd.DataFrame, whole: pd.DataFrame, splits: pd.DataFrame
) -> pd.DataFrame:
    """The flow so far, and how the cases went to the splits."""
    steps = [flow.assign(split=None)]
    unused = whole[~whole["case_id"].isin(splits["case_id"])]
    for name, reason, ids in [
        *((name, None, part["case_id"]) for name, part in splits.groupby("split")),
        ("train", "left out by 'data.train_studies'", unused["case_id"]),
    ]:
        part = cases[cases["case_id"].isin(ids)]
        if len(part):
            counts = {
                "films": len(part),
                "studies": part["study_id"].nunique(),
                "patients": part["group_id"].nunique(),
            }
            steps.append(
                pd.DataFrame([{"step": "split", "split": name, "reason": reason, **counts}])
            )
    return pd.concat(steps, ignore_index=True)


def _with_thresholds(
    run: Run,
    card: Card,
    network: Network,
    task: XrayFindings,
    decoded: Decoded,
    calibration: pd.DataFrame,
    splits: pd.DataFrame,
    hardware: Hardware,
) -> Card:
    """The card with the thresholds that the calibration split gives."""
    if calibration.empty:
        return card
    scores = score(task, network, films(decoded, calibration, task), hardware)
    none = pd.Series([None] * len(calibration), dtype=object)
    predictions = rows(calibration, splits, "fine_tuned", task.columns, scores, none)
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
    folder: RunFolder,
    run: Run,
    hardware: Hardware,
    tuned: dict[str, float],
    usable: dict[str, pd.DataFrame],
    cases_of: dict[str, pd.DataFrame],
) -> None:
    """What it was made with and how many films taught; names no host and no user."""
    content = {
        "medtune": importlib.metadata.version("medtune"),
        "python": platform.python_version(),
        "system": platform.system(),
        **{name: importlib.metadata.version(name) for name in PACKAGES},
        "hardware": asdict(hardware),
        **tuned,
        "studies": {name: int(part["study_id"].nunique()) for name, part in usable.items()},
        "undecodable_films": {
            name: len(cases_of[name]) - len(part) for name, part in usable.items()
        },
        "cases_sha256": sha256_of(folder.cases),
        "splits_sha256": sha256_of(folder.splits),
    }
    write_text(json.dumps(content, indent=1), folder.environment)
