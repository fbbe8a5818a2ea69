"""Films that are negatives although their header says otherwise: unlike the others of their view.

A fingerprint turns its sign when the film is inverted, so a negative is what most films of the
same view are, with the other sign. That the majority is the right way round has to be believed.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.films.fingerprints import COARSE, as_fingerprints, coarse_layers, is_blank

NEGATIVE_BELOW = -0.12
FEWEST = 20  # films of a view

_ALIKE = 0.35  # least median: views that are more mixed than that give no answer
_BLOCK = 8192


def negatives(cases: pd.DataFrame, rows: pd.DataFrame) -> list[tuple[str, str]]:
    """Films that look negative, and how one sees it in plain words.

    Args:
        cases: case_id, body_part and view.
        rows: of the store, index case_id: the fingerprint of each picture.
    """
    prints = rows["fingerprint"].reindex(cases["case_id"]).reset_index(drop=True).dropna()
    known = cases[["case_id", "body_part", "view"]].reset_index(drop=True).loc[prints.index]
    if known.empty:
        return []
    names = known["body_part"].astype(object).fillna("no body part") + ", "
    names += known["view"].astype(object).fillna("no view")
    score = looks_negative(as_fingerprints(prints), names)
    return [
        (case_id, f"unlike the other films ({name}) this one looks negative")
        for case_id, name in zip(
            known["case_id"][score < NEGATIVE_BELOW], names[score < NEGATIVE_BELOW], strict=True
        )
    ]


def looks_negative(
    fingerprints: NDArray[np.int8], view: pd.Series | NDArray[np.object_]
) -> NDArray[np.float64]:
    """How much each film looks like the others of its view; below NEGATIVE_BELOW, a negative.

    Args:
        fingerprints: (N, LENGTH) of ``fingerprint``.
        view: (N,) what is compared with what: view and body part, say. Empty: not compared.

    Returns:
        (N,) correlations with the mean of the other films of the view, in [-1, 1]. NaN where
        there is no answer: a blank film, fewer than FEWEST films of a view, or films under one
        name that are not alike.
    """
    score = np.full(len(fingerprints), np.nan)
    names = pd.Series(np.asarray(view, dtype=object)).mask(is_blank(fingerprints))
    for part in names.groupby(names, sort=False).indices.values():
        films = np.asarray(part, np.int64)
        if len(films) >= FEWEST:
            score[films] = _like_the_others(fingerprints, films)
    return score


def _like_the_others(
    fingerprints: NDArray[np.int8], films: NDArray[np.int64]
) -> NDArray[np.float64] | float:
    """Correlations (M,) of films of one view with the mean of the others; NaN if not alike."""
    moments = np.zeros((COARSE**2, COARSE**2))
    for block in _blocks(films):
        cells = _cells(fingerprints, block)
        moments += cells.T @ cells
    # What the films have in common, with whichever sign: how many are negatives does not matter.
    common = np.linalg.eigh(moments)[1][:, -1]
    likeness = np.concatenate([_cells(fingerprints, block) @ common for block in _blocks(films)])
    sign = np.sign(likeness) * (1 if (likeness > 0).mean() >= 0.5 else -1)
    total = np.zeros(COARSE**2)
    for start, block in zip(range(0, len(films), _BLOCK), _blocks(films), strict=True):
        total += sign[start : start + _BLOCK] @ _cells(fingerprints, block)
    dot = np.concatenate([_cells(fingerprints, block) @ total for block in _blocks(films)])
    others = np.sqrt(np.maximum(total @ total - 2 * sign * dot + 1, 1e-9))
    score = (dot - sign) / others
    return score if np.median(np.abs(score)) >= _ALIKE else np.nan


def _blocks(films: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    return [films[start : start + _BLOCK] for start in range(0, len(films), _BLOCK)]


def _cells(fingerprints: NDArray[np.int8], films: NDArray[np.int64]) -> NDArray[np.float64]:
    """Coarse layers (M, cells) of unit length."""
    cells = coarse_layers(fingerprints[films]).reshape(len(films), -1).astype(np.float64)
    return cells / (np.linalg.norm(cells, axis=1, keepdims=True) + 1e-9)
