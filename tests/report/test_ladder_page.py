"""The ladder's page: the answer first, every rung with its price, nothing sold in vain."""

from __future__ import annotations

import re
from typing import Any, get_args

import numpy as np
import pytest

from medtune.config.model import AdaptMethod
from medtune.evaluation.alignment import local_prevalence
from medtune.evaluation.calibration import SEPARATED
from medtune.evaluation.declared_utility import INSTEAD
from medtune.report.ladder_german import GERMAN
from medtune.report.ladder_page import answer_of, cost_of, in_language, ladder_html, words_of_test
from medtune.report.ladder_words import ENGLISH
from medtune.report.languages import LADDERS, LANGUAGES
from medtune.workflow.climb import alignable
from medtune.workflow.ladder_answer import ENRICHED

from .page import Page


def estimate(value: float | None = None, reason: str = "") -> dict[str, Any]:
    around = {} if value is None else {"low": value - 0.02, "high": value + 0.02}
    return {"value": value, "low": None, "high": None, "p_value": 0.001, "reason": reason, **around}


def rung(name: str, value: float, against: str = "", **changed: Any) -> dict[str, Any]:
    return {
        "name": name,
        "rule": "recalibrated",
        "minutes": 0.0,
        "labelled_studies": 0,
        "utility": estimate(value),
        "auroc": estimate(0.8),
        "against": against,
        "gain": estimate(0.03) if against else estimate(reason="the first rung"),
        "p_adjusted": 0.0004 if against else None,
        "auroc_gain": estimate(reason="a threshold or a recalibration cannot move it"),
        "better": bool(against),
        "short_of": "",
        "p_short": None,
        "note": "",
        **changed,
    }


def answer(chosen: str, *, fine_tune: bool, **changed: Any) -> dict[str, Any]:
    missing = rung("batch_norm", 0.0, utility=estimate(reason="its network has no BatchNorm"))
    return {
        "run": "chest",
        "site": "st-anna",
        "finding": "effusion",
        "utility": {"kind": "net_benefit", "at": 0.2},
        "choose_by": "cross_validation",
        "folds": 5,
        "level": 0.95,
        "least_gain": 0.0,
        "chosen": chosen,
        "fine_tune": fine_tune,
        "reason": "",
        "n_cases": 500,
        "n_groups": 410,
        "n_positive": 120,
        "left_out": 2,
        "rungs": [
            rung("shipped", 0.08),
            rung("site_threshold", 0.11, "shipped", labelled_studies=60),
            missing,
            rung("lora", 0.14, "site_threshold", labelled_studies=500, minutes=12.4),
        ],
        "test": {
            "reason": "",
            "first": "shipped",
            "utility": estimate(0.13),
            "auroc": estimate(0.86),
            "first_utility": estimate(0.08),
            "first_auroc": estimate(0.8),
            "gain": estimate(0.05),
            "auroc_gain": estimate(0.06),
            "error_cut": estimate(0.3),
            "n_cases": 300,
            "n_groups": 280,
        },
        "model": "rungs/chest-lora",
        "warnings": ["This was look number 2 at this test split."],
        "simulated": True,
        **changed,
    }


def test_the_answer_comes_first_and_every_rung_has_its_price():
    html = ladder_html(answer("lora", fine_tune=True))
    page = Page(html)
    assert page.text.index("Fine-tune:") < page.text.index("Step by step")
    assert "12 min" in page.text
    assert "500 labelled studies" in page.text
    assert "no label" in page.text
    assert "not possible: its network has no BatchNorm" in page.text
    assert "opened once, it gains +0.050 (+0.030 to +0.070) over the generic model" in page.text
    assert "(1 - AUROC) falls by 30 % (28 to 32 %)" in page.text
    assert "look number 2" in page.text
    assert "Simulated" in page.text
    assert "< 0.001" in page.text
    assert html.count("<svg") == 1
    assert not re.search(r"<script|https?://", html)
    assert ladder_html(answer("lora", fine_tune=True)) == html


@pytest.mark.parametrize("chosen", ["shipped", *ENGLISH.cheap])
def test_not_to_fine_tune_is_an_answer(chosen):
    rungs = [rung(chosen, 0.1, labelled_studies=60)]
    said = answer_of(answer(chosen, fine_tune=False, rungs=rungs))
    assert said.startswith("Do not fine-tune.")
    assert ENGLISH.without_labels not in said


def test_only_what_needs_no_label_is_said_to_need_none():
    free = [rung("score_alignment", 0.1)]
    said = answer_of(answer("score_alignment", fine_tune=False, rungs=free))
    assert said.endswith("to this site. No label is needed for it.")
    paid = [rung("score_alignment", 0.1, labelled_studies=60)]
    said = answer("score_alignment", fine_tune=False, rungs=paid)
    assert answer_of(said).endswith("to this site.")
    assert "60 labelled studies" in Page(ladder_html(said)).text


def test_what_cannot_be_told_is_not_told():
    reason = "4 positive and 90 negative patients to choose on; at least 10 of each are needed"
    said = answer("shipped", fine_tune=False, reason=reason)
    assert "cannot be told: 4 positive" in answer_of(said)
    assert "Do not fine-tune" not in answer_of(said)
    said["test"] = {"reason": reason, "first": "shipped"}
    assert "not judged on test: 4 positive" in words_of_test(said)


@pytest.mark.parametrize(
    ("chosen", "begins"),
    [
        ("shipped", "Whether fine-tuning would help cannot be told: "),
        ("site_threshold", "Do not fine-tune. Give the generic model a threshold"),
    ],
)
def test_nobody_is_advised_against_a_training_that_could_not_be_judged(chosen, begins):
    reason = "higher scores do not go with the finding"
    lost = [rung(name, 0.0, utility=estimate(reason=reason)) for name in ("fast_probe", "lora")]
    cheap = [rung("shipped", 0.08), rung("site_threshold", 0.11, "shipped", labelled_studies=60)]
    said = answer_of(answer(chosen, fine_tune=False, rungs=[*cheap, *lost]))
    assert said.startswith(begins)
    assert f"cannot be told: a new head on its features: {reason}; fine-tuned through" in said
    judged = [*cheap, lost[0], rung("lora", 0.08, "site_threshold")]
    said = answer_of(answer(chosen, fine_tune=False, rungs=judged))
    assert said.startswith("Do not fine-tune.")
    assert "cannot be told" not in said


def test_a_threshold_is_not_praised_for_a_ranking_it_cannot_move():
    said = answer("site_threshold", fine_tune=False)
    said["test"]["auroc_gain"] = estimate(reason="all resamples of the patients agree")
    assert "cannot move it" in words_of_test(said)
    assert "falls by" not in words_of_test(said)
    said["test"]["first"] = said["chosen"]
    assert "its net benefit" in words_of_test(said)


def test_a_threshold_that_was_not_taken_by_its_rule_says_so():
    said = answer("lora", fine_tune=True)
    said["rungs"][-1]["note"] = "a threshold of another kind was taken"
    assert Page(ladder_html(said)).text.count("a threshold of another kind was taken") == 1


def test_a_rung_that_was_passed_says_what_is_better():
    said = answer("lora", fine_tune=True)
    said["rungs"][0] |= {"short_of": "lora", "p_short": 0.0123}
    text = Page(ladder_html(said)).text
    assert text.count("fine-tuned through adapters (LoRA): shown to be better (p 0.012)") == 1


def test_every_way_to_adapt_has_a_name_and_costs_are_round():
    assert set(get_args(AdaptMethod)) <= set(ENGLISH.rungs)
    cheap = cost_of(rung("lora", 0.1, minutes=0.01, labelled_studies=3))
    assert cheap == "3 labelled studies, < 0.1 min"
    assert cost_of(rung("lora", 0.1, minutes=2.34)) == "no label, 2.3 min"


def fields_in(value: Any) -> list[str]:
    """The fields that a language's words want filled in, in order of their names."""
    if isinstance(value, str):
        return sorted(re.findall(r"{(\w+)}", value))
    if isinstance(value, dict):
        return [name for key in sorted(value) for name in (key, *fields_in(value[key]))]
    return [name for each in value for name in fields_in(each)]


def test_every_language_of_the_report_has_the_ladder_with_the_same_blanks():
    assert LADDERS.keys() == LANGUAGES.keys()
    for name, english in vars(ENGLISH).items():
        if name != "warnings":
            assert fields_in(vars(GERMAN)[name]) == fields_in(english), name
    for english, german in GERMAN.warnings.items():
        assert sorted(fields_in(english)) == sorted(fields_in(german))


def test_a_german_page_is_german_to_its_reasons_and_decimal_marks():
    said = answer("lora", fine_tune=True)
    said["rungs"][0]["note"] = INSTEAD
    html = ladder_html(said, words=LANGUAGES["de"], said=LADDERS["de"])
    page = Page(html)
    assert '<html lang="de">' in html
    assert "Nachtrainieren lohnt sich: nachtrainiert durch Adapter (LoRA)." in page.text
    assert "nicht möglich: sein Netz hat keine BatchNorm" in page.text
    assert "gewinnt es +0,050 (+0,030 bis +0,070)" in page.text
    assert "Dies war Blick Nummer 2 auf diesen Testteil." in page.text
    assert "deshalb wurde die Schwelle mit dem größten Nettonutzen genommen" in page.text
    assert "Simulierte Daten" in page.text
    assert not re.search(r"\b(the|and|of|studies|patients|threshold|to)\b", page.text)
    assert not re.search(r"\d\.\d", page.text)
    assert ladder_html(said) == ladder_html(said, words=LANGUAGES["en"], said=LADDERS["en"])


def test_every_reason_of_the_ladder_is_known_in_german():
    """Each is made by the code that gives it, so that a new wording is noticed."""
    few = np.array([True] * 3 + [False] * 40)
    enough = np.array([True] * 30 + [False] * 30)
    reasons = [
        local_prevalence(None, few, np.arange(43)).reason,
        local_prevalence(None, few, np.arange(43), enriched=True).reason,
        local_prevalence(0.1, few, np.arange(43), enriched=True).reason,
        local_prevalence(0.01, enough, np.arange(60)).reason,
        alignable(None, local_prevalence(0.1, few, np.arange(43))),
        ENRICHED,
        INSTEAD,
        SEPARATED,
    ]
    for reason in reasons:
        assert reason
        told = in_language(answer("lora", fine_tune=True, reason=reason), LANGUAGES["de"], GERMAN)
        assert told["reason"] != reason, reason
        assert not re.search(r"\b(the|and|of|studies|patients)\b", told["reason"]), told["reason"]
