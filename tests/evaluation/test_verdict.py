from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from medtune.config import Evaluation, Primary, Shipped
from medtune.errors import DataError
from medtune.evaluation.verdict import Judgement, Question, ask, judge

OTHER = "shipped:elsewhere"
MODELS = ["fine_tuned", "frozen_backbone", OTHER, "thumbnail"]
CONTROLS = ("thumbnail", "random_weights")


def question(margin: float = 0.0, other: str = OTHER) -> Question:
    return Question("opacity", "auroc", "", "fine_tuned", other, margin, None)


def row(other: str, low: float, high: float, reason: str = "") -> dict[str, object]:
    return {
        "measure": "auroc",
        "target": "opacity",
        "rule": "",
        "subgroup": "all",
        "compared_with": other,
        "difference": (low + high) / 2,
        "low": low,
        "high": high,
        "level": 0.95,
        "se": (high - low) / 3.92,
        "n_cases": 300,
        "n_groups": 200,
        "reason": reason,
    }


def judged(
    primary: dict[str, object], *others: dict[str, object], margin: float = 0.0
) -> Judgement:
    return judge(question(margin), pd.DataFrame([primary, *others]), 0.95)


@pytest.mark.parametrize(
    ("low", "high", "margin", "verdict"),
    [
        (0.01, 0.05, 0.0, "gain"),
        (0.0, 0.05, 0.0, "no_gain_shown"),  # the interval has to exclude 0
        (0.01, 0.05, 0.02, "no_gain_shown"),
        (0.03, 0.05, 0.02, "gain"),
        (-0.05, -0.01, 0.0, "worse"),
        (-0.05, 0.0, 0.0, "no_gain_shown"),
        (-0.05, -0.01, 0.02, "worse"),
    ],
)
def test_the_verdict_is_the_interval_against_the_margin(
    low: float, high: float, margin: float, verdict: str
) -> None:
    assert judged(row(OTHER, low, high), margin=margin).verdict == verdict


def test_no_gain_says_which_gains_are_excluded_and_what_could_have_been_shown() -> None:
    found = judged(row(OTHER, -0.02, 0.041), row("thumbnail", 0.1, 0.2))
    assert found.answer == (
        "No gain over the generic model is shown (AUROC difference +0.011, 95 % interval -0.020 to "
        "+0.041, 300 studies of 200 patients): gains above 0.041 are excluded, and the smallest "
        "gain that this study could have shown is 0.044."
    )
    # 2.80 standard errors: 80 % of such studies would have shown it
    assert found.smallest_detectable_gain == pytest.approx(2.8016 * 0.061 / 3.92, abs=1e-4)


def test_the_margin_is_part_of_what_can_be_shown() -> None:
    plain = judged(row(OTHER, -0.02, 0.04)).smallest_detectable_gain
    found = judged(row(OTHER, -0.02, 0.04), margin=0.03)
    assert found.smallest_detectable_gain == pytest.approx(plain + 0.03)
    assert found.answer.startswith("No gain by more than 0.03 over the generic model is shown")


def test_a_gain_that_an_8_x_8_thumbnail_has_too() -> None:
    found = judged(row(OTHER, 0.02, 0.08), row("thumbnail", -0.01, 0.03))
    assert found.verdict == "gain"
    assert found.control_passed is False
    assert (
        "better than the generic model, but not better than an 8 x 8 thumbnail: this set cannot "
        "show that the model reads disease"
    ) in found.answer


def test_no_gain_and_no_better_than_the_thumbnail() -> None:
    found = judged(row(OTHER, -0.02, 0.04), row("thumbnail", -0.01, 0.03))
    assert found.control_passed is False
    assert "nor is the fine-tuned model better than an 8 x 8 thumbnail" in found.answer
    assert "cannot show that the model reads disease" in found.answer


def test_a_control_that_is_passed_is_not_mentioned() -> None:
    found = judged(row(OTHER, 0.02, 0.08), row("thumbnail", 0.01, 0.3))
    assert found.control_passed is True
    assert "thumbnail" not in found.answer


@pytest.mark.parametrize("control", [[], [row("thumbnail", 0.1, 0.2, "4 positive patients")]])
def test_a_control_that_was_not_judged_is_said_to_be(control: list[dict[str, object]]) -> None:
    found = judged(row(OTHER, 0.02, 0.08), *control)
    assert found.control_passed is None
    assert "8 x 8 thumbnail could not be judged" in found.answer


def test_not_estimable_gives_its_reason() -> None:
    found = judged(row(OTHER, 0.02, 0.08, "4 positive patients"))
    assert found.verdict == "not_estimable"
    assert "cannot be judged on this set: 4 positive patients." in found.answer


def test_only_a_shipped_model_is_called_generic() -> None:
    differences = pd.DataFrame([row("frozen_backbone", 0.02, 0.08)])
    found = judge(question(other="frozen_backbone"), differences, 0.95)
    assert "better than a local head on generic features (" in found.answer
    assert "the generic model" not in found.answer


def test_the_first_of_compare_with_is_the_primary_comparison() -> None:
    settings = Evaluation(compare_with=[Shipped(shipped=Path("runs/elsewhere")), "frozen_backbone"])
    found = ask(settings, {"opacity": MODELS}, "fine_tuned", CONTROLS)
    assert (found.compared_with, found.finding) == (OTHER, "opacity")
    found = ask(Evaluation(), {"opacity": MODELS}, "fine_tuned", CONTROLS)
    assert found.compared_with == "frozen_backbone"


def test_a_control_is_never_the_primary_comparison() -> None:
    with pytest.raises(DataError, match="no model to compare"):
        ask(Evaluation(), {"opacity": ["fine_tuned", "thumbnail"]}, "fine_tuned", CONTROLS)


def test_several_findings_are_judged_by_their_mean() -> None:
    found = ask(Evaluation(), {"a": MODELS, "b": MODELS}, "fine_tuned", CONTROLS)
    assert found.finding == "macro"
    declared = Evaluation(primary=Primary(finding="b"))
    assert ask(declared, {"a": MODELS, "b": MODELS}, "fine_tuned", CONTROLS).finding == "b"


@pytest.mark.parametrize(
    ("primary", "message"),
    [
        (Primary(finding="nodule"), "names the finding nodule"),
        (Primary(finding="b", compared_with="frozen_backbone"), "compares with frozen_backbone"),
    ],
)
def test_what_was_declared_must_be_there(primary: Primary, message: str) -> None:
    models = {"a": MODELS, "b": ["fine_tuned", OTHER]}
    with pytest.raises(DataError, match=message):
        ask(Evaluation(primary=primary), models, "fine_tuned", CONTROLS)


def test_the_fine_tuned_model_must_be_there() -> None:
    with pytest.raises(DataError, match="no score of the model 'fine_tuned'"):
        ask(Evaluation(), {"a": MODELS[1:]}, "fine_tuned", CONTROLS)


@pytest.mark.parametrize(
    "differences",
    [pd.DataFrame([]), pd.DataFrame([row("thumbnail", 0.1, 0.2)])],
    ids=["no row", "a row of another model"],
)
def test_two_that_nothing_compares_are_named(differences: pd.DataFrame) -> None:
    with pytest.raises(DataError, match=f"Nothing compares fine_tuned with {OTHER} on 'opacity'"):
        judge(question(), differences, 0.95)
