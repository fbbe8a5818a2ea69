"""A result from marks: what is a ratio per case is judged by the same road as all else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from medtune.config.text_evaluation import ChatEvaluation
from medtune.errors import DataError
from medtune.evaluation.evaluate_marks import evaluate_marks
from medtune.tables.results import Result
from tests.evaluation.test_marks import table

DRAW = np.random.default_rng(1)
SIZES = DRAW.integers(50, 500, 120).astype(float)
GROUPS = np.array([f"g{i // 3}" for i in range(120)])


def judged(own: float, scratch: float = 3.0, **settings: object) -> Result:
    """The untouched model needs 3 bits a byte, the others what is said, with noise."""
    noise = DRAW.normal(0, 0.3, 120)
    marks = table(
        {
            "fine_tuned": (own + noise) * SIZES,
            "untouched": (3 + DRAW.normal(0, 0.3, 120)) * SIZES,
            "from_scratch": (scratch + DRAW.normal(0, 0.3, 120)) * SIZES,
        },
        SIZES,
        GROUPS,
    )
    said = ChatEvaluation.model_validate({"resamples": 400, **settings})
    return evaluate_marks(marks, said, target="answer")


@pytest.mark.parametrize(
    ("own", "verdict"), [(2.0, "gain"), (3.0, "no_gain_shown"), (3.8, "worse")]
)
def test_lower_is_better(own, verdict):
    found = judged(own)
    assert found.verdict == verdict
    assert found.primary["difference"] == pytest.approx(own - 3, abs=0.1)
    assert found.primary["low"] < found.primary["difference"] < found.primary["high"]
    assert (found.primary["n_cases"], found.primary["n_groups"]) == (120, 40)
    assert found.primary["n_positive"] is None
    assert found.control_passed is (verdict == "gain")


def test_a_gain_that_the_untaught_network_has_too_says_so():
    found = judged(2.0, scratch=1.5)
    assert (found.verdict, found.control_passed) == ("gain", False)
    assert "not better than the same network trained from scratch" in found.answer
    assert "this set cannot show that what its weights knew beforehand helps" in found.answer


def test_the_declared_comparison_and_margin_count():
    reason = {"reason": "half a bit matters"}
    found = judged(2.8, primary={"margin": 0.5, **reason})
    assert found.verdict == "no_gain_shown"
    found = judged(2.0, scratch=4, primary={"compared_with": "from_scratch", "margin": 1, **reason})
    assert found.primary["compared_with"] == "from_scratch"
    assert found.primary["difference"] == pytest.approx(-2, abs=0.1)
    assert found.verdict == "gain"


def test_other_targets_are_judged_apart():
    draw = np.random.default_rng(2)
    sizes = np.full(20, 100.0)
    generic = table(
        {"fine_tuned": 200 + draw.random(20), "untouched": 180 + draw.random(20)},
        sizes,
        np.array([f"d{i}" for i in range(20)]),
    ).assign(target="generic text")
    answers = table(
        {"fine_tuned": 2 * SIZES + DRAW.normal(0, 9, 120), "untouched": 3 * SIZES}, SIZES, GROUPS
    )
    settings = ChatEvaluation(compare_with=["untouched"], resamples=400)
    found = evaluate_marks(pd.concat([answers, generic]), settings, target="answer")
    (row,) = found.differences[found.differences["target"] == "generic text"].to_dict("records")
    assert row["difference"] == pytest.approx(0.2, abs=0.02)
    assert row["low"] > 0
    assert row["n_groups"] == 20
    assert found.verdict == "gain", "the verdict is about the answers"
    assert found.control_passed is None
    steps = found.flow.set_index("step")["studies"]
    assert (steps["in the split"], steps["judged"]) == (120, 120)


def test_a_case_that_a_model_lacks_is_counted():
    marks = table({"fine_tuned": 2 * SIZES, "untouched": 3 * SIZES}, SIZES, GROUPS)
    short = marks.drop(index=marks.index[-3:])
    settings = ChatEvaluation(compare_with=["untouched"], resamples=200)
    steps = evaluate_marks(short, settings, target="answer").flow.set_index("step")["studies"]
    assert steps["not scored by every model"] == 3
    assert steps["judged"] == 117


def test_without_the_other_model_there_is_nothing_to_judge():
    marks = table({"fine_tuned": 2 * SIZES}, SIZES, GROUPS)
    with pytest.raises(DataError, match="no model to compare"):
        evaluate_marks(marks, ChatEvaluation(), target="answer")
