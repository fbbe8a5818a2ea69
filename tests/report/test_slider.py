import json
import re
from dataclasses import replace

import numpy as np
import pytest

from medtune.report.cells import Cells
from medtune.report.slider import ON_PAPER, Slider, script, slider
from medtune.report.words import ENGLISH
from medtune.tables.results import Result

from .conftest import STRENGTH, predictions
from .test_render import html


def moved(result: Result) -> Slider:
    found = slider(result, Cells(result), ENGLISH)
    assert found is not None
    return found


def test_each_point_is_what_the_judged_studies_give(gain: Result) -> None:
    table = predictions(STRENGTH)
    table = table[table["split"] == "test"]
    data = json.loads(moved(gain).data)["findings"][0]
    for number, model in enumerate(("fine_tuned", "shipped:elsewhere")):
        own = table[table["model"] == model]
        positive = own["reference"] == 1
        for place in (0, 25, 50):
            called = own["score"] >= data["threshold"][number][place] - 1e-6
            assert data["sensitivity"][number][place] == pytest.approx(
                called[positive].mean(), abs=1e-5
            )
            assert data["specificity"][number][place] == pytest.approx(
                1 - called[~positive].mean(), abs=1e-5
            )
            assert data["sensitivity"][number][place] >= data["wanted"][place] - 1e-5


def test_a_small_threshold_is_said_as_the_tables_say_it(gain: Result) -> None:
    curves = gain.curves.copy()
    its = curves["curve"] == "threshold_at"
    curves.loc[its, "y"] = 0.0004
    found = moved(replace(gain, curves=curves))
    assert set(json.loads(found.data)["findings"][0]["threshold_said"][0]) == {"0.0004"}
    assert "threshold_said[i][place]" in script()
    assert {row.cells[0] for row in found.table.rows if not row.kind} == {"0.0004"}


def test_it_begins_where_the_report_stands(gain: Result) -> None:
    found = moved(gain)
    own = Cells(gain).measure("fine_tuned", "sensitivity", "opacity", "site")
    share = Cells(gain).measure("fine_tuned", "prevalence", "opacity")
    assert own is not None
    assert share is not None
    wanted = json.loads(found.data)["findings"][0]["wanted"]
    assert own.value - 0.01 < wanted[found.at] <= own.value
    assert found.prevalence == round(1000 * share.value)


def test_the_table_for_paper_adds_up(gain: Result) -> None:
    table = moved(gain).table
    rows = [row for row in table.rows if not row.kind]
    assert len(rows) == 2 * len(ON_PAPER)
    positive = {int(str(row.cells[3])) + int(str(row.cells[4])) for row in rows}
    assert len(positive) == 1
    assert positive.pop() == pytest.approx(1000 * np.mean([89 / 240]), abs=1)


def test_many_findings_can_be_chosen_and_those_not_estimable_cannot(findings: Result) -> None:
    found = moved(findings)
    assert [name for _, name in found.findings] == [f"finding {x}" for x in "efghijklmn"]
    assert 'id="slider-finding"' in html(findings)


def test_nothing_to_move_where_nothing_is_estimable(not_estimable: Result) -> None:
    assert slider(not_estimable, Cells(not_estimable), ENGLISH) is None
    assert "<script" not in html(not_estimable)


def test_a_name_cannot_end_the_data(gain: Result) -> None:
    text = html(gain)
    data = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', text, re.DOTALL)
    assert len(data) == 1
    assert "<" not in data[0]
    json.loads(data[0])
