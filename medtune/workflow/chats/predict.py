"""A finished language model answers new questions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from medtune.errors import DataError
from medtune.tables.schema import read_text_table, write_table
from medtune.text.conversation import Message
from medtune.text.faults import FaultError
from medtune.text.formats.chat import content_of, role_of
from medtune.text.formats.lines import read_lines
from medtune.workflow.chats.finished import open_finished
from medtune.workflow.progress import say, silent

LINES = (".jsonl", ".json")
ASKS = ("user", "tool")
CUT = "cut at 'generation.max_tokens'"
TOLD_EVERY = 50  # questions
COLUMNS = ["row", "answer", "bits_per_byte", "decision", "refused", "reason"]

Asked = tuple[int, tuple[Message, ...] | FaultError]


def predict(
    folder: Path,
    file: Path,
    out: Path,
    *,
    names: Path | None = None,
    settings: Sequence[str] = (),
    show: bool = True,
) -> pd.DataFrame:
    """Answer the last question of each conversation of a file.

    Args:
        folder: of the finished run.
        file: JSON lines with ``messages`` (of which an answer at the end is not read) or
            ``prompt``, or a table with the column ``prompt``.
        out: table to write.
        names: list of names to replace; the run's own by default.
        settings: overrides of the run's section 'generation'.
        show: whether progress is shown on stderr.

    Returns:
        A row a conversation: row (as an editor counts it), answer, bits_per_byte (how far from
        sure of its own words the model is), decision ('not decided': see ``text.sure``), refused,
        reason (why it is refused, or that the answer is cut).

    Raises:
        InputError: the run is not finished, a setting is of training, there is no question, or
            the run's list of names has gone.
    """
    tell = say if show else silent
    finished = open_finished(folder, settings, names)
    asked = list(_asked(file))
    if not asked:
        raise DataError(f"{file.name} has no record.")
    rows: list[tuple[int, str | None, float | None, str | None, bool, str | None]] = []
    for number, (row, turns) in enumerate(asked, start=1):
        try:
            if isinstance(turns, FaultError):
                raise turns
            said = finished.answer(turns)
        except FaultError as fault:
            rows.append((row, None, None, None, True, f"{fault.said} [{fault.name}]"))
            continue
        sure = said.sure
        why = None if said.whole else CUT
        rows.append((row, said.text, sure.bits_per_byte, sure.decision, False, why))
        if number % TOLD_EVERY == 0:
            tell(f"{number} of {len(asked)} answered")
    table = pd.DataFrame(rows, columns=COLUMNS).astype({"bits_per_byte": float})
    write_table(table, out)
    return table


def _asked(file: Path) -> Iterator[Asked]:
    """Row, and the turns until the last question or why there is none.

    Raises:
        DataError: there is no such file, or no such column.
    """
    if not file.is_file():
        raise DataError(f"There is no file {file.name}.")
    if file.suffix.lower() in LINES:
        for row, record in read_lines(file):
            yield row, record if isinstance(record, FaultError) else _turns(record)
        return
    table = read_text_table(file)
    if "prompt" not in table:
        raise DataError(f"{file.name} has no column 'prompt'.")
    for at, cell in enumerate(table["prompt"].tolist()):
        yield at + 2, _turns({"prompt": "" if cell is None else str(cell)})


def _turns(record: dict[str, Any]) -> tuple[Message, ...] | FaultError:
    """The turns of a record until the last question."""
    listed = record.get("messages", [{"role": "user", "content": record.get("prompt")}])
    try:
        if not isinstance(listed, list) or not listed:
            raise FaultError("missing_messages_list", "there is no list 'messages'")
        turns = []
        for number, each in enumerate(listed, start=1):
            if not isinstance(each, dict):
                raise FaultError("data_type", f"message {number} is not an object")
            role = role_of(number, each.get("role"))
            turns.append(Message(role, content_of(number, each.get("content"))))
        while turns and turns[-1].role not in ASKS:
            turns.pop()
        if not turns:
            raise FaultError("no_question", "nobody asks anything")
    except FaultError as fault:
        return fault
    return tuple(turns)
