"""Which columns of a label table are findings, by what they hold; and why the others are not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import pandas as pd

from medtune.config.data import TAKEN, JoinKey
from medtune.films.labels import ACCEPTED, as_labels, plain_name

HAVE_IT = "the tables of a run have a column of this name"
BAR = "the name of a finding has no '|'"
SAYS_NOTHING = "no row says present, absent or uncertain"


@dataclass(frozen=True)
class LabelColumns:
    """What the columns of a label table are.

    Attributes:
        key: what the table can be joined on; None without such a column.
        findings: columns whose every cell is a label, as ``read_labels`` reads them.
        others: columns that are neither, and why. Of a cell that is no label its line is told,
            never what it holds: it may name a patient.
        strange: those of the others that hold something else than labels.
    """

    key: JoinKey | None
    findings: list[str]
    others: Mapping[str, str]
    strange: list[str]


def label_columns(table: pd.DataFrame) -> LabelColumns:
    """Look at all columns of a table of texts.

    Args:
        table: as ``read_text_table`` reads it.
    """
    plain = {plain_name(name) for name in table.columns}
    keys: tuple[JoinKey, ...] = get_args(JoinKey)
    findings, others, strange = [], dict[str, str](), []
    for name in table.columns:
        if plain_name(name) in map(plain_name, keys):
            continue
        why = _unlike_a_finding(name)
        if not why:
            values, no_label = as_labels(table[name])
            if no_label.any():
                strange.append(name)
                why = f"line {int(no_label.to_numpy().argmax()) + 2} holds no label"
            elif values.isna().all():
                why = SAYS_NOTHING
        if why:
            others[name] = why
        else:
            findings.append(name)
    key = next((key for key in keys if plain_name(key) in plain), None)
    return LabelColumns(key, findings, others, strange)


def told(path: Path, columns: LabelColumns, taken: Mapping[str, object]) -> Iterator[str]:
    """Which columns were left out, in sentences for a person; none where all were taken.

    Args:
        path: of the table.
        columns: what they are.
        taken: those of the others that are targets.
    """
    by_reason: dict[str, list[str]] = {}
    for name, why in columns.others.items():
        if name not in taken:
            by_reason.setdefault(why, []).append(f"'{name}'")
    for why, names in by_reason.items():
        yield f"{path.name}: left out {', '.join(names)}: {why}."
    if any(name not in taken for name in columns.strange):
        yield ACCEPTED


def _unlike_a_finding(name: str) -> str:
    """Why a column of this name is no finding, whatever it holds; empty where it can be one."""
    if name in TAKEN:  # an attribute, such as portable, may be 0 or 1 too
        return HAVE_IT
    return BAR if "|" in name else ""
