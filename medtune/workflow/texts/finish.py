"""What is written down of a finished training on texts, whatever it learnt."""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Sequence
from typing import Any

from medtune.config.text_run import TextRun
from medtune.learning.lesson import Lesson
from medtune.learning.weights import sha256_of
from medtune.run_folder import RunFolder
from medtune.tables.schema import write_text
from medtune.text.card import Card
from medtune.text.store import digest_of_tokenizer
from medtune.workflow.environment import made_with
from medtune.workflow.texts.begin import Begun

PACKAGES = ("torch", "transformers", "tokenizers", "lightning", "peft", "scikit-learn", "numpy")


def finished(
    run: TextRun,
    begun: Begun,
    folder: RunFolder,
    lesson: Lesson,
    tune: tuple[float, float],
    used: Sequence[str],
    **learned: Any,
) -> Card:
    """Write the environment of a training, and give the card of its model.

    Args:
        run: what was trained.
        begun: the texts.
        folder: of the model.
        lesson: it.
        tune: what it reached on the tune split: the value that selects, and the loss.
        used: splits that it was made with.
        learned: fields of the card that are this task's own.
    """
    value, loss = tune
    parts = {name: begun.of(name) for name in used}
    card = Card(
        name=run.name,
        site=run.site_name,
        task=run.task,
        max_tokens=run.data.max_tokens,
        redact=list(run.data.redact.kinds),
        tokenizer_sha256=digest_of_tokenizer(folder.language),
        version=importlib.metadata.version("medtune"),
        cases_sha256=sha256_of(begun.folder.cases),
        splits_sha256=sha256_of(begun.folder.splits),
        counts={
            name: {"texts": len(part), "groups": int(part["group_id"].nunique())}
            for name, part in parts.items()
        },
        **learned,
    )
    environment = {
        **made_with(lesson.hardware, PACKAGES),
        f"tune_{lesson.task.monitor.name}": value,
        "tune_loss": loss,
        "studies": {name: len(part) for name, part in parts.items()},
        "cases_sha256": card.cases_sha256,
        "splits_sha256": card.splits_sha256,
    }
    write_text(json.dumps(environment, indent=1), folder.environment)
    return card
