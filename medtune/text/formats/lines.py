"""Files of JSON lines, read a line at a time; what is wrong with a line costs that line only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from medtune.text.faults import FaultError

MOST = 4 * 2**20  # bytes of one record


def read_lines(path: Path) -> Iterator[tuple[int, dict[str, Any] | FaultError]]:
    """The objects of a file of JSON lines, with their rows, or what is wrong with them.

    Args:
        path: of the file; empty lines are passed over, a byte order mark is not read.

    Yields:
        The row, counted from 1, and its object or its fault. No more than 4 MiB of a line is ever
        held in memory.
    """
    with path.open("rb") as file:
        row = 0
        while line := file.readline(MOST + 1):
            row += 1
            if len(line) > MOST:
                while line and not line.endswith(b"\n"):
                    line = file.readline(MOST)
                yield row, FaultError("record_too_long", "the line has more than 4 MiB")
                continue
            if row == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            if line.strip():
                yield row, _object(line)


def short(value: str) -> str:
    """The same text.

    Raises:
        FaultError: record_too_long, of a cell as of a line.
    """
    if len(value) > MOST or len(value.encode()) > MOST:
        raise FaultError("record_too_long", "the row has more than 4 MiB")
    return value


def _object(line: bytes) -> dict[str, Any] | FaultError:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        return FaultError("wrong_encoding", f"byte {error.start + 1} of the line is not UTF-8 text")
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        return FaultError("not_json", f"the line is not JSON: {error.msg}, column {error.colno}")
    except RecursionError:
        return FaultError("not_json", "the line is nested too deeply")
    if "\\ud" in text.lower() and not _is_unicode(value):
        said = "the line is no Unicode text: it has half a letter (\\ud800 to \\udfff alone)"
        return FaultError("wrong_encoding", said)
    if not isinstance(value, dict):
        return FaultError("data_type", f"the line is {_kind(value)}, not an object")
    return value


def _is_unicode(value: object) -> bool:
    """Whether all that an object says can be written down; JSON can escape half a letter."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _kind(value: object) -> str:
    if value is None:
        return "null"
    names = {
        list: "a list",
        str: "a text",
        bool: "true or false",
        int: "a number",
        float: "a number",
    }
    return names[type(value)]
