from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from medtune.evaluation.drift import FEWEST
from medtune.evaluation.monitoring import Monitored, monitor
from medtune.report.languages import MONITORS
from medtune.report.monitor_page import as_json, monitor_html, sentences
from medtune.report.monitor_words import MONITOR_ENGLISH, MonitorWords

from .page import Page


def films(patients: int, seed: int, *, bias: float = 0.0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    reference = random.random(patients) < 0.4
    odds = 2.4 * (reference - 0.5) + random.normal(size=patients) * 1.2 + bias
    return pd.DataFrame(
        {
            "case_id": [f"{seed}-{i}" for i in range(patients)],
            "group_id": [f"{seed}-p{i}" for i in range(patients)],
            "view": np.where(random.random(patients) < 0.6, "PA", "AP"),
            "grey_mean": 0.4 + 0.05 * random.normal(size=patients),
            "embedding_distance": random.gamma(50, 0.02, patients),
            "score of opacity": 1 / (1 + np.exp(-odds)),
            "reference of opacity": reference.astype(float),
        }
    )


@pytest.fixture(scope="module")
def moved() -> Monitored:
    return monitor(films(400, 0), films(300, 1, bias=2.5), limit=1.4, declared=0.05)


def test_the_page_says_whether_to_look_again_and_what_moved(moved: Monitored) -> None:
    page = Page(monitor_html(moved, {"view LATERAL": 7}, title="south", simulated=True))
    assert MONITOR_ENGLISH.verdicts["look_again"] in page.text
    assert "300 new patients, against 400 patients of the report's test set" in page.text
    assert "score of opacity: median" in page.text
    assert "opacity, calibration intercept:" in page.text
    assert "Refused: 7 films, view LATERAL" in page.text
    rows = page.table("Largest first within each level")
    assert rows[1][1] == "moved much"
    assert {row[0] for row in rows[1:]} == {s.quantity.replace("_", " ") for s in moved.shifts}
    assert page.table("Measures of the new labelled films")[1][:2] == ["opacity", "AUROC"]
    assert "Simulated data." in page.text
    assert not [tag for tag, attrs in page.tags if tag in ("script", "link") or "src" in attrs]


def test_without_labels_the_page_says_what_cannot_be_told() -> None:
    new = films(300, 1).drop(columns=["view", "reference of opacity"])
    steady = monitor(films(400, 0), new)
    said = sentences(steady, {})
    assert said[0] == MONITOR_ENGLISH.verdicts["steady"]
    assert MONITOR_ENGLISH.no_labels in said
    assert said[-1] == "Only one of the two has it, so it was not compared: view."
    page = Page(monitor_html(steady, {}, title="south", simulated=False))
    assert "With labels" not in page.text
    assert "Simulated data." not in page.text


def test_the_json_is_strict_and_whole(moved: Monitored) -> None:
    told = as_json(moved, {"view LATERAL": 7})
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert told["verdict"] == "look_again"
    assert len(told["shifts"]) == len(moved.shifts)
    assert told["refused"] == {"view LATERAL": 7}
    assert told["sentences"][0] == MONITOR_ENGLISH.verdicts["look_again"]


def test_films_unlike_the_site_are_told_with_those_of_the_report() -> None:
    old = films(400, 0).assign(unlike_site=np.repeat(["greys", "no"], [20, 380]))
    new = films(300, 1).assign(unlike_site=np.repeat(["greys", "view", "no"], [60, 15, 225]))
    told = monitor(old, new, site="south")
    assert told.verdict == "look_again"
    said = sentences(told, {})
    (first,) = [line for line in said if line.startswith("75 of 300 new patients")]
    assert "measured at south; of the report's test patients 20 of 400 had one" in first
    assert "moved much" in first
    (why,) = [line for line in said if line.startswith("In what")]
    assert why.endswith("a view that nobody measured there 15, greys 60.")
    told = monitor(old.drop(columns="unlike_site"), new, site="south")
    assert told.verdict == "steady"
    assert any("were not held against this profile" in line for line in sentences(told, {}))
    plain = as_json(told, {})
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert plain["unlike"]["flagged"] == 75
    assert plain["unlike"]["old_patients"] is None


@pytest.mark.parametrize("words", MONITORS.values(), ids=MONITORS)
def test_where_the_test_set_is_too_small_nobody_is_told_to_wait(words: MonitorWords) -> None:
    """More new patients cannot help where those of the report are too few."""
    few = {new: sentences(monitor(films(8, 0), films(new, 1)), {}, words)[0] for new in (40, 8)}
    assert few[40] == few[8]
    assert "8" in few[40]
    assert str(FEWEST) in few[40]
    assert few[40] != words.verdicts["not_judged"]
    waiting = sentences(monitor(films(400, 0), films(8, 1)), {}, words)
    assert waiting[0] == words.verdicts["not_judged"]
    html = monitor_html(monitor(films(8, 0), films(40, 1)), {}, title="x", simulated=False,
                        said=words)  # fmt: skip
    assert few[40] in Page(html).text
    assert words.verdicts["not_judged"] not in Page(html).text


def test_the_side_with_too_few_patients_is_named() -> None:
    found = monitor(films(8, 0), films(40, 1))
    assert {shift.reason for shift in found.shifts} == {
        "8 test patients have it; at least 30 are needed"
    }
