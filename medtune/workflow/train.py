"""``medtune train``: from a run to a finished model."""

from __future__ import annotations

import importlib.metadata
import json
import platform
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from medtune.config.load import run_as_yaml
from medtune.config.run import Run
from medtune.errors import DataError
from medtune.evaluation.operating_point import choose_threshold
from medtune.evaluation.pooling import pool_studies, roll
from medtune.films.store import Decoded
from medtune.learning.fit import fit
from medtune.learning.hardware import Hardware, choose, refuse_devices
from medtune.learning.launch import launch
from medtune.learning.lesson import Lesson
from medtune.learning.predict import score
from medtune.learning.ranks import Ranks, joined, must_be_launched
from medtune.learning.task import Network
from medtune.learning.weights import sha256_of
from medtune.run_folder import RunFolder
from medtune.tables.cases import read_cases_table, write_cases_table
from medtune.tables.schema import write_table, write_text
from medtune.tables.splits import read_splits, write_splits
from medtune.vision import augment
from medtune.vision.augment_batch import change_on_device
from medtune.vision.backbones import card_name
from medtune.vision.tasks import XrayFindings
from medtune.vision.trained import Card, save, start, with_thresholds
from medtune.workflow.balancing import loss_for, odds_for
from medtune.workflow.cases import gather, private
from medtune.workflow.decoding import decode, readable, spec_of
from medtune.workflow.firewall import find_leaks, refuse_leaks
from medtune.workflow.foreign import refuse_taught_test_patients
from medtune.workflow.progress import say, silent
from medtune.workflow.rerun import refuse_another
from medtune.workflow.scoring import films, rows
from medtune.workflow.splitting import split, taught

Say = Callable[[str], None]

# the answer is for the one who asked, not for the processes that work for it
QUIET = "import os, sys; sys.stdout = open(os.devnull, 'w'); from medtune.cli import main; main()"


def train(run: Run, *, allow: Sequence[str] = (), show: bool = True, trace: bool = False) -> Path:
    """Fine-tune a model, or go on with a fine-tuning that was interrupted.

    Args:
        run: as ``load_run`` gives it.
        allow: names of leaks that are known and accepted.
        show: whether progress is shown on stderr.
        trace: whether other processes, where the run has several devices, show the traceback of
            their errors.

    Returns:
        The run's folder. A finished run is left as it is.

    Raises:
        RunError: the folder holds a run with other settings.
        LeakError: what is in the test would be known before; see ``medtune check``.
        InputError: films, labels, weights or settings that cannot be used.
        ElsewhereError: another process of the run has failed, and has said why.
    """
    folder = RunFolder(run.runs / run.name)
    hardware = choose(run.training)
    refuse_devices(run.model, run.training, hardware)
    if must_be_launched(run.training):
        _launch(run, allow, show=show, trace=trace)
        return folder.path
    with joined(run.training, hardware.device) as ranks:
        tell = say if show and ranks.first else silent
        if not ranks.agreed(ranks.first and _finished(run, folder, tell)):
            tell(f"training on {hardware.words}")
            _train(run, folder, hardware, allow, ranks, tell, show=show)
    return folder.path


def _finished(run: Run, folder: RunFolder, tell: Say) -> bool:
    """Whether nothing is left to do.

    Raises:
        RunError: the folder holds a run with other settings.
    """
    if folder.begun:
        refuse_another(run, folder)
        if folder.finished:
            tell(f"The run {run.name} is finished already; nothing was trained.")
            return True
    return False


def _launch(run: Run, allow: Sequence[str], *, show: bool, trace: bool) -> None:
    """The same in a process a device."""
    with tempfile.TemporaryDirectory() as home:
        file = Path(home) / "run.yaml"
        write_text(run_as_yaml(run), file)
        allowed = [word for leak in allow for word in ("--allow", leak)]
        options = [*allowed, *(() if show else ("--json",)), *(("--trace",) if trace else ())]
        launch(["-c", QUIET, "train", str(file), *options], run.training.devices)


def _train(
    run: Run,
    folder: RunFolder,
    hardware: Hardware,
    allow: Sequence[str],
    ranks: Ranks,
    tell: Say,
    *,
    show: bool,
) -> None:
    """From the films to the run's model; of several processes the first prepares and writes."""
    findings, spec = list(run.data.findings), spec_of(run)
    prepared = ranks.lead(lambda: _prepared(run, folder, allow, show=show))
    cases, splits, decoded = prepared or _reopened(run, folder)
    cases_of = {
        name: cases[cases["case_id"].isin(splits.loc[splits["split"] == name, "case_id"])]
        for name in ("train", "tune", "calibration")
    }
    usable = {
        name: part[readable(decoded, part)].reset_index(drop=True)
        for name, part in cases_of.items()
    }
    _refuse_poor_splits(usable, findings)
    labelled = {
        name: part[part[findings].notna().any(axis=1) | (part["uncertain"].fillna("") != "")]
        for name, part in usable.items()
    }
    network = start(run.model, findings, seed=run.training.seed)
    network.to(hardware.device)
    policy = run.data.uncertain_policy
    teach = films(decoded, labelled["train"], findings, policy=policy, **_changes(run, hardware))
    task = XrayFindings(findings, loss_for(run, teach, tell))
    lesson = Lesson(
        task=task,
        network=network,
        train=teach,
        tune=films(decoded, labelled["tune"], findings),
        model=run.model,
        training=run.training,
        hardware=hardware,
        folder=folder.checkpoints,
        metrics=folder.metrics,
        say=tell,
        odds=odds_for(run, teach, labelled["train"]["group_id"], tell),
        ranks=ranks,
    )
    tune_auroc, tune_loss = fit(lesson)
    if not ranks.first:
        return
    card = Card(
        name=run.name,
        site=run.site,
        backbone=card_name(run.model.backbone),
        normalisation=network.backbone.normalisation,  # type: ignore[arg-type]
        preprocessing=spec,
        include=run.data.include.model_dump(mode="json"),
        findings=findings,
        version=importlib.metadata.version("medtune"),
    )
    card = _with_thresholds(
        run, card, network, task, decoded, usable["calibration"], splits, hardware
    )
    _write_environment(folder, run, hardware, tune_auroc, tune_loss, usable, cases_of)
    save(network, card, folder.model)
    tell(f"finished: tune AUROC {tune_auroc:.4f}")


def _changes(run: Run, hardware: Hardware) -> dict[str, Any]:
    """How films that teach are changed at random: on a GPU there, elsewhere as they are read."""
    if run.training.augmentation == "none":
        return {}
    if hardware.device == "cuda":
        return {"on_device": change_on_device(run.model.image_size)}
    return {"change": augment.change(augment.generic())}


def _reopened(
    run: Run, folder: RunFolder, *, show: bool = False
) -> tuple[pd.DataFrame, pd.DataFrame, Decoded]:
    """Cases, split and films of a run that are written down."""
    cases, splits = read_cases_table(folder.cases), read_splits(folder.splits)
    decoded = decode(run.data.work, cases, spec_of(run), private=private(run), show=show)
    return cases, splits, decoded


def _prepared(
    run: Run, folder: RunFolder, allow: Sequence[str], *, show: bool
) -> tuple[pd.DataFrame, pd.DataFrame, Decoded]:
    """Cases, split and films of the run: those it began with, or new ones, written down."""
    if folder.begun:
        return _reopened(run, folder, show=show)
    gathered = gather(run, show=show)
    ahead = split(run, gathered.cases, store=False)
    decoded = decode(run.data.work, gathered.cases, spec_of(run), private=private(run), show=show)
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


def _refuse_poor_splits(usable: dict[str, pd.DataFrame], findings: list[str]) -> None:
    """Refuse splits that cannot teach or cannot select.

    Raises:
        DataError: no finding has both values in train, or in tune.
    """
    for name, part in usable.items():
        if name == "calibration":
            continue
        both = [f for f in findings if {0, 1} <= set(part[f].dropna().astype(int))]
        if not both:
            said = "; ".join(
                f"{f}: {int((part[f] == 1).sum())} present, {int((part[f] == 0).sum())} absent"
                for f in findings[:5]
            )
            raise DataError(
                f"No finding has both present and absent films in the {name} split ({said}). "
                "More labelled studies are needed, or another 'data.split'."
            )


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
    scores = score(task, network, films(decoded, calibration, card.findings), hardware)
    none = pd.Series([None] * len(calibration), dtype=object)
    predictions = rows(calibration, splits, "fine_tuned", card.findings, scores, none)
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
    tune_auroc: float,
    tune_loss: float,
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
        "tune_auroc": tune_auroc,
        "tune_loss": tune_loss,
        "studies": {name: int(part["study_id"].nunique()) for name, part in usable.items()},
        "undecodable_films": {
            name: len(cases_of[name]) - len(part) for name, part in usable.items()
        },
        "cases_sha256": sha256_of(folder.cases),
        "splits_sha256": sha256_of(folder.splits),
    }
    write_text(json.dumps(content, indent=1), folder.environment)
