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
    ("EMAIL", "o\u2019brien@a\u2011b.example"),
    ("PHONE", "+49 30\u20131234567"),
    ("PHONE", "+49 30\u20111234567"),
    ("PHONE", "+49\u20091711234567"),
    ("PHONE", "0170\u22121234567"),
    ("PHONE", "030  90\u200918\u200920"),
    ("CARD", "4111\u20131111\u20131111\u20131111"),
    ("CARD", "4111\u20111111\u20111111\u20111111"),
    ("CARD", "4111  1111  1111  1111"),
    ("IBAN", "DE89\u20093704\u20090044\u20090532\u20090130\u200900"),
    ("IBAN", "DE89  3704  0044  0532  0130  00"),
    ("IBAN", "DE89\u20113704\u20110044\u20110532\u20110130\u201100"),
    ("MAC", "00\u20111A\u20112B\u20113C\u20114D\u20115E"),
    ("URL", "sftp://user:pw@host/x"),
    ("URL", "file:///home/erika/x"),
    ("URL", "git+ssh://git@code.example/erika"),
    ("URL", "example.com/path?user=42"),
    ("URL", "shop.müller.de:8080/u/42"),
    ("NAME", "O'Brien"),
    ("NAME", "O\u2019Brien"),
    ("NAME", "D\u2019Angelo"),
    ("NAME", "D'Angelo"),
    ("NAME", "Anna\u2011Lena"),
    ("NAME", "Erika Mustermann"),
    ("NAME", "ACME GmbH"),
    ("NAME", "Zoë"),
    ("NAME", "Zoe\u0308"),
]
NAMES = ["Erika Mustermann", "Mustermann", "Acme GmbH", "Zoë", "O'Brien", "D\u2019Angelo",
         "Anna-Lena"]  # fmt: skip
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
    "The reign (1914\u20131918 1939\u20131945) and pages 12\u201317, 2019 \u2013 2021.",
    "Essays on it, 1985 \u2013 1995 (1996), and the 1971\u20132000 30-year average.",
    "It was on 14\u201103\u20112026 and won 6\u20134, 6\u20133, 7\u20136.",
    "Look into README.md/CHANGELOG.md, node.js/react, and/or main.py/test.py.",
    "See example.com or the e.g./i.e. of it; 10\u200a000\u200a000 files.",
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
    ("1.sftp://a.example/b 2.https://c.example", "1.[URL] 2.[URL]"),
    ("Tel.\u2013030 901820\u2013+49 30 901821", "Tel.\u2013[PHONE]\u2013[PHONE]"),
    ("030 901820\u2013030 901828 or 030 901820\u201329", "[PHONE]\u2013[PHONE] or [PHONE]"),
    ("max@a.de/b, c@d.com/e", "[EMAIL]/b, [EMAIL]/e"),
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
    "\u2013", "\u2011", "\u2009", "  ", "\u2019", "://", "x.com/", "a+b://",
])  # fmt: skip


@settings(deadline=None)
@given(
    st.text(alphabet="a0123456789 .:-+()@/[]EMAILURDPNHO\n\u2009\u2011\u2013\u2019", max_size=60)
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


BLANKS = st.sampled_from([" ", "\u00a0", "\u202f", *map(chr, range(0x2000, 0x200B))])
DASHES = st.sampled_from(["-", "\u2010", "\u2011", "\u2012", "\u2013", "\u2212"])


@settings(deadline=None, max_examples=200)
@given(
    st.sampled_from([
        ("PHONE", "+49 30 901 820"), ("PHONE", "0170-123-4567"), ("PHONE", "(555) 010-9999"),
        ("CARD", "4111 1111 1111 1111"), ("CARD", "4111-1111-1111-1111"),
        ("IBAN", "DE89 3704 0044 0532 0130 00"), ("IBAN", "GB29-NWBK-6016-1331-9268-19"),
        ("MAC", "00-1A-2B-3C-4D-5E"), ("NAME", "Anna-Lena O'Brien"),
    ]), st.data(),
)  # fmt: skip
def test_whatever_blanks_and_dashes_it_is_typed_with(secret: tuple[str, str], data: st.DataObject):
    kind, text = secret
    dash = data.draw(DASHES)
    typed = "".join(
        "".join(data.draw(st.lists(BLANKS, min_size=1, max_size=2))) if letter == " "
        else {"-": dash, "'": data.draw(st.sampled_from("'\u2019"))}.get(letter, letter)
        for letter in text
    )  # fmt: skip
    redact = Redactor(["Anna-Lena O'Brien"])
    assert redact(f"Write to {typed}.") == f"Write to [{kind}]."


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


HOSTILE = ["a", "a.a.", "1", "http", "(", "a@", "@--", "+1", "1:", "https://a.b)", "'a", "AA11B",
           "a.com", "a+b:", "x.com:1", "1\u2013", "a\u2011", "AA11 \u2009", "\u2019a",
           " \u2009"]  # fmt: skip


@pytest.mark.timeout(60)  # minutes where steps grow with its square
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_line_without_an_end_is_read(kind: Kind):
    for part in HOSTILE:
        text = part * (2**18 // len(part))
        found = list(kind.found(text))
        assert len(found) == (kind.name == "URL" and "://" in part)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("part", ["Call 030\u2013901 82 or x.com:1 ", "a.com", "O\u2019"])
def test_a_line_of_a_megabyte_is_read(part: str):
    text = part * (2**20 // len(part))
    redact = Redactor(NAMES)
    said = redact(text)
    assert redact(said) == said


def test_check_digits():
    assert luhn("4111111111111111")
    assert not luhn("4111111111111112")
    assert mod97("DE89370400440532013000")
    assert not mod97("DE88370400440532013000")
