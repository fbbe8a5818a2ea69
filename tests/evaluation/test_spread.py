"""Several trainings of one run: each seed is judged as if it alone were the fine-tuned model."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from medtune.config import Primary
from medtune.evaluation import evaluate, result_as_json
from medtune.tables.predictions import retrained

from .conftest import GENERIC, SETTINGS, SHIPPED, STRENGTH, Simulate, one, with_

SEEDS = (3, 0, 8)
BOTH = ("opacity", "nodule")


def trained_thrice(simulate: Simulate, **changes: object) -> pd.DataFrame:
    """The third training learnt next to nothing."""
    own = retrained("fine_tuned", 0), retrained("fine_tuned", 8)
    strength = STRENGTH | {own[0]: 2.4, own[1]: 0.9}
    return simulate(strength=strength, **({"test": 160, "calibration": 120} | changes))


def as_if_judged(table: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The same table with another seed's training as the only one."""
    name = retrained("fine_tuned", seed)
    kept = table[~table["model"].str.startswith("fine_tuned") | (table["model"] == name)]
    return kept.assign(model=kept["model"].replace(name, "fine_tuned"))


@pytest.mark.parametrize(
    ("measure", "targets", "per_patient"),
    [
        ("auroc", ("opacity",), 1),
        ("auroc", BOTH, 1),
        ("sensitivity", ("opacity",), 1),
        ("accuracy", ("opacity",), 2),
        ("average_precision", ("opacity",), 1),
        ("specificity", BOTH, 1),
    ],
)
def test_a_seed_is_judged_as_if_it_were_the_only_one(
    predictions: Simulate, measure: str, targets: tuple[str, ...], per_patient: int
) -> None:
    table = trained_thrice(predictions, targets=targets, per_patient=per_patient)
    settings = with_(SETTINGS, primary=Primary(measure=measure))
    result = evaluate(table, settings, shipped_thresholds=SHIPPED, seeds=SEEDS)
    finding = str(result.primary["finding"])
    rule = str(result.primary["rule"])
    assert (finding == "macro") == (len(targets) > 1)
    for seed in SEEDS[1:]:
        alone = evaluate(as_if_judged(table, seed), settings, shipped_thresholds=SHIPPED)
        for more in ({}, {"compared_with": GENERIC}):
            here = one(result, measure, rule, target=finding, subgroup=f"seed={seed}", **more)
            there = one(alone, measure, rule, target=finding, **more)
            pd.testing.assert_series_equal(
                here.drop("subgroup"), there.drop("subgroup"), check_names=False
            )
    assert result.spread is not None
    assert result.spread["verdicts"][0] == result.verdict


def test_the_other_seeds_change_nothing_of_the_verdict(predictions: Simulate) -> None:
    table = trained_thrice(predictions)
    with_seeds = evaluate(table, SETTINGS, shipped_thresholds=SHIPPED, seeds=SEEDS)
    own = table[~table["model"].str.contains("seed=")]
    alone = evaluate(own, SETTINGS, shipped_thresholds=SHIPPED)
    assert alone.spread is None
    for table_of in ("measures", "differences"):
        rows = getattr(with_seeds, table_of)
        rows = rows[~rows["subgroup"].str.startswith("seed")].reset_index(drop=True)
        pd.testing.assert_frame_equal(rows, getattr(alone, table_of))
    assert (with_seeds.answer, with_seeds.primary) == (alone.answer, alone.primary)
    pd.testing.assert_frame_equal(with_seeds.curves, alone.curves)


def test_the_spread_is_of_the_seeds_values(predictions: Simulate) -> None:
    result = evaluate(trained_thrice(predictions), SETTINGS, seeds=SEEDS)
    spread = result_as_json(result)["spread"]
    assert (spread["seeds"], spread["judged"], spread["reason"]) == ([3, 0, 8], 3, "")
    for what, column, more in (
        ("measure", "value", {}),
        ("difference", "difference", {"compared_with": GENERIC}),
    ):
        rows = [one(result, "auroc", subgroup=f"seed={seed}", **more)[column] for seed in SEEDS]
        assert spread[what]["values"] == rows
        assert rows[0] == one(result, "auroc", **more)[column]
        assert spread[what]["standard_deviation"] == pytest.approx(np.std(rows, ddof=1), rel=1e-12)
        assert (spread[what]["min"], spread[what]["max"]) == (min(rows), max(rows))
        over_all = one(result, "auroc", subgroup="seeds", **more)
        assert (over_all["low"], over_all["high"]) == (min(rows), max(rows))
        assert over_all[column] == pytest.approx(np.mean(rows), rel=1e-12)
        assert np.isnan(over_all["level"])  # it is no confidence interval


def test_another_verdict_of_another_seed_is_told(predictions: Simulate) -> None:
    result = evaluate(trained_thrice(predictions), SETTINGS, seeds=SEEDS)
    assert result.spread is not None
    assert result.spread["verdicts"] == ["gain", "gain", "no_gain_shown"]
    (said,) = (w for w in result.warnings if "another seed" in w)
    assert said.startswith("The verdict is about seed 3")
    assert said.endswith("seed 8 (no gain shown).")
    alike = evaluate(trained_thrice(predictions), SETTINGS, seeds=SEEDS[:2])
    assert not [w for w in alike.warnings if "another seed" in w]


def test_what_cannot_be_judged_has_no_spread(predictions: Simulate) -> None:
    result = evaluate(trained_thrice(predictions, prevalence=0.02), SETTINGS, seeds=SEEDS)
    spread = result_as_json(result)["spread"]
    assert spread["verdicts"] == ["not_estimable"] * 3
    assert "at least 10 of each" in spread["reason"]
    assert spread["measure"]["standard_deviation"] is None
    assert spread["difference"]["values"] == [None] * 3
    assert one(result, "auroc", subgroup="seeds")["reason"] == spread["reason"]


def test_a_seed_is_no_model_of_its_own(predictions: Simulate) -> None:
    result = evaluate(trained_thrice(predictions), SETTINGS, seeds=SEEDS)
    assert set(result.measures["model"]) == set(STRENGTH)
