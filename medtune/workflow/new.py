"""A run file to start from: every setting with what it means, written from the schema."""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import yaml
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from medtune.config.any_run import NAME
from medtune.config.data import TAKEN, JoinKey
from medtune.config.located import Dumper
from medtune.config.run import Run
from medtune.config.section import Section
from medtune.errors import InputError, RunError

if TYPE_CHECKING:
    import pandas as pd

WIDTH = 96
MOST_CLASSES = 12  # of a column that is taken for a target
HEADER = """\
# A run of medtune. Look through the data:  medtune check {file}
# then:                                     medtune train {file}
# and:                                      medtune evaluate {file}
# A setting behind a '#' has the value that is shown; take the '#' away to change it.
# Paths are relative to this file.
"""


def new(path: Path, *, images: Path | None = None, labels: Path | None = None) -> Path:
    """Write a run file that explains every setting. Nothing is ever overwritten.

    Args:
        path: the file; its name without the ending becomes the name of the run.
        images: folder of DICOM files; a placeholder is written without it.
        labels: label table; its columns of 0, 1 (and -1) are written as the findings (without any,
            columns of few different values as targets), and the first column that images have too
            as the key.

    Returns:
        The path.

    Raises:
        RunError: the file exists already.
        InputError: the name has characters that a run's name cannot have.
        DataError: the label table cannot be read.
    """
    if not re.match(NAME, path.stem):
        raise InputError(
            f"'{path.stem}' cannot be the name of a run. {Run.model_fields['name'].description}"
        )
    given: dict[str, Any] = {
        "name": path.stem,
        "data": {"images": "dicom", "labels": "labels.csv", "findings": ["pneumothorax"]},
        "model": {"backbone": "timm/convnext_tiny.fb_in22k_ft_in1k"},
    }
    if images is not None:
        given["data"]["images"] = _beside(path, images)
    if labels is not None:
        given["data"] |= {"labels": _beside(path, labels), **_from_table(labels)}
        if "targets" in given["data"]:
            del given["data"]["findings"]
    text = HEADER.format(file=path.name) + "\n" + "\n".join(_lines(Run, given, "")) + "\n"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise RunError(
            f"{path.name} exists already, and is not overwritten. Give another name."
        ) from None
    return path


def _beside(path: Path, other: Path) -> str:
    """A path as it is written in the run file: relative to it, unless it was given whole."""
    return str(other) if other.is_absolute() else os.path.relpath(other, path.parent)


def _from_table(labels: Path) -> dict[str, Any]:
    """The key and the findings that the columns of a label table suggest."""
    import pandas as pd

    from medtune.tables.schema import read_table

    table = read_table(labels)
    keys = [key for key in get_args(JoinKey) if key in table.columns]
    findings = []
    for name in table.columns:
        if str(name) in TAKEN:  # an attribute, such as portable, may be 0 or 1 too
            continue
        values = pd.to_numeric(table[name], errors="coerce")
        is_number = values.notna().eq(table[name].notna()).all()
        if is_number and values.notna().any() and values.dropna().isin([0, 1, -1]).all():
            findings.append(str(name))
    return {
        **({"join_on": keys[0]} if keys else {}),
        **({"findings": findings} if findings else _targets_from(table)),
    }


def _targets_from(table: pd.DataFrame) -> dict[str, Any]:
    """Where no column is a finding: columns that look like a grade, else like one of classes."""
    grades: dict[str, Any] = {}
    classes: dict[str, Any] = {}
    for name in table.columns:
        values = table[name].dropna()
        words = sorted({str(value).strip() for value in values} - {""})
        if str(name) in (*TAKEN, *get_args(JoinKey)) or not 2 <= len(words) <= MOST_CLASSES:
            continue
        if 2 * len(words) > len(values):  # hardly any occurs twice: rather a name or a number
            continue
        if words == [str(grade) for grade in range(len(words))]:
            grades[str(name)] = {"kind": "ordinal", "classes": words}
        elif not any(set(word) & set("|=") for word in words):
            classes[str(name)] = {"kind": "multiclass", "classes": words}
    found = grades or classes
    return {"targets": found} if found else {}


def _lines(section: type[Section], given: dict[str, Any], indent: str) -> Iterator[str]:
    """The settings of one section, each under its description; the given ones are set."""
    for name, field in section.model_fields.items():
        yield from textwrap.wrap(
            field.description or "",
            WIDTH,
            initial_indent=f"{indent}# ",
            subsequent_indent=f"{indent}# ",
        )
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            yield f"{indent}{name}:"
            yield from _lines(kind, given.get(name, {}), indent + "  ")
        elif name in given:
            yield f"{indent}{name}: {_flow(given[name])}"
        else:
            yield f"{indent}#{name}: {_flow(_default(field))}"
        if not indent:
            yield ""


def _default(field: FieldInfo) -> Any:
    return to_jsonable_python(field.get_default(), exclude_none=True)


def _flow(value: Any) -> str:
    """A value on one line of YAML."""
    text = yaml.dump(
        value, Dumper=Dumper, default_flow_style=True, width=10_000, allow_unicode=True
    )
    return text.removesuffix("\n...\n").removesuffix("\n")
