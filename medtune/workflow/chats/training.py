"""One fine-tuning on conversations: what teaches whom and how, and the finished model."""

from __future__ import annotations

import importlib.metadata
import json

from medtune.config.model import Adapts
from medtune.config.run import ChatRun
from medtune.learning.fit import fit
from medtune.learning.hardware import Hardware
from medtune.learning.lesson import Lesson
from medtune.learning.ranks import ALONE, Ranks
from medtune.learning.weights import sha256_of
from medtune.run_folder import RunFolder
from medtune.tables.schema import write_text
from medtune.text.answerer import save, start
from medtune.text.card import Card
from medtune.text.likelihood import Answers, Teller
from medtune.text.store import digest_of_tokenizer
from medtune.workflow.chats.preparing import PreparedTalks
from medtune.workflow.environment import made_with
from medtune.workflow.progress import Tell
from medtune.workflow.texts.training import PACKAGES

LEARNING = ("train", "tune")


def fine_tune(
    run: ChatRun,
    prepared: PreparedTalks,
    folder: RunFolder,
    hardware: Hardware,
    tell: Tell,
    ranks: Ranks = ALONE,
) -> None:
    """Fine-tune, or go on, until the folder has its model and environment."""
    network = start(run.model, seed=run.training.seed)
    lesson = lesson_of(run, prepared, folder, hardware, tell, network, run.model, ranks)
    value, loss = fit(lesson)
    used = {name: prepared.of(name) for name in LEARNING}
    card = Card(
        name=run.name,
        site=run.site_name,
        task=run.task,
        targets={},
        max_tokens=run.data.max_tokens,
        redact=list(run.data.redact.kinds),
        tokenizer_sha256=digest_of_tokenizer(folder.language),
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
        f"tune_{lesson.task.monitor.name}": value,
        "tune_loss": loss,
        "studies": {name: len(part) for name, part in used.items()},
        "cases_sha256": card.cases_sha256,
        "splits_sha256": card.splits_sha256,
    }
    write_text(json.dumps(environment, indent=1), folder.environment)
    save(network, card, folder.path)
    tell(f"finished: tune {lesson.task.monitor.words} {value:.4f}")


def lesson_of(
    run: ChatRun,
    prepared: PreparedTalks,
    folder: RunFolder,
    hardware: Hardware,
    tell: Tell,
    network: Teller,
    model: Adapts,
    ranks: Ranks = ALONE,
) -> Lesson:
    """What is learnt from which conversations.

    Args:
        run: whose conversations and training it is.
        prepared: the conversations.
        folder: where checkpoints and metrics are written.
        hardware: where it runs.
        tell: takes lines for a person.
        network: what learns.
        model: what of it learns.
        ranks: the processes that have this lesson together.
    """
    network.to(hardware.device)
    room = run.data.max_tokens if run.training.packing else None
    return Lesson(
        task=Answers(),
        network=network,
        train=prepared.samples(prepared.of("train"), room),
        tune=prepared.samples(prepared.of("tune")),
        model=model,
        training=run.training,
        hardware=hardware,
        folder=folder.checkpoints,
        metrics=folder.metrics,
        say=tell,
        ranks=ranks,
    )
