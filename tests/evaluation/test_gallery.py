from __future__ import annotations

import pandas as pd

from medtune.evaluation.gallery import GROUPS, chosen

from .conftest import Simulate


def test_the_worst_come_first_and_a_patient_once(predictions: Simulate) -> None:
    table = predictions(per_patient=3)
    found = chosen(table, "opacity", 0.5, each=3)
    own = table[(table["model"] == "fine_tuned") & (table["split"] == "test")]
    own = own.set_index("case_id")
    assert list(dict.fromkeys(found["group"])) == list(GROUPS)
    for name, rows in found.groupby("group"):
        cases = own.loc[rows["case_id"]]
        assert cases["group_id"].is_unique
        assert len(rows) <= 3
        assert ((cases["score"] >= 0.5) == (cases["reference"] == 1)).all() == name.startswith(
            "true"
        )
    missed = own[(own["reference"] == 1) & (own["score"] < 0.5)]
    assert found.iloc[0]["case_id"] == missed["score"].idxmin()
    alarms = own[(own["reference"] == 0) & (own["score"] >= 0.5)]
    first = found[found["group"] == "false positive"].iloc[0]
    assert first["case_id"] == alarms["score"].idxmax()


def test_the_draw_hangs_on_the_seed_and_not_on_the_order(predictions: Simulate) -> None:
    table = predictions()
    found = chosen(table, "opacity", 0.5)
    mixed = table.sample(frac=1, random_state=3, ignore_index=True)
    pd.testing.assert_frame_equal(found, chosen(mixed, "opacity", 0.5))
    another = chosen(table, "opacity", 0.5, seed=1)
    assert found["case_id"].tolist()[:8] == another["case_id"].tolist()[:8]
    assert set(found["case_id"]) != set(another["case_id"])
