"""A language model that answers: as a run starts from it, and as a finished run has it."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from medtune.config.data import WRITING
from medtune.config.model import RUN_LANGUAGE, RUN_WEIGHTS, TextModel
from medtune.errors import WeightsError
from medtune.learning.weights import read_state, whole_state, write_weights
from medtune.text import trained
from medtune.text.backbones import load_speaker, load_tokenizer, load_whole
from medtune.text.card import FORMAT, Card, card_of
from medtune.text.likelihood import Teller
from medtune.text.store import digest_of_tokenizer


@dataclass(frozen=True)
class Answerer:
    """A network that answers, its card and its tokenizer."""

    network: Teller
    card: Card
    tokenizer: Any


def start(model: TextModel, *, random: bool = False, seed: int = 0) -> Teller:
    """A language model with its starting weights.

    Args:
        model: the run's model section; weights may be a finished run's folder.
        random: random weights whatever the section says (the control).
        seed: of random weights.

    Raises:
        WeightsError: the weights cannot be had, or are of another language model.
    """
    if model.run_folder is not None and not random:
        trained.must_start_alike(model)
        return load(model.run_folder).network
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        pretrained = model.weights != "none" and not random
        return Teller(load_speaker(model.backbone, weights=pretrained))


def must_start_alike(model: TextModel) -> None:
    """Refuse starting weights of a run that does something else.

    Raises:
        WeightsError: says which.
    """
    if model.run_folder is not None and card_of(model.run_folder).task not in WRITING:
        raise WeightsError(
            f"The run {model.run_folder.name} cannot be started from: it does not answer "
            f"('task: {card_of(model.run_folder).task}')."
        )


def save(network: Teller, card: Card, folder: Path) -> None:
    """Write the weights with their card inside, by the names that transformers has for them.

    With ``language/`` beside them, which links to them, they are a plain model of transformers.

    Args:
        network: without adapters.
        card: what is needed to use it.
        folder: of the run.
    """
    model = network.speaker.model
    tied = set(getattr(model, "_tied_weights_keys", None) or {})
    own = whole_state(model)
    if not model.config.tie_word_embeddings:
        tied = set()
    state = {name: tensor for name, tensor in own.items() if name not in tied}
    write_weights(state, folder / RUN_WEIGHTS, {"format": FORMAT, **asdict(card)})
    link = folder / RUN_LANGUAGE / RUN_WEIGHTS
    link.unlink(missing_ok=True)
    os.symlink(Path("..") / RUN_WEIGHTS, link)


def load(folder: Path) -> Answerer:
    """The model of a finished run.

    Raises:
        WeightsError: there is none, or its parts do not fit together.
    """
    card, language = card_of(folder), folder / RUN_LANGUAGE
    if card.task not in WRITING:
        raise WeightsError(f"The run {folder.name} does not answer: 'task: {card.task}'.")
    if digest_of_tokenizer(language) != card.tokenizer_sha256:
        raise WeightsError(f"The tokenizer in the run {folder.name} is not the one it learnt with.")
    speaker = load_speaker(language, weights=False)
    load_whole(speaker.model, read_state(folder / RUN_WEIGHTS), RUN_WEIGHTS)
    return Answerer(Teller(speaker).eval(), card, load_tokenizer(language))
