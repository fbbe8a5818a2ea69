"""A language model as a run starts from it, and as a finished run has it."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch

from medtune.config.model import RUN_LANGUAGE, RUN_WEIGHTS, TextModel
from medtune.errors import WeightsError
from medtune.learning.task import Network
from medtune.learning.weights import load_exactly, read_state, save_weights
from medtune.tables.schema import write_whole
from medtune.text.backbones import Reader, load_speaker, load_tokenizer, must_be_a_model
from medtune.text.card import FORMAT, Card, card_of
from medtune.text.store import TOKENIZER, digest_of_tokenizer

ARCHITECTURE = "config.json"


@dataclass(frozen=True)
class TrainedText:
    """A network that reads whole texts, its card and its tokenizer."""

    network: Network
    card: Card
    tokenizer: Any


def start(model: TextModel, outputs: int, *, random: bool = False, seed: int = 0) -> Network:
    """A network that reads whole texts, with its starting weights and a new head.

    Args:
        model: the run's model section; weights may be a finished run's folder.
        outputs: of the new head.
        random: random weights whatever the section says (the control).
        seed: of random weights, and of the head.

    Raises:
        WeightsError: the weights cannot be had, or are of another language model.
    """
    if model.run_folder is not None and not random:
        must_start_alike(model)
        begun = load(model.run_folder).network.backbone
        assert isinstance(begun, Reader)
        backbone = Reader(begun.words, model.ngrams)
    else:
        pretrained = model.weights != "none" and not random
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            words = load_speaker(model.backbone, weights=pretrained).backbone
            backbone = Reader(words, model.ngrams)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Network(backbone, outputs)


def must_start_alike(model: TextModel) -> None:
    """Refuse starting weights that are not there, or that read with another tokenizer.

    Raises:
        WeightsError: says which.
    """
    must_be_a_model(model.backbone, weights=model.weights == "pretrained")
    if model.run_folder is None:
        return
    card = card_of(model.run_folder)
    if card.tokenizer_sha256 != digest_of_tokenizer(model.backbone):
        raise WeightsError(
            f"The run {card.name} cannot be started from: it reads with another tokenizer than "
            "the one of 'model.backbone'."
        )


def keep_language(source: Path, folder: Path) -> None:
    """Copy architecture and tokenizer of a language model to where its weights will be.

    Each file is whole or not there; started again after an interruption, it gives the same.

    Args:
        source: a folder as the Hugging Face hub has it.
        folder: made where it is missing; what the source has not is taken away.
    """
    for name in (ARCHITECTURE, *TOKENIZER):
        if (source / name).is_file():
            write_whole(folder / name, partial(shutil.copyfile, source / name))
        else:
            (folder / name).unlink(missing_ok=True)


def save(network: Network, card: Card, path: Path) -> None:
    """Write the weights with their card inside."""
    save_weights(network, path, {"format": FORMAT, **asdict(card)})


def load(folder: Path) -> TrainedText:
    """The model of a finished run.

    Raises:
        WeightsError: there is none, or its parts do not fit together.
    """
    card, language = card_of(folder), folder / RUN_LANGUAGE
    if digest_of_tokenizer(language) != card.tokenizer_sha256:
        raise WeightsError(f"The tokenizer in the run {folder.name} is not the one it learnt with.")
    backbone = Reader(load_speaker(language, weights=False).backbone, card.ngrams)
    network = Network(backbone, card.learns.outputs)
    load_exactly(network, read_state(folder / RUN_WEIGHTS), RUN_WEIGHTS)
    return TrainedText(network.eval(), card, load_tokenizer(language))
