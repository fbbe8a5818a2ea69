"""Identifiers in text as typed placeholders, before anything is stored.

Regular expressions find what has a form: addresses, numbers with a checksum. They do not find
names in prose; those are given by a list, or found by Presidio (extra ``[presidio]``).
"""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

Check = Callable[[str], bool]


def luhn(number: str) -> bool:
    """Whether the last digit is the check digit of ISO/IEC 7812-1, annex B (Luhn, 1960)."""
    digits = [int(c) for c in number if c.isdigit()]
    if not 13 <= len(digits) <= 19 or len(set(digits)) == 1:
        return False
    doubled = (2 * d - 9 * (d > 4) for d in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def mod97(iban: str) -> bool:
    """Whether an IBAN's check digits are right (ISO 13616-1, ISO 7064 mod 97-10)."""
    text = re.sub(r"[\s-]", "", iban).upper()
    if not 15 <= len(text) <= 34:
        return False
    moved = text[4:] + text[:4]
    return int("".join(str(int(c, 36)) for c in moved)) % 97 == 1


def is_ip(text: str) -> bool:
    """Whether it is an IPv4 or IPv6 address; the version numbers 1.2.3.4 look like one too."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_phone(text: str) -> bool:
    """Whether it has as many digits as a telephone number (E.164: at most 15) and looks like one.

    Digits alone, without a plus, spaces or other marks between them, are an order's number as
    likely as a telephone's: they are taken from ten digits on with a leading 0 only.
    """
    digits = sum(c.isdigit() for c in text)
    if not 7 <= digits <= 15:
        return False
    if text.isdigit():
        return digits >= 10 and text[0] == "0"
    groups = re.split(r"\D+", text.strip("()+ "))
    if re.fullmatch(r"(?:19|20)\d\d[-./ ]\d{1,2}[-./ ]\d{1,2}", text) or re.fullmatch(
        r"\d{1,2}[-./ ]\d{1,2}[-./ ](?:19|20)\d\d", text
    ):
        return False  # a date
    plain = not text.startswith(("+", "(", "0"))
    return not (plain and (len(groups) < 3 or digits < 9))


@dataclass(frozen=True)
class Kind:
    """One kind of identifier: its placeholder, its form, and what else must hold of it."""

    name: str
    form: re.Pattern[str]
    holds: Check = bool


KINDS: tuple[Kind, ...] = (
    # The order matters: an address within a URL belongs to the URL, a card's digits are no phone's.
    Kind("URL", re.compile(r"\b(?:https?|ftp)://[^\s<>\"'\])}]+|\bwww\.[^\s<>\"'\])}]+", re.I)),
    Kind(
        "EMAIL",
        re.compile(r"[\w.!#$%&*+/=?^`{|}~-]+@[\w](?:[\w-]*[\w])?(?:\.[\w](?:[\w-]*[\w])?)+"),
    ),
    Kind(
        "IBAN", re.compile(r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{2,4}){3,8}\b(?![ -]?\d)", re.I), mod97
    ),
    Kind("CARD", re.compile(r"(?<![\d.])\d(?:[ -]?\d){12,18}(?![\d.]*\d)"), luhn),
    Kind(
        "IP",
        re.compile(
            r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4})(?![\w:]|\.\d)",
            re.I,
        ),
        lambda text: is_ip(text) and len(text) > 3,
    ),
    Kind(
        "PHONE",
        re.compile(r"(?<![\w.,/-])(?:\+|\(?0|\(|\d)(?:[\d\s().\-/]{5,22})\d(?![\w]|[.,-]\d)"),
        is_phone,
    ),
)
PLACEHOLDERS = (*(kind.name for kind in KINDS), "NAME")


class Redactor:
    """Replaces identifiers by placeholders such as ``[EMAIL]``.

    Applied twice it changes nothing more. Names are whole words, in any case; longer ones first.

    Args:
        names: people's and firms' names to replace by ``[NAME]``.
        kinds: placeholders to look for; all by default.

    Attributes:
        counts: how many of each kind were replaced so far.
    """

    def __init__(self, names: Sequence[str] = (), kinds: Sequence[str] = PLACEHOLDERS) -> None:
        self._kinds = [kind for kind in KINDS if kind.name in kinds]
        self._names: re.Pattern[str] | None = None
        words = sorted({name.strip() for name in names if name.strip()}, key=len, reverse=True)
        if words and "NAME" in kinds:
            spaced = (r"\s+".join(re.escape(part) for part in word.split()) for word in words)
            self._names = re.compile(rf"(?<!\w)(?:{'|'.join(spaced)})(?!\w)", re.IGNORECASE)
        self.counts: Counter[str] = Counter()

    def __call__(self, text: str) -> str:
        """The same text with placeholders."""
        for kind in self._kinds:
            text = kind.form.sub(partial(self._placed, kind), text)
        if self._names is not None:
            text = "".join(
                part if _is_placeholder(part) else self._names.sub(self._name, part)
                for part in re.split(r"(\[[A-Z]+\])", text)
            )
        return text

    def _placed(self, kind: Kind, match: re.Match[str]) -> str:
        found = match[0]
        head, tail = "", ""
        if kind.name == "URL":  # the full stop of the sentence is not the address's
            kept = found.rstrip(".,;:!?")
            found, tail = kept, found[len(kept) :]
        while kind.name == "PHONE" and found.count("(") > found.count(")"):
            head, found = head + found[0], found[1:]  # nor is a bracket around the number
        if not kind.holds(found):
            return head + found + tail
        self.counts[kind.name] += 1
        return f"{head}[{kind.name}]{tail}"

    def _name(self, found: re.Match[str]) -> str:
        self.counts["NAME"] += 1
        return "[NAME]"


def without_placeholders(text: str) -> str:
    """The same text without them: ``[EMAIL]`` is not the word e-mail."""
    return re.sub(rf"\[(?:{'|'.join(PLACEHOLDERS)})\]", " ", text)


def _is_placeholder(text: str) -> bool:
    return text[1:-1] in PLACEHOLDERS if text.startswith("[") else False
