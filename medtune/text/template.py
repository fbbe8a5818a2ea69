"""A conversation as the model reads it, and which of its tokens are learnt.

Stock chat templates have no ``{% generation %}`` tags, so that transformers' own mask of the
assistant's tokens is all zeros, with a warning only. Here the mask is found by the text alone:
the conversation is rendered a second time with a mark in place of each answer, which shows where
the answers stand whatever the template does around them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from medtune.text.conversation import Message
from medtune.text.faults import FaultError
from medtune.text.typed import Covered, Marks, Span, covered, marks_of, read

# For tokenizers without a template of their own. The line breaks tell where a turn ends, and the
# end of sequence token where an answer does. The blank before an answer belongs to its first token.
PLAIN = (
    "{% for message in messages %}"
    "{% if message['role'] == 'assistant' %}"
    "{{ 'Answer: ' + message['content'] + eos_token + '\n' }}"
    "{% elif message['role'] == 'system' %}{{ message['content'] + '\n' }}"
    "{% else %}{{ 'Question: ' + message['content'] + '\n' }}{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ 'Answer:' }}{% endif %}"
)


class Tokenizer(Protocol):
    """What is needed of a fast tokenizer of transformers."""

    chat_template: str | None
    all_special_tokens: list[str]
    added_tokens_decoder: dict[int, Any]

    def apply_chat_template(self, conversation: list[dict[str, str]], **options: Any) -> Any:
        """The conversation as text."""

    def __call__(self, text: list[str], **options: Any) -> Any:
        """Tokens of texts."""

    def __hash__(self) -> int:
        """Each is itself only."""


@dataclass(frozen=True)
class Rendered:
    """A conversation as text.

    Attributes:
        text: all of it.
        spans: (start, end) of every answer that is learnt, end token included, in characters; also
            blanks before it that are not of the prompt: the model has to say them.
        typed: stretches that somebody wrote and that look like special tokens of the model: they
            are read as plain characters, see ``text.typed``.
    """

    text: str
    spans: tuple[Span, ...] = ()
    typed: tuple[Span, ...] = ()


@dataclass(frozen=True)
class Tokens:
    """A conversation as tokens.

    Attributes:
        ids: (T,) int64.
        learnt: (T,) bool: the answers' tokens and their end tokens.
    """

    ids: NDArray[np.int64]
    learnt: NDArray[np.bool_]


def render(tokenizer: Tokenizer, messages: Sequence[Message]) -> Rendered:
    """A conversation by the tokenizer's template, and where its answers stand.

    Args:
        tokenizer: with a chat template; ``PLAIN`` stands in for a missing one.
        messages: the conversation.

    Raises:
        FaultError: the template changes what is said or refuses it, so that nobody can tell which
            of its tokens to learn.
    """
    hidden = _hidden(tokenizer, messages)
    said = hidden.said
    marks = _marks(said)
    placed = [
        mark if message.taught else text
        for message, text, mark in zip(messages, said, marks, strict=True)
    ]
    text = _text(tokenizer, messages, said)
    pattern = _text(tokenizer, messages, placed)
    spans: list[tuple[int, int]] = []
    template = tokenizer.chat_template or PLAIN
    built, rest = "", pattern
    for message, content, mark in zip(messages, said, marks, strict=True):
        if not message.taught:
            continue
        before, found, rest = rest.partition(mark)
        if not found or mark in rest:
            raise FaultError("data_type", "the chat template does not show an answer once")
        lead = min(_lead(tokenizer, template), len(before) - len(before.rstrip()))
        start = len(built) + len(before) - lead
        built += before + content
        spans.append((start, len(built) + _end(tokenizer, rest)))
    if built + rest != text:
        raise FaultError("data_type", "the chat template changes what an answer says")
    return _whole(tokenizer, hidden, text, spans)


def prompt_of(tokenizer: Tokenizer, messages: Sequence[Message]) -> Rendered:
    """What the model reads before it answers.

    Raises:
        FaultError: the template refuses it, or changes what looks like a special token.
    """
    hidden = _hidden(tokenizer, messages)
    return _whole(tokenizer, hidden, _text(tokenizer, messages, hidden.said, True))


def ends_of(tokenizer: Tokenizer) -> list[str]:
    """The special token that follows an answer in the tokenizer's template; none where none does.

    Raises:
        FaultError: the template refuses a question and its answer.
    """
    talk = (Message("user", "a"), Message("assistant", "b", taught=True))
    rendered = render(tokenizer, talk)
    ((start, end),) = rendered.spans
    after = rendered.text[start:end].strip().removeprefix("b").strip()
    return [after] if after else []


def tokens_of(tokenizer: Tokenizer, rendered: Sequence[Rendered]) -> list[Tokens]:
    """Tokens of many conversations at once, and which of them are learnt.

    Args:
        tokenizer: a fast one, which knows where its tokens stand.
        rendered: by the same tokenizer.

    Raises:
        FaultError: nothing of a conversation would be learnt.
    """
    found = [Tokens(ids, answer > 0) for ids, answer in answers_of(tokenizer, rendered)]
    if not all(tokens.learnt.any() for tokens in found):
        raise no_answer()
    return found


def no_answer() -> FaultError:
    """A conversation of which nothing would be learnt."""
    return FaultError("example_missing_assistant_message", "no token of it would be learnt")


def answers_of(
    tokenizer: Tokenizer, rendered: Sequence[Rendered]
) -> list[tuple[NDArray[np.int64], NDArray[np.int32]]]:
    """Tokens of many conversations at once, and of which answer each is.

    A token is an answer's if any of its characters is; byte tokens of one character go together.

    Args:
        tokenizer: a fast one, which knows where its tokens stand.
        rendered: by the same tokenizer.

    Returns:
        Of each conversation its tokens (T,) and the number of their answer (T,), counted from 1;
        0 where a token is of none that is learnt.
    """
    plain = [one.text for one in rendered if not one.typed]
    # where every token stands is not asked for: these lists cost more than the tokens
    said = iter(_encoded(tokenizer, plain))
    return [
        _typed_answers(tokenizer, one) if one.typed else _answers(next(said), one.spans)
        for one in rendered
    ]


def ids_of(tokenizer: Tokenizer, rendered: Rendered) -> list[int]:
    """Tokens of one conversation."""
    ((ids, _),) = answers_of(tokenizer, [rendered])
    return [int(token) for token in ids]


def _encoded(tokenizer: Tokenizer, texts: list[str]) -> list[Any]:
    """What the tokenizer's own library says of each text."""
    if not texts:
        return []
    said = tokenizer(
        texts,
        add_special_tokens=False,  # the template has them
        split_special_tokens=False,
        return_attention_mask=False,
    )
    return list(said.encodings)


def _answers(encoding: Any, spans: Sequence[Span]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Tokens (T,) and the number of their answer (T,), from the ends of each answer."""
    ids = np.asarray(encoding.ids, np.int64)
    answer = np.zeros(len(ids), np.int32)
    for number, (start, end) in enumerate(spans, start=1):
        first = _token_at(encoding, range(start, end))
        last = _token_at(encoding, range(end - 1, start - 1, -1))
        if first is None or last is None:
            continue
        # the first token of a character was found; it may have several
        while last + 1 < len(ids) and encoding.token_to_chars(last + 1)[0] < end:
            last += 1
        answer[first : last + 1] = number
    return ids, answer


def _token_at(encoding: Any, places: range) -> int | None:
    """Token of the first of these characters that has one: a tokenizer may drop blanks."""
    tokens = (encoding.char_to_token(place) for place in places)
    return next((token for token in tokens if token is not None), None)


def _typed_answers(
    tokenizer: Tokenizer, rendered: Rendered
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """The same of a conversation that was read in parts, by where each of its tokens stands."""
    ids, places = read(tokenizer, _tokens_of(tokenizer), rendered.text, rendered.typed)
    answer = np.zeros(len(ids), np.int32)
    for number, (start, end) in enumerate(rendered.spans, start=1):
        answer[(places[:, 0] < end) & (places[:, 1] > start)] = number
    return ids, answer


def shown(tokenizer: Any, tokens: Tokens) -> str:
    """A conversation with what is learnt between ⟦ and ⟧, for a person to look at."""
    parts, inside = [], False
    for run in _runs(tokens.learnt):
        words = tokenizer.decode(tokens.ids[run].tolist(), skip_special_tokens=False)
        inside = bool(tokens.learnt[run.start])
        parts.append(f"⟦{words}⟧" if inside else words)
    return "".join(parts)


def _runs(learnt: NDArray[np.bool_]) -> list[slice]:
    cuts = [0, *(np.flatnonzero(np.diff(learnt)) + 1).tolist(), len(learnt)]
    return [slice(start, end) for start, end in pairwise(cuts) if end > start]


def _marks(said: Sequence[str]) -> list[str]:
    """Words that stand in no message, one a message."""
    salt = 0
    while any(f"AnSwEr{salt}N" in text for text in said):
        salt += 1
    return [f"AnSwEr{salt}N{number}e" for number in range(len(said))]


@lru_cache(maxsize=16)
def _lead(tokenizer: Tokenizer, template: str) -> int:
    """How many blanks a template has before an answer that its prompt does not end with."""
    mark = "AnSwEr"
    talk = (Message("user", "a"), Message("assistant", mark))
    try:
        whole = _text(tokenizer, talk, ["a", mark])
        prompt = _text(tokenizer, talk[:1], ["a"], True)
    except FaultError:
        return 0
    between, found, _ = whole.removeprefix(prompt).partition(mark)
    return len(between) if found and whole.startswith(prompt) and not between.strip() else 0


def _end(tokenizer: Tokenizer, rest: str) -> int:
    """How many characters after an answer belong to it: its end token, blanks before it too."""
    blank = len(rest) - len(rest.lstrip())
    after = rest[blank:]
    ends = [token for token in _tokens_of(tokenizer).special if after.startswith(token)]
    return blank + max(map(len, ends)) if ends else 0


def _hidden(tokenizer: Tokenizer, messages: Sequence[Message]) -> Covered:
    """What is said, nothing of which reads as a token of the model's own."""
    return covered(
        tokenizer,
        _tokens_of(tokenizer),
        [message.content.strip() for message in messages],
        [message.role == "assistant" for message in messages],
    )


def _whole(
    tokenizer: Tokenizer, hidden: Covered, text: str, spans: Sequence[Span] = ()
) -> Rendered:
    """A conversation that was rendered from what is covered, as it was written."""
    text, spans, typed = hidden.put_back(text, spans)
    if typed:  # what cannot be read is refused here, where one conversation is looked at
        read(tokenizer, _tokens_of(tokenizer), text, typed)
    return Rendered(text, tuple(spans), typed)


def _tokens_of(tokenizer: Tokenizer) -> Marks:
    """The tokens of the model's own, which nobody can type."""
    return _marks_in(tokenizer, tokenizer.chat_template or PLAIN)


@lru_cache(maxsize=16)
def _marks_in(tokenizer: Tokenizer, template: str) -> Marks:
    asked, told = Message("user", "a"), Message("assistant", "b")
    talks = ((asked,), (asked, told, asked), (Message("system", "c"), asked))
    shown = "".join(_shown(tokenizer, talk, asks=True) for talk in talks)
    return marks_of(tokenizer, _shown(tokenizer, (asked,), asks=False), shown)


def _shown(tokenizer: Tokenizer, talk: Sequence[Message], *, asks: bool) -> str:
    """A conversation by the template; nothing where the template refuses it."""
    try:
        return _text(tokenizer, talk, [message.content for message in talk], asks)
    except FaultError:
        return ""


def _text(
    tokenizer: Tokenizer, messages: Sequence[Message], said: Sequence[str], asks: bool = False
) -> str:
    turns = [
        {"role": str(message.role), "content": text}
        for message, text in zip(messages, said, strict=True)
    ]
    try:
        return str(
            tokenizer.apply_chat_template(
                turns,
                chat_template=tokenizer.chat_template or PLAIN,
                tokenize=False,
                add_generation_prompt=asks,
            )
        )
    except Exception as error:  # a template is a program; what it refuses, it raises in its own way
        raise FaultError(
            "data_type", "the model's chat template refuses these turns (their roles or order)"
        ) from error
