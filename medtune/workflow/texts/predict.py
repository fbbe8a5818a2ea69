"""A finished language model on new texts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.config.load import load_run
from medtune.config.text_run import TextRun
from medtune.errors import DataError, InputError, RunError
from medtune.learning.hardware import choose
from medtune.learning.predict import score
from medtune.run_folder import RunFolder
from medtune.tables.schema import read_text_table, write_table
from medtune.text.card import Card
from medtune.text.formats.lines import read_lines
from medtune.text.redact import Redactor
from medtune.text.samples import Questions
from medtune.text.store import Stored, tokens_of_questions
from medtune.text.sure import HAND_OVER
from medtune.text.trained import load
from medtune.workflow.texts.gather import finder_of, names_in

BY_HAND = "a person should answer"
LINES = (".jsonl", ".json")


def predict(
    folder: Path, file: Path, out: Path, *, names: Path | None = None, show: bool = True
) -> pd.DataFrame:
    """Say the class of each text of a file, or hand it over to a person.

    Args:
        folder: of the finished run.
        file: JSON lines or a table with the run's field of the question.
        out: table to write.
        names: list of names to replace; the run's own by default.
        show: nothing takes long enough to be shown.

    Returns:
        A row a text: row (as an editor counts it), target, class (the most probable one), score
        (its probability), threshold, decision (the class, or 'hand over'), refused, reason.

    Raises:
        InputError: the run is not finished, there is no text, or its list of names has gone.
    """
    run = load_run(RunFolder(folder).config, files_must_exist=False)
    if not isinstance(run, TextRun):
        raise RunError(f"The run {folder.name} is not about texts.")
    model = load(folder)
    card, task = model.card, model.card.learns
    asked = list(_asked(file, run.data.text))
    if not asked:
        raise DataError(f"{file.name} has no record.")
    redact = redactor_of(run, card, names)
    texts = [redact(text).strip() for _, text, reason in asked if not reason]
    scores = np.full((len(asked), len(task.columns)), np.nan)
    there = np.array([not reason for _, _, reason in asked])
    if texts:
        samples = samples_of(model.tokenizer, texts, card.max_tokens, task.outputs)
        found = score(task, model.network, samples, choose(run.training))
        scores[there] = task.table(found)
    rows = pd.Series([row for row, _, _ in asked])
    reasons = pd.Series([reason or None for _, _, reason in asked], dtype=object)
    table = table_of(card, rows, scores, reasons)
    write_table(table, out)
    return table


def redactor_of(run: TextRun, card: Card, names: Path | None) -> Redactor:
    """What replaces identifiers as before the model learnt: a name left in would be news to it.

    Raises:
        InputError: the list of names or what finds them in prose cannot be had, or the model learnt
            with names left in.
    """
    own = run.data.redact.names
    if names is not None and "NAME" not in card.redact:
        raise InputError(
            f"--names cannot be used: the run {card.name} replaced no names before it learnt "
            "('data.redact.kinds' has no NAME)."
        )
    if names is None and own is not None and not own.is_file():
        raise InputError(
            f"The run {card.name} learnt from texts whose names were replaced by [NAME], and the "
            f"list of them, {own.name}, is not there any more. Put it back, or give one with "
            "--names (an empty file leaves all names in). Nothing was read."
        )
    listed = names or own
    finder = finder_of(run.data.redact)
    return Redactor([] if listed is None else names_in(listed), card.redact, finder)


def _asked(file: Path, field: str) -> Iterator[tuple[int, str, str]]:
    """Row, text and why it cannot be read, of each record.

    Raises:
        DataError: there is no such file, or no such column.
    """
    if not file.is_file():
        raise DataError(f"There is no file {file.name}.")
    if file.suffix.lower() not in LINES:
        table = read_text_table(file)
        if field not in table:
            raise DataError(f"{file.name} has no column '{field}'.")
        for at, cell in enumerate(table[field].tolist()):
            yield at + 2, str(cell), "" if str(cell).strip() else f"'{field}' says nothing"
        return
    for row, record in read_lines(file):
        text: Any = record.get(field) if isinstance(record, dict) else None
        if isinstance(text, str) and text.strip():
            yield row, text, ""
        elif isinstance(record, dict):
            yield row, "", f"'{field}' says nothing"
        else:
            yield row, "", str(record)


def samples_of(tokenizer: Any, texts: list[str], most: int, outputs: int) -> Questions:
    """Texts as ``learning`` wants them, nothing of them known."""
    ids = [np.asarray(one[:most], np.int32) for one in tokens_of_questions(tokenizer, texts)]
    names = [str(at) for at in range(len(ids))]
    stored = Stored(
        pd.Series(np.arange(len(ids)), index=names),
        np.concatenate(ids),
        np.cumsum([0, *map(len, ids)]),
        np.zeros(len(ids), np.int64),
    )
    nothing = np.zeros((len(ids), outputs), np.float32), np.zeros((len(ids), outputs), bool)
    return Questions(stored, names, *nothing)


def table_of(
    card: Card, rows: pd.Series, scores: NDArray[np.float64], reasons: pd.Series
) -> pd.DataFrame:
    """The table of what is said, a row a text and target.

    Args:
        card: of the model.
        rows: (N,) of the file.
        scores: (N, C) as the model's targets have them; NaN where a text was not read.
        reasons: (N,) why it was not; empty where it was.
    """
    parts, start = [], 0
    asked = reasons.isna().to_numpy()
    for name, target in card.declared.items():
        classes = np.array(target.classes or [], dtype=object)
        here = scores[:, start : start + len(classes)]
        start += len(classes)
        table = pd.DataFrame({"row": rows, "target": name})
        best = np.where(asked, np.nan_to_num(here).argmax(axis=1), 0)
        table["class"] = pd.Series(classes[best], dtype=object).where(asked, None)
        table["score"] = np.where(asked, here.max(axis=1), np.nan)
        cut = card.answers.get(name, {}).get("score")
        table["threshold"] = np.nan if cut is None else cut
        alone = table["score"] >= (np.inf if cut is None else cut)
        by_hand = (table["class"] == card.by_hand.get(name)).fillna(False)
        answered = alone & ~by_hand
        table["decision"] = table["class"].where(answered, HAND_OVER).where(asked, None)
        table["refused"] = ~asked
        why = "no cut was set on calibration" if cut is None else "not sure enough"
        table["reason"] = reasons.where(~asked, pd.Series(f"{why}: {BY_HAND}", rows.index))
        table.loc[answered & asked, "reason"] = None
        table.loc[by_hand & asked, "reason"] = f"none of ours: {BY_HAND}"
        parts.append(table)
    return pd.concat(parts, ignore_index=True)
