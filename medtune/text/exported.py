"""A finished language model as a folder that plain transformers, and what reads the same, opens."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from transformers import GenerationConfig

from medtune.config.generation import Generation
from medtune.text.answerer import Answerer
from medtune.text.backbones import opened_plainly, without_bars
from medtune.text.conversation import Message
from medtune.text.faults import FaultError
from medtune.text.generate import stops_of
from medtune.text.plain_template import plain_template, prompt_by
from medtune.text.template import ids_of, prompt_of
from medtune.text.trained import TrainedText

TOLERANCE = 1e-4  # of a logit, from those of the model as it was trained
TEMPLATE = "chat_template.jinja"
HEAD = "head.safetensors"
PROBES = (
    (Message("user", "Hello."),),
    (
        Message("user", "What can you do?"),
        Message("assistant", "I answer."),
        Message("user", "1 + 1?"),
    ),
)


def write_answerer(own: Answerer, how: Generation, folder: Path) -> None:
    """Write a model that answers: weights, architecture, tokenizer, template, how it is drawn.

    Args:
        own: without adapters: they are merged when a training ends.
        how: an answer is written.
        folder: that is there.

    Raises:
        WeightsError: plain transformers cannot be told to ask by what the model was taught with.
    """
    model, tokenizer = own.network.speaker.model, own.tokenizer
    with without_bars():
        model.save_pretrained(folder, safe_serialization=True)
    tokenizer.save_pretrained(folder)
    template = plain_template(tokenizer, PROBES)
    if template != tokenizer.chat_template:
        (folder / TEMPLATE).write_text(template, encoding="utf-8")
    stops = stops_of(tokenizer)
    drawn = {"temperature": how.heat, "top_p": how.top_p, "top_k": 0}
    GenerationConfig(
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=stops or None,
        pad_token_id=stops[0] if stops else 0,
        max_new_tokens=how.max_tokens,
        do_sample=how.heat > 0,
        **(drawn if how.heat > 0 else {}),
    ).save_pretrained(folder)


def difference_of_answerer(own: Answerer, folder: Path) -> float:
    """The largest difference of a logit of the folder, opened by transformers alone, from ours.

    Raises:
        FaultError: its tokenizer reads a conversation otherwise.
    """
    model, tokenizer = opened_plainly(folder)
    largest = 0.0
    for talk in PROBES:
        prompt = prompt_of(own.tokenizer, talk)
        ids = ids_of(own.tokenizer, prompt)
        text = prompt_by(tokenizer, None, talk)
        if text != prompt.text or ids_of(tokenizer, replace(prompt, text=text)) != ids:
            raise FaultError("data_type", "its tokenizer reads a conversation otherwise")
        seen = torch.tensor([ids])
        with torch.inference_mode():
            ours = own.network.speaker(seen)
            largest = max(largest, float((model(input_ids=seen).logits - ours).abs().max()))
    return largest


def write_reader(own: TrainedText, folder: Path) -> None:
    """Write a model that reads: the decoder, its tokenizer, and the layer that says the classes.

    Args:
        own: it.
        folder: that is there.
    """
    body: Any = own.network.backbone.words.body  # type: ignore[union-attr]
    with without_bars():
        body.save_pretrained(folder, safe_serialization=True)
    own.tokenizer.save_pretrained(folder)
    head = own.network.head
    save_file(
        {"weight": head.weight.detach().contiguous(), "bias": head.bias.detach().contiguous()},
        folder / HEAD,
    )


def write_card(card: dict[str, Any], path: Path) -> None:
    """Write what an exported folder says of itself, for machines."""
    path.write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def same_beginning(talks: Sequence[Sequence[Message]]) -> str | None:
    """The system message that all conversations begin with; None where they do not."""
    first = {talk[0].content.strip() if talk[0].role == "system" else "" for talk in talks}
    (only,) = first if len(first) == 1 else ("",)
    return only or None
