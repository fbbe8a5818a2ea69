"""A conversation as the model reads it, and which of its tokens are learnt.

Stock chat templates have no ``{% generation %}`` tags, so that transformers' own mask of the
assistant's tokens is all zeros, with a warning only. Here the mask is found by the text alone:
the conversation is rendered a second time with a mark in place of each answer, which shows where
the answers stand whatever the template does around them. What a model is asked with is found in
the same way: all that stands before a mark, an empty thought too that the template's own prompt
has not. A model is so asked for what follows a beginning that it has learnt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from medtune.text.conversation import Message, Role
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

# Stands for an answer where only what is before it matters: no tokenizer joins a digit with that.
WORD = "0"


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
        then: how an answer would go on after a prompt; empty where the text is whole.
    """

    text: str
    spans: tuple[Span, ...] = ()
    typed: tuple[Span, ...] = ()
    then: str = ""


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
            of its tokens to learn; or it would ask for an answer by something else.
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
    built, rest = "", pattern
    for at, (message, content, mark) in enumerate(zip(messages, said, marks, strict=True)):
        if not message.taught:
            continue
        before, rest = _around(rest, mark)
        start = len(built) + _asked_by(tokenizer, before, messages[:at])
        built += before + content
        spans.append((start, len(built) + _end(tokenizer, rest)))
    if built + rest != text:
        raise FaultError("data_type", "the chat template changes what an answer says")
    return _whole(tokenizer, hidden, text, spans)


def prompt_of(tokenizer: Tokenizer, messages: Sequence[Message]) -> Rendered:
    """What the model reads before it answers: what stands before an answer that it learns.

    Raises:
        FaultError: the template refuses it, changes what looks like a special token, or asks for
            an answer by something else than what it has before one.
    """
    hidden = _hidden(tokenizer, messages)
    if hidden.under:  # what is wrong with a message is told before what is wrong with the template
        hidden.put_back(_text(tokenizer, messages, hidden.said, True), ())
    before = _before(tokenizer, messages, hidden.said)
    end = _asked_by(tokenizer, before, messages)
    return replace(_whole(tokenizer, hidden, before[:end]), then=before[end:] + WORD)


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
    """Tokens of one conversation, or of a prompt as they are where an answer follows it.

    Line breaks at the end of a text may be one token, and several before a word.
    """
    end = len(rendered.text)
    answered = Rendered(
        rendered.text + rendered.then, ((end, end + len(rendered.then)),), rendered.typed
    )
    ((ids, answer),) = answers_of(tokenizer, [answered if rendered.then else rendered])
    return [int(token) for token in (ids[answer == 0] if rendered.then else ids)]


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


def _around(text: str, mark: str) -> tuple[str, str]:
    """What stands before and after the mark of an answer."""
    before, found, after = text.partition(mark)
    if not found or mark in after:
        raise FaultError("data_type", "the chat template does not show an answer once")
    return before, after


def _before(tokenizer: Tokenizer, messages: Sequence[Message], said: Sequence[str]) -> str:
    """What the template has before an answer that follows these messages.

    Raises:
        FaultError: it refuses the answer, or its own prompt is not how this begins: the model would
            be asked for what it has never learnt.
    """
    *_, mark = _marks([*said, ""])
    answered = [*messages, Message("assistant", mark)]
    before, _ = _around(_text(tokenizer, answered, [*said, mark]), mark)
    if not before.startswith(_text(tokenizer, messages, said, True)):
        raise FaultError(
            "data_type",
            "the model's chat template asks for an answer by something else than what it has "
            "before one (its 'add_generation_prompt'): what is learnt would not be what is asked",
        )
    return before


def _asked_by(tokenizer: Tokenizer, before: str, messages: Sequence[Message]) -> int:
    """How much of what stands before an answer is its prompt: all but blanks that it begins with.

    Args:
        tokenizer: of the model.
        before: the answer, by the template.
        messages: before the answer.
    """
    template = tokenizer.chat_template or PLAIN
    lead = _lead(tokenizer, template, tuple(message.role for message in messages))
    return len(before) - min(lead, len(before) - len(before.rstrip()))


@lru_cache(maxsize=128)
def _lead(tokenizer: Tokenizer, template: str, roles: tuple[Role, ...]) -> int:
    """How many blanks of a template before an answer the model says itself.

    They are those that its prompt does not end with. Where more than blanks stands between prompt
    and answer, such as an empty thought, the prompt ends there, but a space goes with the word
    after it: most tokenizers make one token of them.

    Raises:
        FaultError: the prompt is not how what stands before an answer begins.
    """
    said = [f"{role} {at}" for at, role in enumerate(roles)]
    talk = [Message(role, text) for role, text in zip(roles, said, strict=True)]
    try:
        prompt = _text(tokenizer, talk, said, True)
        _text(tokenizer, [*talk, Message("assistant", "a")], [*said, "a"])
    except FaultError:
        return 0  # it takes the whole of a conversation and not its beginning
    between = _before(tokenizer, talk, said).removeprefix(prompt)
    words = between.rstrip()
    return len(between) - len(between.rstrip(" ") if words else words)


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
