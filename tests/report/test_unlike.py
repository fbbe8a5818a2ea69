from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from medtune.config import Evaluation
from medtune.evaluation import evaluate, result_as_json
from medtune.report.languages import words_of
from medtune.report.render import report_html
from medtune.tables.results import Result

from .conftest import ENVIRONMENT, RUN, SETTINGS, STRENGTH, predictions
from .page import Page


@pytest.fixture(scope="module")
def held() -> Result:
    """Every third test case is unlike in greys, the first two in view, the last not measured."""
    table = predictions(STRENGTH)
    cases = table.loc[table["split"] == "test", "case_id"].unique()
    words = pd.Series(np.where(np.arange(len(cases)) % 3, "no", "greys"), cases, dtype=object)
    words.iloc[:2], words.iloc[-1] = "view", "unread"
    table = table.assign(unlike_site=table["case_id"].map(words).astype(object))
    result = evaluate(table, Evaluation(**SETTINGS, subgroups=["sex"]))
    settings = {**result.settings["unlike_site"], "site": "south", "profile_sha256": "0" * 64}
    return replace(result, settings=result.settings | {"unlike_site": settings})


def test_who_has_a_film_unlike_the_site_and_in_what_is_printed(held: Result) -> None:
    page = Page(report_html(held, title="x", run=RUN, environment=ENVIRONMENT))
    told = held.settings["unlike_site"]
    assert f"{told['flagged']} of {told['patients']} test patients have such a film" in page.text
    assert "1 of 240 test films could not be measured" in page.text
    assert "what the profile south has measured" in page.text
    assert page.table("In what, each patient once")[1:] == [
        ["No film of this view in the profile", "not shown"], ["Greys", "not shown"],
    ]  # fmt: skip
    assert ["Sex"] in page.table("Who has a film unlike those of the site")
    json.dumps(result_as_json(held), allow_nan=False)


def test_the_same_in_german(held: Result) -> None:
    words = words_of("de")
    page = Page(report_html(held, title="x", run=RUN, environment=ENVIRONMENT, words=words))
    assert "Testpatienten haben eine solche Aufnahme" in page.text
    assert page.table("Worin, jeder Patient einmal")[-1] == ["Grauwerte", "nicht gezeigt"]


def test_no_section_without_a_profile(gain: Result) -> None:
    page = Page(report_html(gain, title="x", run=RUN, environment=ENVIRONMENT))
    assert "Films unlike those of the site" not in page.text
