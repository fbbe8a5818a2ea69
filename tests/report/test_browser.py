"""The pages in a real browser: nothing leaves, nothing fails, the sliders move, paper breaks."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from medtune.report.languages import words_of
from medtune.report.words import ENGLISH
from medtune.tables.results import Result

from .browser import chromium, faults, opened
from .test_monitor_page import films
from .test_render import PNG, html


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def page_of_gain(gain: Result) -> str:
    return html(gain, pictures={str(gain.worst["case_id"].iloc[0]): PNG})


def monitor_page() -> str:
    from medtune.evaluation.monitoring import monitor
    from medtune.report.monitor_page import monitor_html

    moved = monitor(films(200, 0), films(150, 1, bias=2.5), limit=1.4, declared=0.05)
    return monitor_html(moved, {"view LATERAL": 7}, title="south", simulated=True)


def numbers(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", text)]


def test_nothing_leaves_and_nothing_fails(browser: Any, page_of_gain: str, tmp_path: Path) -> None:
    found = opened(browser, page_of_gain, tmp_path)
    assert (found.asked, found.said) == ([], [])
    assert found.page.title() == "st-anna-chest: Gain shown"


def test_the_sliders_move_by_keyboard(browser: Any, gain: Result, tmp_path: Path) -> None:
    text = html(gain)
    page = opened(browser, text, tmp_path).page
    data = json.loads(re.findall(r'id="slider-data">(.*?)</script>', text, re.DOTALL)[0])
    first = data["findings"][0]
    own, other = (page.locator(f"#slider-does-{i}") for i in (0, 1))
    before = own.inner_text()
    page.locator("#slider-point").focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    place = first["at"] - 3
    positive = round(1000 * round(1000 * first["prevalence"]) / 1000)
    for model, does in ((0, own), (1, other)):
        found = round(positive * first["sensitivity"][model][place])
        alarms = round((1000 - positive) * (1 - first["specificity"][model][place]))
        said = numbers(does.inner_text())
        assert said == pytest.approx([found, positive, positive - found, alarms], abs=1)
    assert own.inner_text() != before
    wanted = f"{100 * first['wanted'][place]:.1f}\u00a0%"
    assert page.locator("#slider-point-said").inner_text() == wanted
    assert page.locator("#slider-point").get_attribute("aria-valuetext") == wanted

    page.locator("#slider-share").focus()
    page.keyboard.press("Home")  # one patient in a thousand
    assert numbers(page.locator("#slider-patients").inner_text()) == [1000, 1, 999]
    bars = page.locator("#slider-bars-0")
    assert ENGLISH.model_name("fine_tuned") in str(bars.get_attribute("aria-label"))
    page.locator("#slider-reset").click()
    page.wait_for_function("before => document.getElementById('slider-does-0').innerText == before",
                           arg=before)  # fmt: skip


@pytest.mark.slow
def test_a_rarer_finding_makes_more_of_the_called_wrong(
    browser: Any, gain: Result, tmp_path: Path
) -> None:
    page = opened(browser, html(gain), tmp_path).page
    right = []
    for share in (400, 100, 10):
        page.locator("#slider-share").fill(str(share))
        said = page.locator("#slider-called-0").inner_text()
        right.append(float(re.findall(r"([\d.]+)\u00a0%", said)[0]))
    assert right == sorted(right, reverse=True)
    assert right[2] < 10 < 60 < right[0]


@pytest.mark.slow
def test_another_finding_can_be_chosen_in_german(
    browser: Any, findings: Result, tmp_path: Path
) -> None:
    found = opened(browser, html(findings, words=words_of("de")), tmp_path)
    found.page.locator("#slider-finding").select_option(label="finding g")
    assert "finding g" in found.page.locator("#slider-patients").inner_text()
    assert re.search(r"\d,\d", found.page.locator("#slider-threshold-0").inner_text())
    assert (found.asked, found.said) == ([], [])


@pytest.mark.slow
def test_the_paper_breaks_between_things(browser: Any, page_of_gain: str, tmp_path: Path) -> None:
    page = opened(browser, page_of_gain, tmp_path).page
    printed = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages
    texts = [each.extract_text() for each in printed]
    pages = [" ".join(text.split()) for text in texts]
    last = [text.strip().splitlines()[-1].strip() for text in texts]
    assert ENGLISH.limits in pages[0]
    assert ENGLISH.slider not in pages[0]
    assert pages[1].startswith(ENGLISH.slider)
    assert ENGLISH.slider_reset not in pages[1]
    headings = [ENGLISH.comparison, ENGLISH.differences, ENGLISH.record, ENGLISH.checklists]
    assert not set(headings) & set(last)  # no heading is left alone at the end of a page
    assert min(len(text) for text in pages) > 150


@pytest.mark.slow
def test_no_serious_fault_of_access(browser: Any, page_of_gain: str, tmp_path: Path) -> None:
    assert faults(browser, page_of_gain, tmp_path) == []


@pytest.mark.slow
def test_the_other_pages_keep_still_too(browser: Any, tmp_path: Path) -> None:
    page = monitor_page()
    found = opened(browser, page, tmp_path)
    assert (found.asked, found.said) == ([], [])
    assert faults(browser, page, tmp_path) == []
