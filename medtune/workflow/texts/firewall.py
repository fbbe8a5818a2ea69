"""What would make a test of texts look better than it is: one text on both sides of a split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from medtune.config.text_run import TextRun
from medtune.errors import LeakError
from medtune.tables.amounts import counted
from medtune.tables.leaks import leaks_table
from medtune.tables.splits import HELD_OUT
from medtune.text.cases import Texts, plain_texts
from medtune.text.duplicates import find_twins

RANK = {"train": 0, "tune": 1, "calibration": 2, "test": 3}
SHOWN = 12


@dataclass(frozen=True)
class Doubles:
    """Texts that stand in the data more than once.

    Attributes:
        leaks: see ``tables.leaks``: those in several splits.
        inside: how many groups of equal texts, or pairs of near ones, are of one split.
        drop: case_ids whose text stands in a later split (tune, calibration, test) too.
    """

    leaks: pd.DataFrame
    inside: int
    drop: list[str]


def find_doubles(texts: Texts, splits: pd.DataFrame) -> Doubles:
    """Texts that are the same, or nearly so.

    Args:
        texts: of the run.
        splits: of all of them; what is in none is left aside.
    """
    split_of = splits.set_index("case_id")["split"]
    split_of = split_of[split_of != HELD_OUT]
    messages = texts.messages[texts.messages.index.isin(split_of.index)]
    names = messages.index.tolist()
    twins = find_twins(plain_texts(messages.tolist()))
    # of equal texts each is paired with the first only, which stands for all of them elsewhere
    alike: dict[int, list[int]] = {}
    for pair in twins:
        if pair.similarity == 1:
            alike.setdefault(pair.first, [pair.first]).append(pair.second)
    groups = [(members, members, 1.0) for members in alike.values()]
    for pair in twins:
        if pair.similarity < 1:
            ours, theirs = (alike.get(at, [at]) for at in (pair.first, pair.second))
            groups.append((ours, theirs, pair.similarity))
    found: list[tuple[str, Sequence[str], str]] = []
    inside, drop = 0, set()
    for ours, theirs, similarity in groups:
        members = [names[at] for at in dict.fromkeys([*ours, *theirs])]
        there = {name: str(split_of[name]) for name in members}
        if len(set(there.values())) == 1:
            inside += 1
            continue
        for one, others in ((ours, theirs), (theirs, ours)):
            last = max(RANK[there[names[at]]] for at in others)
            drop |= {names[at] for at in one if RANK[there[names[at]]] < last}
        kind = "same_text" if similarity == 1 else "near_text"
        of = " and ".join(sorted(set(there.values()), key=RANK.__getitem__))
        words = f"{len(members)} texts of {of} share {100 * similarity:.0f} % of their words"
        found.append((kind, members, words))
    return Doubles(leaks_table(found, splits), inside, sorted(drop))


def without_doubles(
    run: TextRun, doubles: Doubles, splits: pd.DataFrame, allow: Sequence[str]
) -> pd.DataFrame:
    """The splits without texts that another split has, where the run drops them.

    Raises:
        LeakError: the run stops at them.
    """
    stopping = doubles.leaks[doubles.leaks["stops"] & ~doubles.leaks["leak"].isin(allow)]
    if run.data.duplicates == "drop":
        return splits[~splits["case_id"].isin(doubles.drop)].reset_index(drop=True)
    if len(stopping):
        shown = [f"  {row.leak}: {row.words}" for row in stopping.head(SHOWN).itertuples()]
        more = len(stopping) - len(shown)
        raise LeakError(
            "\n".join([
                f"{counted(len(stopping), 'text', 'stands')} in two splits, so that the "
                "test would be known before:",
                *shown,
                *([f"  ... {more} more"] if more else []),
                "Write 'data.duplicates: drop' to leave them out of the split that teaches, or "
                "name each with --allow where it is harmless.",
            ])
        )  # fmt: skip
    return splits
