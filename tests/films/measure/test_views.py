"""No free text of a header becomes the name of a view."""

from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from medtune.films.measure.views import is_numbered, is_term, views_told


def test_terms_stay_and_other_texts_are_numbered_by_how_many_films_they_have():
    views = ["PA", "ROOM 4", None, "DR MEIER", "DR MEIER", "RLD", "PA"]
    assert views_told(pd.Series(views, dtype="string")).tolist() == [
        *("PA", "another view 2", "view not stated", "another view 1", "another view 1", "RLD"),
        "PA",
    ]


@given(st.lists(st.none() | st.text(min_size=1, max_size=12) | st.sampled_from(["PA", "LLD"])))
def test_only_terms_and_numbers_are_told(views: list[str | None]):
    stated = pd.Series(views, dtype="string")
    told = views_told(stated)
    assert all(is_term(view) or is_numbered(view) for view in told)
    apart = stated.fillna("view not stated").nunique()
    assert told.nunique() == apart  # different views stay different
