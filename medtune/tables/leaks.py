"""The leaks: what would make a test look better than it is, or a label wrong; each has a name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Final

import pandas as pd

from medtune.tables.schema import TEXT, declare
from medtune.tables.splits import HELD_OUT

COLUMNS: Final = {
    "leak": TEXT,  # its name, which --allow takes
    "kind": TEXT,
    "stops": "boolean",  # whether a run is stopped by it
    "splits": TEXT,  # in which its cases are, separated by bars
    "cases": TEXT,  # their case_ids, separated by bars
    "words": TEXT,
}
KINDS: Final = {
    "same_film": "One picture stands in the data more than once.",
    "near_duplicate": "Two films of two patients are nearly the same picture.",
    "look_alike": "Two films of two patients are suspiciously alike.",
    "same_patient": "Two patient IDs look like one person.",
    "same_uid": "Two files have the same SOP instance UID and other pictures.",
    "study_of_several": "One study has films of several patients.",
    "seen_by_generic": "A test case is among what another model learnt from.",
    "other_label": "One picture has two different labels.",
    "row_of_another": "A label row speaks of another person than the film's header.",
    "negative": "A film looks negative, whatever its header says.",
    "same_text": "One text stands in the data more than once.",
    "near_text": "Two texts are nearly the same.",
    "impossible_date": "A film was taken in the future, or before its patient was born.",
}
"""The closed list of kinds, and what each is."""

ALWAYS_STOP: Final = frozenset(
    {"study_of_several", "seen_by_generic", "row_of_another", "other_label"}
)
NEVER_STOP: Final = frozenset({"look_alike", "negative", "impossible_date"})
BAR: Final = "|"


def leaks_table(
    found: Iterable[tuple[str, Sequence[str], str]], splits: pd.DataFrame
) -> pd.DataFrame:
    """The table of leaks.

    A leak stops a run where its cases are in several splits, or where its kind always does; what
    stays inside of one split cannot make a test look better.

    Args:
        found: kind, case_ids and plain words of each.
        splits: case_id and split.
    """
    split_of = splits.set_index("case_id")["split"]
    rows = []
    for kind, cases, words in found:
        assert kind in KINDS, kind
        inside = split_of.reindex(list(cases)).dropna()
        there = [name for name in pd.unique(inside) if name != HELD_OUT]
        stops = kind not in NEVER_STOP and (kind in ALWAYS_STOP or len(there) > 1)
        rows.append((leak_name(kind, cases), kind, stops, there, cases, words))
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    for column in ("splits", "cases"):
        table[column] = [BAR.join(sorted(names)) for names in table[column]]
    table = table.sort_values(["stops", "kind", "leak"], ascending=[False, True, True])
    return declare(table.reset_index(drop=True), COLUMNS, "leaks")


def leak_name(kind: str, cases: Iterable[str]) -> str:
    """The name of a leak: its kind and what its cases are, the same wherever it is found."""
    digest = blake2b("\n".join(sorted(cases)).encode(), digest_size=4)
    return f"{kind}:{digest.hexdigest()}"
