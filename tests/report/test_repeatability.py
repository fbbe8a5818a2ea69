"""Test films read again, and prevalence by split, as they are printed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from medtune.evaluation import result_as_json
from medtune.evaluation.repeatability import Counted, Repeated, Same
from medtune.evaluation.result_json import result_schema
from medtune.report.cells import Cells
from medtune.report.languages import words_of
from medtune.report.model_card import model_card
from medtune.report.repeatability import _difference, again
from medtune.report.spectrum import prevalence
from medtune.report.words import ENGLISH, Words
from medtune.tables.results import Result

from .conftest import ENVIRONMENT, RUN
from .page import Page
from .test_render import html

GERMAN = words_of("de")
PREVALENCE: list[dict[str, Any]] = [
    {"split": "train", "finding": "opacity", "studies": 200, "patients": 200, "positive": 60,
     "value": 0.3, "low": 0.2408, "high": 0.3667, "method": "Wilson", "reason": ""},
    {"split": "calibration", "finding": "opacity", "studies": None, "patients": None,
     "positive": None, "value": float("nan"), "low": float("nan"), "high": float("nan"),
     "method": "", "reason": "not shown: fewer than 10 patients"},
]  # fmt: skip


def told(result: Result, repeated: Repeated) -> Result:
    settings = result.settings | {"read_again": repeated.as_dict(), "prevalence": PREVALENCE}
    warnings = [*result.warnings, *repeated.warnings()]
    return replace(result, settings=settings, warnings=warnings)


SAME = Repeated(Counted(20, 20, 0, 0, 0), [Same("opacity", 3e-8, 20, 0)])
OTHERWISE = Repeated(Counted(17, 19, 1, 2, 3), [Same("opacity", 0.0125, 17, 4)])


def test_nothing_changed_is_said_in_both_languages(gain: Result) -> None:
    page = Page(html(told(gain, SAME)))
    assert "20 films of 20 test cases were read and scored again." in page.text
    assert page.table(ENGLISH.again_caption)[1] == ["Opacity", "< 0.000001", "0 of 20"]
    page = Page(html(told(gain, SAME), words=GERMAN))
    assert "20 Aufnahmen von 20 Testfällen wurden noch einmal gelesen und bewertet." in page.text
    assert page.table(GERMAN.again_caption)[1][1:] == ["< 0,000001", "0 von 20"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (ENGLISH, ["1 cases have a file that cannot be opened", "2 cases can no longer",
                   "3 films do not give", "opacity: 4 of 17 calls changed when",
                   "3 of 19 test films that were read again no longer give", "2 test cases that"]),
        (GERMAN, ["1 Fällen lässt sich eine Datei nicht", "2 Fälle lassen sich nicht mehr",
                  "3 Aufnahmen ergeben nicht das Bild", "4 von 17 Entscheidungen änderten sich",
                  "3 von 19 Testaufnahmen, die noch einmal", "2 Testfälle, die bewertet"]),
    ],
    ids=["en", "de"],
)  # fmt: skip
def test_what_changed_is_said_and_warned_of(gain: Result, words: Words, said: list[str]) -> None:
    page = Page(html(told(gain, OTHERWISE), words=words))
    for text in said:
        assert text in page.text, text
    assert page.table(words.again_caption)[1][1] == ("0.012500" if words is ENGLISH else "0,012500")


def test_amounts_have_their_unit_and_no_calls(gain: Result) -> None:
    told_of = told(gain, Repeated(SAME.counted, [Same("width", 0.5, None, None)]))
    width = {"width": {"kind": "continuous", "classes": [], "unit": "mm"}}
    cells = Cells(replace(told_of, settings=told_of.settings | {"targets": width}))
    found = again(told_of, cells, ENGLISH)
    assert found is not None
    assert found.table is not None
    assert found.table.rows[0].cells == ["0.500000\u00a0mm", ENGLISH.again_no_calls]
    assert _difference(0.0) == "0"


def test_where_every_file_is_away_there_is_no_table(gain: Result) -> None:
    away = told(gain, Repeated(Counted(0, 0, 20, 0, 0), [Same("opacity", float("nan"), 0, 0)]))
    found = again(away, Cells(away), ENGLISH)
    assert found is not None
    assert found.says[1] == "20 cases have a file that cannot be opened any more."
    assert found.table is None


def test_a_report_of_none_says_nothing(gain: Result) -> None:
    assert again(gain, Cells(gain), ENGLISH) is None
    assert prevalence(gain, "95 %", ENGLISH) is None


def test_prevalence_has_a_column_a_split(gain: Result) -> None:
    table = prevalence(told(gain, SAME), "95 %", ENGLISH)
    assert table is not None
    assert table.columns == ["", "Train", "Calibration"]
    rows = Page(html(told(gain, SAME))).table("Share of the labelled studies")
    shown = "30.0 % (24.1 to 36.7 %); 60 of 200"
    assert rows[1] == ["Opacity", shown, "not shown: fewer than 10 patients"]
    german = prevalence(told(gain, SAME), "95 %", GERMAN)
    assert german is not None
    assert german.rows[0].cells[1] == "nicht gezeigt: weniger als 10 Patienten"
    assert german.caption.startswith("Anteil der Untersuchungen mit Label")
    card = model_card(told(gain, SAME), title="x", run=RUN, environment=ENVIRONMENT, words=ENGLISH)
    assert shown in card.replace("\u00a0", " ")
    assert "20 films of 20 test cases were read and scored again." in card


def test_the_result_keeps_its_schema(gain: Result) -> None:
    validator = jsonschema.Draft202012Validator(result_schema())
    plain = result_as_json(told(gain, OTHERWISE))
    validator.validate(plain)
    plain["settings"]["read_again"]["gone"] = -1
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(plain)
