"""Tables of text: every cell as it is written, every row by where it stands in its file."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from medtune.tables.schema import read_text_table


def read_rows(path: Path) -> pd.DataFrame:
    """The rows of a table in which anything stands.

    Args:
        path: a CSV, TSV, Excel or Parquet file.

    Returns:
        Cells as text, without a meaning: ``0012``, ``None``, ``NA`` and ``true`` are words; an
        empty cell is ''. The index is the row of the file, the header's being 1, so that passing
        over empty rows renumbers none.

    Raises:
        DataError: no such file, an unknown ending, or not such a table.
    """
    table = read_text_table(path)
    table.index = pd.RangeIndex(2, len(table) + 2)
    blank = table.apply(lambda column: column.str.strip() == "").all(axis=1)
    return table[~blank.astype(bool)]
