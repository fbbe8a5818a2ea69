"""A value from a header, whatever stands there: the right type or None, never an exception.

Headers hold empty strings, several values where one is allowed, text where a number is due and
bytes of an unknown VR. What is not a sane value is no value.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Any, TypeAlias

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.valuerep import PersonName

from medtune.dicom.elements import Elements, tag_of

Tags: TypeAlias = Dataset | Elements  # as pydicom reads it, or as the scan does
_MANY = (MultiValue, list, tuple)
# Bytes of the longest value with a 16-bit length (PS3.5 7.1.2). In the other forms text can be of
# any length: a window of a million centres would cost a hundred times its bytes in memory.
_LONGEST = 0xFFFF


def raw(dataset: Tags, keyword: str) -> Any:
    """The value as pydicom reads it, or None where it is absent or cannot be read."""
    try:
        return dataset.get(keyword)
    except Exception:
        # An element is converted when it is first asked for, and a malformed one can raise
        # nearly anything (ValueError, OverflowError, LookupError, decimal.InvalidOperation ...).
        return None


def _each(dataset: Tags, keyword: str) -> list[Any]:
    if _too_long(dataset, keyword):
        return []
    value = raw(dataset, keyword)
    if value is None or isinstance(value, Dataset | Elements):
        return []
    if isinstance(value, _MANY):
        return list(value)
    if isinstance(value, bytes | bytearray):  # VR UN or OB, where text is due
        value = bytes(value).decode("latin-1")
    if isinstance(value, str) and "\\" in value:
        return value.split("\\")
    return [value]


def _too_long(dataset: Tags, keyword: str) -> bool:
    """Whether an element that was not converted yet is longer than any that is asked for."""
    if isinstance(dataset, Elements):
        return len(dataset.values.get(tag_of(keyword), b"")) > _LONGEST
    try:
        held = dataset.get_item(keyword).value
    except Exception:  # absent, or as damaged as an element can be
        return False
    return isinstance(held, bytes) and len(held) > _LONGEST


def _text(value: Any) -> str | None:
    if not isinstance(value, str | int | float | Decimal | PersonName):
        return None
    return re.sub(r"[\x00-\x1f\x7f]+", " ", str(value)).strip() or None


def text_of(value: bytes | None, encoding: str) -> str:
    """What ``text`` makes of the bytes of a text, '' where it makes nothing; without detours."""
    if not value:
        return ""
    try:
        said = value.rstrip(b"\0 ").decode(encoding)
    except UnicodeDecodeError:
        return ""
    if said.isprintable() and "\\" not in said and len(said) < _LONGEST:
        return said.strip()
    return "" if "\\" in said or len(value) > _LONGEST else _text(said) or ""


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def text(dataset: Tags, keyword: str) -> str | None:
    """One stripped text, or None where it is absent, empty or several."""
    values = _each(dataset, keyword)
    return _text(values[0]) if len(values) == 1 else None


def code(dataset: Tags, keyword: str) -> str | None:
    """One code string (VR CS) in upper case, or None."""
    value = text(dataset, keyword)
    return value.upper() if value else None


def codes(dataset: Tags, keyword: str) -> tuple[str, ...]:
    """All code strings in upper case; empty ones stay, as their places have a meaning."""
    return tuple((_text(value) or "").upper() for value in _each(dataset, keyword))


def texts(dataset: Tags, keyword: str) -> tuple[str, ...]:
    """All texts; empty ones stay, as their places have a meaning."""
    return tuple(_text(value) or "" for value in _each(dataset, keyword))


def number(dataset: Tags, keyword: str) -> float | None:
    """One finite number, or None."""
    values = _each(dataset, keyword)
    return _number(values[0]) if len(values) == 1 else None


def numbers(dataset: Tags, keyword: str) -> tuple[float | None, ...]:
    """All values as finite numbers, None in the place of what is none."""
    return tuple(_number(value) for value in _each(dataset, keyword))


def integer(dataset: Tags, keyword: str) -> int | None:
    """One whole number, or None."""
    value = number(dataset, keyword)
    return int(value) if value is not None and value == int(value) else None


def items(dataset: Tags, keyword: str) -> list[Tags]:
    """The items of a sequence, or an empty list."""
    value = raw(dataset, keyword)
    try:
        return [item for item in value if isinstance(item, Dataset | Elements)] if value else []
    except Exception:
        return []  # a sequence is read when it is walked, and may be damaged inside
