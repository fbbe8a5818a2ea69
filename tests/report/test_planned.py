"""The study size that was planned, in the report of what came of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from medtune.report.languages import words_of
from medtune.report.words import ENGLISH
from medtune.tables.results import Result

from .page import Page
from .test_render import html

PLAN: dict[str, Any] = {
    "gain": 0.05,
    "generic": 0.8,
    "power": 0.9,
    "measure": "auroc",
    "needed": {"positive": 301, "negative": 602},
    "judged": {"positive": 84, "negative": 156},
}


def with_plan(result: Result, **more: Any) -> Result:
    return replace(result, settings=result.settings | {"planned": PLAN | more})


def test_needed_and_judged_stand_side_by_side_and_answer_the_checklists(gain: Result) -> None:
    page = Page(html(with_plan(gain)))
    assert (
        "Planned to show a gain of 0.05 in AUROC over 0.8 with 90 % power: that needs 301 patients "
        "with the finding and 602 patients without it; judged were 84 patients with the finding "
        "and 156 without."
    ) in page.text.replace("\u00a0", " ")
    for guideline, number in (("STARD 2015", "18"), ("CLAIM 2020", "19"), ("TRIPOD+AI", "10")):
        said = {row[0]: row[2] for row in page.table(guideline)}
        assert said[number] == ENGLISH.planned
    assert ENGLISH.planned not in Page(html(gain)).text


def test_a_rate_needs_patients_of_one_kind(gain: Result) -> None:
    plan = with_plan(gain, measure="sensitivity", needed={"positive": 90, "negative": None})
    text = Page(html(plan, words=words_of("de"))).text.replace("\u00a0", " ")
    assert "von 0,05 in Sensitivität über 0,8 mit einer Teststärke von 90 %" in text
    assert "dafür braucht es 90 Patienten mit dem Befund; beurteilt" in text
