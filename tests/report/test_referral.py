from __future__ import annotations

import pytest

from medtune.config import Evaluation, Refer
from medtune.evaluation import evaluate
from medtune.report.render import report_html
from medtune.tables.results import Result

from .conftest import ENVIRONMENT, RUN, SETTINGS, STRENGTH, predictions
from .page import Page


@pytest.fixture(scope="module")
def referring() -> Result:
    settings = Evaluation(
        **SETTINGS, subgroups=["sex", "scanner"], refer=Refer(wrong_present=0.35, confidence=0.9)
    )
    return evaluate(predictions(STRENGTH), settings)


def test_the_promise_the_cuts_and_who_is_referred_are_printed(referring: Result) -> None:
    page = Page(report_html(referring, title="x", run=RUN, environment=ENVIRONMENT))
    assert "at most 35 % of the patients called present do not have opacity" in page.text
    assert "with 90 % confidence given the 160 calibration patients" in page.text
    cuts = page.table("between the two scores the study is referred")
    told = referring.settings["referrals"][0]
    assert told["model"] == "fine_tuned"
    own = cuts[1]
    assert own[:3] == ["Fine-tuned model", "–", "no bound was asked for"]
    assert own[3] == f"{told['present']['score']:.3f}"
    assert own[4] == f"{told['present']['wrong']} of {told['present']['decided']} wrong"
    assert not any("control" in row[0] for row in cuts)
    assert page.table("on the test patients")[0] == [
        "Model", "Referred to a radiologist", "Called present, and has it not",
    ]  # fmt: skip
    groups = page.table("who is referred by the fine-tuned model")
    assert ["Sex"] in groups
    assert any(row[0] == "rare" and "not shown" in row[-1] for row in groups)
    assert any(tag == "svg" and "Risk and coverage" in str(attrs.get("aria-label"))
               for tag, attrs in page.tags)  # fmt: skip


def test_no_section_without_a_bound(gain: Result) -> None:
    page = Page(report_html(gain, title="x", run=RUN, environment=ENVIRONMENT))
    assert "Refer to a radiologist" not in page.text
