"""Generic text, to see what a model that learns something new forgets of all else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from medtune.errors import DataError
from medtune.text.faults import FaultError
from medtune.text.formats.lines import read_lines
from medtune.text.talks import Talks

MOST = 4096  # characters of one document: many short ones say more than a few long ones


def documents_of(path: Path) -> list[str]:
    """The documents of a file.

    Args:
        path: .jsonl with a field 'text' a line, or a text file whose documents stand apart by an
            empty line.

    Raises:
        DataError: the file has none, or a line that is none.
    """
    if path.suffix.lower() in (".jsonl", ".json"):
        found = []
        for row, record in read_lines(path):
            text = None if isinstance(record, FaultError) else record.get("text")
            if not isinstance(text, str):
                raise DataError(f"{path.name}, row {row}: there is no field 'text'.")
            found.append(text)
    else:
        try:
            found = re.split(r"\n\s*\n", path.read_text(encoding="utf-8-sig"))
        except UnicodeDecodeError as error:
            raise DataError(f"{path.name} is not text in UTF-8.") from error
    kept = [text.strip()[:MOST] for text in found if text.strip()]
    if not kept:
        raise DataError(f"{path.name} has no text.")
    return kept


def pieces_of(documents: Sequence[str], tokenizer: Any, most: int) -> Talks:
    """Documents as rows of at most so many tokens, every token to be foreseen from those before.

    A piece begins with the last token of the one before, or with the tokenizer's first token; of
    a tokenizer without one the first token of a document is not asked for.

    Args:
        documents: texts.
        tokenizer: a fast one.
        most: tokens of a piece.

    Returns:
        Pieces by name: the number of the document and that of the piece, apart by a slash. The
        bytes of a document are those of its first piece.
    """
    rows: list[tuple[str, np.ndarray, np.ndarray, int]] = []
    begin = [] if tokenizer.bos_token_id is None else [tokenizer.bos_token_id]
    said = tokenizer(
        list(documents),
        add_special_tokens=False,
        split_special_tokens=True,  # whatever a document says, it is text
        return_attention_mask=False,
    )
    for number, (text, own) in enumerate(zip(documents, said["input_ids"], strict=True)):
        ids = np.array([*begin, *own], np.int32)
        for piece, start in enumerate(range(0, max(1, len(ids) - 1), most - 1)):
            part = ids[start : start + most]
            asked = np.ones(len(part), bool)
            asked[0] = False
            rows.append((f"{number}/{piece}", part, asked, 0 if piece else len(text.encode())))
    names = pd.Index([name for name, *_ in rows], name="case_id")
    counts = pd.DataFrame({"bytes": [size for *_, size in rows]}, index=names)
    return Talks(
        place=pd.Series(np.arange(len(names)), index=names),
        ids=np.concatenate([part for _, part, _, _ in rows]),
        learnt=np.concatenate([asked for _, _, asked, _ in rows]),
        ends=np.cumsum([0, *(len(part) for _, part, _, _ in rows)], dtype=np.int64),
        counts=counts,
        faults={},
    )
