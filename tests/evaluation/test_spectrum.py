"""Prevalence by split: Wilson's interval of studies, by patient where these have several."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from medtune.evaluation.intervals import proportion
from medtune.evaluation.spectrum import labels_of_cases, labels_of_predictions, prevalence_rows


def cases(
    positive: dict[str, int], studies: dict[str, int], per_patient: int = 1, films: int = 1
) -> pd.DataFrame:
    parts = []
    for split, n in studies.items():
        study = np.repeat(np.arange(n), films)
        parts.append(
            pd.DataFrame(
                {
                    "case_id": [f"{split}-{s}-{f}" for f, s in enumerate(study)],
                    "group_id": [f"{split}-P{s // per_patient}" for s in study],
                    "study_id": [f"{split}-{s}" for s in study],
                    "split": split,
                    "opacity": (study < positive[split]).astype(float),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def found(table: pd.DataFrame, **more: object) -> pd.DataFrame:
    labels = labels_of_cases(table, ["opacity"])
    settings = {"level": 0.95, "min_cell": 10} | more
    return pd.DataFrame(prevalence_rows(labels, **settings)).set_index("split")  # type: ignore[arg-type]


POSITIVE = {"train": 60, "tune": 12, "calibration": 9, "test": 4}
STUDIES = {"train": 200, "tune": 40, "calibration": 50, "test": 80}


def test_each_split_has_wilsons_interval() -> None:
    table = found(cases(POSITIVE, STUDIES))
    assert list(table.index) == list(STUDIES)
    for split in ("train", "tune", "test"):
        row = table.loc[split]
        assert (row["positive"], row["studies"]) == (POSITIVE[split], STUDIES[split])
        assert row["value"] == POSITIVE[split] / STUDIES[split]
        expected = proportion_confint(POSITIVE[split], STUDIES[split], method="wilson")
        assert (row["low"], row["high"]) == pytest.approx(expected, abs=1e-12)
        assert row["method"] == "Wilson"
    exact = found(cases(POSITIVE, STUDIES), exact=True).loc["train"]
    expected = proportion_confint(60, 200, method="beta")
    assert (exact["low"], exact["high"]) == pytest.approx(expected, abs=1e-12)


def test_a_small_side_is_not_shown_but_of_the_test() -> None:
    table = found(cases(POSITIVE, STUDIES))
    hidden = table.loc["calibration"]
    assert hidden["reason"] == "not shown: fewer than 10 patients"
    assert hidden[["studies", "patients", "positive", "value", "low", "high"]].isna().all()
    assert table.loc["test", "reason"] == ""
    nearly_all = found(cases({**POSITIVE, "tune": 31}, STUDIES)).loc["tune"]
    assert nearly_all["reason"] == "not shown: fewer than 10 patients"
    none = found(cases({**POSITIVE, "tune": 0}, STUDIES)).loc["tune"]
    assert (none["value"], none["low"], none["reason"]) == (0, 0, "")


def test_a_study_counts_once_and_unknown_labels_do_not() -> None:
    table = cases(POSITIVE, STUDIES)
    several = cases(POSITIVE, STUDIES, films=3)
    pd.testing.assert_frame_equal(found(several), found(table))
    unknown = table.copy()
    unknown.loc[unknown["study_id"].isin(["train-0", "train-199"]), "opacity"] = np.nan
    row = found(unknown).loc["train"]
    assert (row["positive"], row["studies"], row["patients"]) == (59, 198, 198)
    empty = table[table["split"] != "tune"]
    blank = table[table["split"] == "tune"].assign(opacity=np.nan)
    row = found(pd.concat([empty, blank])).loc["tune"]
    assert row["reason"] == "there is no case in the denominator"


def test_with_several_studies_a_patient_the_interval_is_by_patient() -> None:
    table = cases(POSITIVE, STUDIES, per_patient=2)
    row = found(table).loc["train"]
    train = table[table["split"] == "train"]
    group = np.unique(train["group_id"], return_inverse=True)[1]
    expected = proportion(train["opacity"].to_numpy() == 1, group, 0.95, clustered=True)
    assert row["method"] == "GEE, by patient"
    assert (row["low"], row["high"]) == (expected.low, expected.high)
    assert row["patients"] == 100


def test_predictions_say_the_same_as_cases() -> None:
    table = cases(POSITIVE, STUDIES)
    predictions = table.rename(columns={"opacity": "reference"}).assign(target="opacity")
    settings = {"level": 0.95, "min_cell": 10}
    for rows in (predictions, predictions.drop(columns="study_id")):
        told = prevalence_rows(labels_of_predictions(rows, ["opacity"]), **settings)
        pd.testing.assert_frame_equal(pd.DataFrame(told).set_index("split"), found(table))
