from __future__ import annotations

from dataclasses import replace

import pytest

from medtune.config import Evaluation, Primary
from medtune.evaluation import evaluate
from medtune.report.answer import answer_in, question_in
from medtune.report.words import ENGLISH
from medtune.tables.results import Result

from .conftest import SETTINGS, predictions

DECLARED = {"margin": 0.02, "non_inferiority_margin": 0.05, "reason": "agreed"}


@pytest.mark.parametrize("name", ["gain", "no_gain", "findings", "not_estimable"])
def test_english_is_the_judges_own_words(name: str, request: pytest.FixtureRequest) -> None:
    result: Result = request.getfixturevalue(name)
    assert question_in(result, ENGLISH) == result.question
    assert answer_in(result, ENGLISH) == result.answer


@pytest.mark.parametrize(
    "strength",
    [
        {"fine_tuned": 1.0, "shipped:elsewhere": 2.0, "frozen_backbone": 1.0, "thumbnail": 0.1},
        {"fine_tuned": 2.0, "shipped:elsewhere": 0.5, "frozen_backbone": 1.0, "thumbnail": 2.4},
        {"fine_tuned": 1.0, "shipped:elsewhere": 1.0, "frozen_backbone": 1.0, "thumbnail": 2.4},
        {"fine_tuned": 1.0, "shipped:elsewhere": 1.0, "frozen_backbone": 1.0},
    ],
    ids=["worse", "gain below the control", "no gain below the control", "no control"],
)
@pytest.mark.parametrize("primary", [{}, DECLARED], ids=["plain", "margins"])
def test_english_is_the_judges_own_words_in_every_turn(
    strength: dict[str, float], primary: dict[str, object]
) -> None:
    settings = Evaluation(**SETTINGS, primary=Primary(**primary))
    result = evaluate(predictions(strength, test=160), settings)
    assert answer_in(result, ENGLISH) == result.answer
    assert question_in(result, ENGLISH) == result.question


def test_other_products_keep_their_names(gain: Result) -> None:
    named = replace(gain, primary=gain.primary | {"model": "vendor", "compared_with": "other"})
    assert question_in(named, ENGLISH).startswith("Is vendor better than other on")
    assert answer_in(named, ENGLISH).startswith("vendor is better than other (")
