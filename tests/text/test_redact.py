"""Identifiers of eight kinds are gone, twice changes nothing, clean sentences stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medtune.text.redact import Redactor, luhn, mod97

PLANTED = [
    ("EMAIL", "erika.mustermann+x@mail.example.co.uk"),
    ("EMAIL", "jürgen@müller.example"),
    ("PHONE", "+49 30 901820"),
    ("PHONE", "(555) 010-9999"),
    ("PHONE", "0170/1234567"),
    ("PHONE", "555-010-9999"),
    ("CARD", "4111 1111 1111 1111"),
    ("CARD", "378282246310005"),
    ("IBAN", "DE89 3704 0044 0532 0130 00"),
    ("IBAN", "GB29NWBK60161331926819"),
    ("IP", "192.168.17.4"),
    ("IP", "2001:db8::ff00:42:8329"),
    ("URL", "https://portal.example.com/u/17?key=abc"),
    ("URL", "www.example.org/erika"),
    ("NAME", "Erika Mustermann"),
    ("NAME", "ACME GmbH"),
]
NAMES = ["Erika Mustermann", "Mustermann", "Acme GmbH"]
CLEAN = [
    "Version 115.3.1 of 2026-03-14 fixed it, 14.03.2026 did not.",
    "I waited 12 days, paid 1,250.00 and got ticket 4711.",
    "The folder C:/Users/x has 10 000 000 files.",
    "Order 1234567890 was sent at 10:30:15.",
    "Between 2019 and 2026 the share rose from 12.5 to 17.25 percent.",
    "See section 12.3.4 and 5.6, or chapter 7-8-9.",
    "Press Ctrl+Shift+P, then type about:config.",
    "mustermannia is a plant.",
    "The ratio is 3:2 and the scale 1:100.",
]


@pytest.mark.parametrize(("kind", "secret"), PLANTED)
@pytest.mark.parametrize("sentence", ["{}", "Write to {}.", "({}), please", "a\n{}\nb", "'{}'"])
def test_what_is_planted_is_gone(kind: str, secret: str, sentence: str):
    redact = Redactor(NAMES)
    said = redact(sentence.format(secret))
    assert said == sentence.format(f"[{kind}]")
    assert redact.counts == {kind: 1}
    assert redact(said) == said


@pytest.mark.parametrize("sentence", CLEAN)
def test_clean_sentences_stay(sentence: str):
    redact = Redactor(NAMES)
    assert redact(sentence) == sentence
    assert not redact.counts


@given(st.text(alphabet="a0123456789 .:-+()@/[]EMAILURDPNHO\n", max_size=60))
def test_twice_changes_nothing(text: str):
    redact = Redactor(["a 1", "EMAIL", "12"])
    once = redact(text)
    assert redact(once) == once


def test_only_the_kinds_that_are_asked_for():
    assert Redactor(NAMES, ["PHONE"])("a@b.example, Erika Mustermann") == (
        "a@b.example, Erika Mustermann"
    )


def test_check_digits():
    assert luhn("4111111111111111")
    assert not luhn("4111111111111112")
    assert mod97("DE89370400440532013000")
    assert not mod97("DE88370400440532013000")
