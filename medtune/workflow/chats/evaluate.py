"""Does the fine-tuned model foresee a company's answers better, or a house's final texts?"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from medtune.config.text_data import ANSWER
from medtune.config.text_run import ChatRun
from medtune.errors import DataError
from medtune.evaluation.evaluate_marks import evaluate_marks
from medtune.evaluation.retelling import about_texts
from medtune.learning.hardware import choose
from medtune.learning.weights import sha256_of
from medtune.run_folder import RunFolder
from medtune.tables.marks import write_marks
from medtune.tables.nouns import retold
from medtune.tables.results import Result
from medtune.tables.schema import read_table
from medtune.text.answerer import load
from medtune.text.generic import documents_of
from medtune.workflow.chats.memorised import memorised, questions_in
from medtune.workflow.chats.models import (
    GENERIC,
    MODELS,
    Judged,
    generic_marks,
    marks_of,
    ranking_marks,
)
from medtune.workflow.chats.preparing import PreparedTalks, opened
from medtune.workflow.chats.written import about_written, asked_of, written_of
from medtune.workflow.judgement import wanted
from medtune.workflow.progress import say, silent
from medtune.workflow.sealed import as_settings, label, look_at
from medtune.workflow.texts.evaluate import refuse_changed, write_texts

CONTROLS = ("from_scratch",)
OWN, BEFORE = "fine_tuned", "untouched"
USED = ("train", "tune", "test")


def evaluate(
    run: ChatRun, folder: RunFolder, *, allow: Sequence[str] = (), show: bool = True
) -> Result:
    """Judge a finished run about conversations; see ``workflow.evaluate.evaluate``."""
    tell = say if show else silent
    how = wanted(run.report)
    prepared = opened(run, folder)
    model = load(folder.path)
    refuse_changed(model.card, prepared.folder)
    judged, test = Judged(run, prepared, choose(run.training)), prepared.of("test")
    if test.empty:
        raise DataError(f"The run {run.name} has no test text that can be judged.")
    generic = run.evaluation.generic
    if generic is not None:
        documents_of(generic)  # what is wrong with it is said before a look is spent
    asked = asked_of(judged) if run.evaluation.generated else None
    questions = questions_in(judged, tell)
    before = [] if generic is None and questions is None else [BEFORE]
    names = dict.fromkeys([*run.evaluation.model_names(), *before])
    networks = {OWN: model.network, **{name: MODELS[name](judged, tell) for name in names}}
    opened_test = look_at(run, prepared.splits, verb="evaluate", model=sha256_of(folder.model))
    tell(f"look number {len(opened_test.looks)} at this test split")

    compared = (OWN, *run.evaluation.model_names())
    scored = [marks_of(judged, name, networks[name], test) for name in compared]
    if run.evaluation.ranking:
        tell("asking each model which of ten answers belongs to a question")
        scored.append(ranking_marks(judged, {name: networks[name] for name in compared}))
    if generic is not None:
        tell("scoring generic text, for what was forgotten")
        scored.append(generic_marks(judged, {name: networks[name] for name in (OWN, BEFORE)}))
    said = None
    if asked is not None:
        own = {name: networks[name] for name in compared}
        said = written_of(judged, own, model.card, asked, tell)
        scored.append(said.marks)
    kept = None
    if questions is not None:
        both = {name: networks[name] for name in (OWN, BEFORE)}
        kept = memorised(judged, OWN, both, questions, tell)
        scored.append(kept.marks)
    marks = pd.concat(scored, ignore_index=True)
    result = about_texts(
        evaluate_marks(
            marks,
            run.evaluation,
            target=ANSWER,
            flow=read_table(folder.flow),
            fine_tuned=OWN,
            controls=CONTROLS,
        ),
        run.about,
    )
    label(result, as_settings(run, opened_test))
    result.settings["labelled_studies"] = {name: len(prepared.of(name)) for name in USED}
    told = [*remarks(prepared), *forgotten(result)]
    if said is not None:
        result.settings["written"] = said.settings
        told.extend(about_written(said.settings))
    if kept is not None:
        result.settings.update(kept.settings)
        told.extend(kept.said)
    result.warnings.extend(retold(each, run.about) for each in told)
    write_marks(marks, folder.marks)
    write_texts(run, folder, marks, result, model.card, how)
    result.settings["report"] = str(folder.report)  # for the person at this machine only
    return result


def remarks(prepared: PreparedTalks) -> list[str]:
    """What of the test's conversations is not judged."""
    test = prepared.talks.counts.loc[prepared.of("test")["case_id"]]
    aside, cut = int(test["unlearnt"].sum()), int((test["left_away"] > 0).sum())
    said = []
    if cut:
        said.append(
            f"{cut} of {len(test)} test conversations are longer than 'data.max_tokens': what lies "
            "around their answers was read in part."
        )
    if aside:
        said.append(
            f"{aside} of {int(test['answers'].sum())} answers in them do not fit whole, and are "
            "not judged."
        )
    return said


def forgotten(result: Result) -> list[str]:
    """What generic text says of the training, where it was looked at and got worse."""
    rows = result.differences
    found = rows[(rows["target"] == GENERIC) & (rows["compared_with"] == BEFORE)]
    worse = found[found["reason"].fillna("").eq("") & (found["low"] > 0)]
    return [
        f"Generic text is foreseen worse than before the training, by {row['difference']:.3f} bits "
        f"per byte ({100 * float(row['level']):g} % interval {row['low']:.3f} to "
        f"{row['high']:.3f}): something was forgotten."
        for row in worse.to_dict("records")
    ]
