"""One fine-tuning on conversations: what teaches whom and how, and the finished model."""

from __future__ import annotations

from medtune.config.model import Adapts
from medtune.config.text_run import ChatRun
from medtune.learning.fit import fit
from medtune.learning.hardware import Hardware
from medtune.learning.lesson import Lesson
from medtune.learning.ranks import ALONE, Ranks
from medtune.run_folder import RunFolder
from medtune.text.answerer import save, start
from medtune.text.likelihood import Answers, Teller
from medtune.workflow.chats.preparing import PreparedTalks
from medtune.workflow.progress import Tell
from medtune.workflow.texts.finish import finished

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
    tune = fit(lesson)
    card = finished(run, prepared, folder, lesson, tune, LEARNING, targets={})
    save(network, card, folder.path)
    tell(f"finished: tune {lesson.task.monitor.words} {tune[0]:.4f}")


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
    if not model.four_bits:  # then it waits in main memory until it is
        network.to(hardware.device)
    if run.training.gradient_checkpointing:
        network.backbone.recompute()
    room = run.data.max_tokens if run.training.packing else None
    tune = prepared.samples(prepared.of("tune"))
    return Lesson(
        task=Answers(),
        network=network,
        train=prepared.samples(prepared.of("train"), room),
        tune=tune.in_order(tune.shortest_first),
        model=model,
        training=run.training,
        hardware=hardware,
        folder=folder.checkpoints,
        metrics=folder.metrics,
        say=tell,
        ranks=ranks,
    )
