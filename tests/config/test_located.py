from __future__ import annotations

import math
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from medtune.config.located import Dumper, Place, read_located

START = Place(0, 1, "run.yaml", Path("/"))


def read(text: str):
    found = read_located(text, START)
    assert found.problems == []
    return found.values


def problems(text: str) -> list[str]:
    return [str(problem) for problem in read_located(text, START).problems]


# The core schema: https://yaml.org/spec/1.2.2/#1032-tag-resolution
@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1e-4", 1e-4),
        ("1E3", 1000.0),
        (".5", 0.5),
        ("-12", -12),
        ("0o14", 12),
        ("0x1F", 31),
        ("017", 17),
        ("-.inf", -math.inf),
        ("true", True),
        ("False", False),
        ("no", "no"),
        ("on", "on"),
        ("Yes", "Yes"),
        ("2026-01-02", "2026-01-02"),
        ("12:30:45", "12:30:45"),
        ("1_000", "1_000"),
        ("'1'", "1"),
        ("~", None),
        ("null", None),
        ("", None),
        ("tRUE", "tRUE"),
        ("1.2.840", "1.2.840"),
    ],
)
def test_scalars_are_those_of_yaml_1_2(written, meant):
    value = read(f"a: {written}")["a"]
    assert value == meant
    assert type(value) is type(meant)


def test_not_a_number_is_a_number():
    assert math.isnan(read("a: .nan")["a"])


def test_names_of_settings_stay_text():
    assert read("{no: 1, 2: b, true: c}") == {"no": 1, "2": "b", "true": "c"}


def test_every_key_has_its_line():
    found = read_located("a: 1\nb:\n  c: [x,\n      y]\n\n  d: {e: 2}\n", START)
    lines = {setting: place.line for setting, place in found.places.items()}
    assert lines[("a",)] == 1
    assert lines[("b", "c")] == 3
    assert lines[("b", "c", 1)] == 4
    assert lines[("b", "d", "e")] == 6
    assert found.place_of(("b", "nothing", "here")).line == 2


def test_a_key_twice_is_refused_with_both_lines_and_the_first_is_kept():
    found = read_located("t:\n  epochs: 3\n  seed: 1\n  epochs: 4\n", START)
    assert [str(p) for p in found.problems] == [
        "run.yaml, line 4: 't.epochs' is written twice (first on line 2)."
    ]
    assert found.values == {"t": {"epochs": 3, "seed": 1}}


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("a: 1\n\tb: 2\n", 2, "tab"),
        ("a:\n\t- b\n", 2, "tab"),
        ("a: 1\nb 2\nc: 3\n", 2, "': ' is missing"),
        ("a: b: c\n", 1, "':' stands"),
        ("a: 1\nb: 'x\n", 2, "quotation mark"),
        ("a: [1, 2\nb: 3\n", 1, "bracket"),
        ("a:\n  b: 1\n c: 2\n", 3, "indented"),
        ("a: 1\n---\nb: 2\n", 2, "second document"),
        ("a: &x 1\nb: *x\n", 2, "alias"),
        ("a: 1\nb: 2\0\n", 2, "character"),
        ("a: 1\nb: !!python/name:os.system x\n", 2, "tag"),
        ("a: 1\n? [b]\n: 2\n", 2, "must be a word"),
        ("a: @x\n", 1, "not valid YAML"),
    ],
)
def test_broken_yaml_is_explained_with_its_line(text, line, word):
    (problem,) = problems(text)
    assert problem.startswith(f"run.yaml, line {line}: ")
    assert word in problem


def test_a_billion_laughs_are_not_expanded():
    text = "a: &a [x, x]\n" + "".join(
        f"{b}: &{b} [*{a}, *{a}, *{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert "alias" in problems(text)[0]


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec="utf-8", exclude_categories=["C"]))
    | st.sampled_from(["no", "1e-4", "0o7", "~", "null", "2026-01-02", "1e4", "- a", "#", "a: b"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.from_regex(r"\A[a-z]\w*\Z"), inner),
    max_leaves=8,
)


@given(plain)
def test_what_is_written_is_read_back(value):
    assert read(yaml.dump({"a": value}, Dumper=Dumper, allow_unicode=True))["a"] == value


@given(st.text(max_size=80))
def test_no_text_makes_the_reader_fall_over(text):
    found = read_located(text, START)
    for problem in found.problems:
        assert 1 <= problem.place.line <= text.count("\n") + len(text) + 1
