"""A chat template with which plain transformers asks by what the model was taught with.

Some templates do not end a prompt where an answer begins: one that can think leaves it to the model
whether to, and shows every answer after an empty thought. The model then has to be asked by more
than the template's own prompt, also by whoever opens an exported folder.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from medtune.errors import WeightsError
from medtune.text.conversation import Message
from medtune.text.faults import FaultError
from medtune.text.template import PLAIN, prompt_of

# What Qwen3's template and those made after it ask, told once and for all.
NO_THOUGHT = "{%- set enable_thinking = false %}"


def plain_template(tokenizer: Any, talks: Sequence[Sequence[Message]]) -> str:
    """The tokenizer's own template where it asks so, else it with what it lacks.

    Args:
        tokenizer: of the model.
        talks: that it is held against, each until a question.

    Raises:
        WeightsError: no change to it that is known here does.
    """
    try:
        asked = [prompt_of(tokenizer, talk).text for talk in talks]
        for template in _templates(tokenizer, talks[0], asked[0]):
            if all(
                prompt_by(tokenizer, template, talk) == text
                and prompt_by(tokenizer, template, talk, asks=False)
                == prompt_by(tokenizer, None, talk, asks=False)
                for talk, text in zip(talks, asked, strict=True)
            ):
                return template
    except FaultError as fault:
        raise WeightsError(f"{fault.said[0].upper()}{fault.said[1:]}. Nothing was exported.") from (
            fault
        )
    raise WeightsError(
        "The model's chat template asks for an answer by less than the model was taught with, and "
        "cannot be told to ask by more. Nothing was exported."
    )


def prompt_by(
    tokenizer: Any, template: str | None, talk: Sequence[Message], *, asks: bool = True
) -> str:
    """A conversation as plain transformers renders it.

    Args:
        tokenizer: of the model.
        template: by which; None: its own.
        talk: the conversation.
        asks: for an answer.
    """
    turns = [{"role": message.role, "content": message.content} for message in talk]
    return str(
        tokenizer.apply_chat_template(
            turns,
            chat_template=template or tokenizer.chat_template or PLAIN,
            tokenize=False,
            add_generation_prompt=asks,
        )
    )


def _templates(tokenizer: Any, talk: Sequence[Message], asked: str) -> Iterator[str]:
    """The tokenizer's own, and what can be made of it, the least change first."""
    own = tokenizer.chat_template or PLAIN
    yield own
    yield NO_THOUGHT + own
    lacks = json.dumps(asked.removeprefix(prompt_by(tokenizer, None, talk)), ensure_ascii=False)
    bare = own.removesuffix("\n")  # Jinja drops it at the very end of a template
    yield bare + "{% if add_generation_prompt %}{{ " + lacks + " }}{% endif %}"
