"""One fine-tuning on texts: what teaches whom and how, and the finished model with its cut."""

from __future__ import annotations

import importlib.metadata
import json
from typing import Any

import numpy as np

from medtune.config.run import TextRun
from medtune.config.text_data import INTENT
from medtune.evaluation.answering import fit_cut, sure_of
from medtune.learning.fit import fit
from medtune.learning.hardware import Hardware
from medtune.learning.lesson import Lesson
from medtune.learning.predict import score
from medtune.learning.ranks import ALONE, Ranks
from medtune.learning.targets import NamedTargets
from medtune.learning.weights import sha256_of
from medtune.run_folder import RunFolder
from medtune.tables.schema import write_text
from medtune.text.card import Card
from medtune.text.store import digest_of_tokenizer
from medtune.text.trained import keep_language, save, start
from medtune.workflow.environment import made_with
from medtune.workflow.progress import Tell
from medtune.workflow.texts.preparing import LEARNING, Prepared

PACKAGES = ("torch", "transformers", "tokenizers", "lightning", "peft", "scikit-learn", "numpy")


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
    network.to(hardware.device)
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
    value, loss = fit(lesson)
    used = {name: prepared.of(name) for name in LEARNING}
    card = Card(
        name=run.name,
        site=run.site_name,
        task=run.task,
        targets={name: target.model_dump() for name, target in prepared.targets.items()},
        max_tokens=run.data.max_tokens,
        redact=list(run.data.redact.kinds),
        tokenizer_sha256=digest_of_tokenizer(folder.language),
        by_hand=by_hand(run),
        answers=_answers(run, prepared, lesson),
        version=importlib.metadata.version("medtune"),
        cases_sha256=sha256_of(prepared.folder.cases),
        splits_sha256=sha256_of(prepared.folder.splits),
        counts={
            name: {"texts": len(part), "groups": int(part["group_id"].nunique())}
            for name, part in used.items()
        },
    )
    environment = {
        **made_with(hardware, PACKAGES),
        f"tune_{task.monitor.name}": value,
        "tune_loss": loss,
        "studies": {name: len(part) for name, part in used.items()},
        "cases_sha256": card.cases_sha256,
        "splits_sha256": card.splits_sha256,
    }
    write_text(json.dumps(environment, indent=1), folder.environment)
    save(network, card, folder.model)
    tell(f"finished: tune {task.monitor.words} {value:.4f}")


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
