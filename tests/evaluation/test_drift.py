"""Drift: chance alone raises no alarm, films of one patient are one, and what moved is named."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp

from medtune.evaluation import drift
from medtune.evaluation.drift import FEWEST, more_than, shifts


def films(
    patients: int, seed: int, *, move: float = 0.0, second: float = 0.5, each: int = 1
) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    group = np.arange(patients).repeat(each)
    of_patient = random.normal(size=patients).repeat(each)
    return pd.DataFrame(
        {
            "group_id": [f"{seed}-{g}" for g in group],
            "number": of_patient + 0.1 * random.normal(size=group.size) + move,
            "scanner": np.where(random.random(patients) < second, "B", "A").repeat(each),
        }
    )


KINDS = {"number": "number", "scanner": "category"}


def test_a_number_that_moves_and_a_scanner_that_comes_are_named_with_old_and_new():
    number, scanner = shifts(films(400, 0), films(300, 1, move=1.0, second=0.9), KINDS)
    assert (number.level, scanner.level) == ("look_again", "look_again")
    assert number.most == "median"
    assert number.new - number.old == pytest.approx(1.0, abs=0.25)
    assert (scanner.most, scanner.old, scanner.new) in (
        ("A", pytest.approx(0.5, abs=0.07), pytest.approx(0.1, abs=0.07)),
        ("B", pytest.approx(0.5, abs=0.07), pytest.approx(0.9, abs=0.07)),
    )
    assert math.isnan(scanner.ks)


def test_the_statistics_are_those_of_scipy_and_of_the_formula():
    old, new = films(400, 0), films(300, 1, move=0.3)
    number, scanner = shifts(old, new, KINDS)
    exact = ks_2samp(old["number"], new["number"])
    assert number.ks == pytest.approx(exact.statistic, abs=0.01)  # of a hundred bins
    assert number.p_value == pytest.approx(exact.pvalue, abs=0.01)
    p = np.array([((old["scanner"] == c).sum() + 0.5) / 401 for c in "AB"])
    q = np.array([((new["scanner"] == c).sum() + 0.5) / 301 for c in "AB"])
    assert scanner.psi == pytest.approx(((q - p) * np.log(q / p)).sum(), rel=1e-12)


@pytest.mark.slow
def test_chance_alone_gives_even_p_values_whether_films_are_one_or_many_a_patient(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(drift, "DEALS", 199)
    for each in (1, 4):
        p_values = []
        for seed in range(24):
            old = films(80, 2 * seed, each=each)
            p_values.append(shifts(old, films(60, 2 * seed + 1, each=each), KINDS)[0].p_value)
        # 5 of 24 are expected below 0.2; 11 or more would come by chance once in 300
        assert (np.array(p_values) < 0.2).sum() < 11
        assert (np.array(p_values) > 0.5).sum() > 5


def test_copies_of_films_and_the_order_of_rows_change_nothing():
    old, new = films(100, 0), films(80, 1, move=0.4)
    once = shifts(old, new, KINDS)
    copies = pd.concat([new, new, new], ignore_index=True)
    assert shifts(old, copies, {"scanner": "category"})[0].psi == once[1].psi
    assert shifts(old, copies, KINDS)[0].ks == pytest.approx(once[0].ks, abs=0.03)  # other bins
    mixed = shifts(old.sample(frac=1, random_state=0), new, KINDS)
    assert [s.psi for s in mixed] == pytest.approx([s.psi for s in once])


def test_many_quantities_are_judged_together():
    old, new = films(200, 0), films(200, 1)
    random = np.random.default_rng(5)
    names = [f"x{i}" for i in range(20)]
    for table in (old, new):
        table[names] = random.normal(size=(200, 20))
    new["x7"] += 2
    found = {s.quantity: s for s in shifts(old, new, dict.fromkeys(names, "number"))}
    assert [name for name in names if found[name].level != "steady"] == ["x7"]
    assert found["x7"].p_adjusted == pytest.approx(20 * found["x7"].p_value)


def test_few_patients_are_not_judged_and_small_categories_are_one():
    (few,) = shifts(films(100, 0), films(FEWEST - 1, 1), {"number": "number"})
    assert few.level == "not_judged"
    assert few.reason == "29 new patients have it; at least 30 are needed"
    old, new = films(100, 0), films(100, 1)
    new.loc[:3, "scanner"] = ["C", "D", "E", "F"]
    (scanner,) = shifts(old, new, {"scanner": "category"})
    assert scanner.most in ("A", "B", "other")
    old["scanner"], new["scanner"] = "A", "A"
    (same,) = shifts(old, new, {"scanner": "category"})
    assert same.reason == "it has one value only"
    old["number"] = math.nan
    (missing,) = shifts(old, new, {"number": "number"})
    assert missing.reason == "0 test patients have it; at least 30 are needed"


def test_a_value_that_is_not_stated_any_more_is_a_category():
    old, new = films(100, 0), films(100, 1)
    new["scanner"] = None
    (scanner,) = shifts(old, new, {"scanner": "category"})
    assert scanner.level == "look_again"
    assert (scanner.most, scanner.old, scanner.new) == ("not stated", 0.0, 1.0)


def test_more_flagged_than_declared_is_a_binomial_tail():
    assert more_than(0.5, 0, 10) == 1.0
    assert more_than(0.5, 10, 10) == pytest.approx(0.5**10)
    assert more_than(0.05, 5, 100) == pytest.approx(0.564, abs=0.001)
