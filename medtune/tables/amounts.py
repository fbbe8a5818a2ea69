"""A number and what it counts, for a person: 1 file, 2 files."""

from __future__ import annotations

_PLURALS = {"study": "studies", "has": "have", "is": "are", "stands": "stand"}


def counted(number: int, *words: str) -> str:
    """A number with its noun, and what follows, in the singular or the plural.

    Args:
        number: how many.
        words: in the singular: the noun, and the verb if it follows at once.

    Returns:
        "1 file is" or "3 files are"; nouns take an s unless they are among ``_PLURALS``.
    """
    said = words if number == 1 else [_PLURALS.get(word, f"{word}s") for word in words]
    return " ".join([str(int(number)), *said])
