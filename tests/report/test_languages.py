"""A translation is one file: every word of it, with the same holes, and nothing left in English."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

import pytest

from medtune.config.report import Report
from medtune.report.answer import answer_in, question_in
from medtune.report.languages import LANGUAGES, words_of
from medtune.report.model_card import model_card
from medtune.report.printed import Print, printed_in
from medtune.report.words import ENGLISH, Words
from medtune.tables.results import Result

from .conftest import ENVIRONMENT, RUN
from .page import Page
from .test_render import html

GERMAN = words_of("de")
# English words of the report's own sentences; names of settings and of models stay as they are.
ENGLISH_WORDS = re.compile(
    r"\b(the|with|and|of|not|studies|patients|which|than|estimable|threshold|interval|judged|"
    r"finding|test split)\b"
)
SAME = {"absent"}


def pairs(words: Words) -> Iterator[tuple[str, Any, Any]]:
    for field in fields(Words):
        yield field.name, getattr(ENGLISH, field.name), getattr(words, field.name)


def strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for key in sorted(value) for text in strings(value[key])]
    return [text for each in value for text in strings(each)]


def holes(text: str) -> list[str]:
    return sorted(set(re.findall(r"\{(\w+)\}", text)))


@pytest.fixture(scope="module")
def of_gain(gain: Result) -> Page:
    return Page(html(gain, words=GERMAN))


def test_every_language_of_the_settings_has_words() -> None:
    annotation = Report.model_fields["language"].annotation
    assert set(LANGUAGES) == set(annotation.__args__)  # type: ignore[union-attr]
    assert all(words.language == name for name, words in LANGUAGES.items())


@pytest.mark.parametrize("language", [name for name in LANGUAGES if name != "en"])
def test_every_word_is_translated_with_its_holes(language: str) -> None:
    for name, english, other in pairs(words_of(language)):
        if name == "said_by_the_judge":
            assert all(holes(text) == holes(said) for text, said in other.items())
            continue
        assert name in SAME or english != other, name
        if isinstance(english, Mapping):
            assert set(english) == set(other), name
        assert [holes(text) for text in strings(english)] == [
            holes(text) for text in strings(other)
        ], name


def test_the_page_is_german(of_gain: Page) -> None:
    assert of_gain.tags[0] == ("html", {"lang": "de"})
    text = of_gain.text
    front = text[: text.index(GERMAN.slider)]
    assert not ENGLISH_WORDS.findall(front.replace("st-anna", ""))
    guidelines = ("STARD", "CLAIM", "TRIPOD")  # which are in English in every language
    tables = [
        " ".join(" ".join(row) for row in rows)
        for caption, rows in of_gain.tables
        if not caption.startswith(guidelines)
    ]
    said = " ".join(tables).replace("st-anna", "")
    assert not ENGLISH_WORDS.findall(said), ENGLISH_WORDS.findall(said)


def test_numbers_have_a_decimal_comma(gain: Result, of_gain: Page) -> None:
    row = gain.measures[
        (gain.measures["model"] == "fine_tuned") & (gain.measures["measure"] == "auroc")
    ].iloc[0]
    assert f"{row['value']:.3f}".replace(".", ",") in of_gain.text
    rows = of_gain.table("unter jedem Wert")
    assert not re.search(r"\d\.\d", " ".join(" ".join(row) for row in rows))
    assert f"{row['value']:.3f}" in Page(html(gain)).text  # and English again after it


def test_axes_and_methods_are_german_too(gain: Result, of_gain: Page) -> None:
    text = html(gain, words=GERMAN)
    assert ">0,2</text>" in text
    assert not re.search(r">[−-]?\d*\.\d+</text>", text)
    methods = {row[4] for row in of_gain.table("Hauptvergleich") if len(row) == 6}
    assert "Bootstrap je Patient (Perzentile), bei Spezifität 0,9" in methods
    assert not any("specificity" in method or "bootstrap" in method for method in methods)


@pytest.mark.parametrize("name", ["gain", "no_gain", "findings", "not_estimable"])
def test_question_and_answer_are_said_anew(name: str, request: pytest.FixtureRequest) -> None:
    result: Result = request.getfixturevalue(name)
    said = question_in(result, GERMAN) + answer_in(result, GERMAN)
    assert not ENGLISH_WORDS.findall(said)
    assert "{" not in said
    assert said != question_in(result, ENGLISH) + answer_in(result, ENGLISH)


def test_what_no_template_fits_stays_as_the_judge_said_it() -> None:
    assert GERMAN.of_judge("an unheard-of reason") == "an unheard-of reason"
    assert GERMAN.of_judge("fewer than two groups are estimable").startswith("weniger als zwei")
    nested = "recalibration: there are cases of one class only"
    assert GERMAN.of_judge(nested) == "Rekalibrierung: es gibt Fälle nur einer Klasse"


@pytest.mark.parametrize("words", list(LANGUAGES.values()), ids=list(LANGUAGES))
def test_the_model_card_says_the_same(gain: Result, words: Words) -> None:
    card = model_card(gain, title="st-anna-chest", run=RUN, environment=ENVIRONMENT, words=words)
    assert card.startswith("# ")
    with printed_in(Print(words.decimal, words.to, words.points)):
        assert answer_in(gain, words) in card
    assert words.simulated in card
    assert card.count(words.not_reported) == 6
    assert "/secret" not in card
    assert "not shown" in card or words.not_shown in card
    table = [line for line in card.splitlines() if line.startswith("|")]
    assert len(table) > 20
    blocks = re.findall(r"(?:^\|.*\n)+", card, re.MULTILINE)
    for block in blocks:
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
        assert len(widths) == 1
