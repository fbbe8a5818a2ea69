"""What people say of a study: printed as typed, in the places that guidelines ask for."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from medtune.config.report import NEEDED, Report, Statements
from medtune.report.checklists import CHECKLISTS
from medtune.report.languages import LANGUAGES
from medtune.report.model_card import TOLD_BEFORE, model_card
from medtune.report.words import ENGLISH
from medtune.tables.results import Result

from .conftest import ENVIRONMENT, RUN
from .page import Page
from .test_render import html

TYPED = {
    "intended_use": "Sorts <b>chest</b> films\nin the emergency room",
    "users": "Radiologists | on call",
    "registration": "DRKS0000",
    "licence": "Apache-2.0",
}
KEYS = list(Statements.model_fields)


def told(**report: Any) -> dict[str, Any]:
    return {**RUN, "report": report}


def test_every_statement_has_a_title_in_every_language_and_a_place_that_asks_for_it() -> None:
    for words in LANGUAGES.values():
        assert list(words.statements) == KEYS
    asked = {i for items in CHECKLISTS.values() for item in items for i in item[2].split()}
    of_checklists = {i.removeprefix("stated-") for i in asked if i.startswith("stated-")}
    assert of_checklists | TOLD_BEFORE == set(KEYS)


def test_what_was_typed_answers_the_checklists_and_nothing_else_does(gain: Result) -> None:
    before = Page(html(gain)).table("STARD 2015")
    text = html(gain, run=told(statements={**dict.fromkeys(KEYS), **TYPED}))
    page = Page(text)
    after = page.table("STARD 2015")
    changed = {new[0]: new[2] for old, new in zip(before, after, strict=True) if old != new}
    implications = {row[0]: row[2] for row in before}["27"]
    use, number = ENGLISH.statements["intended_use"], ENGLISH.statements["registration"]
    assert changed == {"3": use, "27": f"{implications}, {use}", "28": number}
    assert "Sorts &lt;b&gt;chest&lt;/b&gt; films\nin the emergency room" in text
    assert ENGLISH.stated not in Page(html(gain)).text
    links = {link.removeprefix("#") for link in page.attributes("href")}
    assert links <= set(page.attributes("id"))


def test_the_card_asks_only_for_what_nobody_said(gain: Result) -> None:
    run = told(statements=TYPED)
    card = model_card(gain, title="x", run=run, environment=ENVIRONMENT, words=ENGLISH)
    assert card.count(ENGLISH.not_reported) == 3
    assert "- Who uses it, and what they must know: Radiologists \\| on call\n" in card
    assert "## Registration\n\nDRKS0000\n" in card
    assert "&lt;b>chest" in card


def test_a_report_is_a_draft_until_people_call_it_final(gain: Result) -> None:
    said = [html(gain), html(gain, run=told(final=True, statements=TYPED))]
    kickers = [text.split('class="status">')[1].split("<")[0] for text in said]
    assert kickers == [ENGLISH.draft, ENGLISH.final]


@pytest.mark.parametrize("missing", NEEDED)
def test_final_needs_what_nobody_can_judge_a_study_without(missing: str) -> None:
    whole = dict.fromkeys(NEEDED, "as said in the protocol")
    assert Report(final=True, statements=whole).final
    with pytest.raises(ValidationError, match=f"needs 'report.statements': {missing}"):
        Report(final=True, statements=whole | {missing: " "})
