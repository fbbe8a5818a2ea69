import re

import matplotlib
import pytest

from medtune.report.cells import Cells
from medtune.report.claim import claim
from medtune.report.plots import Captioned, figures
from medtune.report.words import ENGLISH
from medtune.tables.results import Result

from .page import Page


def drawn(result: Result) -> dict[str, Captioned]:
    cells = Cells(result)
    return figures(result, cells, claim(cells, ENGLISH), "95 %", ENGLISH)


@pytest.fixture(scope="module")
def of_gain(gain: Result) -> dict[str, Captioned]:
    return drawn(gain)


def test_which_figures_there_are(
    of_gain: dict[str, Captioned], findings: Result, not_estimable: Result
) -> None:
    of_scores = {"roc", "precision_recall", "calibration", "decision"}
    assert set(of_gain) == of_scores | {"forest", "groups", "claim"}
    assert set(drawn(findings)) == {"rocs", "forest", "findings"}
    assert drawn(not_estimable) == {}


def test_every_figure_stands_alone_and_says_what_it_shows(of_gain: dict[str, Captioned]) -> None:
    for figure in of_gain.values():
        Page(figure.svg)
        assert figure.svg.startswith('<svg role="img" aria-label="')
        assert "http" not in figure.svg
        assert "<style" not in figure.svg
        used = set(re.findall(r'href="#([^"]+)"', figure.svg))
        used |= set(re.findall(r"url\(#([^)]+)\)", figure.svg))
        assert used <= set(re.findall(r'\bid="([^"]+)"', figure.svg))


def test_no_two_figures_share_an_id(of_gain: dict[str, Captioned]) -> None:
    names = [name for f in of_gain.values() for name in re.findall(r'\bid="([^"]+)"', f.svg)]
    assert len(names) == len(set(names)) > 50


def test_the_users_own_style_changes_nothing(gain: Result, of_gain: dict[str, Captioned]) -> None:
    changed = {"lines.linewidth": 9, "font.size": 30, "axes.facecolor": "red"}
    with matplotlib.rc_context(changed):
        assert drawn(gain) == of_gain
        assert matplotlib.rcParams["font.size"] == 30


def test_the_forest_prints_the_differences_of_the_result(
    gain: Result, of_gain: dict[str, Captioned]
) -> None:
    table = gain.differences
    rows = table[(table["measure"] == "auroc") & (table["subgroup"] == "all")]
    assert len(rows) == 4
    for value in rows["difference"]:
        assert f"{value:+.3f}" in Page(of_gain["forest"].svg).text


def test_findings_without_a_number_keep_their_row(findings: Result) -> None:
    text = Page(drawn(findings)["findings"].svg).text
    for letter in "abcdefghijklmn":
        assert f"finding {letter}" in text
    assert text.count(ENGLISH.not_estimable) == 4
