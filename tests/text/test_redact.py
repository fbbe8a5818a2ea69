"""Identifiers of eight kinds are gone, twice changes nothing, clean sentences stay."""

from __future__ import annotations

import re
from collections.abc import Iterator
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medtune.text.identifiers import KINDS, PLACEHOLDERS, Kind, luhn, mod97
from medtune.text.redact import Redactor

PLANTED = [
    ("EMAIL", "erika.mustermann+x@mail.example.co.uk"),
    ("EMAIL", "jürgen@müller.example"),
    ("EMAIL", "o'brien@a-b.example"),
    ("PHONE", "+49 30 901820"),
    ("PHONE", "+49 (0)30 / 90 18 20"),
    ("PHONE", "+49 30\n901820"),
    ("PHONE", "(555) 010-9999"),
    ("PHONE", "0170/1234567"),
    ("PHONE", "555-010-9999"),
    ("CARD", "4111 1111 1111 1111"),
    ("CARD", "4111-1111-1111-1111"),
    ("CARD", "4111.1111.1111.1111"),
    ("CARD", "4111\u00a01111\u00a01111\u00a01111"),
    ("CARD", "378282246310005"),
    ("IBAN", "DE89 3704 0044 0532 0130 00"),
    ("IBAN", "GB29NWBK60161331926819"),
    ("IP", "192.168.17.4"),
    ("IP", "2001:db8::ff00:42:8329"),
    ("IP", "::ffff:192.0.2.1"),
    ("MAC", "00:1A:2b:3c:4d:5e"),
    ("MAC", "00-1A-2B-3C-4D-5E"),
    ("URL", "https://portal.example.com/u/17?key=abc"),
    ("URL", "https://example.com/?u[name]=erika&c=(17)"),
    ("URL", "www.example.org/erika"),
    ("NAME", "Erika Mustermann"),
    ("NAME", "ACME GmbH"),
    ("NAME", "Zoë"),
    ("NAME", "Zoe\u0308"),
]
NAMES = ["Erika Mustermann", "Mustermann", "Acme GmbH", "Zoë"]
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
    "It ran for two years (2019-2021), since (14.03.2019) indeed.",
    "1250\n1300\n1400\n1500",
    "They agree as in 8.07.1.1 and 8.07.1.2.",
]
BESIDE = [
    ("my IBAN DE89 3704 0044 0532 0130 00 is right", "my IBAN [IBAN] is right"),
    ("DE89 3704 0044 0532 0130 00 5 times", "[IBAN] 5 times"),
    ("DE89370400440532013000 GB29NWBK60161331926819", "[IBAN] [IBAN]"),
    ("card 4111 1111 1111 1111 12/26, CVC 123", "card [CARD] 12/26, CVC 123"),
    ("on 12 4111 1111 1111 1111", "on 12 [CARD]"),
    ("No.4111111111111111", "No.[CARD]"),
    ("192.168.17.4:8080 and IP:10.0.0.1", "[IP]:8080 and IP:[IP]"),
    ("2001:db8::1: no route, IPv6:2001:db8::2", "[IP]: no route, IPv6:[IP]"),
    ("10:30:15:192.168.17.4", "10:30:15:[IP]"),
    ("MAC:00:1a:2b:3c:4d:5e", "MAC:[MAC]"),
    ("on 14.03.2026 030 901820", "on 14.03.2026 [PHONE]"),
    ("030 901820 14.03.2026", "[PHONE] 14.03.2026"),
    ("Tel.+49 30 901820, Fax.030/901821", "Tel.[PHONE], Fax.[PHONE]"),
    ("555-010-9999x12", "[PHONE]x12"),
    ("a@b.example/c@d.example", "[EMAIL][EMAIL]"),
    ("a@b.example|c@d.example,e@f.example", "[EMAIL][EMAIL],[EMAIL]"),
    ("[text](https://a.example/b_(c)).", "[text]([URL])."),
]


@pytest.mark.parametrize(("kind", "secret"), PLANTED)
@pytest.mark.parametrize("sentence", ["{}", "Write to {}.", "({}), please", "a\n{}\nb", "'{}'"])
def test_what_is_planted_is_gone(kind: str, secret: str, sentence: str):
    redact = Redactor(NAMES)
    said = redact(sentence.format(secret))
    assert said == sentence.format(f"[{kind}]")
    assert redact.counts == {kind: 1}
    assert redact(said) == said


def test_eight_kinds_are_planted():
    assert {kind for kind, _ in PLANTED} == set(PLACEHOLDERS)
    assert len(PLACEHOLDERS) == 8


@pytest.mark.parametrize(("text", "said"), BESIDE)
def test_what_stands_beside_an_identifier_does_not_hide_it(text: str, said: str):
    assert Redactor()(text) == said


@pytest.mark.parametrize("sentence", CLEAN)
def test_clean_sentences_stay(sentence: str):
    redact = Redactor(NAMES)
    assert redact(sentence) == sentence
    assert not redact.counts


PARTS = st.sampled_from([
    *(secret for _, secret in PLANTED), "[NAME]", "[URL]", "12", "0", "+", "(", ")", "@", "a", ".",
    ":", "-", "/", " ", "\n", "www.", "https://", "DE89", "4111 1111", "x12", "'",
])  # fmt: skip


@settings(deadline=None)
@given(
    st.text(alphabet="a0123456789 .:-+()@/[]EMAILURDPNHO\n", max_size=60)
    | st.lists(PARTS, max_size=9).map("".join)
)
def test_twice_changes_nothing(text: str):
    redact = Redactor(["a 1", "EMAIL", "12", *NAMES])
    once = redact(text)
    assert redact(once) == once


@settings(deadline=None, max_examples=200)
@given(st.lists(st.sampled_from(PLANTED), min_size=1, max_size=5), st.data())
def test_several_beside_each_other_are_gone(planted: list[tuple[str, str]], data: st.DataObject):
    between = [data.draw(st.sampled_from([", ", "; ", "\nor ", " and then "])) for _ in planted]
    text = "".join(part for (_, one), gap in zip(planted, between, strict=True)
                   for part in (one, gap))  # fmt: skip
    said = Redactor(NAMES)(text)
    assert not [secret for _, secret in planted if secret.lower() in said.lower()]
    assert sorted(re.findall(r"\[([A-Z]+)\]", said)) == sorted(kind for kind, _ in planted)


def test_only_the_kinds_that_are_asked_for():
    assert Redactor(NAMES, ["PHONE"])("a@b.example, Erika Mustermann") == (
        "a@b.example, Erika Mustermann"
    )


def repeats(parsed: Any) -> Iterator[tuple[Any, int]]:
    """Every repetition within a form: what it is, and how many there may be."""
    for operation, argument in parsed:
        if operation in (_constants.MAX_REPEAT, _constants.MIN_REPEAT,
                         _constants.POSSESSIVE_REPEAT):  # fmt: skip
            yield operation, argument[1]
        for part in argument if isinstance(argument, tuple | list) else (argument,):
            for inner in part if isinstance(part, list) else (part,):
                if isinstance(inner, _parser.SubPattern):
                    yield from repeats(inner)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_no_form_gives_back_what_it_read_without_bound(kind: Kind):
    found = list(repeats(_parser.parse(kind.form.pattern, kind.form.flags)))
    assert found
    for operation, most in found:
        assert most <= 34 or operation is _constants.POSSESSIVE_REPEAT, (operation, most)


def test_a_repetition_that_is_given_back_would_be_seen():
    form = re.compile(r"(?:\b[\w.]+@|a)(?:b*c)?")
    found = [most for _, most in repeats(_parser.parse(form.pattern, form.flags))]
    assert found.count(_constants.MAXREPEAT) == 2


HOSTILE = ["a", "a.a.", "1", "http", "(", "a@", "@--", "+1", "1:", "https://a.b)", "'a", "AA11B"]


@pytest.mark.timeout(60)  # minutes where steps grow with its square
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_line_without_an_end_is_read(kind: Kind):
    for part in HOSTILE:
        text = part * (2**18 // len(part))
        found = list(kind.found(text))
        assert len(found) == (kind.name == "URL" and "://" in part)


def test_check_digits():
    assert luhn("4111111111111111")
    assert not luhn("4111111111111112")
    assert mod97("DE89370400440532013000")
    assert not mod97("DE88370400440532013000")
