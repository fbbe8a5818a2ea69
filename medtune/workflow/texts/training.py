"""One fine-tuning on texts: what teaches whom and how, and the finished model with its cut."""

from __future__ import annotations

from typing import Any

import numpy as np

from medtune.config.text_data import INTENT
from medtune.config.text_run import TextRun
from medtune.evaluation.answering import fit_cut, sure_of
from medtune.learning.fit import fit
from medtune.learning.hardware import Hardware
from medtune.learning.lesson import Lesson
from medtune.learning.predict import score
from medtune.learning.ranks import ALONE, Ranks
from medtune.learning.targets import NamedTargets
from medtune.run_folder import RunFolder
from medtune.text.backbones import Reader
from medtune.text.trained import keep_language, save, start
from medtune.workflow.progress import Tell
from medtune.workflow.texts.finish import finished
from medtune.workflow.texts.preparing import LEARNING, Prepared


def fine_tune(
    run: TextRun,
    prepared: Prepared,
    folder: RunFolder,
    hardware: Hardware,
    tell: Tell,
    ranks: Ranks = ALONE,
) -> None:
    """Fine-tune, or go on, until the folder has its model with its cut and environment."""
    seed = run.training.seed
    task = NamedTargets(prepared.targets, smoothing=run.training.label_smoothing)
    network = start(run.model, task.outputs, seed=seed)
    if not run.model.four_bits:  # then it waits in main memory until it is
        network.to(hardware.device)
    if run.training.gradient_checkpointing:
        assert isinstance(network.backbone, Reader)
        network.backbone.recompute()
    train = prepared.of("train")
    lesson = Lesson(
        task=task,
        network=network,
        train=prepared.samples(train, task),
        tune=prepared.samples(prepared.of("tune"), task),
        model=run.model,
        training=run.training,
        hardware=hardware,
        folder=folder.checkpoints,
        metrics=folder.metrics,
        say=tell,
        ranks=ranks,
    )
    if folder.path != prepared.folder.path:  # a further seed: its folder is a model of its own
        keep_language(prepared.folder.language, folder.language)
    tune = fit(lesson)
    network.to(hardware.device)
    card = finished(
        run,
        prepared,
        folder,
        lesson,
        tune,
        LEARNING,
        targets={name: target.model_dump() for name, target in prepared.targets.items()},
        ngrams=run.model.ngrams,
        by_hand=by_hand(run),
        answers=_answers(run, prepared, lesson),
    )
    save(network, card, folder.model)
    tell(f"finished: tune {task.monitor.words} {tune[0]:.4f}")


def by_hand(run: TextRun) -> dict[str, str]:
    """The class of each target that a person answers, whatever is said to be of it."""
    return {} if run.data.out_of_scope is None else {INTENT: run.data.out_of_scope}


def _answers(run: TextRun, prepared: Prepared, lesson: Lesson) -> dict[str, dict[str, Any]]:
    """From which probability on a class is said without a person, by the calibration split."""
    wanted, cases = run.evaluation.answer_alone, prepared.of("calibration")
    cases = cases[cases[INTENT].notna()].reset_index(drop=True)
    if wanted is None or cases.empty:
        return {}
    task = prepared.task
    said = score(task, lesson.network, prepared.samples(cases, task), lesson.hardware)
    classes = prepared.targets[INTENT].classes or []
    best = np.array(classes, dtype=object)[said.argmax(axis=1)]
    sure = sure_of(said, classes, run.data.out_of_scope)
    right = best == cases[INTENT].to_numpy(object)
    cut = fit_cut(sure, right, cases["group_id"].factorize()[0], wanted)
    return {INTENT: {**wanted.model_dump(), **cut.as_dict()}}
