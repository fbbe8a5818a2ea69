"""Small conversations, and a small language model that can learn to answer them."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import torch
from transformers import AutoModelForCausalLM, LlamaConfig

from medtune.config.model import TextModel
from medtune.config.training import TextTraining
from medtune.learning.lesson import Lesson
from medtune.text.backbones import Speaker
from medtune.text.conversation import Message
from medtune.text.likelihood import Answers, Teller
from medtune.text.talk_rows import TalkRows
from medtune.text.talks import Talks, open_talks
from tests.learning.small import CPU
from tests.text.tokenizers import small_tokenizer

COLOURS = ("red", "green", "blue", "black")


def talk(number: int) -> tuple[Message, ...]:
    """Two questions and answers; what is answered follows from what is asked."""
    colour = COLOURS[number % len(COLOURS)]
    return (
        Message("user", f"Item {number}: which light is {colour}?"),
        Message("assistant", f"It is {colour}.", taught=True),
        Message("user", "Is it broken?"),
        Message("assistant", f"No, {colour} is {'fine' if number % 2 else 'good'}.", taught=True),
    )


def teller(*, tied: bool = True, bias: bool = False, seed: int = 0, width: int = 16) -> Teller:
    """A network of a few thousand weights."""
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(small_tokenizer(None)), hidden_size=width, intermediate_size=3 * width // 2,
        num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=1,
        max_position_embeddings=256, tie_word_embeddings=tied, attention_bias=bias,
    )  # fmt: skip
    return Teller(Speaker(AutoModelForCausalLM.from_config(config, attn_implementation="sdpa")))


def talks_in(folder: Path, count: int, most: int = 256) -> Talks:
    """So many conversations, named by their numbers."""
    cells = [json.dumps([[m.role, m.content, m.taught] for m in talk(n)]) for n in range(count)]
    names = pd.Index([str(n) for n in range(count)], name="case_id")
    name = f"{count}-{most}"
    return open_talks(folder, pd.Series(cells, index=names), small_tokenizer(None), name, most)


def lesson(
    folder: Path,
    network: Teller,
    *,
    adapt: str,
    epochs: int = 2,
    four_bits: bool = False,
    **more: object,
) -> Lesson:
    """24 conversations teach, 8 select."""
    said = talks_in(folder, 32)
    names = list(said.place.index)
    training = {
        "epochs": epochs, "head_epochs": epochs, "batch_size": 8, "learning_rate": 1e-2,
        "head_learning_rate": 1e-2, "precision": "32", **more,
    }  # fmt: skip
    return Lesson(
        task=Answers(),
        network=network,
        train=TalkRows(said, names[:24]),
        tune=TalkRows(said, names[24:]),
        model=TextModel.model_validate(
            {"backbone": "small", "adapt": adapt, "lora_rank": 4, "four_bits": four_bits}
        ),
        training=TextTraining.model_validate(training),
        hardware=CPU,
        folder=folder / "checkpoints",
        metrics=folder / "metrics.csv",
        say=lambda line: None,
    )
