"""What was probably meant: near misses among words and among the files of a folder."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path


def near_word(word: str, known: Iterable[str], alike: float = 0.7) -> str | None:
    """The known word most like a word, upper and lower case alike; None where none is near."""
    by_lower = {name.lower(): name for name in reversed(list(known))}
    near = get_close_matches(word.lower(), by_lower, n=1, cutoff=alike)
    return by_lower[near[0]] if near else None


def did_you_mean(word: str, known: Iterable[str], alike: float = 0.7) -> str:
    """A question to add to a sentence, with its leading space; empty where nothing is near."""
    near = near_word(word, known, alike)
    return f" Did you mean '{near}'?" if near else ""


def near_file(path: Path, words: Iterable[str] = ()) -> str:
    """The question for a path that does not exist: its neighbours in the nearest real folder.

    Args:
        path: what was asked for; where its folder does not exist either, the folder is asked about.
        words: other values than paths that the setting knows.

    Returns:
        " Did you mean 'NAME'?", or nothing. Names only, never folders.
    """
    while not path.parent.is_dir() and path.parent != path.parent.parent:
        path = path.parent
    try:
        neighbours = sorted(entry.name for entry in path.parent.iterdir())
    except OSError:
        neighbours = []
    # Endings are mostly the same, so names must be more alike than other words.
    return did_you_mean(path.name, [*words, *neighbours], alike=0.8)
