"""Scores of the same cases, twice: what changed, and what a reader is told."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from medtune.config.targets import Target
from medtune.evaluation.repeatability import Counted, Repeated, Same, same_again

ALL_THERE = Counted(cases=3, films=3, gone=0, refused=0, pictures=0)


def rows(target: str, scores: list[list[float]], classes: tuple[str, ...] = ("",)) -> pd.DataFrame:
    parts = [
        pd.DataFrame({"case_id": ["a", "b", "c"], "target": target, "class": name, "score": column})
        for name, column in zip(classes, np.transpose(scores), strict=True)
    ]
    return pd.concat(parts, ignore_index=True)


def test_equal_scores_are_the_same_whatever_their_order() -> None:
    first = rows("opacity", [[0.2], [0.5], [0.9]])
    (found,) = same_again(first, first.iloc[::-1], ["opacity"], {}, {"opacity": 0.5})
    assert found == Same("opacity", 0.0, 3, 0)
    assert Repeated(ALL_THERE, [found]).warnings() == []


def test_a_call_changes_where_a_score_crosses_the_threshold() -> None:
    first = rows("opacity", [[0.2], [0.5], [0.9]])
    again = rows("opacity", [[0.2], [0.4375], [0.625]])
    (found,) = same_again(first, again, ["opacity"], {}, {"opacity": 0.5})
    assert found == Same("opacity", 0.275, 3, 1)
    (warning,) = Repeated(ALL_THERE, [found]).warnings()
    assert warning.startswith("opacity: 1 of 3 calls changed when test films were read again")
    (without,) = same_again(first, again, ["opacity"], {}, {})
    assert (without.calls, without.changed) == (None, None)
    assert Repeated(ALL_THERE, [without]).warnings() == []


@pytest.mark.parametrize(("kind", "changed"), [("multiclass", 1), ("ordinal", 2)])
def test_of_classes_the_call_is_the_class_that_is_said(kind: str, changed: int) -> None:
    grades = ("none", "one", "two")
    first = rows("grade", [[0.6, 0.3, 0.1], [0.4, 0.3, 0.3], [0.2, 0.2, 0.6]], grades)
    again = rows("grade", [[0.3, 0.6, 0.1], [0.6, 0.2, 0.2], [0.1, 0.3, 0.6]], grades)
    target = Target(kind=kind, classes=list(grades))  # type: ignore[arg-type]
    (found,) = same_again(first, again, ["grade"], {"grade": target}, {})
    assert (found.calls, found.changed) == (3, changed)
    assert found.difference == pytest.approx(0.3)


def test_amounts_have_a_difference_and_no_calls() -> None:
    target = Target(kind="continuous", unit="mm", range=[0, 100])
    first, again = rows("width", [[40.0], [55], [70]]), rows("width", [[40.0], [55.5], [69]])
    (found,) = same_again(first, again, ["width"], {"width": target}, {})
    assert found == Same("width", 1.0, None, None)


def test_nothing_scored_again_is_no_number() -> None:
    first = rows("opacity", [[0.2], [0.5], [0.9]])
    (found,) = same_again(first, first.iloc[:0], ["opacity"], {}, {"opacity": 0.5})
    assert math.isnan(found.difference)
    assert (found.calls, found.changed) == (0, 0)


def test_films_that_changed_are_told() -> None:
    said = Repeated(Counted(18, 20, 1, 1, 3), [Same("opacity", 0.0, 18, 0)]).warnings()
    assert [text.split(" ", 1)[0] for text in said] == ["3", "1"]
    assert "3 of 20 test films that were read again no longer give the picture" in said[0]
    assert "can no longer be decoded" in said[1]
