from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from medtune.errors import DataError
from medtune.evaluation.left_out import leave_one_out
from medtune.workflow.compare import Sites

from .conftest import SETTINGS, Simulate

LOGIT = {"low": "next_low", "high": "next_high"}


def sites(predictions: Simulate, strengths: list[float]) -> dict[str, pd.DataFrame]:
    return {
        f"site-{number}": predictions(strength={"left": d}, test=300, seed=number)
        for number, d in enumerate(strengths)
    }


def test_each_site_has_its_own_and_the_mean_lies_between(predictions: Simulate) -> None:
    found = leave_one_out(sites(predictions, [1.0, 2.0, 3.0, 2.0]), SETTINGS)
    assert found.sites["left_out"].tolist() == [f"site-{n}" for n in range(4)]
    together = found.together.iloc[0]
    assert found.sites["value"].min() < together["value"] < found.sites["value"].max()
    assert together["next_low"] < together["low"] < together["high"] < together["next_high"]
    assert together["i_squared"] > 0.5


def test_the_mean_is_dersimonian_and_lairds_by_hand(predictions: Simulate) -> None:
    found = leave_one_out(sites(predictions, [1.0, 2.0, 3.0]), SETTINGS)
    value = found.sites["value"].to_numpy()
    error = (found.sites["high"] - found.sites["low"]).to_numpy() / 2 / 1.959963984540054
    y, v = np.log(value / (1 - value)), (error / value / (1 - value)) ** 2
    w = 1 / v
    q = (w * (y - (w * y).sum() / w.sum()) ** 2).sum()
    tau2 = max(0.0, (q - 2) / (w.sum() - (w**2).sum() / w.sum()))
    w = 1 / (v + tau2)
    mean = (w * y).sum() / w.sum()
    together = found.together.iloc[0]
    assert together["tau"] == pytest.approx(np.sqrt(tau2))
    assert together["value"] == pytest.approx(1 / (1 + np.exp(-mean)))
    assert together["i_squared"] == pytest.approx(max(0.0, (q - 2) / q))


def test_like_sites_promise_a_further_one_much(predictions: Simulate) -> None:
    alike = leave_one_out(sites(predictions, [2.0] * 4), SETTINGS).together.iloc[0]
    apart = leave_one_out(sites(predictions, [0.5, 3.0, 1.0, 2.5]), SETTINGS).together.iloc[0]
    assert alike["next_high"] - alike["next_low"] < apart["next_high"] - apart["next_low"]
    assert apart["tau"] > alike["tau"]


def test_a_site_that_is_not_in_the_mean_is_named(predictions: Simulate) -> None:
    by_site = sites(predictions, [1.0, 2.0, 3.0, 2.0, 2.0])
    by_site["perfect"] = by_site.pop("site-3").assign(score=lambda t: t["reference"])
    by_site["healthy"] = by_site.pop("site-4").assign(reference=0.0)
    found = leave_one_out(by_site, SETTINGS)
    reason = found.sites.set_index("left_out").loc["healthy", "reason"]
    together = found.together.iloc[0]
    assert together["sites"] == 3
    assert together["not_counted"] == (f"perfect: an AUROC of 1 has no logit; healthy: {reason}")
    said = Sites(found).lines()
    assert f"  not in it: {together['not_counted']}" in said
    alone = leave_one_out(sites(predictions, [1.0, 2.0, 3.0]), SETTINGS)
    assert alone.together.iloc[0]["not_counted"] == ""
    assert together["value"] == alone.together.iloc[0]["value"]


def test_too_few_sites_have_a_reason(predictions: Simulate) -> None:
    two = leave_one_out(sites(predictions, [1.0, 2.0]), SETTINGS)
    assert len(two.sites) == 2
    assert two.together.iloc[0]["reason"].startswith("2 sites")
    assert np.isnan(two.together.iloc[0]["value"])
    with pytest.raises(DataError, match="fewer than two"):
        leave_one_out(sites(predictions, [1.0]), SETTINGS)
