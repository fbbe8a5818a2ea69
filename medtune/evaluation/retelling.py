"""A result about films as one about texts or drafts: the same numbers in other words."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from medtune.tables.nouns import retold
from medtune.tables.results import Result

SENTENCES = ("method", "reason")


def about_texts(result: Result, about: str = "texts") -> Result:
    """The same result, whose sentences speak of texts and customers, or of a house's drafts.

    Args:
        result: as ``evaluate`` gives it.
        about: see ``tables.nouns.RETOLD``.
    """
    primary = {
        name: retold(value, about) if name in ("method", "not_estimable") else value
        for name, value in result.primary.items()
    }
    return replace(
        result,
        question=retold(result.question, about),
        primary=primary,
        answer=retold(result.answer, about),
        measures=_table(result.measures, about),
        differences=_table(result.differences, about),
        warnings=[retold(warning, about) for warning in result.warnings],
        settings={
            **result.settings,
            "notes": [retold(note, about) for note in result.settings["notes"]],
            "about": about,
        },
    )


def _table(table: pd.DataFrame, about: str) -> pd.DataFrame:
    said = {
        name: table[name].map({word: retold(word, about) for word in table[name].dropna().unique()})
        for name in SENTENCES
    }
    return table.assign(**{name: column.astype(table[name].dtype) for name, column in said.items()})
