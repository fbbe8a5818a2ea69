"""The languages of the report: another one is one more file of words, and a line here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from medtune.report.german import GERMAN
from medtune.report.ladder_german import GERMAN as LADDER_GERMAN
from medtune.report.ladder_words import ENGLISH as LADDER_ENGLISH
from medtune.report.ladder_words import LadderWords
from medtune.report.text_words import about_texts
from medtune.report.words import ENGLISH, Words
from medtune.tables.nouns import RETOLD
from medtune.tables.results import Result

LANGUAGES: Mapping[str, Words] = MappingProxyType({"en": ENGLISH, "de": GERMAN})
LADDERS: Mapping[str, LadderWords] = MappingProxyType({"en": LADDER_ENGLISH, "de": LADDER_GERMAN})


def words_of(language: str) -> Words:
    """The words of a language of ``config.report``."""
    return LANGUAGES[language]


def words_for(result: Result, words: Words) -> Words:
    """A language's words as they fit what was judged: texts or films, targets or findings."""
    if (about := str(result.settings.get("about"))) in RETOLD:
        targets = result.settings["targets"].values()
        words = about_texts(words, next(str(each["kind"]) for each in targets), about)
    if result.settings.get("targets"):
        words = replace(words, macro=words.macro_target)
    return words
