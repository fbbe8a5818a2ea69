from __future__ import annotations

import pandas as pd
import pytest

from medtune.errors import DataError
from medtune.tables.results import MEASURE_COLUMNS, declare_measures


def row(**changes: object) -> pd.DataFrame:
    return pd.DataFrame([{**dict.fromkeys(MEASURE_COLUMNS), "measure": "auroc", **changes}])


def test_measures_and_rules_are_of_the_closed_lists():
    assert list(declare_measures(row(rule="site"))) == list(MEASURE_COLUMNS)
    with pytest.raises(DataError, match="unknown measure: auc"):
        declare_measures(row(measure="auc", rule="site"))
    with pytest.raises(DataError, match="unknown rule: local"):
        declare_measures(row(rule="local"))
    with pytest.raises(DataError, match="no column reason"):
        declare_measures(row(rule="").drop(columns="reason"))
