"""What is judged in the words of its field: films of patients, or texts of customers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

# What stands in the sentences about films, and what it is called where texts are judged.
OF_TEXTS: Mapping[str, str] = MappingProxyType({
    "on this site's patients": "on this company's texts",
    "local head on generic features": "local head on the untouched model's features",
    "studies": "texts",
    "study": "text",
    "patients": "customers",
    "patient": "customer",
    "films": "texts",
    "film": "text",
    "radiographs": "texts",
    "radiologists": "people",
    "radiologist": "person",
    "hospital's": "company's",
    "hospital": "company",
})  # fmt: skip
_WORDS = re.compile(
    "|".join(
        rf"(?<![\w{{])(?:{re.escape(word)})(?![\w}}])"
        for word in sorted(OF_TEXTS, key=len, reverse=True)
    ),
    re.IGNORECASE,
)


def retold(text: str) -> str:
    """A sentence about films as one about texts; names in braces stay."""
    return _WORDS.sub(_other, text)


def _other(found: re.Match[str]) -> str:
    word = OF_TEXTS[found[0].lower()]
    return word[:1].upper() + word[1:] if found[0][:1].isupper() else word
