import re

from medtune.report.checklists import CHECKLISTS, where
from medtune.report.words import ENGLISH
from medtune.tables.results import Result

from .page import Page
from .test_render import html


def test_the_guidelines_are_whole() -> None:
    numbers = {name: [item[0] for item in items] for name, items in CHECKLISTS.items()}
    assert all(len(set(each)) == len(each) for each in numbers.values())
    whole = {name: [int(re.sub(r"\D", "", n)) for n in each] for name, each in numbers.items()}
    for name, last in (("STARD 2015", 30), ("CLAIM 2020", 42), ("TRIPOD+AI 2024", 27)):
        assert whole[name] == sorted(whole[name])
        assert set(whole[name]) == set(range(1, last + 1))


def test_every_place_leads_somewhere_and_the_rest_needs_a_person(gain: Result) -> None:
    page = Page(html(gain))
    ids = set(page.attributes("id"))
    links = {link for link in page.attributes("href") if link != "#question"}
    assert {link.removeprefix("#") for link in links} <= ids
    rows = page.table("STARD 2015")
    said = {row[0]: row[2] for row in rows[1:]}
    assert said["19"] == ENGLISH.flow
    assert said["20"] == ENGLISH.baseline
    assert said["28"] == ENGLISH.not_reported
    assert said["13b"] == ENGLISH.not_reported  # who read the films is not recorded


def test_a_table_from_elsewhere_answers_less(gain: Result, no_gain: Result) -> None:
    from_run = Page(html(gain)).table("TRIPOD+AI")
    page = Page(html(no_gain, run={"table": "vendor.csv"}, environment={}))
    from_table = page.table("TRIPOD+AI")
    answered = [
        {row[0] for row in rows[1:] if row[2] != ENGLISH.not_reported}
        for rows in (from_run, from_table)
    ]
    assert answered[1] < answered[0]
    assert "12c" in answered[0] - answered[1]  # how the model was built


def test_the_reading_of_a_reference_is_a_place_of_its_own() -> None:
    assert not where({}).get("STARD 2015", [])[0].places
    found = {item.number: item for item in where({"record-reference": "Reference"})["STARD 2015"]}
    assert found["13b"].places == [("record-reference", "Reference")]
