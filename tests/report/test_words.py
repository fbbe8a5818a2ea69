import re
from dataclasses import fields
from pathlib import Path

from medtune.evaluation.flow import flow_rows
from medtune.report import words
from medtune.report.flow import OF_SPLIT
from medtune.report.words import ENGLISH, Words
from medtune.tables.results import MEASURES, RULES

ROOM = Path(words.__file__).parent


def test_every_word_is_used_somewhere() -> None:
    files = [*ROOM.glob("*.py"), *ROOM.glob("templates/*.html")]
    code = "\n".join(path.read_text(encoding="utf-8") for path in files)
    used = set(re.findall(r"\b(?:words|self)\.(\w+)", code))
    assert {field.name for field in fields(Words)} <= used


def test_every_measure_rule_and_step_has_a_name() -> None:
    assert set(ENGLISH.measures) == set(MEASURES)
    assert set(ENGLISH.rules) == set(RULES)
    assert set(ENGLISH.flow_judged) == set(OF_SPLIT)
    assert all(f'"{step}"' in Path(flow_rows.__code__.co_filename).read_text() for step in OF_SPLIT)


def test_only_a_shipped_model_is_called_generic() -> None:
    assert ENGLISH.model_name("shipped:vendor <b>") == "Generic model (vendor <b>)"
    assert ENGLISH.model_name("frozen_backbone") == "Local head on generic features"
    assert ENGLISH.model_name("ai_score") == "ai_score"


def test_a_finding_keeps_its_capitals() -> None:
    assert ENGLISH.finding_title("COPD_signs") == "COPD signs"
    assert ENGLISH.finding_title("opacity") == "Opacity"
