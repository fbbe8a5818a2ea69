"""The marks: what a case got in a measure that is a ratio, as numerator and denominator.

A ratio over cases is the sum of the numerators by the sum of the denominators: bits by bytes, edits
by characters, found terms by terms. Whoever has the two can draw patients, customers or companies
anew without looking at a text again.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from medtune.errors import DataError
from medtune.tables.schema import NUMBER, TEXT, declare, read_table, write_table

COLUMNS = {
    "case_id": TEXT,
    "group_id": TEXT,
    "model": TEXT,
    "target": TEXT,
    "measure": TEXT,
    "numerator": NUMBER,
    "denominator": NUMBER,  # 0: the case has nothing to measure, such as no term in its answer
}
# Ratios per case. Of the first, less is better.
LESS_IS_BETTER = (
    "bits_per_byte", "edit_effort_characters", "edit_effort_words", "identifiers_said",
    "citations_unknown", "others_overlap", "others_facts", "extracted", "extractable",
    "canary_exposure",
)  # fmt: skip
MORE_IS_BETTER = (
    "chrf", "rouge_l", "exact_match", "term_recall", "clause_recall", "clause_precision",
    "house_style", "right_answer_first", "terms_defined", "terms_used", "references_resolve",
    "bank_overlap",
)  # fmt: skip
MARKS = (*LESS_IS_BETTER, *MORE_IS_BETTER)
BLANK_PAGE = "blank_page"  # the model that writes nothing: known beforehand, no draw changes it
FINAL_TEXT = "final_text"  # what people finally wrote, where it is looked at as a draft is


def declare_marks(frame: pd.DataFrame) -> pd.DataFrame:
    """Give a marks table its columns.

    Raises:
        DataError: a column is missing, a measure is unknown, a denominator negative, or a case
            has two marks of one kind.
    """
    table = declare(frame, COLUMNS, "marks")
    strange = sorted(set(table["measure"]) - set(MARKS))
    if strange:
        raise DataError(f"The table 'marks' has an unknown measure: {', '.join(strange)}.")
    if (table["denominator"] < 0).any():
        raise DataError("The table 'marks' has a negative denominator.")
    if table.duplicated(["case_id", "model", "target", "measure"]).any():
        raise DataError("The table 'marks' has two rows of one case, model, target and measure.")
    return table


def read_marks(path: Path) -> pd.DataFrame:
    """Read ``marks.parquet``."""
    return declare_marks(read_table(path))


def write_marks(frame: pd.DataFrame, path: Path) -> None:
    """Write ``marks.parquet``."""
    write_table(declare_marks(frame), path)
