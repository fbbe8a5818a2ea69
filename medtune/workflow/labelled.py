"""Which films teach, and whether splits have enough labels to teach and to select by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from medtune.config.data import XrayData
from medtune.config.run import Run
from medtune.errors import DataError


def refuse_targets(run: Run, what: str) -> None:
    """Refuse a verb that knows findings only.

    Args:
        run: the run.
        what: the verb does, as a noun.

    Raises:
        DataError: the run has targets.
    """
    if run.data.targets:
        raise DataError(
            f"{what} is for findings, present or absent; this run has {run.data.kind} targets: "
            f"{', '.join(run.data.targets)}."
        )


def label_words(data: XrayData, case: Mapping[Any, Any]) -> list[str]:
    """What is known of a case: its findings and what it does not have, or its targets' labels."""
    if data.findings:
        present = [name for name in data.findings if case[name] == 1]
        return present or [f"no {name}" for name in data.findings if case[name] == 0]
    return [
        f"{name} {case[name]:g} {target.unit}" if target.unit else f"{name} {case[name]}"
        for name, target in data.targets.items()
        if case[name] is not None and not pd.isna(case[name])
    ]


def teaches(data: XrayData, cases: pd.DataFrame) -> pd.Series:
    """Which cases have any label, be it an uncertain one that some policy teaches."""
    return cases[data.learned].notna().any(axis=1) | (cases["uncertain"].fillna("") != "")


def refuse_poor_splits(usable: dict[str, pd.DataFrame], data: XrayData) -> None:
    """Refuse splits that cannot teach or cannot select.

    Args:
        usable: the readable cases of train and of tune.
        data: the run's data section.

    Raises:
        DataError: no finding has both values in train, or in tune; a class has no film in train;
            no target has two different labels in train, or in tune.
    """
    for name, part in usable.items():
        varied = [each for each in data.learned if part[each].nunique() > 1]
        if not varied:
            said = "; ".join(_counts(data, part, each) for each in data.learned[:5])
            both = "both present and absent films" if data.findings else "two different labels"
            what = "finding" if data.findings else "target"
            raise DataError(
                f"No {what} has {both} in the {name} split ({said}). "
                "More labelled studies are needed, or another 'data.split'."
            )
    for name, target in data.targets.items():
        there = set(usable["train"][name].dropna())
        missing = [each for each in target.classes or [] if each not in there]
        if missing:
            raise DataError(
                f"No film of the train split is labelled {' or '.join(missing)} for '{name}': what "
                "is never seen cannot be learnt. Take it away from 'data.targets', label more "
                "studies, or take another 'data.split.seed'."
            )


def _counts(data: XrayData, part: pd.DataFrame, name: str) -> str:
    if data.findings:
        present, absent = int((part[name] == 1).sum()), int((part[name] == 0).sum())
        return f"{name}: {present} present, {absent} absent"
    return f"{name}: {int(part[name].notna().sum())} labelled, {part[name].nunique()} different"
