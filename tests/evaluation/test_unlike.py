"""The flag of films unlike a site's: who has one, in what, how the model does on them."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from medtune.config import Evaluation
from medtune.evaluation import evaluate
from medtune.evaluation.unlike import COLUMN, LIKE, UNREAD, against_report, counted

from .test_referral import predictions


def held(unread: int = 0) -> pd.DataFrame:
    """The films of scanner a are unlike in greys, three of another in view; some cannot be read."""
    table = predictions()
    of_a = table["scanner"] == "a"
    cases = table.loc[(table["split"] == "test") & ~of_a, "case_id"].unique()
    words = pd.Series(LIKE, index=table["case_id"].unique(), dtype=object)
    words[table.loc[of_a, "case_id"].unique()] = "greys"
    words[cases[:3]] = "view"
    words[cases[3 : 3 + unread]] = UNREAD
    return table.assign(
        **{COLUMN: table["case_id"].map(words).where(table["split"] == "test").astype(object)}
    )


def test_who_is_unlike_and_how_the_model_does_on_them() -> None:
    table = held()
    test = table[(table["split"] == "test") & (table["model"] == "fine_tuned")]
    patients = test.drop_duplicates("group_id")
    of_a = int((patients["scanner"] == "a").sum())
    result = evaluate(table, Evaluation(resamples=200, subgroups=["sex"]))
    told = result.settings[COLUMN]
    assert told["patients"] == len(patients)
    assert told["flagged"] == of_a + 3
    assert told["unread"] == 0
    assert told["reasons"] == {"greys": None, "view": None}  # one would give away the other
    rows = result.measures[result.measures["model"] == "fine_tuned"]
    rows = rows.set_index(["measure", "subgroup"])["value"]
    share = rows.loc[("unlike_site", "all")]
    assert share == pytest.approx((of_a + 3) / len(patients))
    alone = evaluate(
        table[(table["split"] != "test") | (table["scanner"] == "a")
              | (table[COLUMN] == "view")], Evaluation(resamples=200),
    ).measures  # fmt: skip
    own = alone[(alone["measure"] == "auroc") & (alone["model"] == "fine_tuned")]
    assert rows.loc[("auroc", "unlike_site=yes")] == pytest.approx(
        own.loc[own["subgroup"] == "all", "value"].iloc[0]
    )


def test_films_that_could_not_be_measured_are_counted_and_neither() -> None:
    result = evaluate(held(unread=20), Evaluation(resamples=200))
    told = result.settings[COLUMN]
    whole = evaluate(held(), Evaluation(resamples=200)).settings[COLUMN]
    assert (told["unread"], told["patients"]) == (20, whole["patients"] - 20)
    assert told["flagged"] == whole["flagged"]
    rows = result.measures[result.measures["measure"] == "unlike_site"]
    (share,) = rows.loc[rows["subgroup"] == "all", "value"]
    assert share == pytest.approx(told["flagged"] / told["patients"])
    nothing = held().assign(**{COLUMN: UNREAD})
    nothing = evaluate(nothing, Evaluation(resamples=200))
    assert nothing.settings[COLUMN]["patients"] == 0
    assert "unlike_site" not in set(nothing.measures["measure"])


def test_without_a_profile_nothing_is_said() -> None:
    plain = evaluate(predictions(), Evaluation(resamples=200))
    assert COLUMN not in plain.settings
    assert "unlike_site" not in set(plain.measures["measure"])


def films(*words: str, each: int = 1) -> pd.DataFrame:
    """A film each, ``each`` of them a patient."""
    return pd.DataFrame({"group_id": np.arange(len(words)) // each, COLUMN: list(words)})


def test_a_patient_counts_once_and_for_the_gravest() -> None:
    found = counted(films("no", "greys", "detail", "view", UNREAD, "no", each=2), 1)
    assert (found.patients, found.flagged) == (3, 2)
    assert found.reasons == {"view": 1, "greys": 1}
    one = counted(films(*["greys"] * 12, *["no"] * 30), 10)
    assert one.reasons == {"greys": 12}
    assert counted(films(*["greys"] * 12, "view", *["no"] * 30), 10).reasons == {
        "view": None, "greys": None,
    }  # fmt: skip


def test_more_than_the_report_had_is_a_reason_to_look() -> None:
    old = films(*["greys"] * 4, *["no"] * 96)
    more = against_report(old, films(*["greys"] * 12, *["no"] * 38), "here", 10)
    tail = sum(math.comb(16, k) * math.comb(134, 50 - k) for k in range(12, 17))
    assert (more.flagged, more.patients, more.old_flagged, more.old_patients) == (12, 50, 4, 100)
    assert more.level == "look_again"
    assert more.p_value == pytest.approx(tail / math.comb(150, 50), rel=1e-9)
    same = against_report(old, films(*["greys"] * 3, *["no"] * 47), "here", 10)
    assert same.level == "steady"
    few = against_report(old, films(*["greys"] * 12), "here", 10)
    assert (few.level, few.flagged) == ("not_judged", 12)
    unknown = against_report(None, films(*["greys"] * 12, *["no"] * 38), "here", 10)
    assert (unknown.level, unknown.old_patients) == ("not_judged", None)
    assert math.isnan(unknown.p_value)
