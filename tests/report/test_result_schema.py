from __future__ import annotations

from dataclasses import replace

import jsonschema
import pytest

from medtune.config import Evaluation, Refer
from medtune.evaluation import evaluate, result_as_json
from medtune.evaluation.result_json import result_schema
from medtune.tables.results import DIFFERENCE_COLUMNS, MEASURE_COLUMNS, MEASURES, RULES, Result

from .conftest import SEALED, SETTINGS, STRENGTH, patients, predictions

VALIDATOR = jsonschema.Draft202012Validator(result_schema())


@pytest.fixture(scope="module")
def result() -> Result:
    table = predictions(STRENGTH, test=120, per_patient=1)
    settings = Evaluation(**SETTINGS, subgroups=["sex", "scanner"], refer=Refer(wrong_present=0.4))
    found = evaluate(table, settings, shipped_thresholds={("shipped:elsewhere", "opacity"): 0.5})
    return replace(
        found, settings=found.settings | {"sealed_test": SEALED, "baseline": patients(table)}
    )


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(result_schema())


def test_a_result_keeps_it(result: Result) -> None:
    VALIDATOR.validate(result_as_json(result))


def test_a_result_without_numbers_keeps_it() -> None:
    rare = evaluate(predictions(STRENGTH, prevalence=(0.02,)), Evaluation(**SETTINGS))
    plain = result_as_json(rare)
    assert plain["primary"]["difference"] is None
    VALIDATOR.validate(plain)


def test_its_lists_are_those_of_the_tables() -> None:
    known = result_schema()["$defs"]
    assert known["measure"]["enum"] == list(MEASURES)
    assert known["rule"]["enum"] == list(RULES)
    assert set(known["measure_row"]["properties"]) == set(MEASURE_COLUMNS)
    adjusted = {"p_holm", "p_bh"}
    assert set(known["difference_row"]["properties"]) == set(DIFFERENCE_COLUMNS) | adjusted


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        (("verdict",), "better"),
        (("primary", "difference"), "0.1"),
        (("measures", 0, "measure"), "auc"),
        (("measures", 0, "value"), None),
        (("differences", 0, "reason"), "no variance"),
        (("settings", "pool"), "median"),
        (("schema_version",), 2),
    ],
)
def test_what_breaks_it_is_found(
    result: Result, path: tuple[str | int, ...], wrong: object
) -> None:
    plain = result_as_json(result)
    place = plain
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = wrong
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(plain)
