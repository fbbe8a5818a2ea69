"""How well two sources of labels agree: two readers, two tables, readers and table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import beta
from statsmodels.stats.inter_rater import cohens_kappa

from medtune.evaluation.estimate import Estimate, from_draws, not_estimable
from medtune.evaluation.intervals import is_clustered, proportion, quantile
from medtune.evaluation.resampling import patient_weights, ratio, sums
from medtune.films.labels import UNCERTAIN

Floats = NDArray[np.float64]
LEAST_STUDIES = 10  # an interval from fewer says nothing
ESTIMATES = (
    "kappa",
    "agreement",
    "positive_agreement",
    "negative_agreement",
    "prevalence_first",
    "prevalence_second",
)


@dataclass(frozen=True)
class Agreement:
    """Two sources about one finding, on the studies that both call present or absent.

    Attributes:
        finding: what they are about.
        studies: that both call present or absent; all else is about these.
        patients: of these studies.
        both_present: studies, and so on: the 2 x 2 table.
        only_first: present to the first only.
        only_second: present to the second only.
        both_absent: absent to both.
        uncertain: studies that at least one of them calls uncertain; left out.
        unknown: other studies of which at least one of them says nothing; left out.
        kappa: Cohen's, with its interval.
        agreement: share of studies in which they agree, with its interval.
        positive_agreement: 2 x both / (first's present + second's present), without interval.
        negative_agreement: the same of absent (Cicchetti & Feinstein 1990).
        prevalence_first: share present to the first, without interval.
        prevalence_second: share present to the second.
    """

    finding: str
    studies: int
    patients: int
    both_present: int
    only_first: int
    only_second: int
    both_absent: int
    uncertain: int
    unknown: int
    kappa: Estimate
    agreement: Estimate
    positive_agreement: Estimate
    negative_agreement: Estimate
    prevalence_first: Estimate
    prevalence_second: Estimate

    def line(self) -> str:
        """One sentence for a person."""
        counts = (
            f"{self.finding}: {self.both_present} present to both, {self.both_absent} absent to "
            f"both, {self.only_first} present to the first only, {self.only_second} to the second "
            "only"
        )
        left_out = f"; left out: {self.uncertain} uncertain, {self.unknown} without a value"
        if not self.kappa.estimable:
            return f"{counts}; kappa cannot be estimated: {self.kappa.reason}{left_out}"
        kappa = self.kappa
        return (
            f"{counts}; kappa {kappa.value:.2f} ({kappa.low:.2f} to {kappa.high:.2f}; "
            f"{kappa.method}), agreement {self.agreement.value:.0%}{left_out}"
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain values: what has none is None, beside its reason."""
        plain = {name: value for name, value in vars(self).items() if name not in ESTIMATES}
        return plain | {name: _plain(getattr(self, name)) for name in ESTIMATES}


def agreement(
    first: pd.DataFrame,
    second: pd.DataFrame,
    patients: pd.Series,
    *,
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> list[Agreement]:
    """Compare two sources of labels, finding by finding.

    Kappa's interval is the large-sample one of Fleiss, Cohen & Everitt 1969 (statsmodels) where
    each patient has one study; where a patient has several, patients are resampled. A kappa of 1
    has no width in either: its lower end follows from the exact bound of the disagreement.

    Args:
        first: indexed by study; one column a finding: 1, 0, -1 (uncertain) or NaN (unknown).
        second: the same; studies and findings that only one of them has are left aside.
        patients: patient of each study, indexed by study.
        level: confidence level.
        resamples: of the patients, where they are clustered.
        seed: of the resamples.

    Returns:
        One ``Agreement`` a common finding, in the order of the first.
    """
    studies = first.index.intersection(second.index, sort=True)
    groups, _ = pd.factorize(patients.loc[studies], sort=True)
    return [
        _of_finding(
            str(finding),
            first.loc[studies, finding].to_numpy(np.float64),
            second.loc[studies, finding].to_numpy(np.float64),
            groups,
            (level, resamples, seed),
        )
        for finding in first.columns
        if finding in second.columns
    ]


def _of_finding(
    finding: str, a: Floats, b: Floats, groups: NDArray[np.intp], how: tuple[float, int, int]
) -> Agreement:
    clear = np.isin(a, (0, 1)) & np.isin(b, (0, 1))
    uncertain = (a == UNCERTAIN) | (b == UNCERTAIN)
    x, y = a[clear] == 1, b[clear] == 1
    group = np.unique(groups[clear], return_inverse=True)[1]
    cells = np.stack([x & y, x & ~y, ~x & y, ~x & ~y], axis=1).astype(np.float64)
    table = cells.sum(axis=0).reshape(2, 2)
    both, only_first, only_second, neither = (int(count) for count in table.ravel())
    n = len(x)
    nothing = not_estimable("no study is present or absent to both")
    return Agreement(
        finding=finding,
        studies=n,
        patients=int(np.unique(group).size),
        both_present=both,
        only_first=only_first,
        only_second=only_second,
        both_absent=neither,
        uncertain=int(uncertain.sum()),
        unknown=int((~clear & ~uncertain).sum()),
        kappa=_kappa(table, cells, group, how),
        agreement=proportion(x == y, group, how[0], clustered=is_clustered(group))
        if n
        else nothing,
        positive_agreement=_share(2 * both, 2 * both + only_first + only_second, "present"),
        negative_agreement=_share(2 * neither, 2 * neither + only_first + only_second, "absent"),
        prevalence_first=Estimate(float(x.mean())) if n else nothing,
        prevalence_second=Estimate(float(y.mean())) if n else nothing,
    )


def _kappa(
    table: Floats, cells: Floats, group: NDArray[np.intp], how: tuple[float, int, int]
) -> Estimate:
    """Cohen's kappa of a 2 x 2 table, or why there is none."""
    level, resamples, seed = how
    n = int(table.sum())
    if n < LEAST_STUDIES:
        return not_estimable(
            f"only {n} studies are present or absent to both; at least {LEAST_STUDIES} are needed"
        )
    for margin, whose in ((table.sum(axis=1), "first"), (table.sum(axis=0), "second")):
        if (margin == 0).any():
            word = "absent" if margin[0] == 0 else "present"
            return not_estimable(f"the {whose} calls every study {word}")
    value = float(kappa_of(table.reshape(4, 1))[0])
    if table[0, 1] == table[1, 0] == 0:
        return Estimate(1.0, _bound_at_one(table, group, level), 1.0, method="exact, by patient")
    if is_clustered(group):
        weights = patient_weights(int(group.max()) + 1, resamples, seed)
        return from_draws(kappa_of(sums(cells, group, weights)), level)
    reach = quantile(level) * float(cohens_kappa(table).std_kappa)
    ends = max(-1.0, value - reach), min(1.0, value + reach)
    return Estimate(value, *ends, method="Fleiss, Cohen & Everitt")


def kappa_of(counts: Floats) -> Floats:
    """Cohen's kappa (1960) of several 2 x 2 tables.

    Args:
        counts: (4, T): both present, only the first, only the second, both absent.

    Returns:
        (T,); NaN where the chance agreement is 1.
    """
    both, only_first, only_second, neither = counts
    n = counts.sum(axis=0)
    first, second = both + only_first, both + only_second
    observed, chance = (both + neither) * n, first * second + (n - first) * (n - second)
    return ratio(observed - chance, n * n - chance)


def _bound_at_one(table: Floats, group: NDArray[np.intp], level: float) -> float:
    """The least kappa that a perfect agreement leaves possible, at the prevalence observed.

    The share of patients with any disagreement is at most the bound of Clopper & Pearson 1934 for
    none in k patients; kappa is 1 - disagreement / its expectation by chance.
    """
    patients = int(np.unique(group).size)
    disagreement = float(beta.ppf((1 + level) / 2, 1, patients))
    prevalence = table[0, 0] / table.sum()
    return max(-1.0, float(1 - disagreement / (2 * prevalence * (1 - prevalence))))


def _share(numerator: int, denominator: int, word: str) -> Estimate:
    if denominator == 0:
        return not_estimable(f"neither calls any study {word}")
    return Estimate(numerator / denominator)


def _plain(estimate: Estimate) -> dict[str, Any]:
    """Value, ends, method and reason of an estimate; what is not there is None."""
    found: dict[str, Any] = {
        name: None if np.isnan(getattr(estimate, name)) else float(getattr(estimate, name))
        for name in ("value", "low", "high")
    }
    return found | {"method": estimate.method or None, "reason": estimate.reason or None}
