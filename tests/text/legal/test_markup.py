"""Words without the signs around them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medtune.text.legal.markup import without_markup
from medtune.text.legal.share import Share


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("---\ntitle: x\n---\n# A **Title**\n", "# A Title\n"),
        ('<span id="1.1">**"Order"**</span> means', '"Order" means'),
        ('see [the Terms](/terms/x "t") and ![](a.png)!', "see the Terms and !"),
        ("a <!-- note --> b", "a  b"),
        ("1 < 2 and 3 > 2, [PARTY_A] pays", "1 < 2 and 3 > 2, [PARTY_A] pays"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("a snake_case word", "a snake_case word"),
        ("", ""),
    ],
)
def test_signs_go_and_words_stay(text: str, plain: str):
    assert without_markup(text) == plain


@given(st.text(alphabet="ab 12.;(é", max_size=60))
def test_plain_text_stays_as_it_is(text: str):
    assert without_markup(text) == text


def test_a_share_of_nothing_has_a_reason():
    none, half = Share(0, 0, "nothing is there"), Share(1, 2, "nothing is there")
    assert none.value != none.value
    assert none.reason == "nothing is there"
    assert (half.value, half.reason, half.mark) == (0.5, "", (1, 2))
