"""What is said in a message is never read as a token of the model's own, whatever a person types.

A tokenizer finds its special tokens wherever they stand in a text: who types ``<|im_end|>`` and
``<|im_start|>system`` would end a turn and begin another. What of a message would be read so is
covered by a word before the chat template is applied, and put back after it; these stretches alone
are read as plain characters. Everything else is read as ever, so that a conversation without them
has the tokens that transformers, and any other server, gives it.

A template that marks turns by plain words has no tokens to keep apart: those words can be typed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medtune.text.faults import FaultError

Span = tuple[int, int]
Read = tuple[NDArray[np.int64], NDArray[np.int64]]


@dataclass(frozen=True)
class Marks:
    """Tokens that a message must not hold.

    Attributes:
        special: what the tokenizer calls special, or the chat template puts around a question.
        turns: what the chat template has besides; an assistant may say it, such as the beginning
            of a thought.
        ids: of both; not of the token that stands for what is unknown.
    """

    special: frozenset[str]
    turns: frozenset[str]
    ids: frozenset[int]

    def found(self, text: str, *, assistant: bool) -> list[str]:
        """Those that may stand in a text, of an assistant or of somebody else, longest first."""
        # a tokenizer may take capitals, wide letters and accents away before it looks
        folded = _folded(text)
        wanted = self.special if assistant else self.special | self.turns
        return sorted((mark for mark in wanted if _folded(mark) in folded), key=len, reverse=True)


@dataclass(frozen=True)
class Covered:
    """Messages of which no stretch is read as a token of the model's own.

    Attributes:
        said: the messages, with a word over each such stretch.
        under: each of these words to what it covers.
    """

    said: list[str]
    under: Mapping[str, str]

    def put_back(
        self, text: str, spans: Sequence[Span]
    ) -> tuple[str, tuple[Span, ...], tuple[Span, ...]]:
        """A rendered conversation as it was written.

        Args:
            text: rendered from ``said``.
            spans: stretches of it; none begins or ends within a cover.

        Returns:
            The text, the same stretches of it, and those to be read as plain characters.

        Raises:
            FaultError: a cover is not in the text as it was.
        """
        if not self.under:
            return text, tuple(spans), ()
        parts = re.split("(" + "|".join(map(re.escape, self.under)) + ")", text)
        if not set(self.under) <= set(parts[1::2]):
            raise FaultError(
                "data_type",
                "a message has a special token of the model, and the chat template does not show "
                "it as it was written",
            )
        old, new = [0], [0]
        typed: list[Span] = []
        for at, part in enumerate(parts):
            shown = self.under[part] if at % 2 else part
            if at % 2:
                typed.append((new[-1], new[-1] + len(shown)))
            old.append(old[-1] + len(part))
            new.append(new[-1] + len(shown))

        def moved(place: int) -> int:
            part = int(np.searchsorted(old, place, side="right")) - 1
            return new[part] + place - old[part]

        whole = "".join(self.under.get(part, part) for part in parts)
        return whole, tuple((moved(start), moved(end)) for start, end in spans), tuple(typed)


def marks_of(tokenizer: Any, question: str, rendered: str) -> Marks:
    """The tokens that must not stand in a message.

    Args:
        tokenizer: a fast one of transformers.
        question: one, by its chat template.
        rendered: conversations, by the same.
    """
    added = {str(token): token.special for token in tokenizer.added_tokens_decoder.values()}
    added = {word: special for word, special in added.items() if word.strip()}
    special = {word for word, special in added.items() if special or word in question}
    special |= {word for word in tokenizer.all_special_tokens if word.strip()}
    turns = {word for word in added if word in rendered} - special
    ids = {int(tokenizer.convert_tokens_to_ids(token)) for token in special | turns}
    # where letters are unknown, they have its token too
    if tokenizer.unk_token not in (None, tokenizer.bos_token, tokenizer.eos_token):
        ids.discard(int(tokenizer.unk_token_id))
    return Marks(frozenset(special), frozenset(turns), frozenset(ids))


def covered(
    tokenizer: Any, marks: Marks, said: Sequence[str], assistant: Sequence[bool]
) -> Covered:
    """Cover what of messages would be read as a token of the model's own.

    Args:
        tokenizer: a fast one.
        marks: its tokens.
        said: the messages.
        assistant: which of them are the assistant's.
    """
    under: dict[str, str] = {}
    salt = 0
    while any(f"TyPeD{salt}N" in text for text in said):
        salt += 1
    found = []
    for text, own in zip(said, assistant, strict=True):
        shown, at = "", 0
        for start, end in _stretches(tokenizer, marks, text, assistant=own):
            cover = f"TyPeD{salt}N{len(under)}e"
            under[cover] = text[start:end]
            shown, at = shown + text[at:start] + cover, end
        found.append(shown + text[at:])
    return Covered(found, under)


def read(tokenizer: Any, marks: Marks, text: str, typed: Sequence[Span]) -> Read:
    """Tokens (T,) of a text and where they stand in it (T, 2), some stretches as plain characters.

    Args:
        tokenizer: a fast one.
        marks: its tokens.
        text: a rendered conversation.
        typed: the stretches, in order.

    Raises:
        FaultError: a stretch cannot be read as anything but a token of the model's own.
    """
    ids: list[int] = []
    places: list[Span] = []
    at = 0
    for start, end in [*typed, (len(text), len(text))]:
        for first, last, plain in ((at, start, False), (start, end, True)):
            if last > first:
                said = _plain if plain else _tokens
                own, where = said(tokenizer, marks, text[first:last])
                ids += own
                places += [(first + a, first + b) for a, b in where]
        at = end
    return np.asarray(ids, np.int64), np.asarray(places, np.int64).reshape(-1, 2)


def _stretches(tokenizer: Any, marks: Marks, text: str, *, assistant: bool) -> list[Span]:
    """Where a message would be read as tokens of the model's own, in order, none in another."""
    words = marks.found(text, assistant=assistant)
    if not words:
        return []
    wanted = {int(tokenizer.convert_tokens_to_ids(word)) for word in words} & marks.ids
    ids, places = _tokens(tokenizer, marks, text)
    spans = [place for token, place in zip(ids, places, strict=True) if token in wanted]
    spans += [match.span() for match in re.finditer("|".join(map(re.escape, words)), text)]
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif end > start:
            merged.append((start, end))
    return merged


def _tokens(tokenizer: Any, marks: Marks, text: str) -> tuple[list[int], list[Span]]:
    said = tokenizer(
        [text],
        add_special_tokens=False,  # the template has them
        split_special_tokens=False,
        return_offsets_mapping=True,
        return_attention_mask=False,
    )
    return said["input_ids"][0], said["offset_mapping"][0]


def _plain(tokenizer: Any, marks: Marks, text: str) -> tuple[list[int], list[Span]]:
    """The same, special tokens read as their characters: at once, or one by one."""
    for parts in ([text], list(text)):
        said = tokenizer(
            parts,
            add_special_tokens=False,
            split_special_tokens=True,
            return_offsets_mapping=True,
            return_attention_mask=False,
        )
        starts = np.cumsum([0, *map(len, parts)])
        ids = [token for own in said["input_ids"] for token in own]
        if not marks.ids.intersection(ids):
            return ids, [
                (int(start) + a, int(start) + b)
                for start, where in zip(starts, said["offset_mapping"], strict=False)
                for a, b in where
            ]
    raise FaultError(
        "data_type", "a message has a special token of the model, which is not read as plain text"
    )


def _folded(text: str) -> str:
    if not text.isascii():
        apart = unicodedata.normalize("NFKD", text)
        text = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return text.casefold()
