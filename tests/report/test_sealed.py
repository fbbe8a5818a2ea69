from __future__ import annotations

from dataclasses import replace

from medtune.report.render import report_html
from medtune.tables.results import Result

from .conftest import ENVIRONMENT, RUN, SEALED, look
from .page import Page

USED_TWICE = (
    "This test set has been used 2 times; the primary analysis was declared on 2025-02-02 before "
    "the first."
)


def page(result: Result, **told: object) -> Page:
    departures = told.get("departures", [])
    assert isinstance(departures, list)
    status = "exploratory" if any(each["primary"] for each in departures) else "declared"
    changed = replace(
        result,
        settings=result.settings | {"sealed_test": SEALED | told},
        primary=result.primary | {"status": status},
    )
    return Page(report_html(changed, title="x", run=RUN, environment=ENVIRONMENT))


def test_every_look_is_printed_and_said_on_page_one(gain: Result) -> None:
    shown = page(gain, looks=[look(1), look(2, ("primary.margin", "subgroups"))])
    assert shown.text.count(USED_TWICE) == 2
    rows = shown.table("Every look at it: version 1, 240 cases, sealed on 2025-02-01")
    assert rows[1:] == [
        ["1", "2025-03-01 10:00:00 UTC", "evaluate st-anna-chest", "as declared", "1" * 12],
        ["2", "2025-03-02 10:00:00 UTC", "evaluate st-anna-chest", "primary.margin, subgroups",
         "2" * 12],
    ]  # fmt: skip


def test_a_comparison_that_was_not_declared_is_called_exploratory(gain: Result) -> None:
    margin = {"setting": "primary.margin", "declared": 0.02, "now": 0.0, "primary": True}
    added = {"setting": "subgroups", "declared": [], "now": ["sex", "view"], "primary": False}
    other = page(gain, departures=[margin, added])
    assert other.table("What is not as declared is exploratory.")[1:] == [
        ["primary.margin", "0.02", "0.0", "the verdict"],
        ["subgroups", "–", "sex, view", "what stands beside it"],
    ]
    assert "not declared before the test set was opened" in other.text
    assert "The verdict is about one declared comparison" not in other.text
    marks = [row[-1] for row in other.table("the fine-tuned model minus the other")[1:]]
    assert "exploratory" in marks
    assert "primary" not in marks
    beside = page(gain, departures=[added])
    assert "The verdict is about one declared comparison" in beside.text
    marks = [row[-1] for row in beside.table("the fine-tuned model minus the other")[1:]]
    assert marks.count("primary") == 1


def test_smaller_versions_and_other_splits_of_the_same_cases_are_told(gain: Result) -> None:
    shown = page(
        gain,
        version=2,
        earlier_versions=[{"version": 1, "cases": 90, "looks": 3}],
        other_test_splits=[{"split": "0123abcd", "cases": 12, "looks": 5}],
        plan=SEALED["plan"] | {"changed_before_first_look": 2},
    )
    assert "enlarges version 1 with 90 cases, which was used 3 times" in shown.text
    assert "12 of its cases are in another test split of this work folder (0123abcd)" in shown.text
    assert "was changed 2 times" in shown.text


def test_a_table_that_came_without_a_seal_has_no_such_section(no_gain: Result) -> None:
    shown = Page(report_html(no_gain, title="x", run={}, environment={}))
    assert "The sealed test set" not in shown.text
    assert "The verdict is about one declared comparison" in shown.text
