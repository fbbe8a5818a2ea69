"""``medtune evaluate``: is the fine-tuned model better than the generic one, on our patients?"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from medtune.config.any_run import AnyRun
from medtune.config.compared import ScoresTable, Shipped
from medtune.config.load import load_run, run_as_dict
from medtune.config.run import Run
from medtune.errors import DataError
from medtune.evaluation import evaluate as judge
from medtune.evaluation.unlike import COLUMN
from medtune.films.appearance import appearance
from medtune.learning.weights import sha256_of
from medtune.run_folder import RunFolder
from medtune.tables.cases import read_cases_table
from medtune.tables.predictions import write_predictions
from medtune.tables.results import Result
from medtune.tables.schema import read_table, write_table
from medtune.vision.card import Card
from medtune.vision.pictures import picture
from medtune.workflow import models
from medtune.workflow.firewall import refuse_known_test
from medtune.workflow.foreign import refuse_taught_test_patients
from medtune.workflow.judgement import Wanted, wanted, write_judgement
from medtune.workflow.judging import cases_to_judge, film_splits
from medtune.workflow.models import Judged, Scored
from medtune.workflow.own_model import own_model
from medtune.workflow.participants import describe
from medtune.workflow.products import product
from medtune.workflow.progress import say, silent
from medtune.workflow.read_again import read_again
from medtune.workflow.reference import (
    Reference,
    flow_with,
    put_into,
    read_reference,
    remarks,
    settings_of,
    unread,
)
from medtune.workflow.rerun import refuse_another
from medtune.workflow.sealed import as_settings, label, look_at
from medtune.workflow.shortcuts import look_for_shortcuts
from medtune.workflow.unlike import judged_unlike
from medtune.workflow.wings import wing_of


def evaluate(run: AnyRun | Path | str, *, allow: Sequence[str] = (), show: bool = True) -> Result:
    """Judge a finished run on its sealed test split, and write the report.

    Args:
        run: a run, whose evaluation section may have changed since it was trained, or the folder
            of a finished one.
        allow: names of leaks that are known and accepted (``medtune check`` names them).
        show: whether progress is shown on stderr.

    Returns:
        The result, as it stands in the run folder.

    Raises:
        RunError: the run is not finished, or was trained with other settings.
        SealError: the test split, its plan or the log of looks at it was altered.
        InputError: a model to compare with cannot be used, or a PDF is wanted that nothing prints.
    """
    if not isinstance(run, AnyRun):
        folder = RunFolder(Path(run))
        folder.must_be_finished()
        stored = load_run(folder.config, files_must_exist=False)
        folder.must_be_finished(stored.training.more_seeds)
        return wing_of(stored).evaluate(stored, folder, allow=allow, show=show)
    folder = RunFolder(run.runs / run.name)
    folder.must_be_finished(run.training.more_seeds)
    refuse_another(run, folder)
    return wing_of(run).evaluate(run, folder, allow=allow, show=show)


def evaluate_films(
    run: Run, folder: RunFolder, *, allow: Sequence[str] = (), show: bool = True
) -> Result:
    """The same of a run about films, whose folder is as it should be."""
    tell = say if show else silent
    how = wanted(run.report)
    model = own_model(run, folder)
    judged = cases_to_judge(run, folder, model.card.task, ("calibration", "test"), show=show)
    if _test(judged).empty:
        raise DataError(
            f"The run {run.name} has no test case: 'data.split.test' is {run.data.split.test:g}."
        )
    refuse_taught_test_patients(run, read_cases_table(folder.cases), judged.splits)
    refuse_known_test(run, judged.films, film_splits(judged), allow, folder.leaks)
    found = look_for_shortcuts(judged, model)
    compared = [(_words(other), _compared(judged, other)) for other in run.evaluation.compare_with]
    reference = _reference(run, judged)
    unlike = judged_unlike(run, judged)
    opened = look_at(run, film_splits(judged), verb="evaluate", model=sha256_of(folder.model))
    tell(f"look number {len(opened.looks)} at this test split")

    own = models.fine_tuned(judged, model)
    more_seeds = []
    for seed in run.training.more_seeds:
        tell(f"scoring the training with seed {seed}")
        more_seeds.append(models.fine_tuned(judged, own_model(run, folder, seed), seed))
    scored = [own]
    for words, score in compared:
        tell(f"scoring {words}")
        scored.append(score())
    for words, control in (
        ("8 x 8 thumbnails (control)", models.thumbnail),
        ("random weights (control)", lambda j: models.frozen_backbone(j, random=True)),
    ):
        tell(f"scoring {words}")
        scored.append(control(judged))
    every = [each.predictions for each in (*scored, *more_seeds)]
    predictions = pd.concat(every, ignore_index=True)
    if unlike is not None:
        predictions[COLUMN] = predictions["case_id"].map(unlike.words)
    thresholds = {key: value for each in scored[1:] for key, value in each.thresholds.items()}
    flow, to_judge = read_table(folder.flow), predictions
    if reference is not None:
        test = _test(judged)
        flow = flow_with(flow, test, reference)
        predictions = put_into(predictions, reference)
        is_test = predictions["split"] == "test"
        to_judge = predictions[~(is_test & unread(predictions, reference))]
    result = judge(
        to_judge,
        run.evaluation,
        targets=run.data.targets,
        shipped_thresholds=thresholds,
        flow=flow,
        seeds=run.training.seeds,
    )
    if reference is not None:
        result.settings["reference"] = settings_of(reference, test)
        result.warnings[:0] = remarks(reference)
    if unlike is not None:
        result.settings[COLUMN] |= unlike.profile
    if found is not None:
        result.settings["shortcuts"] = found.as_dict()
        result.warnings.extend(found.warnings())
    label(result, as_settings(run, opened))
    again = read_again(judged, model, own.predictions, result.settings["thresholds"])
    if again is not None:
        result.settings["read_again"] = again.as_dict()
        result.warnings.extend(again.warnings())
    describe(run, judged, folder, to_judge, result)
    if model.card.origin.warning is not None:
        result.warnings.append(model.card.origin.warning)
    _write(run, folder, judged, predictions, result, model.card, how)
    result.settings["report"] = str(folder.report)  # for the person at this machine only
    return result


def _test(judged: Judged) -> pd.DataFrame:
    """The films of the test split."""
    splits = film_splits(judged)
    of = splits.loc[splits["split"] == "test", "case_id"]
    return judged.films[judged.films["case_id"].isin(of)]


def _reference(run: Run, judged: Judged) -> Reference | None:
    """What radiologists read, where the run names a table of it."""
    path = run.evaluation.reference
    return None if path is None else read_reference(path, run, _test(judged))


def _compared(judged: Judged, other: str | Shipped | ScoresTable) -> Callable[[], Scored]:
    """A model ready to score: what is wrong with it is said before the test is opened."""
    if isinstance(other, Shipped):
        return models.shipped(judged, other)
    if isinstance(other, ScoresTable):
        scored = product(judged, other)
        return lambda: scored
    return lambda: models.frozen_backbone(judged)


def _words(other: str | Shipped | ScoresTable) -> str:
    if isinstance(other, Shipped):
        return f"the generic model {other.label}"
    if isinstance(other, ScoresTable):
        return f"the scores of {other.name or other.scores.stem}"
    return "a local head on generic features"


def _write(
    run: Run,
    folder: RunFolder,
    judged: Judged,
    predictions: pd.DataFrame,
    result: Result,
    card: Card,
    how: Wanted,
) -> None:
    """All files of the judgement; the report and the answer come last."""
    write_predictions(predictions, folder.predictions)
    write_table(appearance(judged.decoded, _test(judged)["case_id"]), folder.inputs)
    environment = json.loads(folder.environment.read_text(encoding="utf-8"))
    environment["model_sha256"] = sha256_of(folder.model)
    environment["card"] = _said(card)
    settings = run_as_dict(run)
    settings["simulated"] = simulated(judged.films)
    write_judgement(
        folder,
        result,
        predictions,
        title=run.name,
        run=settings,
        environment=environment,
        wanted=how,
        pictures=_pictures(run, judged, result),
    )


def _said(card: Card) -> dict[str, str]:
    """What the report prints of the model's card."""
    said = {"starting_weights": card.origin.weights, "licence": card.origin.licence}
    said["licence_allows"] = card.origin.use
    if card.origin.through:
        said["taught_before_by"] = ", ".join(card.origin.through)
    if card.taught_with is not None:
        said["taught_with"] = card.taught_with.words
    if card.origin.warning is not None:
        said["warning"] = card.origin.warning
    return said


def simulated(cases: pd.DataFrame) -> bool:
    """Whether any film says of its scanner that it is simulated."""
    return bool(cases["scanner"].astype("string").str.contains("simulated", case=False).any())


def _pictures(run: Run, judged: Judged, result: Result) -> dict[str, bytes]:
    """The worst errors as PNGs, of a study its first film; films that may carry text never are."""
    if run.report.pictures == "none":
        return {}
    decoded, worst = judged.decoded, result.worst["case_id"].drop_duplicates()
    films = pd.Series(worst.to_numpy(), index=worst.to_numpy())
    if judged.grouping is not None:
        seen = judged.grouping.seen(decoded, worst.to_frame()).drop_duplicates("study_id")
        films = seen.set_index(seen["study_id"].astype(object))["case_id"]
    chosen = decoded.rows.loc[films].set_axis(films.index)
    safe = chosen[chosen["text"].isna() & chosen["row"].notna()]
    return {
        str(case_id): picture(decoded.pixels[row], cropped=run.report.pictures == "cropped")
        for case_id, row in safe["row"].astype(int).items()
    }
