"""A result about films as one about texts: the same numbers, in the words of another field."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from medtune.tables.nouns import retold
from medtune.tables.results import Result

SENTENCES = ("method", "reason")


def about_texts(result: Result) -> Result:
    """The same result, whose sentences speak of texts and customers.

    Args:
        result: as ``evaluate`` gives it.
    """
    primary = {
        name: retold(value) if name in ("method", "not_estimable") else value
        for name, value in result.primary.items()
    }
    return replace(
        result,
        question=retold(result.question),
        primary=primary,
        answer=retold(result.answer),
        measures=_table(result.measures),
        differences=_table(result.differences),
        warnings=[retold(warning) for warning in result.warnings],
        settings={
            **result.settings,
            "notes": [retold(note) for note in result.settings["notes"]],
            "about": "texts",
        },
    )


def _table(table: pd.DataFrame) -> pd.DataFrame:
    said = {
        name: table[name].map({word: retold(word) for word in table[name].dropna().unique()})
        for name in SENTENCES
    }
    return table.assign(**{name: column.astype(table[name].dtype) for name, column in said.items()})
