"""The languages of the report: another one is one more file of words, and a line here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from medtune.report import german_pages
from medtune.report.audit_words import AUDIT_ENGLISH, AuditWords
from medtune.report.german import GERMAN
from medtune.report.ladder_german import GERMAN as LADDER_GERMAN
from medtune.report.ladder_words import ENGLISH as LADDER_ENGLISH
from medtune.report.ladder_words import LadderWords
from medtune.report.locate_words import LOCATE_ENGLISH, LocateWords
from medtune.report.monitor_words import MONITOR_ENGLISH, MonitorWords
from medtune.report.text_words import about_texts
from medtune.report.words import ENGLISH, Words
from medtune.tables.nouns import RETOLD
from medtune.tables.results import Result

LANGUAGES: Mapping[str, Words] = MappingProxyType({"en": ENGLISH, "de": GERMAN})
LADDERS: Mapping[str, LadderWords] = MappingProxyType({"en": LADDER_ENGLISH, "de": LADDER_GERMAN})


# the smaller pages
AUDITS: Mapping[str, AuditWords] = MappingProxyType({"en": AUDIT_ENGLISH, "de": german_pages.AUDIT})
LOCATES: Mapping[str, LocateWords] = MappingProxyType(
    {"en": LOCATE_ENGLISH, "de": german_pages.LOCATE}
)
MONITORS: Mapping[str, MonitorWords] = MappingProxyType(
    {"en": MONITOR_ENGLISH, "de": german_pages.MONITOR}
)


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
