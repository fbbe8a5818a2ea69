"""A header as the bytes that stand in the file: each element is converted when it is asked for."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Set
from functools import cache
from typing import Any, Final

from pydicom.datadict import dictionary_VR, tag_for_keyword

# Value representations whose text is in the character set that the file names (PS3.5 6.1.2.3).
_IN_CHARACTER_SET = frozenset({"LO", "SH", "PN", "LT", "ST", "UC", "UT"})
# Character sets that can be told from single bytes; all others are left to pydicom.
CHARACTER_SETS: Final = {b"": "latin-1", b"ISO_IR 6": "latin-1", b"ISO_IR 100": "latin-1",
                         b"ISO_IR 192": "utf-8"}  # fmt: skip
_NUMBERS = {"US": "H", "SS": "h", "UL": "I", "SL": "i", "FL": "f", "FD": "d"}
_BYTES = frozenset({"OB", "OW", "US or OW"})


@cache
def tag_of(keyword: str) -> int:
    """The tag of a keyword, (group << 16) | element."""
    tag = tag_for_keyword(keyword)
    assert tag is not None, keyword
    return tag


@cache
def vr_of(tag: int) -> str:
    """The value representation by the dictionary (PS3.6), e.g. CS, or 'US or SS'."""
    return dictionary_VR(tag)


class Elements:
    """Elements of a little-endian file, in the manner of a pydicom dataset that is only read.

    Args:
        values: tag to the bytes of the value; of a sequence, to the bytes of its items.
        signed: tags that may be signed or not and that the file calls signed.
        explicit: whether elements state their value representation.
        encoding: Python's name of the character set.
        split: from the bytes of a sequence to its items.
    """

    __slots__ = ("encoding", "explicit", "signed", "split", "values")

    def __init__(
        self,
        values: Mapping[int, bytes],
        signed: Set[int],
        explicit: bool,
        encoding: str,
        split: Callable[[bytes, Elements], list[Elements]],
    ) -> None:
        self.values, self.signed, self.explicit = values, signed, explicit
        self.encoding, self.split = encoding, split

    def get(self, keyword: str) -> Any:
        """The value: text, a number or several, bytes, items, or None where it is absent.

        Raises:
            UnicodeDecodeError: the text is not in the file's character set.
            struct.error: the bytes are not as long as such numbers are.
        """
        tag = tag_of(keyword)
        value = self.values.get(tag)
        if value is None:
            return None
        vr = vr_of(tag)
        if vr == "US or SS":
            vr = self._signed_or_not(tag)
        if vr in _NUMBERS:
            code = _NUMBERS[vr]
            count = len(value) // struct.calcsize(code)
            numbers = struct.unpack(f"<{count}{code}", value)
            return numbers[0] if count == 1 else list(numbers) or None
        if vr == "SQ":
            return self.split(value, self)
        if vr in _BYTES:
            return value
        text = value.decode(self.encoding if vr in _IN_CHARACTER_SET else "latin-1").rstrip("\0 ")
        return text if text or vr not in ("DS", "IS") else None

    def _signed_or_not(self, tag: int) -> str:
        """Where the file does not state it, the pixels tell (PS3.5 annex A.1)."""
        if self.explicit:
            return "SS" if tag in self.signed else "US"
        return "SS" if self.get("PixelRepresentation") == 1 else "US"
