"""What is judged in the words of its field: films of patients, texts of customers, drafts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

# What stands in the sentences about films, and what it is called where texts are judged.
OF_TEXTS: Mapping[str, str] = MappingProxyType({
    "on this site's patients": "on this company's texts",
    "local head on generic features": "local head on the untouched model's features",
    "this study could": "this comparison could",
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
    "hospitals": "companies",
    "hospital": "company",
})  # fmt: skip
# What stands in those about texts, and what it is called where a house's drafts are judged.
OF_DRAFTS: Mapping[str, str] = MappingProxyType({
    "customers": "companies or matters",
    "customer": "company or matter",
    "company's": "house's",
    "company": "house",
    "conversations": "requests",
    "conversation": "request",
    "last answers": "drafts",
    "last answer": "draft",
    "a person's answers": "the final texts",
    "a person's answer": "the final text",
    "what a person wrote": "what the house finally wrote",
    "a written answer": "a draft",
    "word counts (control)": "nearest by word counts (control)",
    "word counts": "the nearest precedent by word counts",
})  # fmt: skip
# By what a result is about: which words are told anew, one list after the other.
RETOLD: Mapping[str, tuple[Mapping[str, str], ...]] = MappingProxyType({
    "texts": (OF_TEXTS,),
    "drafts": (OF_TEXTS, OF_DRAFTS),
})  # fmt: skip


def retold(text: str, about: str = "texts") -> str:
    """A sentence about films as one about texts or drafts; names in braces stay.

    Args:
        text: the sentence.
        about: a key of ``RETOLD``.
    """
    for pattern, words in _COMPILED[about]:
        text = pattern.sub(partial(_other, words), text)
    return text


def _other(words: Mapping[str, str], found: re.Match[str]) -> str:
    word = words[found[0].lower()]
    return word[:1].upper() + word[1:] if found[0][:1].isupper() else word


def _pattern(words: Mapping[str, str]) -> re.Pattern[str]:
    known = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<![\w{{])(?:{known})(?![\w}}])", re.IGNORECASE)


_COMPILED = {
    about: [(_pattern(words), words) for words in steps] for about, steps in RETOLD.items()
}
