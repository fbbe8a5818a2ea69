"""Identifiers in text as typed placeholders, before anything is stored.

Regular expressions find what has a form (``identifiers``): addresses, numbers with a checksum. They
do not find names in prose; those are given by a list, or found by Presidio (extra ``[presidio]``).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from medtune.text.identifiers import EVERY, KINDS, PLACEHOLDERS
from medtune.text.names import any_of
from medtune.text.presidio import Finder


class Redactor:
    """Replaces identifiers by placeholders such as ``[EMAIL]``.

    Applied twice it changes nothing more: it ends when there is nothing left to replace. Names are
    whole words, in any case; longer ones first.

    Args:
        names: people's and firms' names to replace by ``[NAME]``.
        kinds: placeholders to look for; all by default.
        finder: finds more in prose, see ``presidio.Finder``.

    Attributes:
        counts: how many of each kind were replaced so far.
    """

    def __init__(
        self,
        names: Sequence[str] = (),
        kinds: Sequence[str] = PLACEHOLDERS,
        finder: Finder | None = None,
    ) -> None:
        self._finder = finder
        self._kinds = [kind for kind in KINDS if kind.name in kinds]
        self._names = any_of(names) if "NAME" in kinds else None
        self.counts: Counter[str] = Counter()

    def __call__(self, text: str) -> str:
        """The same text with placeholders."""
        while (said := self._once(text)) != text:
            text = said  # what stood beside an identifier may be seen to be one now
        return text

    def _once(self, text: str) -> str:
        for kind in self._kinds:
            text = self._replaced(text, ((*place, kind.name) for place in kind.found(text)))
        if self._names is not None:
            text = "".join(
                part if _is_placeholder(part) else self._names.sub(self._name, part)
                for part in re.split(r"(\[[A-Z]+\])", text)
            )
        return text if self._finder is None else self._replaced(text, self._finder.found(text))

    def _replaced(self, text: str, found: Iterable[tuple[int, int, str]]) -> str:
        parts, last = [], 0
        for start, end, placeholder in found:
            parts += [text[last:start], f"[{placeholder}]"]
            last = end
            self.counts[placeholder] += 1
        return "".join([*parts, text[last:]])

    def _name(self, found: re.Match[str]) -> str:
        self.counts["NAME"] += 1
        return "[NAME]"


def _is_placeholder(text: str) -> bool:
    return text[1:-1] in EVERY if text.startswith("[") else False
