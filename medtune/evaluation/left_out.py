"""Leave one site out: each site judged by a model that had not seen it, and the next site."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, logit
from scipy.stats import norm, t
from statsmodels.stats.meta_analysis import combine_effects

from medtune.config import Evaluation
from medtune.errors import DataError
from medtune.evaluation.many import cross_site

FEWEST = 3  # sites, below which how much they differ cannot be told


@dataclass(frozen=True)
class LeftOut:
    """What was found.

    Attributes:
        sites: a row a site and target: left_out, target, value, low, high, level, method, n_cases,
            n_groups, n_positive, reason.
        together: a row a target: the mean over the sites (value, low, high), where the AUROC of a
            further site lies (next_low, next_high), tau (standard deviation between sites, on the
            logit scale), i_squared, sites, method, reason.
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
    inside = sites[(sites["reason"] == "") & (sites["value"] < 1) & (sites["value"] > 0)]
    k = len(inside)
    if k < FEWEST:
        reason = f"{k} sites have an AUROC below 1; at least {FEWEST} are needed"
        return {**nothing, "sites": k, "method": "", "reason": reason}
    value = inside["value"].to_numpy(float)
    # an interval is cut at 0 and 1: the wider half is whole
    reach = np.maximum(value - inside["low"], inside["high"] - value).to_numpy(float)
    error = reach / norm.ppf(0.5 + level / 2)
    effect, variance = logit(value), (error / (value * (1 - value))) ** 2
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
    }
