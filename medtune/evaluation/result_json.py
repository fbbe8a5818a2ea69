"""A result as strict JSON: what has no value is null, never NaN."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd

from medtune.tables.results import SCHEMA_VERSION, Result


def result_as_json(result: Result) -> dict[str, Any]:
    """Everything of a result but curves and pictures, as plain JSON values.

    Args:
        result: what ``evaluate`` returned.

    Returns:
        schema_version, question, primary, answer, verdict, control_passed, spread, measures,
        differences, warnings, settings, flow; tables as lists of rows.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "question": result.question,
        "primary": _plain(result.primary),
        "answer": result.answer,
        "verdict": result.verdict,
        "control_passed": result.control_passed,
        "spread": _plain(result.spread),
        "measures": plain_rows(result.measures),
        "differences": plain_rows(result.differences),
        "warnings": _plain(result.warnings),
        "settings": _plain(result.settings),
        "flow": plain_rows(result.flow),
    }


def plain_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """A table as a list of rows of plain values."""
    columns = [[_plain(value) for value in table[name]] for name in table.columns]
    return [dict(zip(table.columns, row, strict=True)) for row in zip(*columns, strict=True)]


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, np.ndarray):
        return [_plain(inner) for inner in value.tolist()]
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(inner) for inner in value]
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def result_schema() -> dict[str, Any]:
    """The JSON schema of ``result.json``, every word of it explained (draft 2020-12)."""
    text = (files("medtune.evaluation") / "result.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema
