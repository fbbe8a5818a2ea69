"""An Ollama Modelfile: how Ollama is to render, stop and draw as the model has learnt to answer.

A chat template is a Jinja program, Ollama's a Go template. What stands before and after a message
of each role is found by rendering conversations, and the Go template made of it is taken only
where it gives, conversation by conversation, exactly what the model's own does.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from medtune.config.generation import Generation
from medtune.text.conversation import Message, Role
from medtune.text.faults import FaultError
from medtune.text.template import ends_of, prompt_of

ROLES: tuple[Role, ...] = ("system", "user", "assistant")
# parameters that Ollama has its own values for, and that do not change what is drawn here
NEUTRAL = {"top_k": 0, "min_p": 0.0, "repeat_penalty": 1.0}


@dataclass(frozen=True)
class Turns:
    """What a template writes around the messages of a conversation.

    Attributes:
        start: before all.
        around: before and after a message, by its role; without one, the template has no such.
        asks: after all, before the answer.
    """

    start: str
    around: dict[str, tuple[str, str]]
    asks: str

    def rendered(self, talk: Sequence[Message]) -> str:
        """A conversation."""
        said = "".join(
            before + message.content + after
            for message in talk
            for before, after in (self.around[message.role],)
        )
        return self.start + said + self.asks

    def as_go(self) -> str:
        """The same as a Go template, as Ollama executes it."""
        branches = "".join(
            f'{{{{ {"else " if at else ""}if eq .Role "{role}" }}}}'
            f"{_literal(before)}{{{{ .Content }}}}{_literal(after)}"
            for at, (role, (before, after)) in enumerate(self.around.items())
        )
        inner = f"{{{{ range .Messages }}}}{branches}{{{{ end }}}}{{{{ end }}}}"
        return _literal(self.start) + inner + _literal(self.asks)


def turns_of(tokenizer: Any) -> Turns | None:
    """What the tokenizer's chat template writes around messages; None where it is not so plain.

    A system message is among them only where the template shows it as a turn of its own.

    Args:
        tokenizer: of the model.
    """
    u, v, a, s = (Message("user", "Uu"), Message("user", "Vv"), Message("assistant", "Aa"),
                  Message("system", "Ss"))  # fmt: skip
    try:
        alone, three = (_split(tokenizer, talk) for talk in ((u,), (u, a, v)))
    except FaultError:
        return None
    bos = tokenizer.bos_token or ""
    start = bos if bos and alone[0].startswith(bos) else ""
    before_user = alone[0][len(start) :]
    if three[0] != alone[0] or three[-1] != alone[-1] or not three[2].endswith(before_user):
        return None
    after_assistant = three[2][: len(three[2]) - len(before_user)]
    # what ends a question and what begins an answer: two questions in a row tell them apart
    after_user = _common(three[1], alone[-1])
    try:
        between = _split(tokenizer, (u, v))[1]
    except FaultError:
        between = ""
    if between.endswith(before_user):
        own = between[: len(between) - len(before_user)]
        after_user = own if after_user.startswith(own) else after_user
    around = {
        "user": (before_user, after_user),
        "assistant": (three[1][len(after_user) :], after_assistant),
    }
    asks = alone[-1][len(after_user) :]
    plain = Turns(start, around, asks)
    if not _same(tokenizer, plain):
        return None
    try:
        told = _split(tokenizer, (s, u))
    except FaultError:
        return plain
    if told[0].startswith(start) and told[1].endswith(before_user):
        after_system = told[1][: len(told[1]) - len(before_user)]
        whole = Turns(start, {"system": (told[0][len(start) :], after_system), **around}, asks)
        return whole if _same(tokenizer, whole) else plain
    return plain


def modelfile(
    tokenizer: Any, turns: Turns, file: str, how: Generation, most_tokens: int, system: str | None
) -> str:
    """The Modelfile.

    Args:
        tokenizer: of the model.
        turns: of its chat template.
        file: the GGUF file, beside it.
        how: an answer is written.
        most_tokens: of question and answer together.
        system: the message that every conversation of the training began with.
    """
    if turns.start and adds_start(tokenizer):  # Ollama writes the first token itself
        turns = Turns("", turns.around, turns.asks)
    stops = [*ends_of(tokenizer), *([tokenizer.eos_token] if tokenizer.eos_token else [])]
    parameters: dict[str, float] = {
        "num_ctx": most_tokens,
        "num_predict": how.max_tokens,
        "temperature": how.heat,
        "top_p": how.top_p,
        "seed": how.seed,
        **NEUTRAL,
    }
    lines = [f"FROM ./{file}", f'TEMPLATE """{turns.as_go()}"""']
    if system is not None and "system" in turns.around:
        lines.append(f'SYSTEM """{system}"""')
    lines += [f"PARAMETER stop {json.dumps(stop)}" for stop in dict.fromkeys(stops)]
    lines += [f"PARAMETER {name} {_number(value)}" for name, value in parameters.items()]
    return "\n".join(lines) + "\n"


def adds_start(tokenizer: Any) -> bool:
    """Whether a tokenizer, and so llama.cpp, begins every text with its first token."""
    ids = tokenizer(["a"])["input_ids"][0]
    return tokenizer.bos_token_id is not None and ids[:1] == [tokenizer.bos_token_id]


def _split(tokenizer: Any, talk: Sequence[Message]) -> list[str]:
    """What stands before, between and after the messages.

    Raises:
        FaultError: the template refuses them, or does not show each once and in order.
    """
    rest, parts = prompt_of(tokenizer, talk).text, []
    for message in talk:
        before, found, rest = rest.partition(message.content)
        if not found:
            raise FaultError("data_type", "the chat template does not show a message")
        parts.append(before)
    return [*parts, rest]


def _same(tokenizer: Any, turns: Turns) -> bool:
    """Whether conversations are rendered alike, with quotes and braces in them too."""
    texts = ('x "y" {z}', "One.\n\nTwo.")
    systems = ((), (Message("system", "Be brief."),)) if "system" in turns.around else ((),)
    for system, count, text in product(systems, range(3), texts):
        pair = (Message("user", text), Message("assistant", f"{text} Yes."))
        talk = [*system, *(pair * count), Message("user", text)]
        try:
            if turns.rendered(talk) != prompt_of(tokenizer, talk).text:
                return False
        except FaultError:
            return False
    go = turns.as_go()
    return '"""' not in go and not go.startswith('"') and not go.endswith('"')


def _common(one: str, other: str) -> str:
    """The beginning that two texts have in common."""
    length = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    return one[: min(len(one), len(other))] if length is None else one[:length]


def _number(value: float) -> str:
    """A number to its last digit; whole ones have no point, which Ollama does not read."""
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def _literal(text: str) -> str:
    """Text in a Go template."""
    return text.replace("{{", '{{ "{{" }}')
