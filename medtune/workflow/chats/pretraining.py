"""A tiny language model of one's own, taught from random weights on generic text."""

from __future__ import annotations

import shutil
from pathlib import Path

from medtune.config.model import ChatModel
from medtune.config.training import ChatTraining
from medtune.learning.fit import fit
from medtune.learning.hardware import choose
from medtune.learning.lesson import Lesson
from medtune.text.answerer import start
from medtune.text.backbones import load_tokenizer
from medtune.text.generic import documents_of, pieces_of
from medtune.text.likelihood import Answers
from medtune.text.talk_rows import TalkRows
from medtune.text.tiny import save_quietly, write_tiny
from medtune.workflow.progress import Tell

ROW = 256  # tokens that a row of documents has
TUNE = 0.1  # of the documents select


def pretrain_tiny(folder: Path, generic: Path, training: ChatTraining, tell: Tell) -> None:
    """Write a tiny language model that has learnt from generic text, as the hub has it.

    The folder is there once the model is whole. What was interrupted goes on.

    Args:
        folder: of the model; where it is there, nothing is done.
        generic: text file, documents apart by an empty line.
        training: how it learns: every token of every document.
        tell: takes lines for a person.
    """
    if folder.exists():
        return
    half = folder.with_name(f"{folder.name}.part")
    documents = documents_of(generic)
    if not (half / "tokenizer.json").exists():  # what is written last
        write_tiny(half, documents, vocabulary=768, width=96, layers=2, seed=training.seed)
    model = ChatModel(backbone=half, adapt="full", weights="none")
    network = start(model, seed=training.seed)
    talks = pieces_of(documents, load_tokenizer(half), ROW)
    pieces = talks.place.index.tolist()
    tune = max(1, round(TUNE * len(pieces)))
    fit(
        Lesson(
            task=Answers(),
            network=network,
            train=TalkRows(talks, pieces[tune:], ROW),
            tune=TalkRows(talks, pieces[:tune]),
            model=model,
            training=training,
            hardware=choose(training),
            folder=half / "checkpoints",
            metrics=half / "metrics.csv",
            say=tell,
        )
    )
    save_quietly(network.speaker.model, half)
    for aside in ("checkpoints", "tensorboard"):
        shutil.rmtree(half / aside, ignore_errors=True)
    half.rename(folder)
