"""An answer, token by token: the most probable one, or drawn with a seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from medtune.config.generation import Generation
from medtune.learning.sampling import seed_of
from medtune.text.answerer import Answerer
from medtune.text.conversation import Message
from medtune.text.template import ends_of, prompt_of


@dataclass(frozen=True)
class Said:
    """An answer.

    Attributes:
        text: without its end token.
        whole: whether the model ended it itself; else it was cut.
    """

    text: str
    whole: bool


def stops_of(tokenizer: Any) -> list[int]:
    """Tokens that end an answer: the tokenizer's own, and that of its chat template."""
    found = tokenizer.convert_tokens_to_ids(ends_of(tokenizer))
    own = tokenizer.eos_token_id
    return list(dict.fromkeys([*found, *([] if own is None else [own])]))


def answer(answerer: Answerer, messages: Sequence[Message], how: Generation) -> Said:
    """What the model says next in a conversation.

    Question and answer together are no longer than what the model learnt from: of a conversation
    that leaves too little room the beginning is not read, but never more than a half is kept
    free. What is drawn depends on the seed and the conversation alone.

    Args:
        answerer: a finished model.
        messages: until the last question.
        how: greedy, or drawn.

    Raises:
        FaultError: the model's chat template refuses the turns.
    """
    tokenizer, model = answerer.tokenizer, answerer.network.speaker.model.eval()
    prompt = prompt_of(tokenizer, messages)
    most = answerer.card.max_tokens
    room = max(most - how.max_tokens, most // 2)
    ids = tokenizer([prompt], add_special_tokens=False)["input_ids"][0][-room:]
    stops = stops_of(tokenizer)
    seen = torch.tensor([ids], device=next(model.parameters()).device)
    drawn = {"temperature": how.temperature, "top_p": how.top_p, "top_k": 0}
    with torch.inference_mode(), torch.random.fork_rng():
        torch.manual_seed(seed_of(how.seed, "answer", prompt))
        said = model.generate(
            seen,
            attention_mask=torch.ones_like(seen),
            max_new_tokens=min(how.max_tokens, most - len(ids)),
            do_sample=how.temperature > 0,
            eos_token_id=stops or None,
            pad_token_id=stops[0] if stops else 0,
            **(drawn if how.temperature > 0 else {}),
        )[0, len(ids) :].tolist()
    whole = bool(said) and said[-1] in stops
    text = tokenizer.decode(said[:-1] if whole else said, skip_special_tokens=True)
    return Said(str(text).strip(), whole)
