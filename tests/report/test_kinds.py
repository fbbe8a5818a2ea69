"""Reports of classes, grades and amounts: sections by kind, never by task."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

import pandas as pd
import pytest

from medtune.report.cells import Cells
from medtune.report.kinds import confusions, of_every_model
from medtune.report.render import report_html
from medtune.report.words import ENGLISH
from medtune.tables.results import Result
from tests.evaluation.test_contests import judged, predictions
from tests.report.conftest import ENVIRONMENT, RUN

KINDS = ("multiclass", "ordinal", "continuous")


@cache
def result(kind: str) -> Result:
    found = judged(kind, subgroups=["sex"], resamples=200)
    return replace(found, settings=found.settings | {"labelled_studies": {"train": 9, "tune": 2}})


@cache
def page(kind: str) -> str:
    said = {"multiclass": "classes", "ordinal": "classes"}.get(kind)
    target = {"kind": kind, said: ["none", "mild", "severe"]} if said else {"kind": kind}
    data = {**RUN["data"], "findings": {}, "targets": {"sought": target}}
    run = {**RUN, "data": data}
    return report_html(result(kind), title="knees", run=run, environment=ENVIRONMENT)


def sections_of(html: str) -> set[str]:
    return set(re.findall(r'<h2 id="(\w+)"', html))


@pytest.mark.parametrize("kind", KINDS)
def test_sections_follow_the_kind(kind):
    there = sections_of(page(kind))
    assert {"numbers", "limits", "outcomes", "comparison", "differences", "subgroups"} <= there
    assert not there & {"claim", "frequencies", "curves"}
    figure = "agreement" if kind == "continuous" else "confusion"
    other = "confusion" if kind == "continuous" else "agreement"
    assert f'id="{figure}-' in page(kind)
    assert f'id="{other}-' not in page(kind)
    for word in ("Sensitivity", "threshold set on", "nan", "None", "False alarm"):
        assert word not in re.sub(r"<style.*?</style>", "", page(kind), flags=re.S), word


@pytest.mark.parametrize("kind", KINDS)
def test_page_one_has_three_numbers_of_the_kind(kind):
    front = page(kind)[page(kind).index('class="numbers"') : page(kind).index('id="limits"')]
    titles = re.findall(r"<h3>(.*?)(?: <span.*?)?</h3>", front)
    first = {
        "multiclass": "Mean AUROC of the classes",
        "ordinal": "Quadratic-weighted kappa",
        "continuous": "Mean absolute error (0 is best)",
    }[kind]
    assert titles[0] == first
    assert len(titles) == 3
    assert front.count('class="primary"') == 1


def test_amounts_are_printed_with_their_unit():
    cells = Cells(result("continuous"))
    row = cells.measure("fine_tuned", "mae", "sought")
    assert row.text == f"{row.value:.2f}\u00a0months"
    gain = cells.difference("frozen_backbone", "mae", "sought")
    assert gain.text.startswith("\u2212")
    assert gain.text.endswith("\u00a0months")
    assert cells.measure("fine_tuned", "r_squared", "sought").text == (
        f"{cells.measure('fine_tuned', 'r_squared', 'sought').value:.3f}"
    )
    assert "Lower is better: left of 0" in page("continuous")


def test_one_class_is_no_target_of_its_own_and_has_its_row():
    cells = Cells(result("multiclass"))
    assert cells.findings == ["sought"]
    (table,) = of_every_model(cells, "sought", "95 %", ENGLISH)
    labels = [row.label for row in table.rows]
    of_classes = [label for label in labels if label.endswith("studies)")]
    assert [label.split(" (")[0] for label in of_classes] == ["none", "mild", "severe"]
    counted = [int(re.search(r"\((\d+) ", label)[1]) for label in of_classes]
    assert sum(counted) == 240


def test_the_confusion_table_is_that_of_the_predictions():
    found = result("ordinal")
    own, other = confusions(found, Cells(found), "sought", ENGLISH)
    table = predictions("ordinal")
    mine = table[(table["model"] == "fine_tuned") & (table["reference"] == 1)]
    for row in own.rows:
        assert sum(int(cell) for cell in row.cells) == (mine["class"] == row.label).sum()
    right = sum(int(row.cells[place]) for place, row in enumerate(own.rows))
    accuracy = Cells(found).measure("fine_tuned", "accuracy", "sought").value
    assert right / 240 == pytest.approx(accuracy)
    assert other.rows != own.rows


def test_what_is_not_estimable_is_said_and_not_drawn():
    few = judged("ordinal", predictions("ordinal", n=15))
    html = report_html(few, title="few", run=RUN, environment=ENVIRONMENT)
    assert "at least 20 are needed" in html
    assert "outcomes" not in sections_of(html)


def test_the_worst_say_what_was_said_and_what_is_true():
    html = page("continuous")
    assert re.search(r"sought: said [\d.]+\u00a0months, is [\d.]+\u00a0months", html) or re.search(
        r"<td>Too high</td>", html
    )
    assert "furthest too high" in html


def test_several_targets_have_a_table_and_a_mean_of_their_own():
    both = pd.concat(
        [predictions("ordinal", name=name, seed=at) for at, name in enumerate(("knee", "hip"))],
        ignore_index=True,
    )
    found = judged("ordinal", both, resamples=200)
    html = report_html(found, title="joints", run=RUN, environment=ENVIRONMENT)
    assert "The mean over the targets" in html
    assert "the mean over the findings" not in html.lower()
    assert '<h2 id="findings">Target by target</h2>' in html
