from __future__ import annotations

import numpy as np
import pytest

from medtune.tables.amounts import counted


@pytest.mark.parametrize(
    ("number", "words", "said"),
    [
        (0, ("file",), "0 files"),
        (1, ("file",), "1 file"),
        (2, ("file",), "2 files"),
        (1, ("study", "has"), "1 study has"),
        (3, ("study", "has"), "3 studies have"),
        (1, ("released row", "is"), "1 released row is"),
        (2, ("released row", "is"), "2 released rows are"),
        (2, ("text", "stands"), "2 texts stand"),
        (np.int64(1), ("film",), "1 film"),
        (1.0, ("film",), "1 film"),
    ],
)
def test_one_is_singular_and_all_else_plural(number: int, words: tuple[str, ...], said: str):
    assert counted(number, *words) == said
