"""The rungs that learn from local labels: trained without some patients, who then choose."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from medtune.config.load import run_as_yaml
from medtune.config.model import FAST_PROBE, AdaptMethod
from medtune.config.run import OF_STEPS, Run
from medtune.config.space import with_settings
from medtune.config.training import Training
from medtune.evaluation.rungs import folds_of
from medtune.learning.hardware import Hardware
from medtune.learning.predict import score
from medtune.run_folder import LadderFolder, RunFolder
from medtune.tables.predictions import read_predictions, write_predictions
from medtune.tables.schema import write_text
from medtune.tables.splits import stable_order
from medtune.workflow.fine_tuning import fine_tune, learn, lesson_of
from medtune.workflow.labelled import refuse_poor_splits
from medtune.workflow.preparing import LEARNING, Prepared
from medtune.workflow.progress import Tell
from medtune.workflow.scoring import rows, samples

TABLES = ("cases", "films", "splits", "flow", "leaks", "harmonise")


@dataclass(frozen=True)
class Taught:
    """What all rungs that learn have in common.

    Attributes:
        run: of the ladder.
        prepared: cases, split and films.
        home: where the ladder lies.
        hardware: where it runs.
        tell: takes lines for a person.
    """

    run: Run
    prepared: Prepared
    home: LadderFolder
    hardware: Hardware
    tell: Tell


def rung_run(run: Run, home: LadderFolder, method: AdaptMethod) -> Run:
    """The run of a rung: the ladder's, with another way to adapt."""
    settings = {
        "name": f"{run.name}-{method}",
        "runs": str(home.rungs),
        "model.adapt": method,
        "training.more_seeds": [],
    }
    if method == FAST_PROBE:  # it takes no steps, and fits its head anew
        plain = Training().model_dump(mode="json")
        settings |= {f"training.{name}": plain[name] for name in OF_STEPS}
        settings["model.head"] = "new"
    elif method in ("lora", "dora") and run.training.keep in ("swa", "greedy_soup"):
        settings["training.keep"] = "best"
    return with_settings(run, settings)


def patient_folds(run: Run, cases: pd.DataFrame, finding: str) -> dict[str, int]:
    """Patient to fold.

    Args:
        run: says how many, and the seed.
        cases: that choose.
        finding: that is judged: patients with and without it are dealt in turns.
    """
    return _dealt(cases[cases[finding].notna()], finding, run.ladder.folds, run.training.seed)


def out_of_fold(
    taught: Taught, method: AdaptMethod, finding: str, fold_of: Mapping[str, int]
) -> tuple[pd.DataFrame, float]:
    """Scores of every labelled case by a training that did not see its patient.

    A fold that is done is not trained again, and one that was interrupted goes on.

    Returns:
        Predictions, and the minutes of one training.
    """
    home, run = taught.home, rung_run(taught.run, taught.home, method)
    parts = []
    for fold in range(taught.run.ladder.folds):
        file = home.scores_of_fold(method, fold)
        if not file.exists():
            taught.tell(f"{method}: training {fold + 1} of {taught.run.ladder.folds}")
            _train_fold(taught, run, method, fold, finding, fold_of)
        parts.append(read_predictions(file))
    table = pd.concat(parts, ignore_index=True)
    seconds = table.drop_duplicates("fold")["seconds"].astype(float)
    return table, float(seconds.mean()) / 60


def _train_fold(
    taught: Taught,
    run: Run,
    method: AdaptMethod,
    fold: int,
    finding: str,
    fold_of: Mapping[str, int],
) -> None:
    prepared, data = taught.prepared, run.data
    every = pd.concat([prepared.cases_of[name] for name in LEARNING], ignore_index=True)
    held = every["group_id"].astype(str).map(fold_of) == fold
    others = every[~held]
    share = data.split.tune / (data.split.train + data.split.tune)
    tune = _dealt(others, finding, max(2, round(1 / share)), run.training.seed + 1)
    selects = others["group_id"].astype(str).map(tune) == 0
    cases_of = {"train": others[~selects], "tune": others[selects], "calibration": every[held]}
    part = replace(prepared, cases_of=cases_of)
    refuse_poor_splits({name: part.usable(name) for name in ("train", "tune")}, data)
    folder = taught.home.fold(method, fold)
    lesson = lesson_of(run, part, folder, taught.hardware, taught.tell)
    learn(run, part, lesson)
    cases = part.labelled("calibration", data).reset_index(drop=True)
    shown = samples(part.decoded, cases, lesson.task, part.grouping)  # type: ignore[arg-type]
    found = score(lesson.task, lesson.network, shown, taught.hardware)
    none = pd.Series([None] * len(cases), dtype=object)
    columns = [(name, "") for name in data.findings]
    table = rows(cases, prepared.splits, method, columns, found, none)
    seconds = float(pd.read_csv(folder.metrics)["seconds"].sum())
    table = table.assign(fold=fold, seconds=seconds)
    write_predictions(table, taught.home.scores_of_fold(method, fold))
    shutil.rmtree(folder.path)


def trained_whole(taught: Taught, method: AdaptMethod) -> RunFolder:
    """The rung's own model, from the run's train and tune splits: a run folder like any other."""
    run = rung_run(taught.run, taught.home, method)
    folder = RunFolder(run.runs / run.name)
    if not folder.finished:
        copy_tables(taught.home.prepared, folder)
        write_text(run_as_yaml(run), folder.config)
        fine_tune(
            run, replace(taught.prepared, folder=folder), folder, taught.hardware, taught.tell
        )
    return folder


def copy_tables(ours: RunFolder, folder: RunFolder) -> None:
    """Give a run folder the tables that the ladder was begun with."""
    folder.path.mkdir(parents=True, exist_ok=True)
    for name in TABLES:
        if (table := getattr(ours, name)).exists():
            shutil.copyfile(table, getattr(folder, name))


def _dealt(cases: pd.DataFrame, finding: str, folds: int, seed: int) -> dict[str, int]:
    """Patient to fold, those with and without the finding in turns."""
    positive = (cases[finding] == 1).fillna(False).astype(bool)
    by_patient = positive.groupby(cases["group_id"].astype(str)).any()
    order = stable_order(pd.Series(by_patient.index), seed).argsort(kind="stable").argsort()
    fold = folds_of(by_patient.to_numpy(bool), order.astype(np.intp), folds)
    return dict(zip(by_patient.index, fold.tolist(), strict=True))
