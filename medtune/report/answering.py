"""Answered without a person: from which probability on, and what that was chosen on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from medtune.report.cells import Cells
from medtune.report.printed import printed_threshold
from medtune.report.tables import Row, Table, row
from medtune.report.words import Words
from medtune.tables.results import Result


@dataclass(frozen=True)
class Answered:
    """What is printed of one target of classes.

    Attributes:
        promise: the bar in words.
        cuts: from which probability on each model answers, a row a model.
    """

    promise: str
    cuts: Table


def answered(result: Result, cells: Cells, words: Words) -> list[Answered]:
    """Every target of classes for which a bar was declared.

    Args:
        result: what was found.
        cells: of the result.
        words: of the language.
    """
    by_target: dict[str, dict[str, Mapping[str, Any]]] = {}
    for told in result.settings.get("answers", []):
        by_target.setdefault(told["target"], {})[told["model"]] = told
    return [_target(target, told, cells, words) for target, told in by_target.items()]


def _target(
    target: str, told: Mapping[str, Mapping[str, Any]], cells: Cells, words: Words
) -> Answered:
    models = [model for model in cells.models if model in told]
    first = told[models[0]]
    promise = words.alone_promise.format(
        precision=words.percent(first["precision"]),
        confidence=words.percent(first["confidence"]),
        patients=first["groups"],
    )
    caption = words.alone_caption.format(finding=words.finding_title(target))
    rows = [_row(words.model_name(model), told[model], words) for model in models]
    return Answered(promise, Table(caption, list(words.alone_columns), rows))


def _row(name: str, told: Mapping[str, Any], words: Words) -> Row:
    if told["score"] is None:
        return Row(name, [], words.alone_nothing.format(reason=told["reason"]))
    counted = words.cut_of.format(wrong=told["wrong"], decided=told["answered"])
    return row(name, [printed_threshold(float(told["score"])), counted])
