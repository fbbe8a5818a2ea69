"""An answer, token by token: the most probable one, or drawn with a seed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from medtune.config.generation import Generation
from medtune.learning.sampling import seed_of
from medtune.text.answerer import Answerer
from medtune.text.conversation import Message
from medtune.text.likelihood import Teller
from medtune.text.samples import rows_of
from medtune.text.sure import Sure
from medtune.text.template import Tokens, ends_of, ids_of, prompt_of

# At the end of what is written so far: characters that the next tokens may still change, such as
# bytes of a letter that is not whole yet, or the blank before a full stop.
OPEN = 8

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Said:
    """An answer.

    Attributes:
        text: without its end token.
        whole: whether the model ended it itself; else it was cut.
        read: tokens of the conversation that were read.
        unread: tokens at its beginning for which there was no room.
        written: tokens of the answer, its end token too.
        sure: what is known of it.
    """

    text: str
    whole: bool
    read: int
    unread: int
    written: int
    sure: Sure = field(default_factory=Sure)


def stops_of(tokenizer: Any) -> list[int]:
    """Tokens that end an answer: the tokenizer's own, and that of its chat template."""
    found = tokenizer.convert_tokens_to_ids(ends_of(tokenizer))
    own = tokenizer.eos_token_id
    return list(dict.fromkeys([*found, *([] if own is None else [own])]))


class _Written:
    """What of an answer will not change any more, told while it is written.

    ``generate`` of transformers calls it a streamer: it puts the prompt, then token by token.

    Args:
        tokenizer: of the model.
        stops: tokens that end an answer.
        tell: called with each further piece, and with an empty one where a token adds none; what
            it raises ends the answer.
    """

    def __init__(self, tokenizer: Any, stops: Sequence[int], tell: Tell) -> None:
        self._tokenizer, self._stops, self._tell = tokenizer, stops, tell
        self._ids: list[int] = []
        self._told = ""

    def put(self, tokens: Tensor) -> None:
        """The prompt (1, T), or the next token (1,)."""
        if tokens.ndim > 1:
            return
        self._ids += [each for each in tokens.tolist() if each not in self._stops]
        self._say(self._text(self._ids).lstrip()[:-OPEN].rstrip())

    def end(self) -> None:
        """All tokens were put."""

    def text_of(self, ids: Sequence[int]) -> str:
        """The whole answer, of which the rest is told."""
        whole = self._text(ids).strip()
        self._say(self._told + whole[len(self._told) :])
        return self._told

    def _text(self, ids: Sequence[int]) -> str:
        return str(self._tokenizer.decode(ids, skip_special_tokens=True))

    def _say(self, text: str) -> None:
        piece = text[len(self._told) :] if text.startswith(self._told) else ""
        self._told += piece
        self._tell(piece)


def answer(
    answerer: Answerer,
    messages: Sequence[Message],
    how: Generation,
    tell: Tell = lambda piece: None,
) -> Said:
    """What the model says next in a conversation.

    Question and answer together are no longer than what the model learnt from: of a conversation
    that leaves too little room the beginning is not read, but never more than a half is kept
    free. What is drawn depends on the seed and the conversation alone.

    Args:
        answerer: a finished model.
        messages: until the last question.
        how: greedy, or drawn.
        tell: called with the answer's text piece by piece while it is written, after each token;
            what it raises ends the answer. The pieces together are the answer's text.

    Raises:
        FaultError: the model's chat template refuses the turns.
    """
    tokenizer, model = answerer.tokenizer, answerer.network.speaker.model.eval()
    prompt = prompt_of(tokenizer, messages)
    most = answerer.card.max_tokens
    room = max(most - how.max_tokens, most // 2)
    asked = ids_of(tokenizer, prompt)
    ids = asked[-room:]
    stops = stops_of(tokenizer)
    written = _Written(tokenizer, stops, tell)
    seen = torch.tensor([ids], device=next(model.parameters()).device)
    drawn = {"temperature": how.heat, "top_p": how.top_p, "top_k": 0}
    with torch.inference_mode(), torch.random.fork_rng():
        torch.manual_seed(seed_of(how.seed, "answer", prompt.text))
        said = model.generate(
            seen,
            attention_mask=torch.ones_like(seen),
            max_new_tokens=min(how.max_tokens, most - len(ids)),
            do_sample=how.heat > 0,
            eos_token_id=stops or None,
            pad_token_id=stops[0] if stops else 0,
            streamer=written,
            **(drawn if how.heat > 0 else {}),
        )[0, len(ids) :].tolist()
    whole = bool(said) and said[-1] in stops
    text = written.text_of(said[:-1] if whole else said)
    sure = Sure(bits_per_byte=_bits_per_byte(answerer.network, ids, said, text))
    return Said(text, whole, len(ids), len(asked) - len(ids), len(said), sure)


def _bits_per_byte(
    network: Teller, asked: Sequence[int], said: Sequence[int], text: str
) -> float | None:
    """How far from sure of its own words the model is; None where it says nothing."""
    if not text:
        return None
    tokens = Tokens(
        np.array([*asked, *said], np.int64),
        np.arange(len(asked) + len(said)) >= len(asked),
    )
    row = rows_of([[tokens]])
    device = next(network.parameters()).device
    there = torch.stack((row.targets, row.positions), dim=1)
    with torch.inference_mode():
        likely = network(row.inputs.to(device), there.to(device))
    return float(-likely) / math.log(2) / len(text.encode())
