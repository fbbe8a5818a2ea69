"""What a de-identified copy may keep: a closed list of attributes, and words of a closed list."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Literal, get_args

from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.sr.codedict import Code, codes

Kind = Literal[
    "age",  # capped at 90 years
    "class",  # the UID of a kind of object: the same for everybody
    "codes",  # a coded sequence: only codes of the context groups below, with their own meaning
    "counter",  # a whole number of at most five digits
    "date",  # shifted by the patient's days
    "datetime",
    "device",  # text that names the equipment, kept by the Retain Device Identity option
    "empty",  # always without a value
    "items",  # a sequence whose items are cleaned by the same list
    "number",  # numbers only
    "pseudonym",  # the patient's name in this project
    "time",  # the full hour
    "uid",  # written anew, the same for the same
    "whole",  # as it stands
    "words",  # text of the closed list of words, else nothing
]
# Context groups of PS3.16: parts of the body and their modifiers, views, positions of the patient,
# eponymous projections, purposes of reference, derivations.
_GROUPS = (2, 4, 19, 20, 21, 23, 244, 4009, 4010, 4011, 4012, 4013, 4014, 4015, 7201, 7202, 7203)
_SNOMED_RT = ("SNM3", "99SDM")  # older names of the scheme SRT (PS3.16 chapter 8)
# Codes of earlier editions of these groups, which older devices still write.
_EARLIER = {
    **dict.fromkeys((("SRT", "T-D3000"), ("SCT", "51185008")), "Chest"),
    **dict.fromkeys((("SRT", "T-D4000"), ("SCT", "113345001")), "Abdomen"),
    **dict.fromkeys((("SRT", "T-11500"), ("SCT", "421060004")), "Spine"),
    **dict.fromkeys((("SRT", "R-10214"), ("SCT", "399066004")), "postero-anterior"),
    **dict.fromkeys((("SRT", "F-10440"), ("SCT", "10904000")), "erect"),
}
_PLAIN = re.compile(r"[A-Za-z0-9 _/.,:+&()\\^-]*")
_ORIENTATION = re.compile("[APRLHF]{1,3}")  # PS3.3 C.7.6.1.1.1
_FEW_NUMBERS = 2  # more of them could be a date, or a number of somebody


@dataclass(frozen=True)
class Rule:
    """One line of the list.

    Attributes:
        keyword, tag, vr: the attribute, as in PS3.6.
        kind: what of its value is kept.
        required: modalities whose objects must have it; all where it must be in every one.
        otherwise: what is written instead of a value that may not stay; nothing where ''.
    """

    keyword: str
    tag: int
    vr: str
    kind: Kind
    required: frozenset[str]
    otherwise: str


@cache
def rules() -> dict[int, Rule]:
    """The closed list, by tag; what is not in it is not in any copy.

    PS3.15 Table E.1-1 says what has to go. This list goes the other way round, so that an
    attribute that is new, private or misused goes too.
    """
    lines = (resources.files("medtune.dicom") / "kept.csv").read_text(encoding="utf-8").splitlines()
    return {rule.tag: rule for rule in map(_rule, csv.DictReader(lines))}


def _rule(row: dict[str, str]) -> Rule:
    keyword, kind = row["keyword"], row["kind"]
    tag = tag_for_keyword(keyword)
    assert tag is not None, keyword
    assert kind in get_args(Kind), kind
    return Rule(
        keyword=keyword,
        tag=tag,
        vr=dictionary_VR(tag),
        kind=kind,  # type: ignore[arg-type]
        required=frozenset(row["required"].split()),
        otherwise=row["otherwise"],
    )


@cache
def _words() -> frozenset[str]:
    text = (resources.files("medtune.dicom") / "kept_words.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return frozenset(" ".join(lines).split())


def is_plain(text: str) -> bool:
    """Whether a text has no other words than those of radiography."""
    if not _PLAIN.fullmatch(text):
        return False
    said = tokens(text)
    few = sum(token.isdigit() for token in said) <= _FEW_NUMBERS
    return few and all(token in _words() or _ORIENTATION.fullmatch(token) for token in said)


def tokens(text: str) -> list[str]:
    """Words and numbers of a text, in upper case."""
    return re.findall(r"[^\W_]+", text.upper())


@lru_cache(maxsize=4096)
def known_code(value: str, scheme: str) -> Code | None:
    """The code of a standard's list, with the meaning that the list gives it; else None.

    Args:
        value: e.g. 399348003, or R-10206 in the older SNOMED RT.
        scheme: its coding scheme designator, e.g. SCT, SRT, DCM.
    """
    asked = Code(value, "SRT" if scheme in _SNOMED_RT else scheme, "")
    meanings = [code.meaning for code in _codes() if code == asked]
    earlier = _EARLIER.get((asked.scheme_designator, value))
    meaning = next(iter(meanings), earlier)
    return None if meaning is None else Code(value, scheme, meaning)


@cache
def _codes() -> tuple[Code, ...]:
    groups: Iterable[dict[str, Code]] = (getattr(codes, f"cid{n}").concepts for n in _GROUPS)
    return tuple({code for group in groups for code in group.values()})
