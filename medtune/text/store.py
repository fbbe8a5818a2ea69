"""Texts as tokens, computed once for all runs of one tokenizer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.tables.schema import write_whole
from medtune.text.cases import plain_texts

TOKENIZER = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja")


@dataclass(frozen=True)
class Stored:
    """Tokens of texts, one after the other.

    Attributes:
        place: case_id to the number of its text.
        ids: int32, of all texts.
        ends: int64 (N + 1,), where each text begins and the last ends.
        left_away: int64 (N,), tokens of a text beyond the most that are kept.
    """

    place: pd.Series
    ids: NDArray[np.int32]
    ends: NDArray[np.int64]
    left_away: NDArray[np.int64]

    def of(self, case_id: str) -> NDArray[np.int32]:
        """Tokens of one text."""
        at = int(self.place[case_id])
        return self.ids[self.ends[at] : self.ends[at + 1]]

    def lengths(self, case_ids: Sequence[str] | pd.Series) -> NDArray[np.int64]:
        """How many tokens texts have."""
        at = self.place.loc[list(case_ids)].to_numpy(np.int64)
        return self.ends[at + 1] - self.ends[at]


def digest_of_tokenizer(folder: Path) -> str:
    """SHA-256 of everything that decides how a text becomes tokens."""
    digest = sha256()
    for name in TOKENIZER:
        path = folder / name
        digest.update(path.read_bytes() if path.is_file() else b"-")
    return digest.hexdigest()


def tokens_of_questions(tokenizer: Any, texts: list[str]) -> list[list[int]]:
    """Tokens of whole texts, with the tokenizer's own around each; none that somebody typed."""
    said = tokenizer(
        texts, add_special_tokens=True, split_special_tokens=True, return_attention_mask=False
    )
    ids: list[list[int]] = said["input_ids"]
    return ids


def open_questions(
    folder: Path, messages: pd.Series, tokenizer: Any, name: str, most: int
) -> Stored:
    """Tokens of questions, from the store where they are there.

    Args:
        folder: of the store.
        messages: of the texts, by case_id.
        tokenizer: a fast one.
        name: of everything that decides the tokens.
        most: tokens of a question; what is longer loses its end.
    """
    path = folder / f"{name}.npz"
    if not path.exists():
        said = tokens_of_questions(
            tokenizer, [text.strip() for text in plain_texts(messages.tolist())]
        )
        # an empty text has nothing to be read: the formats refuse it before
        kept = [np.asarray(ids[:most], np.int32) for ids in said]
        arrays = {
            "ids": np.concatenate(kept) if kept else np.zeros(0, np.int32),
            "ends": np.cumsum([0, *map(len, kept)], dtype=np.int64),
            "left_away": np.array([max(0, len(ids) - most) for ids in said], np.int64),
            "case_id": messages.index.to_numpy(str),
        }

        def write(partial: Path) -> None:
            with partial.open("wb") as handle:
                np.savez(handle, **arrays)  # type: ignore[arg-type]

        write_whole(path, write)
    with np.load(path, allow_pickle=False) as stored:
        place = pd.Series(np.arange(len(stored["case_id"])), index=stored["case_id"].astype(str))
        return Stored(place, stored["ids"], stored["ends"], stored["left_away"])
