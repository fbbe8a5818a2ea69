"""The smaller pages in German: all is said, with the same blanks, and numbers as Germans write."""

from __future__ import annotations

import math
import re
from typing import Any

import pandas as pd
import pytest

from medtune.evaluation.monitoring import monitor
from medtune.report import german_pages
from medtune.report.audit_page import audit_html
from medtune.report.audit_words import AUDIT_ENGLISH
from medtune.report.languages import AUDITS, LANGUAGES, LOCATES, MONITORS
from medtune.report.locate_page import Overlap, locate_html
from medtune.report.locate_words import LOCATE_ENGLISH
from medtune.report.monitor_page import monitor_html
from medtune.report.monitor_words import MONITOR_ENGLISH
from tests.report.test_audit_page import SUSPECTS, finding, value
from tests.report.test_ladder_page import fields_in
from tests.report.test_monitor_page import films

from .page import Page

GERMAN = LANGUAGES["de"]
PAIRS = [
    (german_pages.AUDIT, AUDIT_ENGLISH),
    (german_pages.LOCATE, LOCATE_ENGLISH),
    (german_pages.MONITOR, MONITOR_ENGLISH),
]
ALIKE = {"of", "score", "columns"}  # the same in both languages, wholly or in part


@pytest.mark.parametrize(("german", "english"), PAIRS, ids=["audit", "locate", "monitor"])
def test_all_is_said_with_the_same_blanks(german: Any, english: Any) -> None:
    for name, said in vars(english).items():
        own = vars(german)[name]
        assert fields_in(dict(own) if hasattr(own, "keys") else own) == fields_in(
            dict(said) if hasattr(said, "keys") else said
        ), name
        assert name in ALIKE or own != said, name
        if isinstance(said, tuple):
            assert len(own) == len(said), name


def german_only(page: Page) -> None:
    assert not re.search(r"\b(the|and|patients|films|of|to|then|now)\b", page.text), page.text
    assert not re.search(r"\d\.\d", page.text), page.text


def test_every_language_has_every_page() -> None:
    assert AUDITS.keys() == LOCATES.keys() == MONITORS.keys() == LANGUAGES.keys()


def test_the_audit_is_german() -> None:
    found = [finding("opacity", value("present"), value("absent", suspected=True))]
    html = audit_html(
        found, SUSPECTS.assign(finding="opacity"), {}, title="lauf", simulated=True,
        sheet="suspects.csv", words=GERMAN, said=AUDITS["de"],
    )  # fmt: skip
    german_only(Page(html.replace("cannot tell", "")))
    assert "5,0 % bis 5,0 %" in Page(html).text


def test_the_maps_are_german() -> None:
    rows = pd.DataFrame({"case_id": ["a"], "group": ["false negative"], "score": [0.123]})
    html = locate_html(
        rows.to_dict("records"), {}, title="lauf", finding="opacity", method="grad_cam", each=3,
        seed=0, likeness=[0.9, math.nan], overlap=Overlap(1, 2, 0.1, 0.8, 0.1, 0.2),
        simulated=True, words=GERMAN, said=LOCATES["de"],
    )  # fmt: skip
    german_only(Page(html))
    assert "Score 0,123" in Page(html).text
    assert "0,90 bis 0,90 über 1 Aufnahmen" in Page(html).text


def test_the_monitor_is_german() -> None:
    old = films(400, 0).rename(columns={"score of opacity": "Score", "reference of opacity": "x"})
    new = films(300, 1, bias=2.5).rename(
        columns={"score of opacity": "Score", "reference of opacity": "x"}
    )
    moved = monitor(old, new, limit=1.4, declared=0.05)
    html = monitor_html(
        moved, {"Projektion LATERAL": 7}, title="lauf", simulated=True, words=GERMAN,
        said=MONITORS["de"],
    )  # fmt: skip
    german_only(Page(html))
    assert "300 neue Patienten, verglichen mit 400 Patienten" in Page(html).text
