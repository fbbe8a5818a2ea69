"""Names of a list: the same ones are found as by one alternative a name, whatever the list."""

from __future__ import annotations

import re
import sys
import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from medtune.text.names import _one_case, any_of

NAMES = st.lists(st.text("aAbB -\u2011'\u2019é\u0301ßſK.", max_size=5), max_size=8)
TEXTS = st.text("aAbB -\u2011\u2013'\u2019é\u0301ßſK.\n", max_size=30)
ONE = str.maketrans("\u2010\u2011\u2012\u2013\u2212\u2019", "-----'")


def plainly(names: list[str]) -> re.Pattern[str] | None:
    """One alternative a name, the longest first."""
    spelt = {
        unicodedata.normalize(form, name).strip().translate(ONE)
        for name in names
        for form in ("NFC", "NFD")
    }
    parts = [r"\s+".join(map(re.escape, name.split())) for name in spelt if name]
    parts.sort(key=lambda part: (-len(part), part))
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)", re.IGNORECASE) if parts else None


@given(NAMES, TEXTS)
@example(["a b", "a  b c"], "A B C")
@example(["ab", "a", "aba"], "aba ab a")
def test_what_is_replaced_is_what_one_alternative_a_name_replaces(names, text):
    ours, theirs = any_of(names), plainly(names)
    assert (ours is None) == (theirs is None)
    if ours is not None and theirs is not None:
        covered = [
            ours.sub(lambda found: "#" * len(found[0]), text).translate(ONE),
            theirs.sub(lambda found: "#" * len(found[0]), text.translate(ONE)),
        ]
        assert covered[0] == covered[1]


def test_a_letter_stands_for_all_its_cases():
    for number in range(sys.maxunicode + 1):
        letter = chr(number)
        if letter.isalpha():
            assert re.fullmatch(re.escape(_one_case(letter)), letter, re.IGNORECASE), hex(number)


def test_names_that_begin_alike_for_long_are_all_found():
    names = ["a" * length for length in range(1, 400)]
    pattern = any_of(names)
    assert pattern is not None
    assert all(pattern.fullmatch(name) for name in names)


def test_no_name_is_no_pattern():
    assert any_of([]) is None
    assert any_of([" ", ""]) is None
