"""Conversations as tokens and what of them is learnt, computed once for all runs of a tokenizer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.tables.schema import write_whole
from medtune.text.cases import messages_of
from medtune.text.conversation import Message
from medtune.text.faults import FaultError
from medtune.text.template import Rendered, Tokenizer, Tokens, answers_of, no_answer, render

COUNTS = ("bytes", "answers", "unlearnt", "left_away")


@dataclass(frozen=True)
class Talk:
    """One conversation, or what of it fits.

    Attributes:
        tokens: what is read; none where no whole answer fits.
        bytes: UTF-8 bytes of the answers that are learnt.
        answers: that could be learnt.
        unlearnt: of them, those that do not fit whole; they are never learnt in part.
        left_away: tokens that are not read.
    """

    tokens: Tokens
    bytes: int
    answers: int
    unlearnt: int
    left_away: int


@dataclass(frozen=True)
class Talks:
    """Many conversations, one after the other.

    Attributes:
        place: case_id to the number of its conversation.
        ids: int32, tokens of all.
        learnt: bool, which of them are learnt.
        ends: int64 (N + 1,), where each begins and the last ends.
        counts: columns bytes, answers, unlearnt and left_away as in ``Talk``, by case_id.
        faults: by case_id, of those that cannot be used at all.
    """

    place: pd.Series
    ids: NDArray[np.int32]
    learnt: NDArray[np.bool_]
    ends: NDArray[np.int64]
    counts: pd.DataFrame
    faults: dict[str, FaultError]

    def of(self, case_id: str) -> Tokens:
        """One conversation."""
        at = int(self.place[case_id])
        here = slice(int(self.ends[at]), int(self.ends[at + 1]))
        return Tokens(self.ids[here].astype(np.int64), self.learnt[here])

    def lengths(self, case_ids: Sequence[str] | pd.Series) -> NDArray[np.int64]:
        """How many tokens of conversations are read; 0 where no whole answer fits."""
        at = self.place.loc[list(case_ids)].to_numpy(np.int64)
        return self.ends[at + 1] - self.ends[at]


def open_talks(
    folder: Path, messages: pd.Series, tokenizer: Tokenizer, name: str, most: int
) -> Talks:
    """Conversations as tokens, from the store where they are there.

    Args:
        folder: of the store.
        messages: of the conversations, by case_id.
        tokenizer: a fast one.
        name: of everything that decides the tokens.
        most: tokens of a conversation, see ``fitted``.
    """
    path = folder / f"{name}.npz"
    if not path.exists():
        said = talks_of([messages_of(cell) for cell in messages], tokenizer, most)
        arrays = _arrays(gathered(messages.index.tolist(), said))

        def write(partial: Path) -> None:
            with partial.open("wb") as handle:
                np.savez(handle, **arrays)  # type: ignore[arg-type]

        write_whole(path, write)
    with np.load(path, allow_pickle=False) as stored:
        names = pd.Index(stored["case_id"].astype(str), name="case_id")
        faults = zip(names, stored["fault"], stored["said"], strict=True)
        return Talks(
            place=pd.Series(np.arange(len(names)), index=names),
            ids=stored["ids"],
            learnt=stored["learnt"],
            ends=stored["ends"],
            counts=pd.DataFrame({each: stored[each] for each in COUNTS}, index=names),
            faults={case: FaultError(str(kind), str(said)) for case, kind, said in faults if kind},
        )


def talks_of(
    conversations: Sequence[Sequence[Message]], tokenizer: Tokenizer, most: int
) -> list[Talk | FaultError]:
    """Conversations as tokens, each or why it cannot be used."""
    rendered: list[Rendered | FaultError] = []
    for messages in conversations:
        try:
            rendered.append(render(tokenizer, messages))
        except FaultError as error:
            rendered.append(error)
    read = iter(answers_of(tokenizer, [one for one in rendered if isinstance(one, Rendered)]))
    found: list[Talk | FaultError] = []
    for messages, one in zip(conversations, rendered, strict=True):
        if isinstance(one, FaultError):
            found.append(one)
            continue
        ids, answer = next(read)
        if not answer.any():
            found.append(no_answer())
            continue
        said = [len(each.content.strip().encode()) for each in messages if each.taught]
        found.append(fitted(ids, answer, said, most))
    return found


def fitted(
    ids: NDArray[np.int64], answer: NDArray[np.int32], said: Sequence[int], most: int
) -> Talk:
    """What is read of a conversation: all of it, or the stretch with the most whole answers.

    A stretch ends with an answer and begins so many tokens before; of equally good ones it is the
    first. An answer that begins before it is read and not learnt: what is learnt is never cut.

    Args:
        ids: (T,) tokens.
        answer: (T,) of which answer each is, 0 of none.
        said: bytes of each answer.
        most: tokens that are read.
    """
    numbers = [int(k) for k in np.unique(answer) if k]
    first = {k: int(np.argmax(answer == k)) for k in numbers}
    last = {k: len(answer) - 1 - int(np.argmax(answer[::-1] == k)) for k in numbers}
    start, end, whole = 0, len(ids), numbers
    if len(ids) > most:
        best = 0
        start, end, whole = 0, 0, []
        for k in numbers:
            stop = last[k] + 1
            begin = max(0, stop - most)
            # something has to stand before a token that is to be guessed
            inside = [j for j in numbers if first[j] > begin and last[j] < stop]
            worth = sum(last[j] - first[j] + 1 for j in inside)
            if worth > best:
                best, start, end, whole = worth, begin, stop, inside
    return Talk(
        tokens=Tokens(ids[start:end], np.isin(answer[start:end], whole)),
        bytes=sum(said[k - 1] for k in whole),
        answers=len(said),
        unlearnt=len(said) - len(whole),
        left_away=len(ids) - (end - start),
    )


def gathered(case_id: Sequence[str], found: Sequence[Talk | FaultError]) -> Talks:
    """Conversations, or why they cannot be used, as one.

    Args:
        case_id: their names.
        found: as ``talks_of`` gives them.
    """
    nothing = Talk(Tokens(np.zeros(0, np.int64), np.zeros(0, bool)), 0, 0, 0, 0)
    talks = [one if isinstance(one, Talk) else nothing for one in found]
    parts = [nothing.tokens, *(one.tokens for one in talks)]
    names = pd.Index(list(case_id), name="case_id")
    return Talks(
        place=pd.Series(np.arange(len(names)), index=names),
        ids=np.concatenate([part.ids for part in parts]).astype(np.int32),
        learnt=np.concatenate([part.learnt for part in parts]),
        ends=np.cumsum([0, *(len(one.tokens.ids) for one in talks)], dtype=np.int64),
        counts=pd.DataFrame(
            {name: [getattr(one, name) for one in talks] for name in COUNTS}, index=names
        ).astype(np.int64),
        faults={
            name: one
            for name, one in zip(case_id, found, strict=True)
            if isinstance(one, FaultError)
        },
    )


def _arrays(talks: Talks) -> dict[str, NDArray[np.generic]]:
    """As they are stored."""
    faults = [talks.faults.get(name) for name in talks.place.index]
    return {
        "case_id": talks.place.index.to_numpy(str),
        "ids": talks.ids,
        "learnt": talks.learnt,
        "ends": talks.ends,
        **{name: talks.counts[name].to_numpy(np.int64) for name in COUNTS},
        "fault": np.array(["" if one is None else one.name for one in faults], str),
        "said": np.array(["" if one is None else one.said for one in faults], str),
    }
