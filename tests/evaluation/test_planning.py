"""How many patients a plan needs: held against studies of that size, simulated."""

from __future__ import annotations

import math

import numpy as np
import pytest
from pydantic import ValidationError
from scipy.stats import norm
from statsmodels.stats.proportion import proportion_confint

from medtune.config import Evaluation, OperatingPoint, Primary
from medtune.config.planned import Planned
from medtune.evaluation import evaluate
from medtune.evaluation.compare import mcnemar_midp, paired_auroc
from medtune.evaluation.planning import Needed, half_width, needed
from medtune.evaluation.ranking import auroc_covariance

from .conftest import simulate

PLAN = Planned(gain=0.08, generic=0.80)


def test_as_many_patients_as_are_needed_show_the_gain_in_auroc_as_often_as_planned() -> None:
    asked = needed(PLAN, "auroc", negatives_per_positive=2.0, level=0.95)
    assert asked.positive is not None
    assert asked.negative is not None
    assert asked.negative == pytest.approx(2 * asked.positive, abs=2)
    random = np.random.default_rng(0)
    n = asked.positive + asked.negative
    reference = np.arange(n) < asked.positive
    shift = np.sqrt(2) * norm.ppf([[0.88], [0.80]])
    shown, studies = 0, 400
    for _ in range(studies):
        shared = random.normal(size=n)
        own = random.normal(size=(2, n))
        score = np.sqrt(PLAN.correlation) * shared + np.sqrt(1 - PLAN.correlation) * own
        area, covariance = auroc_covariance(score + shift * reference, reference, np.arange(n))
        shown += paired_auroc(area, covariance, 0.95, clustered=False).low > 0
    assert 0.75 <= shown / studies <= 0.92  # the formula is on the safe side


@pytest.mark.parametrize("measure", ["sensitivity", "specificity"])
def test_as_many_as_are_needed_show_the_gain_in_a_rate(measure: str) -> None:
    asked = needed(PLAN, measure, negatives_per_positive=3.0, level=0.95)
    n = asked.positive if measure == "sensitivity" else asked.negative
    assert n is not None
    assert asked == (Needed(n, None) if measure == "sensitivity" else Needed(None, n))
    random = np.random.default_rng(1)
    right = random.random((2, 1000, n)) < np.array([0.88, 0.80])[:, None, None]
    gained, lost = (right[0] & ~right[1]).sum(axis=1), (right[1] & ~right[0]).sum(axis=1)
    p = [mcnemar_midp(int(a), int(b)) for a, b in zip(gained, lost, strict=True)]
    assert 0.76 <= np.mean([each < 0.05 for each in p]) <= 0.84


def test_models_that_err_alike_need_fewer_patients() -> None:
    alike = PLAN.model_copy(update={"discordant": 0.10, "correlation": 0.8})
    for measure in ("auroc", "sensitivity"):
        few, many = (
            needed(plan, measure, negatives_per_positive=1.0, level=0.95).positive or 0
            for plan in (alike, PLAN)
        )
        assert 0 < few < many


def test_how_well_a_rate_will_be_known_is_wilsons_width() -> None:
    for target, positive, negative in (
        (OperatingPoint(sensitivity=0.9), 50, 400),
        (OperatingPoint(specificity=0.9), 400, 50),
    ):
        low, high = proportion_confint(45, 50, method="wilson")
        found = half_width(target, positive, negative, 0.95)
        assert found == pytest.approx((high - low) / 2, abs=1e-12)
    assert math.isnan(half_width(OperatingPoint(sensitivity=0.9), 0, 10, 0.95))


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ({"gain": 0.3, "generic": 0.8}, "no measure below 1"),
        ({"gain": 0.1, "discordant": 0.05}, "it must be at least the gain"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(plan: dict[str, float], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Planned.model_validate(plan)


def test_the_result_says_what_was_planned_and_how_many_were_judged() -> None:
    table = simulate(strength={"fine_tuned": 2.0, "shipped:x": 1.0})
    result = evaluate(table, Evaluation(resamples=200, planned=PLAN))
    plan = result.settings["planned"]
    judged = table[(table["split"] == "test") & (table["model"] == "fine_tuned")]
    positive = judged.loc[judged["reference"] == 1, "group_id"].nunique()
    negative = judged.loc[judged["reference"] == 0, "group_id"].nunique()
    assert plan["judged"] == {"positive": positive, "negative": negative}
    asked = needed(PLAN, "auroc", negatives_per_positive=negative / positive, level=0.95)
    assert plan["needed"] == {"positive": asked.positive, "negative": asked.negative}
    other = Evaluation(resamples=200, planned=PLAN, primary=Primary(measure="accuracy"))
    assert evaluate(table, other).settings["planned"] is None
    assert evaluate(table, Evaluation(resamples=200)).settings["planned"] is None
