"""Leave one site out: each site judged by a model that had not seen it, and the next site."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit, logit
from scipy.stats import t
from statsmodels.stats.meta_analysis import combine_effects

from medtune.config import Evaluation
from medtune.errors import DataError
from medtune.evaluation.many import cross_site, variance_of

FEWEST = 3  # sites, below which how much they differ cannot be told


@dataclass(frozen=True)
class LeftOut:
    """What was found.

    Attributes:
        sites: a row a site and target: left_out, target, value, low, high, level, method, n_cases,
            n_groups, n_positive, reason.
        together: a row a target: the mean over the sites (value, low, high), where the AUROC of a
            further site lies (next_low, next_high), tau (standard deviation between sites, on the
            logit scale), i_squared, sites, method, reason, and not_counted: which sites are not in
            the mean, and why.
    """

    sites: pd.DataFrame
    together: pd.DataFrame


def leave_one_out(by_site: Mapping[str, pd.DataFrame], settings: Evaluation) -> LeftOut:
    """Lay the sites side by side, each judged by the model that was trained at the others.

    On the logit of the AUROC, with random effects (DerSimonian & Laird 1986); the interval of the
    mean by Hartung and Knapp (2001), that of a further site by Higgins, Thompson and Spiegelhalter
    (2009), with k - 2 degrees of freedom.

    Args:
        by_site: predictions of the site's cases, of one model, by the site that was left out.
        settings: pool, level.

    Raises:
        DataError: fewer than two sites.
    """
    if len(by_site) < 2:
        raise DataError("There are fewer than two sites to lay side by side.")
    table = cross_site(by_site, settings)
    sites = table.drop(
        columns=["trained_at", "change", "change_low", "change_high", "p_value"]
    ).rename(columns={"judged_at": "left_out"})
    rows = [
        {"target": target, **_together(part, settings.level)}
        for target, part in sites.groupby("target", sort=True)
    ]
    return LeftOut(sites, pd.DataFrame(rows))


def _together(sites: pd.DataFrame, level: float) -> dict[str, object]:
    nothing: dict[str, object] = dict.fromkeys(
        ("value", "low", "high", "next_low", "next_high", "tau", "i_squared"), math.nan
    )
    why = [_why_not(row) for row in sites.to_dict("records")]
    inside = sites[[not reason for reason in why]]
    without = "; ".join(
        f"{site}: {reason}" for site, reason in zip(sites["left_out"], why, strict=True) if reason
    )
    k = len(inside)
    if k < FEWEST:
        reason = f"{k} sites have an AUROC between 0 and 1; at least {FEWEST} are needed"
        return {**nothing, "sites": k, "method": "", "reason": reason, "not_counted": without}
    value = inside["value"].to_numpy(float)
    plainly = np.array([variance_of(row, level) for _, row in inside.iterrows()])
    effect, variance = logit(value), plainly / (value * (1 - value)) ** 2
    found = combine_effects(effect, variance, method_re="dl", use_t=True, alpha=1 - level)
    mean, tau2 = float(found.mean_effect_re), max(0.0, float(found.tau2))
    deviation = float(found.sd_eff_w_re_hksj)
    ends = mean + np.array([-1, 1]) * t.ppf(0.5 + level / 2, k - 1) * deviation
    plain = 1 / float(np.sum(1 / (variance + tau2)))
    spread = math.sqrt(tau2 + plain)
    further = mean + np.array([-1, 1]) * t.ppf(0.5 + level / 2, k - 2) * spread
    low, high = expit(ends).tolist()
    next_low, next_high = expit(further).tolist()
    return {
        "value": float(expit(mean)),
        "low": low,
        "high": high,
        "next_low": next_low,
        "next_high": next_high,
        "tau": math.sqrt(tau2),
        "i_squared": max(0.0, float(found.i2)),
        "sites": k,
        "method": "random effects on the logit (DerSimonian and Laird; Hartung and Knapp)",
        "reason": "",
        "not_counted": without,
    }


def _why_not(row: Mapping[Hashable, Any]) -> str:
    """Why a site is not in the mean; '' where it is."""
    if row["reason"]:
        return str(row["reason"])
    if 0 < row["value"] < 1:
        return ""
    return f"an AUROC of {row['value']:g} has no logit"
