"""Page one as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from medtune.report.cells import Cell, Cells
from medtune.report.front import three_numbers
from medtune.report.kinds import FIRST
from medtune.report.languages import words_for
from medtune.report.words import ENGLISH
from medtune.tables.results import Result


def page_one(result: Result) -> list[str]:
    """The question, the answer, and the numbers that stand under it, with what is beside each.

    Args:
        result: what was found.
    """
    return [result.question, result.answer, *_numbers(result)]


def _numbers(result: Result) -> Iterator[str]:
    words, cells = words_for(result, ENGLISH), Cells(result)
    for number in three_numbers(result, cells, words, FIRST.get(cells.kind, ())):
        beside = (f"{name} {_said(cell)}" for name, cell in number.beside)
        yield f"{number.label}: {_said(number.cell)}; {'; '.join(beside)}"


def _said(cell: Cell) -> str:
    if cell.reason:
        return f"not estimable ({cell.reason})"
    return f"{cell.text} ({cell.interval})" if cell.interval else cell.text
