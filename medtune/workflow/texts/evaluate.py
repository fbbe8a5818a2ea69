"""Is the fine-tuned language model better, on our texts? The judgement is that of all wings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from medtune.config.load import run_as_dict
from medtune.config.text_data import INTENT
from medtune.config.text_run import TextRun
from medtune.errors import DataError, RunError
from medtune.evaluation import evaluate as judge
from medtune.evaluation.retelling import about_texts
from medtune.learning.hardware import choose
from medtune.learning.weights import sha256_of
from medtune.run_folder import RunFolder
from medtune.tables.predictions import write_predictions
from medtune.tables.results import Result
from medtune.tables.schema import read_table
from medtune.text.card import Card
from medtune.text.trained import TrainedText, load, start
from medtune.workflow.judgement import Wanted, wanted, write_judgement
from medtune.workflow.progress import say, silent
from medtune.workflow.sealed import as_settings, label, look_at
from medtune.workflow.texts import models
from medtune.workflow.texts.models import Judged
from medtune.workflow.texts.preparing import Prepared, opened

CONTROLS = ("tfidf", "random_weights")
SIMULATED = "simulated"  # in the name of a company whose texts are made by a computer


def evaluate(
    run: TextRun, folder: RunFolder, *, allow: Sequence[str] = (), show: bool = True
) -> Result:
    """Judge a finished run about texts; see ``workflow.evaluate.evaluate``."""
    tell = say if show else silent
    how = wanted(run.report)
    prepared = opened(run, folder)
    model = own_model(folder, prepared)
    judged = Judged(run, prepared, model.card.learns, choose(run.training))
    if prepared.of("test").empty:
        raise DataError(f"The run {run.name} has no test text.")
    # what cannot be loaded stops here, before a look is spent
    seeds = {seed: own_model(folder.of_seed(seed), prepared) for seed in run.training.more_seeds}
    names = dict.fromkeys([*run.evaluation.model_names(), "tfidf"])
    plain = run.model.model_copy(update={"ngrams": 0})  # what words say is the control's, tfidf
    untouched = {
        name: start(plain, judged.task.outputs, random=name in CONTROLS, seed=run.training.seed)
        for name in (*(name for name in names if name != "tfidf"), "random_weights")
    }
    opened_test = look_at(run, prepared.splits, verb="evaluate", model=sha256_of(folder.model))
    tell(f"look number {len(opened_test.looks)} at this test split")

    scored = [models.fine_tuned(judged, model.network)]
    for seed, own in seeds.items():
        tell(f"scoring the training with seed {seed}")
        scored.append(models.fine_tuned(judged, own.network, seed))
    for name in (*names, "random_weights"):
        tell(f"scoring {models.WORDS[name]}")
        scored.append(
            models.tfidf(judged)
            if name == "tfidf"
            else models.with_local_head(judged, untouched[name], name)
        )
    predictions = pd.concat(scored, ignore_index=True)
    result = judge(
        predictions,
        run.evaluation,
        targets=prepared.targets,
        flow=read_table(folder.flow),
        controls=CONTROLS,
        seeds=run.training.seeds,
        by_hand=model.card.by_hand,
    )
    result = about_texts(result)
    label(result, as_settings(run, opened_test))
    result.settings["labelled_studies"] = _labelled(prepared)
    result.warnings.extend(remarks(prepared))
    write_predictions(predictions, folder.predictions)
    write_texts(run, folder, predictions, result, model.card, how)
    result.settings["report"] = str(folder.report)  # for the person at this machine only
    return result


def own_model(folder: RunFolder, prepared: Prepared) -> TrainedText:
    """The model of a finished run, once it is certain that it is of these cases.

    Raises:
        RunError: the run's cases or splits are no longer those that it was taught with.
        WeightsError: the weights cannot be used.
    """
    model = load(folder.path)
    refuse_changed(model.card, prepared.folder)
    return model


def refuse_changed(card: Card, folder: RunFolder) -> None:
    """Refuse a model that was taught with other tables than lie in its run's folder.

    Raises:
        RunError: names the tables.
    """
    changed = [
        path.name
        for path, digest in (
            (folder.cases, card.cases_sha256),
            (folder.splits, card.splits_sha256),
        )
        if sha256_of(path) != digest
    ]
    if changed:
        raise RunError(
            f"The run {card.name} was taught with other tables than lie in its folder now: "
            f"{' and '.join(changed)} changed since. Nothing can be judged by them."
        )


def _labelled(prepared: Prepared) -> dict[str, int]:
    """Labelled texts that each split used up."""
    names = ("train", "tune", "calibration", "test")
    return {name: int(prepared.of(name)[INTENT].notna().sum()) for name in names}


def remarks(prepared: Prepared) -> list[str]:
    """What a reader has to know of the texts."""
    taught = set(prepared.of("train")[INTENT].dropna())
    test = prepared.of("test")
    strange = test[test[INTENT].notna() & ~test[INTENT].isin(taught)]
    stored = prepared.stored  # of all texts of the files, those left out of the run too
    cut = int((stored.left_away[stored.place.loc[prepared.cases["case_id"]]] > 0).sum())
    said = []
    if len(strange):
        said.append(
            f"{len(strange)} test texts are of {strange[INTENT].nunique()} intents that no "
            "training text has: they count as wrong wherever they are answered."
        )
    if cut:
        said.append(f"{cut} texts are longer than 'data.max_tokens': their end was not read.")
    return said


def write_texts(
    run: TextRun,
    folder: RunFolder,
    judged: pd.DataFrame,
    result: Result,
    card: Card,
    how: Wanted,
) -> None:
    """All files of the judgement but what was judged; the report and the answer come last.

    Args:
        run: what is judged.
        folder: of the run.
        judged: the predictions, or the marks of what was said.
        result: what was found.
        card: of the model.
        how: the report is to be.
    """
    environment = json.loads(folder.environment.read_text(encoding="utf-8"))
    environment["model_sha256"] = sha256_of(folder.model)
    environment["card"] = {
        "language_model": Path(run.model.backbone).name,
        "taught_with": "; ".join(
            f"{name} {count['texts']} texts of {count['groups']} groups"
            for name, count in card.counts.items()
        ),
    }
    settings = run_as_dict(run)
    settings["model"]["backbone"] = Path(run.model.backbone).name  # no path is printed
    settings["simulated"] = SIMULATED in run.site_name.lower()
    write_judgement(
        folder,
        result,
        judged,
        title=run.name,
        run=settings,
        environment=environment,
        wanted=how,
    )
