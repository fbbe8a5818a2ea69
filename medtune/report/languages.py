"""The languages of the report: another one is one more file of words, and a line here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from medtune.report.german import GERMAN
from medtune.report.words import ENGLISH, Words

LANGUAGES: Mapping[str, Words] = MappingProxyType({"en": ENGLISH, "de": GERMAN})


def words_of(language: str) -> Words:
    """The words of a language of ``config.report``."""
    return LANGUAGES[language]
