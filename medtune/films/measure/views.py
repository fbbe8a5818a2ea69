"""Names of views that may leave the hospital: DICOM's terms, and a number for anything else."""

from __future__ import annotations

import pandas as pd

from medtune.dicom.views import TERMS

VIEW_UNSTATED = "view not stated"
_OTHER = "another view"


def views_told(views: pd.Series) -> pd.Series:
    """The names under which views stand in a profile.

    Args:
        views: of each film, as ``dicom.views.view`` says; a text that is no term of DICOM may
            name a person or a room.

    Returns:
        "PA", "LATERAL", "view not stated", "another view 1", "another view 2" ..., of these the
        ones with most films first.
    """
    stated = views.astype("string").fillna(VIEW_UNSTATED)
    others = stated[~stated.map(is_term).astype(bool)].value_counts()
    others = others.sort_index().sort_values(ascending=False, kind="stable")
    names = {str(view): f"{_OTHER} {number}" for number, view in enumerate(others.index, start=1)}
    return stated.replace(names).astype("string")


def is_term(view: str) -> bool:
    """Whether a view stands in a profile as headers say it."""
    return view in TERMS or view == VIEW_UNSTATED


def is_numbered(view: str) -> bool:
    """Whether a profile calls a view by a number: at another site it is another one."""
    return view.startswith(f"{_OTHER} ")
