"""Every number of ``reference_R.json`` that has an item: the same, or a reason why it is not.

Closed forms agree to 1e-9, fits of a GLM to 1e-6, the bootstrap within 10 % of its standard error.
What is not compared is listed in ``NOT_COMPARED``, each with its reason; a number that is neither
compared nor listed fails the last test.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import chi2

from medtune.evaluation import calibration
from medtune.evaluation.compare import (
    mcnemar_exact,
    mcnemar_midp,
    p_above,
    paired_auroc,
    paired_proportion,
    unpaired_auroc,
)
from medtune.evaluation.intervals import auroc_interval, clopper_pearson, proportion, wilson
from medtune.evaluation.likelihood_ratios import likelihood_ratio, relative_likelihood_ratio
from medtune.evaluation.multiplicity import adjusted
from medtune.evaluation.operating_point import two_by_two
from medtune.evaluation.predictive_values import (
    predictive_value_ratio,
    score_test,
    weighted_score_test,
)
from medtune.evaluation.ranking import auroc_covariance, average_precision, placements
from medtune.evaluation.recalibration import Recalibration, platt
from medtune.evaluation.resampling import patient_weights, ranking_draws
from medtune.evaluation.roc_at import roc_at, standardised
from medtune.evaluation.study_size import (
    Binormal,
    cases_for_two_aurocs,
    positive_cases_for_one_auroc,
    positive_cases_for_paired_aurocs,
)
from medtune.evaluation.utility import net_benefit, treat_all

SETS = ("d1_small40", "d2_ties200", "d4_cluster1500", "d6_perfect60")
CLOSED, GLM, SEARCH = 1e-9, 1e-6, 2e-7
Numbers = Iterator[tuple[str, Any, float]]  # path below the set, what was found, tolerance

NOT_COMPARED = {
    r"^versions/|/(note|cmd|data|method|ci\.method|alpha|cont\.corr)$": "no number",
    r"/(clip|converged|names|variable)$": "no number",
    r"/(binconf_wald|prop_test_wilson_cc|wald_ci)$": "item 7 is Wilson and Clopper-Pearson",
    r"binom_confint_b/.*/(agresti-coull|asymptotic|bayes|cloglog|logit)$": (
        "item 7 is Wilson and Clopper-Pearson"
    ),
    r"sesp\.diff\.ci_(wald|agresti_min)/": "item 17 is Tango's interval",
    r"sesp\.diff\.ci_tango/": (
        "DTComPair turns the sign round (d2: diff -.056, CI [-.058, .173]); Tango is compared with "
        "PropCIs"
    ),
    r"acc\.1test/[ab]/(sensitivity|specificity|ppv|npv)/(se|lcl|ucl)$": "Wald, as above",
    r"/chi2(_cc)?(_p)?$|sesp\.mcnemar/.*/(test\.statistic|p\.value)$": (
        "item 17 is McNemar's exact test and its mid-p, not the asymptotic one"
    ),
    r"exact2x2/.*/(exact_or_ci|midp_or|midp_or_ci|table_ca_rows_cb_cols)$": (
        "odds ratios of discordant pairs are no item"
    ),
    r"epi\.tests_(wilson|exact)/(diag\.or|nndx|youden|p\.\w+)$": "no item",
    r"/youden/": "no item: a threshold is never chosen on judged cases",
    r"mann_whitney_a/p$": "no item",
    r"val\.prob/(R2|D|D:Chi-sq|D:p|U|U:Chi-sq|U:p|Q|Emax|E90|Eavg|S:z|S:p)$": (
        "item 19 is slope, intercept, O/E and Brier score"
    ),
    r"val\.prob/(C \(ROC\)|Dxy)$": (
        "in d4 rms is 1e-5 away from pROC on the same scores; AUROC is compared with pROC"
    ),
    r"d1_small40/exact2x2/all/midp_p$": (
        "6 against 6: exact2x2 gives 1, Fagerland's formula .774 (compared with mcnemar/all/midp)"
    ),
    r"d6_perfect60/auc_b/delong_ci(90|95)$": "DeLong's [1, 1]: here an exact bound",
    r"(d1_small40/subgroup_auc/vendor/C|d6_perfect60/subgroup_auc/.*)/ci_b$": (
        "DeLong's [1, 1]: here an exact bound"
    ),
    r"d6_perfect60/calibration_b/(slope|slope_se|slope_wald_ci95|intercept_joint)$": (
        "perfect separation: R's numbers are arbitrary, here not estimable"
    ),
    r"d6_perfect60/calibration_b/intercept_in_the_large(_se)?$": "as above",
    r"d6_perfect60/calibration_b/val\.prob": "as above",
    r"dlr\.regtest_GuNPepe/error$": "R fails there",
    r"pv\.rpv_Moskowitz_Pepe/Sigma/": (
        "covariance of PPV and NPV of both models; its variances are compared as se.log"
    ),
    r"^mrmc_vandyke/": "item 31 is an export; the data are not among the vectors",
}


class Vectors:
    """One set: scores of model a (generic) and b, reference, and R's numbers of both."""

    def __init__(self, folder: Path, name: str) -> None:
        with (folder / f"{name}.csv").open() as handle:
            rows = list(csv.DictReader(handle))  # float() is right to the last bit
        self.name = name
        self.rows = {column: np.array([row[column] for row in rows]) for column in rows[0]}
        self.reference = self.rows["y"] == "1"
        self.score = {m: self.rows[f"score_{m}"].astype(float) for m in "ab"}
        self.patient = np.unique(self.rows["patient_id"], return_inverse=True)[1]
        self.case = np.arange(len(rows))
        self.all: dict[str, Any] = json.loads((folder / "reference_R.json").read_text())
        self.r: dict[str, Any] = self.all[name]

    @cached_property
    def called(self) -> dict[str, np.ndarray]:
        return {m: self.score[m] >= self.r[f"threshold_{m}"] for m in "ab"}

    def both(self) -> np.ndarray:
        return np.stack([self.score["b"], self.score["a"]])


def numbers(v: Vectors) -> Numbers:
    """All that the judge computes of a set, by the path that R's number has."""
    yield "n", v.reference.size, 0
    yield "n_pos", v.reference.sum(), 0
    yield "n_patients", np.unique(v.patient).size, 0
    yield from ((f"threshold_{m}", v.r[f"threshold_{m}"], 0) for m in "ab")  # what R was given
    yield from of_ranking(v)
    for m in "ab":
        yield from of_decisions(v, m)
        yield from of_calibration(v, m)
    yield from of_pairs(v)
    yield from of_predictive_values(v)
    yield from of_subgroups(v)
    yield from of_utility(v)


def of_ranking(v: Vectors) -> Numbers:
    reference, n = v.reference, v.reference.size
    area, covariance = auroc_covariance(v.both(), reference, v.case)
    yield "delong_cov", covariance[0, 1], CLOSED
    for index, m in enumerate("ba"):
        yield f"auc_{m}/auc", area[index], CLOSED
        yield f"auc_{m}/delong_var", covariance[index, index], CLOSED
        for level, key in ((0.95, "delong_ci95"), (0.90, "delong_ci90")):
            found = auroc_interval(area[index], covariance[index, index], reference, v.case, level)
            if area[index] < 1:
                yield f"auc_{m}/{key}", [found.low, found.high], CLOSED
            else:
                assert found.low < 0.8 < found.high == 1
        at = roc_at(
            v.score[m], reference, v.case, np.ones((n, 1), np.uint8),
            specificity=0.9, sensitivity=0.95,
        )  # fmt: skip
        yield f"auc_{m}/sens_at_spec_90", at.sensitivity[0], CLOSED
        yield f"auc_{m}/spec_at_sens_95", at.specificity[0], CLOSED
        yield f"auc_{m}/pauc_spec_1_.9", at.area[0], CLOSED
        yield f"auc_{m}/pauc_spec_1_.9_mcclish", standardised(at.area, 0.9)[0], CLOSED
        yield (
            f"average_precision_step/{m}",
            average_precision(v.score[m], reference),
            CLOSED,
        )
        yield f"brier/{m}", calibration.brier(v.score[m], reference), CLOSED
        yield (
            f"ece10_equal_width/{m}",
            calibration.calibration_error(v.score[m], reference),
            CLOSED,
        )
    paired = paired_auroc(area, covariance, 0.95, clustered=False)
    yield "delong_paired/diff", paired.value, CLOSED
    yield "delong_paired/z", paired.value / paired.se, CLOSED
    yield "delong_paired/p_two_sided", paired.p_value, CLOSED
    yield "delong_paired/p_greater", p_above(paired), CLOSED
    yield "delong_paired/ci95_diff_b_minus_a", [paired.low, paired.high], CLOSED
    apart = unpaired_auroc(*area, covariance[0, 0], covariance[1, 1], n, n, 0.95)
    yield "delong_unpaired/D", apart.value / apart.se, CLOSED
    total, a, b = covariance.trace(), *np.diag(covariance)
    yield "delong_unpaired/df", total**2 * (n - 1) / (a**2 + b**2), CLOSED
    yield "delong_unpaired/p", apart.p_value, CLOSED
    won = placements(v.score["a"], reference)[reference].sum() * (~reference).sum()
    yield "mann_whitney_a/W", won, 1e-6  # a sum of thousands
    yield "mann_whitney_a/auc_from_W", area[1], CLOSED


def of_decisions(v: Vectors, m: str) -> Numbers:
    called, reference = v.called[m], v.reference
    table = two_by_two(called, reference)
    tp, fp = table.true_positive, table.false_positive
    fn, tn = table.false_negative, table.true_negative
    yield from ((f"op_{m}/{k}", x, 0) for k, x in (("TP", tp), ("FP", fp), ("FN", fn), ("TN", tn)))
    shares = {
        "sens": (tp, tp + fn), "spec": (tn, tn + fp), "accuracy": (tp + tn, len(called)),
        "ppv": (tp, tp + fp), "npv": (tn, tn + fn),
    }  # fmt: skip
    for key, (x, n) in shares.items():
        found = proportion(np.arange(n) < x, np.arange(n), 0.95, clustered=False)
        yield f"op_{m}/{key}/x", x, 0
        yield f"op_{m}/{key}/n", n, 0
        score, exact = [found.low, found.high], clopper_pearson(x, n, 0.95)
        yield f"op_{m}/{key}/binconf_wilson", score, CLOSED
        yield f"op_{m}/{key}/prop_test_wilson_nocc", score, CLOSED
        yield f"op_{m}/{key}/binconf_exact", exact, CLOSED
        yield f"op_{m}/{key}/binom_test_exact", exact, CLOSED
        if m == "b" and key in ("sens", "spec"):
            yield f"binom_confint_b/{key}/wilson", score, CLOSED
            yield f"binom_confint_b/{key}/exact", exact, CLOSED
    of_epi = {
        "ap": (tp + fp, len(called)), "tp": (tp + fn, len(called)), "se": shares["sens"],
        "sp": shares["spec"], "diag.ac": shares["accuracy"], "pv.pos": shares["ppv"],
        "pv.neg": shares["npv"],
    }  # fmt: skip
    ratios = {"pos": (called, "pdlr"), "neg": (~called, "ndlr")}
    found = {k: likelihood_ratio(c, reference, v.case, 0.95) for k, (c, _) in ratios.items()}
    for how, interval in (("wilson", wilson), ("exact", clopper_pearson)):
        for key, (x, n) in of_epi.items():
            yield f"op_{m}/epi.tests_{how}/{key}", [x / n, *interval(x, n, 0.95)], CLOSED
        for sign, each in found.items():
            yield f"op_{m}/epi.tests_{how}/lr.{sign}", estimate(each), CLOSED
    for name, key in (("sensitivity", "sens"), ("specificity", "spec"), ("ppv",) * 2, ("npv",) * 2):
        yield f"acc.1test/{m}/{name}/est", shares[key][0] / shares[key][1], CLOSED
    for sign, (_, key) in ratios.items():
        value, low, high = estimate(found[sign])
        yield f"acc.1test/{m}/{key}/est", value, CLOSED
        yield f"acc.1test/{m}/{key}/se.ln", found[sign].se, CLOSED
        yield f"acc.1test/{m}/{key}/lcl", low, CLOSED
        yield f"acc.1test/{m}/{key}/ucl", high, CLOSED


def estimate(found: Any) -> list[float]:
    return [found.value, found.low, found.high]


def of_calibration(v: Vectors, m: str) -> Numbers:
    path, score, reference = f"calibration_{m}", v.score[m], v.reference
    clipped = np.clip(score, 1e-6, 1 - 1e-6)  # as R's, before all of them
    yield f"{path}/mean_pred", clipped.mean(), CLOSED
    yield f"{path}/mean_obs", reference.mean(), CLOSED
    yield f"{path}/O_over_E", reference.mean() / clipped.mean(), CLOSED
    yield f"{path}/brier_after_clip", calibration.brier(clipped, reference), CLOSED
    slope = calibration.slope(score, reference, v.case, 0.95)
    intercept = calibration.intercept(score, reference, v.case, 0.95)
    if (v.name, m) == ("d6_perfect60", "b"):
        assert slope.reason == intercept.reason == calibration.SEPARATED
        assert calibration.SEPARATED in str(platt(score, reference))
        return
    joint = platt(score, reference)
    assert isinstance(joint, Recalibration)
    # R stops its iterations at a relative change of the deviance of 1e-8, and its standard error
    # is that of the weights one iteration earlier: relative 2e-4
    yield f"{path}/slope", slope.value, GLM
    yield f"{path}/slope_se", slope.se, 2e-4 * slope.se
    yield f"{path}/slope_wald_ci95", [slope.low, slope.high], 4e-4 * slope.se + GLM
    yield f"{path}/intercept_joint", joint.intercept, GLM
    yield f"{path}/intercept_in_the_large", intercept.value, GLM
    yield f"{path}/intercept_in_the_large_se", intercept.se, 2e-4 * intercept.se
    # rms' own fit stops a little earlier than glm: 2e-6 away from it in d6
    yield f"{path}/val.prob/Slope", slope.value, 5 * GLM
    yield f"{path}/val.prob/Intercept", joint.intercept, 5 * GLM
    yield f"{path}/val.prob/Brier", calibration.brier(clipped, reference), CLOSED


def of_pairs(v: Vectors) -> Numbers:
    reference = v.reference
    right = {m: v.called[m] == reference for m in "ab"}
    for chosen, mcnemar, short, tab, name in (
        (reference, "among_diseased_sens", "sens", "diseased", "sensitivity"),
        (~reference, "among_healthy_spec", "spec", "healthy", "specificity"),
        (np.ones_like(reference), "all", "accuracy", "all", ""),
    ):
        b, a = right["b"][chosen], right["a"][chosen]
        gained, lost, n = int((b & ~a).sum()), int((a & ~b).sum()), int(chosen.sum())
        found = paired_proportion(b, a, 0.95, test=True)
        exact, midp = mcnemar_exact(gained, lost), mcnemar_midp(gained, lost)
        for path in (f"mcnemar/{mcnemar}", f"PropCIs_paired_diff/{short}"):
            yield f"{path}/b_right_a_wrong", gained, 0
            yield f"{path}/a_right_b_wrong", lost, 0
        yield f"mcnemar/{mcnemar}/exact_p", exact, CLOSED
        yield f"mcnemar/{mcnemar}/midp", midp, CLOSED
        yield f"exact2x2/{tab}/exact_p", exact, CLOSED
        if gained != lost:
            yield f"exact2x2/{tab}/midp_p", midp, CLOSED
        yield f"PropCIs_paired_diff/{short}/n", n, 0
        yield f"PropCIs_paired_diff/{short}/diff_b_minus_a", found.value, CLOSED
        # PropCIs' search stops within 1e-7 (its interval of 6 against 6 is not symmetric)
        yield f"PropCIs_paired_diff/{short}/tango_score_ci", [found.low, found.high], SEARCH
        for test in ("sesp.mcnemar", "sesp.exactbinom") if name else ():
            yield f"DTComPair/{test}/{name}/test1", a.mean(), CLOSED
            yield f"DTComPair/{test}/{name}/test2", b.mean(), CLOSED
            yield f"DTComPair/{test}/{name}/diff", found.value, CLOSED
        if name:
            yield f"DTComPair/sesp.exactbinom/{name}/p.value", exact, CLOSED


def of_predictive_values(v: Vectors) -> Numbers:
    for sign, right in (("ppv", v.reference), ("npv", ~v.reference)):
        one, two = (v.called[m] if sign == "ppv" else ~v.called[m] for m in "ab")
        first, second = right[one].mean(), right[two].mean()
        tests = {
            "pv.gs_Leisenring": score_test(two, one, right, v.case),
            "pv.wgs_Kosinski": weighted_score_test(two, one, right),
        }
        for test in (*tests, "pv.rpv_Moskowitz_Pepe"):
            yield f"DTComPair/{test}/{sign}/test1", first, CLOSED
            yield f"DTComPair/{test}/{sign}/test2", second, CLOSED
        for test, p_value in tests.items():
            yield f"DTComPair/{test}/{sign}/diff", second - first, CLOSED
            yield f"DTComPair/{test}/{sign}/p.value", p_value, CLOSED
            yield f"DTComPair/{test}/{sign}/test.statistic", chi2.isf(p_value, 1), 1e-7
        path = f"DTComPair/pv.rpv_Moskowitz_Pepe/{sign}"
        found = predictive_value_ratio(two, one, right, v.case, 0.95)
        yield f"{path}/r{sign}", found.value, CLOSED
        yield f"{path}/se.log.r{sign}", found.se, CLOSED
        yield f"{path}/lcl.r{sign}", found.low, CLOSED
        yield f"{path}/ucl.r{sign}", found.high, CLOSED
        yield f"{path}/p.value", found.p_value, CLOSED
        yield f"{path}/test.statistic", np.log(found.value) / found.se, CLOSED
    if "error" in v.r["DTComPair"]["dlr.regtest_GuNPepe"]:
        called = v.called["b"], v.called["a"]
        assert relative_likelihood_ratio(*called, v.reference, v.case, 0.95).reason
        return
    for sign in ("pdlr", "ndlr"):
        one, two = (v.called[m] if sign == "pdlr" else ~v.called[m] for m in "ab")
        path = f"DTComPair/dlr.regtest_GuNPepe/{sign}"
        found = relative_likelihood_ratio(one, two, v.reference, v.case, 0.95)
        for key, called in (("test1", one), ("test2", two)):
            ratio = likelihood_ratio(called, v.reference, v.case, 0.95)
            yield f"{path}/{key}", ratio.value, CLOSED
        yield f"{path}/ratio", found.value, CLOSED
        yield f"{path}/se.log", found.se, CLOSED
        yield f"{path}/lcl", found.low, CLOSED
        yield f"{path}/ucl", found.high, CLOSED
        yield f"{path}/p.value", found.p_value, CLOSED
        yield f"{path}/test.statistic", np.log(found.value) / found.se, CLOSED


def of_subgroups(v: Vectors) -> Numbers:
    p_values = {}
    for attribute, levels in v.r["subgroup_auc"].items():
        for level, expected in levels.items():
            path = f"subgroup_auc/{attribute}/{level}"
            part = v.rows[attribute] == level
            reference, case = v.reference[part], v.case[part]
            yield f"{path}/n", part.sum(), 0
            yield f"{path}/n_pos", reference.sum(), 0
            if "auc_b" not in expected:
                continue
            area, covariance = auroc_covariance(v.both()[:, part], reference, case)
            yield f"{path}/auc_b", area[0], CLOSED
            yield f"{path}/auc_a", area[1], CLOSED
            found = auroc_interval(area[0], covariance[0, 0], reference, case, 0.95)
            if area[0] < 1:
                yield f"{path}/ci_b", [found.low, found.high], CLOSED
            else:
                assert found.low < 1
            paired = paired_auroc(area, covariance, 0.95, clustered=False)
            if covariance.any():
                yield f"{path}/p", paired.p_value, CLOSED
                p_values[f"{attribute}.{level}"] = paired.p_value
            else:  # both perfect: pROC says p = 1, here it is not estimable
                assert paired.reason
                yield f"{path}/p", 1.0, 0
                p_values[f"{attribute}.{level}"] = 1.0
    expected = v.r["subgroup_p_adjust"]
    found = np.array([p_values[name] for name in expected["names"]])
    yield "subgroup_p_adjust/raw", found, CLOSED
    yield "subgroup_p_adjust/holm", adjusted(found, "holm"), CLOSED
    yield "subgroup_p_adjust/BH", adjusted(found, "bh"), CLOSED
    yield "subgroup_p_adjust/bonferroni", np.minimum(1, found * found.size), CLOSED


def of_utility(v: Vectors) -> Numbers:
    at = np.array([0.01, 0.05, 0.10, 0.20, 0.30, 0.50])
    share = v.reference.mean()
    found = {m: net_benefit(v.score[m], v.reference, at) for m in "ab"}
    yield "net_benefit/pt", at, 0
    yield from ((f"net_benefit/{m}", found[m], CLOSED) for m in "ab")
    yield "net_benefit/treat_all", treat_all(share, at), CLOSED
    if "dcurves" not in v.r:
        return
    yield "dcurves/threshold", np.tile(at, 4), 0
    benefit = [treat_all(share, at), np.zeros(6), found["a"], found["b"]]
    yield "dcurves/net_benefit", np.concatenate(benefit), CLOSED
    for rate, chosen in (("tp_rate", v.reference), ("fp_rate", ~v.reference)):
        of_models = [[np.mean((v.score[m] >= pt) & chosen) for pt in at] for m in "ab"]
        rates = np.concatenate([np.full(6, chosen.mean()), np.zeros(6), *of_models])
        yield f"dcurves/{rate}", rates, CLOSED


def of_clusters(v: Vectors) -> Numbers:
    """Patients with several images, d4 only."""
    reference = v.reference
    area, covariance = auroc_covariance(v.both(), reference, v.patient)
    found = paired_auroc(area, covariance, 0.95, clustered=True)
    for key, value in {
        "auc_b": area[0], "auc_a": area[1], "var_b": covariance[0, 0], "var_a": covariance[1, 1],
        "cov": covariance[0, 1], "diff": found.value, "se_diff": found.se,
        "z": found.value / found.se, "p": found.p_value,
    }.items():  # fmt: skip
        yield f"cluster_d4/obuchowski1997/{key}", value, CLOSED
    naive = paired_auroc(*auroc_covariance(v.both(), reference, v.case), 0.95, clustered=False)
    yield "cluster_d4/naive_delong/z", naive.value / naive.se, CLOSED
    yield "cluster_d4/naive_delong/p", naive.p_value, CLOSED
    yield "cluster_d4/naive_delong/se_diff", naive.se, CLOSED
    right = v.called["b"][reference]
    gee = proportion(right, v.patient[reference], 0.95, clustered=True)
    logit = np.log(gee.value / (1 - gee.value))
    yield "cluster_d4/gee_sens_b/est", gee.value, CLOSED
    yield "cluster_d4/gee_sens_b/logit", logit, CLOSED
    yield "cluster_d4/gee_sens_b/ci95", [gee.low, gee.high], CLOSED
    reach = np.log(gee.high / (1 - gee.high)) - logit
    yield "cluster_d4/gee_sens_b/se", reach / 1.959963984540054, CLOSED
    expected = v.all["cluster_d4"]["cluster_bootstrap_2000_seed42"]
    weights = patient_weights(500, 2000, seed=0)
    drawn = {m: ranking_draws(s, reference, v.patient, weights)[0][1:] for m, s in v.score.items()}
    drawn["diff"] = drawn["b"] - drawn["a"]
    for key in ("a", "b", "diff"):
        path = f"cluster_d4/cluster_bootstrap_2000_seed42/se_{key}"
        yield path, drawn[key].std(), 0.1 * expected[f"se_{key}"]
    for key in ("b", "diff"):  # a tail's own error is about twice that of the standard error
        ends = np.quantile(drawn[key], [0.025, 0.975])
        path = f"cluster_d4/cluster_bootstrap_2000_seed42/ci95_pct_{key}"
        yield path, ends, 0.2 * expected[f"se_{key}"]


def of_study_size(v: Vectors) -> Numbers:
    """The variances of the pilot are d2's."""
    for path, area, power, ratio in (("one_auc", 0.8, 0.9, 1.0), ("one_auc_k4", 0.75, 0.8, 4.0)):
        found = positive_cases_for_one_auroc(area, power=power, negatives_per_positive=ratio)
        for key, value in (("ncases", found), ("ncontrols", found * ratio), ("auc", area)):
            yield f"power/{path}/r/{key}", value, CLOSED
        yield f"power/{path}/r/power", power, 0
        yield f"power/{path}/r/sig.level", 0.05, 0
    area, covariance = auroc_covariance(v.both(), v.reference, v.case)
    scaled = covariance * v.reference.sum()
    found = cases_for_two_aurocs(
        area[0] - area[1], scaled[0, 0], scaled[1, 1], scaled[0, 1], power=0.9
    )
    ratio = (~v.reference).sum() / v.reference.sum()
    yield "power/paired_from_data_d2/ncases", found, CLOSED
    yield "power/paired_from_data_d2/ncontrols", found * ratio, CLOSED
    yield "power/paired_from_data_d2/power", 0.9, 0
    yield "power/paired_from_data_d2/sig.level", 0.05, 0
    # pROC's first model has the variance of no difference: there it is the better one
    found = positive_cases_for_paired_aurocs(
        Binormal(1.9), Binormal(2.6), 0.1, correlation=0.6, power=0.9, joint=False
    )
    yield "power/paired_binormal/ncases", found, CLOSED
    yield "power/paired_binormal/ncontrols", found, CLOSED


def at_path(tree: Any, path: str) -> Any:
    for part in path.split("/"):
        tree = tree[part]
    return tree


def agree(expected: Any, found: Any, tolerance: float) -> bool:
    """Equal within the tolerance; what R has as null (infinite, NaN) is not estimable here."""
    wanted = np.array(expected, dtype=float).ravel()
    given = np.asarray(found, dtype=float).ravel()
    if np.isnan(wanted).any() or (np.isnan(given) & ((wanted == 0) | (wanted == 1))).all():
        return bool(np.isnan(given).any())
    return given.shape == wanted.shape and bool(np.all(np.abs(given - wanted) <= tolerance))


@pytest.fixture(scope="module")
def folder(real_data: Path) -> Path:
    return real_data / "stats_vectors"


def compared(folder: Path) -> Iterator[tuple[str, Any, Any, float]]:
    """(path, R's number, ours, tolerance) of all sets."""
    for name in SETS:
        v = Vectors(folder, name)
        for path, found, tolerance in numbers(v):
            yield f"{name}/{path}", at_path(v.r, path), found, tolerance
    for name, of in (("d4_cluster1500", of_clusters), ("d2_ties200", of_study_size)):
        v = Vectors(folder, name)
        for path, found, tolerance in of(v):
            yield path, at_path(v.all, path), found, tolerance


def test_every_number_is_r_s(folder: Path) -> None:
    wrong = [
        f"{path}: R {expected}, here {found}"
        for path, expected, found, tolerance in compared(folder)
        if not agree(expected, found, tolerance)
    ]
    assert not wrong, "\n".join(wrong)


def leaves(tree: Any, path: str = "") -> Iterator[str]:
    if isinstance(tree, dict):
        for key, below in tree.items():
            yield from leaves(below, f"{path}/{key}" if path else key)
    else:
        yield path


def test_no_number_is_left_out_without_a_reason(folder: Path) -> None:
    known = {path for path, *_ in compared(folder)}
    everything = set(leaves(json.loads((folder / "reference_R.json").read_text())))
    patterns = {re.compile(pattern) for pattern in NOT_COMPARED}
    excused = {path for path in everything if any(p.search(path) for p in patterns)}
    assert [p.pattern for p in patterns if not any(map(p.search, everything))] == []
    assert known <= everything
    assert sorted(everything - known - excused) == []
    assert len(known) > 1000
