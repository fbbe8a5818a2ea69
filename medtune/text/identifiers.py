"""The forms of identifiers: what they look like, and what else must hold of them.

Long words and long lines are read once: a form has no repetition without bound that could be given
back and tried again, so that the time grows with the length of a text and never with its square.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from medtune.text.presidio import PLACEHOLDER_OF

# Between the groups of a number: on one line, also blanks of other widths and fixed ones.
BLANK = " \t\u00a0\u202f" + "".join(map(chr, range(0x2000, 0x200B)))
# The hyphen, and what word processors and telephones make of it: hyphens, dashes, a minus.
DASHES = "-\u2010\u2011\u2012\u2013\u2212"
APOSTROPHES = "'\u2019"
PARTS = {
    "BLANK": BLANK, "DASH": re.escape(DASHES), "HYPHEN": re.escape(DASHES[:3]), "APOS": APOSTROPHES,
}  # fmt: skip


def _form(pattern: str) -> re.Pattern[str]:
    for name, letters in PARTS.items():
        pattern = pattern.replace(name, letters)
    return re.compile(pattern, re.IGNORECASE)


DATE = _form(
    r"(?:(?:19|20)\d\d[DASH./ ]\d{1,2}[DASH./ ]\d{1,2}"
    r"|\d{1,2}[DASH./ ]\d{1,2}[DASH./ ](?:19|20)\d\d)(?!\d)"
)
# "1985 – 1995 (1996)": years and what follows them. With a hyphen it may be a telephone's number.
YEARS = _form(r"(?:1\d|20)\d\d[BLANK]{0,2}[\u2010-\u2013\u2212][BLANK]{0,2}(?:1\d|20)\d\d(?!\d)")
# Between two telephone numbers, of which the second begins with a 0: no hyphen stands there.
FROM_TO = re.compile(r"[\u2010-\u2013\u2212](?=0\d\d)")
# Ends of addresses that neither words nor names of files have.
ENDS = ("com", "org", "net", "edu", "gov", "info", "biz", "eu", "de", "ch", "uk", "fr", "nl",
        "example")  # fmt: skip
GROUP = re.compile(r"[^\W_]+")
JOINED = str.maketrans("", "", BLANK + DASHES + ".")
DOUBLED = str.maketrans("0123456789", "0246813579")  # twice a digit, and its digits added up
LETTERS = str.maketrans({chr(ord("A") + at): str(10 + at) for at in range(26)})


def luhn(number: str) -> bool:
    """Whether the last digit is the check digit of ISO/IEC 7812-1, annex B (Luhn, 1960)."""
    if len(number) < 13:
        return False
    digits = number.translate(JOINED)
    if not 13 <= len(digits) <= 19 or len(set(digits)) == 1:
        return False
    doubled = digits[-2::-2].translate(DOUBLED)
    return (sum(map(int, digits[-1::-2])) + sum(map(int, doubled))) % 10 == 0


def mod97(iban: str) -> bool:
    """Whether an IBAN's check digits are right (ISO 13616-1, ISO 7064 mod 97-10)."""
    text = iban.translate(JOINED)
    if not 15 <= len(text) <= 34:
        return False
    return int((text[4:] + text[:4]).upper().translate(LETTERS)) % 97 == 1


def is_ip4(text: str) -> bool:
    """Whether it is an IPv4 address; the version numbers 1.2.3.4 look like one too.

    A group that begins with 0 is a clause's number rather (8.07.1.1), and none of an address.
    """
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True


def is_ip6(text: str) -> bool:
    """Whether it is an IPv6 address (RFC 4291, section 2.2)."""
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return len(text) > 3


def is_phone(text: str) -> bool:
    """Whether it has as many digits as a telephone number (E.164: at most 15) and looks like one.

    Digits alone, without a plus, spaces or other marks between them, are an order's number as
    likely as a telephone's: they are taken from ten digits on with a leading 0 only.
    """
    first, *others = FROM_TO.split(text, maxsplit=1)
    if others and is_phone(first):
        return False  # two of them, and the first is found by itself
    digits = sum(c.isdigit() for c in text)
    if not 7 <= digits <= 15 or DATE.match(text) or YEARS.match(text):
        return False
    if text.isdigit():
        return digits >= 10 and text[0] == "0"
    groups = re.split(r"\D+", text.strip("()+ "))
    plain = not text.startswith(("+", "(", "0"))
    return not (plain and (len(groups) < 3 or digits < 9))


def of_url(found: str) -> str:
    """An address without what is the sentence's: its full stop, a bracket or quote around it."""
    spare = {shut: found.count(shut) - found.count(opened) for opened, shut in ("()", "[]", "{}")}
    end = len(found)
    while end:
        last = found[end - 1]
        if last in spare and spare[last] > 0:
            spare[last] -= 1
        elif last not in ".,;:!?'":
            break
        end -= 1
    return found[:end]


@dataclass(frozen=True)
class Kind:
    """One kind of identifier.

    Attributes:
        name: its placeholder.
        form: where one may begin, and the longest that may be one.
        holds: what else must be so.
        own: what of it is its own.
        after: what may follow it. Where it is given, shorter ones are tried too, which end with a
            group of letters or digits: a number may stand beside another one.
    """

    name: str
    form: re.Pattern[str]
    holds: Callable[[str], bool] = bool
    own: Callable[[str], str] = str
    after: re.Pattern[str] | None = None

    def found(self, text: str) -> Iterator[tuple[int, int]]:
        """Where they stand in a text: begin and end of each, none within another."""
        at = 0
        while match := self.form.search(text, at):
            start = match.start()
            for end in self._ends(match):
                if self.holds(text[start:end]):
                    yield start, end
                    at = end
                    break
            else:
                at = match.end() if self.after is None else start + 1

    def _ends(self, match: re.Match[str]) -> list[int]:
        """Where it may end, the farthest first."""
        if self.after is None:
            return [match.start() + len(self.own(match[0]))]
        ends = {match.end(), *(group.end() + match.start() for group in GROUP.finditer(match[0]))}
        return [end for end in sorted(ends, reverse=True) if self.after.match(match.string, end)]


# Where a number begins: not within another one; "Tel.030" is one after a full stop.
BEGINS = r"(?:(?<![\w.,/-])(?<!\d[DASH])|(?<=[^\W\d_]\.))"
# What is labelled without a blank: "IP:2001:db8::1".
LABELLED = r"(?:(?<![\w.:-])|(?<=[g-z_]:)|(?<=ipv6:)|(?<=mac:))"

KINDS: tuple[Kind, ...] = (
    # The order matters: an address within a URL belongs to the URL, a card's digits are no phone's.
    Kind(
        "URL",
        _form(
            r"(?:\b(?:[a-z][a-z0-9+.-]{0,30}+://|www\.)|"
            # without a scheme, where a path follows an end that neither words nor files have
            r"(?<![\w.@/-])[\w-]++(?:\.[\w-]++)++"
            + "(?:" + "|".join(rf"(?<=\.{end})" for end in ENDS) + ")"
            + r"(?::\d{1,5}+)?+/)[^\s<>\"]++"
        ),
        own=of_url,
    ),
    Kind(
        "EMAIL",
        # every word is read, so that none is begun again in its middle
        _form(
            r"(?:[\w.!#$%&*+/=?^`{|}~HYPHEN]|(?<=\w)[APOS](?=\w))++"
            r"(?:@\w++(?:[HYPHEN]++\w++)*+(?:\.\w++(?:[HYPHEN]++\w++)*+)++)?+"
        ),
        holds=lambda word: "@" in word,
    ),
    Kind(
        "IBAN", _form(r"\b[A-Z]{2}\d{2}(?:[BLANKDASH]{0,2}[A-Z0-9]){11,30}"), mod97,
        after=_form(r"(?!\w)"),
    ),
    Kind(
        "CARD",
        _form(
            r"(?:(?<![\d.])|(?<=[^\W\d_]\.))"
            r"(?:\d{4}(?:\.\d{4}){3}(?!\.?\d)|\d(?:[BLANKDASH]{0,2}\d){12,18})"
        ),
        luhn,
        after=_form(r"(?!\.?\d)"),
    ),
    Kind(
        "MAC",
        _form(LABELLED + r"(?<!\w[DASH])[0-9a-f]{2}([:DASH])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}"),
        after=_form(r"(?!\w|[:DASH]\w)"),
    ),
    Kind(
        "IP",
        _form(
            LABELLED
            + r"(?:[0-9a-f]{0,4}:){2,7}(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{0,4})"
        ),
        is_ip6,
        after=_form(r"(?!\w|:\w|\.\d)"),
    ),
    Kind(
        "IP", _form(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}"), is_ip4, after=_form(r"(?!\w|\.\d)")
    ),
    Kind(
        "PHONE",
        _form(
            r"(?<!\d)\+[\dBLANK().DASH/]{6,23}\d|"
            r"(?<!\d)\+\d[\dBLANK().DASH/]{0,5}\r?\n[\dBLANK().DASH/]{4,16}\d|"  # in two lines
            + BEGINS
            + r"(?:\(\+?\d{1,5}\)|\d)[\dBLANK().DASH/]{5,22}\d"
        ),
        is_phone,
        after=_form(r"(?=x\d|ext|[\u2010-\u2013\u2212]0\d\d)|(?!\w|[.,DASH]\d)"),
    ),
)  # fmt: skip
PLACEHOLDERS = (*dict.fromkeys(kind.name for kind in KINDS), "NAME")
EVERY = frozenset({*PLACEHOLDERS, *PLACEHOLDER_OF.values()})


def without_placeholders(text: str) -> str:
    """The same text without them: ``[EMAIL]`` is not the word e-mail."""
    return re.sub(rf"\[(?:{'|'.join(sorted(EVERY))})\]", " ", text)
