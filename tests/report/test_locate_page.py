from __future__ import annotations

import math

from medtune.report.locate_page import Overlap, sentences
from medtune.report.locate_words import LOCATE_ENGLISH


def test_films_without_a_map_are_counted_and_no_evidence() -> None:
    says, without, verdict = sentences([0.9, math.nan, 0.8, math.nan, math.nan], None)
    assert "0.85, from 0.80 to 0.90 over 2 films" in says
    assert "speaks for the finding: 3." in without
    assert verdict == LOCATE_ENGLISH.sanity_alike
    assert sentences([0.1, 0.2], None)[1:] == [LOCATE_ENGLISH.sanity_differ]


def test_where_no_film_has_both_maps_there_is_no_verdict() -> None:
    found = sentences([math.nan, math.nan], Overlap(0, 2, 0.0, 0.8, 0.1, 0.0))
    assert found[1] == LOCATE_ENGLISH.sanity_none
    assert not {LOCATE_ENGLISH.sanity_alike, LOCATE_ENGLISH.sanity_differ} & set(found)
    assert "0 of 2 films" in found[2]
