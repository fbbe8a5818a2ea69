"""Adjusted p values against statsmodels, and what has none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from medtune.evaluation.multiplicity import adjusted


@settings(max_examples=10)  # statsmodels collects all garbage in each call
@given(st.lists(st.floats(0, 1) | st.sampled_from([0.01, 0.05, 1.0]), min_size=1, max_size=30))
@pytest.mark.parametrize(("method", "theirs"), [("holm", "holm"), ("bh", "fdr_bh")])
def test_they_are_those_of_statsmodels(method, theirs, p_values) -> None:
    values = np.array(p_values)
    expected = multipletests(values, method=theirs)[1]
    np.testing.assert_allclose(adjusted(values, method), expected, rtol=1e-12, atol=0)


def test_what_has_no_p_value_does_not_count() -> None:
    found = adjusted(np.array([np.nan, 0.02, np.nan, 0.03]), "holm")
    np.testing.assert_allclose(found, [np.nan, 0.04, np.nan, 0.04])
    assert np.isnan(adjusted(np.array([np.nan, np.nan]), "bh")).all()
