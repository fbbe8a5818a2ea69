"""Whether new films and scores are like those that were judged: shift by shift, patient by patient.

Every quantity is a histogram: categories as they are, numbers in a hundred bins of equal share of
old and new together. A patient counts as one, however many films there are. How far two histograms
are apart is the population stability index (Siddiqi 2006, "Credit Risk Scorecards": below 0.1
little, from 0.25 on much) and, for numbers, the largest distance of the cumulative shares
(Kolmogorov & Smirnov). Whether chance explains it is asked by dealing the patients anew to old and
new (a permutation test of whole patients, exact for any number of films a patient), over all
quantities together by Holm 1979.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import binom

from medtune.evaluation.arrays import Floats
from medtune.evaluation.multiplicity import holm

Kind = Literal["category", "number"]
Level = Literal["steady", "watch", "look_again", "not_judged"]
LITTLE, MUCH = 0.1, 0.25
BINS = 100
COARSE = 10  # of the stability index of numbers: tenths of the old ones
DEALS = 1999
CHANCE = 0.05
FEWEST = 30  # new patients, or patients of the test, below which nothing is said
NOT_STATED = "not stated"
OTHER = "other"


@dataclass(frozen=True)
class Shift:
    """One quantity, old and new.

    Attributes:
        quantity: its name.
        kind: category or number.
        psi: population stability index; NaN where it was not judged.
        ks: largest distance of the cumulative shares; NaN for categories.
        p_value: of the permutation test.
        p_adjusted: by Holm over all quantities.
        level: steady, watch, look_again or not_judged.
        most: what moved most: a category, or 'median'.
        old: its share of the old patients, or the old median.
        new: the same of the new ones.
        reason: why it was not judged.
    """

    quantity: str
    kind: Kind
    psi: float = math.nan
    ks: float = math.nan
    p_value: float = math.nan
    p_adjusted: float = math.nan
    level: Level = "not_judged"
    most: str = ""
    old: float = math.nan
    new: float = math.nan
    reason: str = ""


def shifts(
    old: pd.DataFrame,
    new: pd.DataFrame,
    kinds: Mapping[str, Kind],
    *,
    min_cell: int = 10,
    seed: int = 0,
) -> list[Shift]:
    """Compare two tables of films, quantity by quantity.

    Args:
        old: a row a film: group_id and the quantities.
        new: the same; of other patients, or the same at another time.
        kinds: the quantities that are compared.
        min_cell: categories of fewer patients are taken together.
        seed: of the permutations.

    Returns:
        One shift a quantity, in their order.
    """
    found = [
        _shift(name, kind, old[["group_id", name]], new[["group_id", name]], min_cell, seed)
        for name, kind in kinds.items()
    ]
    judged = [shift for shift in found if not shift.reason]
    if not judged:
        return found
    p_values = holm(np.array([shift.p_value for shift in judged]))
    levelled = {
        shift.quantity: replace(shift, p_adjusted=float(p), level=_level(shift.psi, float(p)))
        for shift, p in zip(judged, p_values, strict=True)
    }
    return [levelled.get(shift.quantity, shift) for shift in found]


def more_than(share: float, flagged: int, patients: int) -> float:
    """The chance of so many flagged patients or more where each is one with this chance."""
    return float(binom.sf(flagged - 1, patients, share))


def _level(psi: float, p_adjusted: float) -> Level:
    if p_adjusted > CHANCE or psi < LITTLE:
        return "steady"
    return "look_again" if psi >= MUCH else "watch"


def _shift(
    name: str, kind: Kind, old: pd.DataFrame, new: pd.DataFrame, min_cell: int, seed: int
) -> Shift:
    both = pd.concat([old.assign(is_new=False), new.assign(is_new=True)], ignore_index=True)
    values = both[name]
    if kind == "number":
        values = pd.to_numeric(values, errors="coerce").astype(np.float64)
        both, values = both[np.isfinite(values)], values[np.isfinite(values)]
    else:
        values = values.astype(object).where(values.notna(), NOT_STATED).astype(str)
    keys = both["is_new"].map({True: "n", False: "o"}) + both["group_id"].astype(str)
    patient, names = pd.factorize(keys)
    is_new = np.array([key.startswith("n") for key in names], dtype=bool)
    for what, n in (("new", int(is_new.sum())), ("test", int((~is_new).sum()))):
        if n < FEWEST:
            reason = f"{n} {what} patients have it; at least {FEWEST} are needed"
            return Shift(name, kind, reason=reason)
    if kind == "number":
        cells, labels = _binned(np.asarray(values, dtype=np.float64))
    else:
        cells, labels = _categories(values, patient, min_cell)
    share = _shares(patient, cells, len(labels))
    coarse = _tenths(share[~is_new].mean(axis=0)) if kind == "number" else np.arange(len(labels))
    if coarse.max() == 0:
        return Shift(name, kind, reason="it has one value only")
    p_value, apart = _permuted(share, is_new, kind, coarse, seed)
    before, after = share[~is_new].mean(axis=0), share[is_new].mean(axis=0)
    if kind == "number":
        most = "median"
        number = np.asarray(values, dtype=np.float64)
        ends = [_median(number, patient, is_new == side) for side in (False, True)]
    else:
        at = int(np.argmax(np.abs(after - before)))
        most, ends = labels[at], [float(before[at]), float(after[at])]
    return Shift(
        name,
        kind,
        psi=_psi(_merged(before[None], coarse), _merged(after[None], coarse), is_new)[0],
        ks=apart if kind == "number" else math.nan,
        p_value=p_value,
        most=most,
        old=ends[0],
        new=ends[1],
    )


def _binned(values: Floats) -> tuple[NDArray[np.intp], list[str]]:
    """Each value's bin among a hundred of equal share; equal values are in one bin."""
    edges = np.unique(np.quantile(values, np.linspace(0, 1, BINS + 1)[1:-1]))
    return np.searchsorted(edges, values, side="left"), [""] * (edges.size + 1)


def _categories(
    values: pd.Series, patient: NDArray[np.intp], min_cell: int
) -> tuple[NDArray[np.intp], list[str]]:
    """Each value's category; those of few patients are one."""
    patients = pd.Series(patient, index=values.index).groupby(values.to_numpy()).nunique()
    small = patients.index[patients < min_cell]
    cells, labels = pd.factorize(values.where(~values.isin(small), OTHER), sort=True)
    return cells, [str(label) for label in labels]


def _shares(patient: NDArray[np.intp], cells: NDArray[np.intp], width: int) -> Floats:
    """(P, width): how a patient's films spread over the cells; each row adds up to 1."""
    count = np.zeros((int(patient.max()) + 1, width))
    np.add.at(count, (patient, cells), 1.0)
    return np.asarray(count / count.sum(axis=1, keepdims=True))


def _tenths(share: Floats) -> NDArray[np.intp]:
    """The tenth of the old patients that each fine bin belongs to."""
    middle = np.cumsum(share) - share / 2
    tenth = np.minimum((middle * COARSE).astype(np.intp), COARSE - 1)
    return np.unique(tenth, return_inverse=True)[1]


def _merged(shares: Floats, coarse: NDArray[np.intp]) -> Floats:
    """Shares (N, cells) summed to coarse cells."""
    into = np.zeros((coarse.size, int(coarse.max()) + 1))
    into[np.arange(coarse.size), coarse] = 1.0
    return np.asarray(shares @ into)


def _psi(before: Floats, after: Floats, is_new: NDArray[np.bool_]) -> list[float]:
    """Population stability index of each row; empty cells count as half a patient."""
    cells = before.shape[1]
    n_new = int(is_new.sum())
    n_old = is_new.size - n_new
    p = (before * n_old + 0.5) / (n_old + 0.5 * cells)
    q = (after * n_new + 0.5) / (n_new + 0.5 * cells)
    return [float(value) for value in ((q - p) * np.log(q / p)).sum(axis=1)]


def _permuted(
    share: Floats, is_new: NDArray[np.bool_], kind: Kind, coarse: NDArray[np.intp], seed: int
) -> tuple[float, float]:
    """The p-value, and the observed distance of the cumulative shares (of PSI for categories)."""
    random = np.random.default_rng(seed)
    n, m = is_new.size, int(is_new.sum())
    total = share.sum(axis=0)

    def statistic(chosen: NDArray[np.floating]) -> Floats:
        after = chosen @ share
        before = (total - after) / (n - m)
        after = after / m
        if kind == "number":
            return np.asarray(np.abs(np.cumsum(after - before, axis=1)).max(axis=1))
        return np.array(_psi(before, after, is_new))

    observed = float(statistic(is_new[None].astype(np.float64))[0])
    beyond, at_once = 0, max(1, 4_000_000 // n)
    for start in range(0, DEALS, at_once):
        deals = min(at_once, DEALS - start)
        chosen = np.zeros((deals, n), dtype=np.float64)
        chosen[:, :m] = 1.0
        random.permuted(chosen, axis=1, out=chosen)
        beyond += int((statistic(chosen) >= observed - 1e-12).sum())
    return (1 + beyond) / (1 + DEALS), observed


def _median(values: Floats, patient: NDArray[np.intp], chosen: NDArray[np.bool_]) -> float:
    """The median film of the chosen patients, each patient counting as one."""
    inside = chosen[patient]
    films = np.bincount(patient)[patient[inside]]
    order = np.argsort(values[inside], kind="stable")
    weight = np.cumsum(1.0 / films[order])
    at = int(np.searchsorted(weight, weight[-1] / 2))
    return float(values[inside][order][at])
