"""A run file to start from: every setting with what it means, written from the schema."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from medtune.config.any_run import NAME
from medtune.config.data import TAKEN, JoinKey, formats_of
from medtune.config.near import did_you_mean
from medtune.config.run import Run
from medtune.config.run_kinds import RUN_OF
from medtune.config.text_run import TextRun
from medtune.config.written import Explained
from medtune.errors import DataError, InputError, RunError
from medtune.tables.nouns import retold
from medtune.workflow.texts.new import of_other_formats, told_by

if TYPE_CHECKING:
    import pandas as pd

MOST_CLASSES = 12  # of a column that is taken for a target
NO_CLASS = ("", "nan", "na", "n/a", "null")  # "none" and "unknown" may be classes
HEADER = """\
# A run of medtune. Look through the data:  medtune check {file}
# then:                                     medtune train {file}
# and:                                      medtune evaluate {file}
# A setting behind a '#' has the value that is shown; take the '#' away to change it.
# Paths are relative to this file.
"""


def new(
    path: Path,
    *,
    images: Path | None = None,
    labels: Path | None = None,
    task: str = "xray_findings",
    files: Path | None = None,
    say: Callable[[str], object] | None = None,
) -> Path:
    """Write a run file that explains every setting of its task. Nothing is ever overwritten.

    Args:
        path: the file; its name without the ending becomes the name of the run.
        images: folder of DICOM files; a placeholder is written without it.
        labels: label table; its columns of labels, as ``read_labels`` reads them, are written as
            the findings (without any, columns of few different values as targets), and the first
            column that images have too as the key.
        task: what is learned.
        files: of a task about texts: the file, or the folder of documents; how it is written and
            whose its records are is told by its first record.
        say: is given which columns of the label table were left out and why, a sentence each, once
            the file is written.

    Returns:
        The path.

    Raises:
        RunError: the file exists already.
        InputError: the name has characters that a run's name cannot have, there is no such task, or
            what is given is not for it.
        DataError: the label table or the file cannot be read, or is not of a task's formats.
    """
    if not re.match(NAME, path.stem):
        raise InputError(
            f"'{path.stem}' cannot be the name of a run. {Run.model_fields['name'].description}"
        )
    schema = RUN_OF.get(task)
    if schema is None:
        raise InputError(
            f"There is no task '{task}'.{did_you_mean(task, RUN_OF)} "
            f"{Run.model_fields['task'].description}"
        )
    given = {"name": path.stem, **schema.begins}
    others = schema.others
    told: Callable[[str], str] = str
    notes: list[str] = []
    if issubclass(schema, TextRun):
        _refuse("films", task, images=images, labels=labels)
        if files is not None:
            usual, formats = str(schema.begins["data"]["format"]), formats_of(schema.begins["task"])
            found = {"files": _beside(path, files), **told_by(files, usual, formats)}
            given["data"] = {**schema.begins["data"], **found}
        others |= of_other_formats(given["data"]["format"])
        told = partial(retold, about=schema.about)
    else:
        _refuse("texts", task, files=files)
        given["data"] = {**schema.begins["data"], **_of_films(path, images, labels, notes)}
        if "targets" in given["data"]:
            del given["data"]["findings"]
    lines = Explained(others, told).lines(schema, given)
    text = "\n".join([HEADER.format(file=path.name), *lines, ""])
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise RunError(
            f"{path.name} exists already, and is not overwritten. Give another name."
        ) from None
    if say is not None:
        for note in notes:
            say(note)
    return path


def _refuse(about: str, task: str, **given: Path | None) -> None:
    """Refuse what is another task's.

    Raises:
        InputError: says which.
    """
    for name, path in given.items():
        if path is not None:
            raise InputError(f"--{name} is for runs about {about}, and the task is {task}.")


def _of_films(
    path: Path, images: Path | None, labels: Path | None, notes: list[str]
) -> dict[str, Any]:
    """What is said of the data of a run about films; what a person should know is noted."""
    data: dict[str, Any] = {}
    if images is not None:
        data["images"] = _beside(path, images)
    if labels is not None:
        data |= {"labels": _beside(path, labels), **_from_table(labels, notes)}
    return data


def _beside(path: Path, other: Path) -> str:
    """A path as it is written in the run file: relative to it, unless it was given whole."""
    return str(other) if other.is_absolute() else os.path.relpath(other, path.parent)


def _from_table(labels: Path, notes: list[str]) -> dict[str, Any]:
    """The key and the findings that the columns of a label table suggest."""
    from medtune.films.label_columns import label_columns, told
    from medtune.tables.schema import read_text_table

    table = read_text_table(labels)
    if table.empty:
        raise DataError(f"{labels.name} has no row, only the names of its columns.")
    columns = label_columns(table)
    targets = {} if columns.findings else _targets_from(table)
    notes += told(labels, columns, targets)
    return {
        **({"join_on": columns.key} if columns.key else {}),
        **({"findings": columns.findings} if columns.findings else {}),
        **({"targets": targets} if targets else {}),
    }


def _targets_from(table: pd.DataFrame) -> dict[str, Any]:
    """Where no column is a finding: columns that look like a grade, else like one of classes."""
    grades: dict[str, Any] = {}
    classes: dict[str, Any] = {}
    for name in table.columns:
        cells = table[name].str.strip()
        values = cells[~cells.str.lower().isin(NO_CLASS)]
        words = sorted(set(values))
        if str(name) in (*TAKEN, *get_args(JoinKey)) or not 2 <= len(words) <= MOST_CLASSES:
            continue
        if 2 * len(words) > len(values):  # hardly any occurs twice: rather a name or a number
            continue
        if words == [str(grade) for grade in range(len(words))]:
            grades[str(name)] = {"kind": "ordinal", "classes": words}
        elif not any(set(word) & set("|=") for word in words):
            classes[str(name)] = {"kind": "multiclass", "classes": words}
    return grades or classes
