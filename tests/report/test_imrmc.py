from __future__ import annotations

import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from medtune.errors import DataError
from medtune.evaluation.imrmc import imrmc

from .conftest import STRENGTH, predictions


def read_back(text: str) -> tuple[dict[str, int], pd.DataFrame]:
    """As RJafroc's and iMRMC's own readers do it."""
    head, _, data = text.partition("BEGIN DATA:\n")
    sizes = {
        name: int(value)
        for line in head.splitlines()
        for name, _, value in [line.partition(":")]
        if name in ("NR", "N0", "N1", "NM")
    }
    rows = [line.split(",") for line in data.splitlines()]
    assert all(len(row) == 4 for row in rows)
    columns = ["reader", "case", "modality", "score"]
    return sizes, pd.DataFrame(rows, columns=columns).astype(
        {"reader": int, "case": int, "modality": int, "score": float}
    )


def test_the_areas_read_back_are_those_of_the_scores() -> None:
    table = predictions(STRENGTH, test=80)
    found = imrmc(table, "opacity")
    sizes, rows = read_back(found.text)
    truth = rows[rows["reader"] == -1].set_index("case")["score"]
    assert sizes == {"NR": 1, "N0": int((truth == 0).sum()), "N1": int(truth.sum()), "NM": 5}
    assert list(found.cases["number"]) == list(truth.index)
    test = table[table["split"] == "test"]
    for place, model in enumerate(sorted(STRENGTH), start=1):
        own = test[test["model"] == model]
        read = rows[(rows["modality"] == place) & (rows["reader"] > 0)].set_index("case")["score"]
        assert roc_auc_score(truth.loc[read.index], read) == roc_auc_score(
            own["reference"], own["score"]
        )


def test_other_seeds_and_named_readers_are_readers() -> None:
    table = predictions({"fine_tuned": 2.0, "fine_tuned:seed=1": 2.0, "thumbnail": 0.1}, test=60)
    sizes, rows = read_back(imrmc(table, "opacity").text)
    assert (sizes["NR"], sizes["NM"]) == (2, 2)
    assert set(rows.loc[rows["modality"] == 2, "reader"]) <= {1, 2}
    named = predictions({"without": 1.0, "with": 2.0}, test=60)
    both = pd.concat([named.assign(reader="R1"), named.assign(reader="R2", score=0.5)])
    sizes, rows = read_back(imrmc(both, "opacity").text)
    assert (sizes["NR"], sizes["NM"]) == (2, 2)
    assert len(rows) == 60 * (1 + 2 * 2)


def test_what_is_unknown_is_left_out_and_one_class_is_refused() -> None:
    table = predictions({"a": 1.0, "b": 1.0}, test=60, unknown=0.3)
    known = table[(table["split"] == "test") & table["reference"].notna()]["case_id"].nunique()
    sizes, _ = read_back(imrmc(table, "opacity").text)
    assert sizes["N0"] + sizes["N1"] == known
    with pytest.raises(DataError, match="needs both"):
        imrmc(table.assign(reference=1.0), "opacity")
