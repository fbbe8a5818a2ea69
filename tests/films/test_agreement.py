from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest

from medtune.films.agreement import agreement, kappa_of

VALUE = {"1": 1.0, "0": 0.0, "-": -1.0, " ": float("nan")}


def table(words: str, name: str = "effusion") -> pd.DataFrame:
    studies = [f"s{i:04d}" for i in range(len(words))]
    return pd.DataFrame({name: [VALUE[w] for w in words]}, index=studies)


def own_patients(first: pd.DataFrame) -> pd.Series:
    return pd.Series([f"p{i}" for i in range(len(first))], index=first.index)


def of_counts(both: int, only_first: int, only_second: int, neither: int):
    first = table("1" * (both + only_first) + "0" * (only_second + neither))
    second = table("1" * both + "0" * only_first + "1" * only_second + "0" * neither)
    return agreement(first, second, own_patients(first))[0]


# Viera & Garrett 2005, Fam Med 37:360, table 2 (100 physical examinations): kappa 0.57;
# the second: observed .7, by chance .5.
@pytest.mark.parametrize(
    ("counts", "kappa", "observed"),
    [((15, 5, 10, 70), 0.2 / 0.35, 0.85), ((20, 5, 10, 15), 0.4, 0.7)],
)
def test_kappa_is_that_of_the_books(counts, kappa, observed):
    found = of_counts(*counts)
    assert found.kappa.value == pytest.approx(kappa, abs=1e-12)
    assert found.agreement.value == pytest.approx(observed)
    assert (found.both_present, found.only_first, found.only_second, found.both_absent) == counts
    assert found.prevalence_first.value == (counts[0] + counts[1]) / sum(counts)
    assert found.positive_agreement.value == 2 * counts[0] / (2 * counts[0] + sum(counts[1:3]))
    assert found.negative_agreement.value == 2 * counts[3] / (2 * counts[3] + sum(counts[1:3]))


def test_its_interval_is_that_of_fleiss_cohen_and_everitt():
    """Their variance, written out for a 2 x 2 table (Psychol Bull 1969, 72:323, formula 13)."""
    p = np.array([[20, 5], [10, 15]]) / 50
    row, column = p.sum(1), p.sum(0)
    chance = row @ column
    kappa = (np.trace(p) - chance) / (1 - chance)
    a = sum(p[i, i] * (1 - (row[i] + column[i]) * (1 - kappa)) ** 2 for i in range(2))
    b = (1 - kappa) ** 2 * sum(
        p[i, j] * (column[i] + row[j]) ** 2 for i in range(2) for j in range(2) if i != j
    )
    c = (kappa - chance * (1 - kappa)) ** 2
    se = math.sqrt((a + b - c) / 50) / (1 - chance)
    found = of_counts(20, 5, 10, 15).kappa
    assert (found.low, found.high) == pytest.approx(
        (kappa - 1.959964 * se, kappa + 1.959964 * se), abs=1e-6
    )
    assert found.method == "Fleiss, Cohen & Everitt"


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        ((0, 0, 0, 40), "the first calls every study absent"),
        ((40, 0, 0, 0), "the first calls every study present"),
        ((0, 0, 5, 40), "the first calls every study absent"),
        ((10, 5, 0, 0), "the first calls every study present"),
        ((2, 1, 1, 2), "only 6 studies are present or absent to both; at least 10 are needed"),
        ((0, 0, 0, 0), "only 0 studies"),
    ],
)
def test_where_there_is_no_kappa_there_is_a_reason(counts, reason):
    found = of_counts(*counts)
    assert np.isnan(found.kappa.value)
    assert found.kappa.reason.startswith(reason)
    assert "cannot be estimated" in found.line()
    json.dumps(found.as_dict(), allow_nan=False)


def test_agreement_about_nothing_is_not_perfect_agreement():
    found = of_counts(0, 0, 0, 40)
    assert found.kappa.value != 1
    assert found.positive_agreement.reason == "neither calls any study present"
    assert found.negative_agreement.value == 1
    assert found.agreement.value == 1
    assert found.agreement.low < 0.95


def test_perfect_agreement_of_few_has_a_wide_interval():
    few, many = of_counts(5, 0, 0, 15).kappa, of_counts(100, 0, 0, 300).kappa
    assert few.value == many.value == 1
    assert few.low < 0.6 < 0.96 < many.low < 1
    assert of_counts(1, 0, 0, 49).kappa.low < 0


def test_uncertain_and_unknown_are_left_out_and_counted():
    first = table("1010101010-  1-")
    second = table("101010101011-- ")
    found = agreement(first, second, own_patients(first))[0]
    assert (found.studies, found.uncertain, found.unknown) == (10, 4, 1)
    assert "left out: 4 uncertain, 1 without a value" in found.line()


def test_patients_with_several_studies_are_the_unit():
    rng = np.random.default_rng(0)
    one = rng.random(60) < 0.4
    two = np.where(rng.random(60) < 0.15, ~one, one)
    words = ["".join("01"[int(v)] for v in values) for values in (one, two)]
    alone = agreement(table(words[0]), table(words[1]), own_patients(table(words[0])))[0]
    tripled = [word * 3 for word in words]
    patients = pd.Series([f"p{i % 60}" for i in range(180)], index=table(tripled[0]).index)
    clustered = agreement(table(tripled[0]), table(tripled[1]), patients)[0]
    assert clustered.kappa.value == pytest.approx(alone.kappa.value)
    assert (clustered.studies, clustered.patients) == (180, 60)
    assert clustered.kappa.method == "bootstrap by patient (percentile)"
    assert clustered.agreement.method == "GEE, by patient"
    width = clustered.kappa.high - clustered.kappa.low
    assert width == pytest.approx(alone.kappa.high - alone.kappa.low, rel=0.2)


def test_the_order_of_the_studies_does_not_matter():
    rng = np.random.default_rng(1)
    words = ["".join(rng.choice(list("10- "), 90)) for _ in range(2)]
    first, second = (table(w) for w in words)
    patients = pd.Series([f"p{i % 50}" for i in range(90)], index=first.index)
    shuffled = agreement(first.sample(frac=1, random_state=1), second, patients[::-1])
    assert shuffled == agreement(first, second, patients)


def test_findings_and_studies_that_one_source_lacks_are_left_aside():
    first = table("1010101010").assign(nodule=1.0)
    found = agreement(first, table("10101010"), own_patients(first))
    assert [each.finding for each in found] == ["effusion"]
    assert found[0].studies == 8


def test_several_tables_at_once():
    counts = np.array([[15, 5, 10, 70], [40, 0, 0, 0]]).T.astype(float)
    found = kappa_of(counts)
    assert found[0] == pytest.approx(0.2 / 0.35)
    assert np.isnan(found[1])
