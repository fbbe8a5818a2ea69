"""Classes, grades and amounts: golden values, pairing, small numbers, and the way a gain goes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    cohen_kappa_score,
    mean_absolute_error,
    r2_score,
    roc_auc_score,
)

from medtune.config import Evaluation, Primary, Target
from medtune.errors import DataError
from medtune.evaluation import evaluate
from medtune.evaluation.pooling import pool_studies
from medtune.report.german import GERMAN
from medtune.tables.results import Result

CLASSES = ["none", "mild", "severe"]
TARGETS = {
    "multiclass": Target(kind="multiclass", classes=CLASSES),
    "ordinal": Target(kind="ordinal", classes=CLASSES),
    "continuous": Target(kind="continuous", unit="months", range=[0, 240]),
}
NOISE = {"fine_tuned": 0.5, "frozen_backbone": 1.4, "thumbnail": 3.0, "random_weights": 9.0}


def predictions(
    kind: str,
    *,
    n: int = 240,
    per_patient: int = 1,
    seed: int = 0,
    noise: dict[str, float] = NOISE,
    name: str = "sought",
) -> pd.DataFrame:
    """Simulated predictions of one target in the test split, a film a study."""
    rng = np.random.default_rng(seed)
    latent = np.repeat(rng.normal(size=-(-n // per_patient)), per_patient)[:n]
    latent = latent + 0.5 * rng.normal(size=n)
    shared = {
        "case_id": [f"c{i:04d}" for i in range(n)],
        "group_id": [f"p{i // per_patient:04d}" for i in range(n)],
        "site": "here",
        "split": "test",
        "target": name,
        "sex": np.where(np.arange(n) // per_patient % 2, "F", "M"),
        "uncertain": "",
    }
    grade = np.digitize(latent, [-0.4, 0.9])
    parts = []
    for model, far in noise.items():
        seen = latent + far * rng.normal(size=n)
        rows = pd.DataFrame({**shared, "model": model})
        if kind == "continuous":
            score, truth = 100 + 30 * seen, 100 + 30 * latent
            parts.append(rows.assign(**{"class": ""}, score=score, reference=truth))
            continue
        near = np.exp(-((seen[:, None] - np.array([-1.05, 0.25, 1.55])) ** 2))
        share = near / near.sum(axis=1, keepdims=True)
        for place, each in enumerate(CLASSES):
            parts.append(
                rows.assign(
                    **{"class": each},
                    score=share[:, place],
                    reference=(grade == place).astype(float),
                )
            )
    return pd.concat(parts, ignore_index=True)


def judged(kind: str, table: pd.DataFrame | None = None, **settings: object) -> Result:
    table = predictions(kind) if table is None else table
    targets = dict.fromkeys(table["target"].unique(), TARGETS[kind])
    return evaluate(table, Evaluation(**{"resamples": 400, **settings}), targets=targets)


def value(result: Result, model: str, measure: str, target: str = "sought", subgroup: str = "all"):
    rows = result.measures
    (row,) = rows[
        (rows["model"] == model)
        & (rows["measure"] == measure)
        & (rows["target"] == target)
        & (rows["subgroup"] == subgroup)
    ].to_dict("records")
    return row


def difference(result: Result, other: str, measure: str, subgroup: str = "all"):
    rows = result.differences
    (row,) = rows[
        (rows["compared_with"] == other)
        & (rows["measure"] == measure)
        & (rows["target"] == "sought")
        & (rows["subgroup"] == subgroup)
    ].to_dict("records")
    return row


def wide(table: pd.DataFrame, model: str):
    """Scores (n, K), true and said classes of one model."""
    own = table[table["model"] == model]
    score = own.pivot(index="case_id", columns="class", values="score")[CLASSES].to_numpy()
    truth = own.pivot(index="case_id", columns="class", values="reference")[CLASSES].to_numpy()
    return score, truth.argmax(axis=1)


def test_grades_agree_with_scikit_learn():
    table = predictions("ordinal")
    result = judged("ordinal", table)
    for model in NOISE:
        score, truth = wide(table, model)
        said = (np.cumsum(score, axis=1)[:, :-1] < 0.5).sum(axis=1)
        kappa = cohen_kappa_score(truth, said, weights="quadratic")
        assert value(result, model, "quadratic_weighted_kappa")["value"] == pytest.approx(kappa)
        assert value(result, model, "accuracy")["value"] == pytest.approx((said == truth).mean())
        near = np.abs(said - truth) <= 1
        assert value(result, model, "within_one_accuracy")["value"] == pytest.approx(near.mean())


def test_classes_agree_with_scikit_learn():
    table = predictions("multiclass")
    result = judged("multiclass", table)
    for model in NOISE:
        score, truth = wide(table, model)
        said = score.argmax(axis=1)
        area = roc_auc_score(truth, score, multi_class="ovr", average="macro")
        assert value(result, model, "macro_auroc")["value"] == pytest.approx(area)
        assert value(result, model, "accuracy")["value"] == accuracy_score(truth, said)
        balanced = balanced_accuracy_score(truth, said)
        assert value(result, model, "balanced_accuracy")["value"] == pytest.approx(balanced)
        for place, each in enumerate(CLASSES):
            row = value(result, model, "auroc", f"sought={each}")
            assert row["value"] == pytest.approx(roc_auc_score(truth == place, score[:, place]))
            assert row["n_positive"] == (truth == place).sum()


def test_amounts_agree_with_scikit_learn_and_bland_and_altman():
    table = predictions("continuous")
    result = judged("continuous", table)
    for model in NOISE:
        own = table[table["model"] == model]
        said, truth = own["score"].to_numpy(), own["reference"].to_numpy()
        error = said - truth
        expected = {
            "mae": mean_absolute_error(truth, said),
            "bias": error.mean(),
            "limit_low": error.mean() - 1.959964 * error.std(ddof=1),
            "limit_high": error.mean() + 1.959964 * error.std(ddof=1),
            "r_squared": r2_score(truth, said),
            "correlation": np.corrcoef(truth, said)[0, 1],
        }
        for measure, number in expected.items():
            assert value(result, model, measure)["value"] == pytest.approx(number, rel=1e-6)


@pytest.mark.parametrize(
    ("kind", "measure"),
    [("multiclass", "macro_auroc"), ("ordinal", "quadratic_weighted_kappa"), ("continuous", "mae")],
)
def test_both_models_are_drawn_on_the_same_patients(kind, measure):
    """A model that errs like the other, and a little more, differs from it with near certainty."""
    table = predictions(kind, noise={"fine_tuned": 1.0, "frozen_backbone": 1.0})
    own = table["model"] == "fine_tuned"
    other = table[own].assign(model="frozen_backbone")
    together = judged(kind, pd.concat([table[own], other], ignore_index=True))
    row = difference(together, "frozen_backbone", measure)
    assert row["reason"] == "all resamples of the patients agree: no interval can be given"
    apart = judged(kind, table)
    paired, single = (
        difference(apart, "frozen_backbone", measure),
        value(apart, "fine_tuned", measure),
    )
    assert paired["high"] - paired["low"] < 2 * (single["high"] - single["low"])


@pytest.mark.parametrize("kind", list(TARGETS))
def test_swapping_the_models_turns_the_difference_round(kind):
    table = predictions(kind)
    swapped = table.replace(
        {"model": {"fine_tuned": "frozen_backbone", "frozen_backbone": "fine_tuned"}}
    )
    measure = {"multiclass": "macro_auroc", "ordinal": "accuracy", "continuous": "mae"}[kind]
    one = difference(judged(kind, table), "frozen_backbone", measure)
    other = difference(judged(kind, swapped), "frozen_backbone", measure)
    assert one["difference"] == pytest.approx(-other["difference"])
    assert (one["low"], one["high"]) == pytest.approx((-other["high"], -other["low"]))


def test_a_gain_is_better_whichever_way_a_measure_goes():
    better = judged("continuous")
    assert better.primary["measure"] == "mae"
    assert better.primary["difference"] < 0
    assert better.verdict == "gain"
    assert better.control_passed is True
    assert "months, where lower is better" in better.answer
    swap = {"fine_tuned": "frozen_backbone", "frozen_backbone": "fine_tuned"}
    worse = judged("continuous", predictions("continuous").replace({"model": swap}))
    assert worse.primary["difference"] > 0
    assert worse.verdict == "worse"
    assert judged("ordinal").verdict == judged("multiclass").verdict == "gain"


def test_what_is_excluded_is_said_of_the_gain():
    same = dict.fromkeys(("fine_tuned", "frozen_backbone"), 1.0)
    result = judged("continuous", predictions("continuous", noise=same))
    assert result.verdict == "no_gain_shown"
    assert f"gains above {-result.primary['low']:.3f} months are excluded" in result.answer


def test_a_loss_is_excluded_whichever_way_a_measure_goes():
    same = dict.fromkeys(("fine_tuned", "frozen_backbone"), 1.0)
    table = predictions("continuous", noise=same)
    worst = judged("continuous", table).primary["high"]  # of an error: the largest loss
    assert worst > 0.5
    for margin, excluded in ((worst + 0.5, True), (worst - 0.5, False)):
        primary = Primary(non_inferiority_margin=margin, reason="agreed")
        found = judged("continuous", table, primary=primary)
        assert found.primary["non_inferior"] is excluded
        assert f"a loss of {margin:g} months or more" in found.answer


def test_a_margin_is_in_the_unit_of_the_amount():
    gain = judged("continuous")
    least = -gain.primary["high"]
    assert least > 1
    for margin, verdict in ((least - 0.5, "gain"), (least + 0.5, "no_gain_shown")):
        assert (
            judged("continuous", primary=Primary(margin=margin, reason="agreed")).verdict == verdict
        )


@pytest.mark.parametrize("kind", list(TARGETS))
def test_patients_are_resampled_and_not_their_films(kind):
    measure = {"multiclass": "macro_auroc", "ordinal": "quadratic_weighted_kappa"}.get(kind, "mae")
    once = predictions(kind, n=120)
    copies = []
    for copy in range(4):
        copies.append(once.assign(case_id=once["case_id"] + f"-{copy}"))
    four = judged(kind, pd.concat(copies, ignore_index=True))
    one, many = value(judged(kind, once), "fine_tuned", measure), value(four, "fine_tuned", measure)
    for end in ("value", "low", "high"):
        assert many[end] == pytest.approx(one[end])
    assert many["n_cases"] == 480
    assert many["n_groups"] == 120


@pytest.mark.parametrize("kind", list(TARGETS))
def test_the_order_of_the_rows_changes_nothing(kind):
    table = predictions(kind)
    mixed = table.sample(frac=1, random_state=1, ignore_index=True)
    one, other = judged(kind, table, subgroups=["sex"]), judged(kind, mixed, subgroups=["sex"])
    pd.testing.assert_frame_equal(one.measures, other.measures)
    pd.testing.assert_frame_equal(one.differences, other.differences)


@pytest.mark.parametrize("kind", list(TARGETS))
def test_few_patients_are_not_judged(kind):
    result = judged(kind, predictions(kind, n=15))
    assert result.verdict == "not_estimable"
    assert "15 patients; at least 20 are needed" in result.answer
    measures = result.measures
    estimated = measures[measures["value"].notna()]["measure"].unique()
    assert set(estimated) <= {"majority_accuracy", "prevalence"}


def test_a_class_that_few_have_is_no_part_of_the_mean():
    table = predictions("multiclass")
    cases = table["case_id"].unique()
    severe = table.loc[(table["class"] == "severe") & (table["reference"] == 1), "case_id"].unique()
    table = table[table["case_id"].isin([*severe[:4], *(set(cases) - set(severe))])]
    result = judged("multiclass", table)
    row = value(result, "fine_tuned", "auroc", "sought=severe")
    assert row["reason"].startswith("4 positive and")
    others = [value(result, "fine_tuned", "auroc", f"sought={c}")["value"] for c in CLASSES[:2]]
    assert value(result, "fine_tuned", "macro_auroc")["value"] == pytest.approx(np.mean(others))


def test_subgroups_are_judged_and_small_ones_are_not_shown():
    table = predictions("ordinal")
    table.loc[table["case_id"] < "c0020", "sex"] = "Y"
    table.loc[table["case_id"] < "c0008", "sex"] = "X"
    result = judged("ordinal", table, subgroups=["sex"])
    shown = value(result, "fine_tuned", "quadratic_weighted_kappa", subgroup="sex=F")
    part = table[table["sex"] == "F"]
    score, truth = wide(part, "fine_tuned")
    said = (np.cumsum(score, axis=1)[:, :-1] < 0.5).sum(axis=1)
    assert shown["value"] == pytest.approx(cohen_kappa_score(truth, said, weights="quadratic"))
    hidden = value(result, "fine_tuned", "quadratic_weighted_kappa", subgroup="sex=X")
    assert hidden["reason"].startswith("not shown")
    assert pd.isna(hidden["n_cases"])


@pytest.mark.parametrize("kind", list(TARGETS))
def test_films_of_a_study_are_pooled_and_judged_apart_beside(kind):
    measure = {"multiclass": "accuracy", "ordinal": "accuracy"}.get(kind, "mae")
    table = predictions(kind, n=240, per_patient=2)
    first = table["case_id"].str[1:].astype(int) // 2
    reference = table.groupby([first, "class", "model"])["reference"].transform("first")
    two = table.assign(study_id="s" + first.astype(str), reference=reference)
    result = judged(kind, two)
    assert value(result, "fine_tuned", measure)["n_cases"] == 120
    each = value(result, "fine_tuned", measure, subgroup="unit=image")
    assert each["n_cases"] == 240
    assert each["n_groups"] == 120
    alone = judged(kind, two.assign(study_id=two["case_id"]))
    assert value(alone, "fine_tuned", measure)["value"] == pytest.approx(each["value"])
    one = value(alone, "fine_tuned", measure, subgroup="unit=one study a patient")
    assert one["n_cases"] == one["n_groups"] == 120


def test_a_refused_class_is_wrong_in_the_worst_case():
    table = predictions("ordinal")
    away = (table["model"] == "frozen_backbone") & (table["case_id"] < "c0024")
    table.loc[away, "score"] = np.nan
    result = judged("ordinal", table)
    assert value(result, "fine_tuned", "accuracy")["n_cases"] == 216
    worst = value(result, "frozen_backbone", "accuracy", subgroup="refusals=wrong")
    paired = value(result, "frozen_backbone", "accuracy")
    assert worst["value"] == pytest.approx(paired["value"] * 216 / 240)
    (refused,) = [each for each in result.warnings if "24" in each and "worst case" in each]
    assert "konnten einige nicht bewertet werden" in GERMAN.of_judge(refused)


def test_several_grades_are_judged_by_their_mean():
    table = pd.concat(
        [predictions("ordinal", name=name, seed=at) for at, name in enumerate(("knee", "hip"))],
        ignore_index=True,
    )
    result = judged("ordinal", table)
    assert result.primary["finding"] == "macro"
    assert "the mean over the targets" in result.question
    each = [
        value(result, "fine_tuned", "quadratic_weighted_kappa", name)["value"]
        for name in ("knee", "hip", "macro")
    ]
    assert each[2] == pytest.approx(np.mean(each[:2]))


def test_the_worst_are_found_by_a_rule_and_counts_close():
    result = judged("continuous")
    rows = result.worst
    assert rows["error"].value_counts().to_dict() == {"too high": 4, "too low": 4}
    error = rows["score"] - rows["reference"]
    assert (error[rows["error"] == "too high"] > 0).all()
    table = predictions("continuous")
    own = table[table["model"] == "fine_tuned"]
    assert error.max() == pytest.approx((own["score"] - own["reference"]).max())
    confusion = judged("ordinal").curves
    confusion = confusion[confusion["curve"] == "confusion"]
    assert confusion.groupby("model")["n"].sum().eq(240).all()


def test_predictions_that_are_not_whole_are_refused():
    table = predictions("ordinal")
    both = table.copy()
    both.loc[both["case_id"] == "c0000", "reference"] = 1.0
    with pytest.raises(DataError, match="not of one class each"):
        judged("ordinal", both)
    with pytest.raises(DataError, match="are not whole"):
        judged("ordinal", table[~((table["class"] == "mild") & (table["case_id"] == "c0001"))])
    amounts = predictions("continuous")
    again = amounts.assign(
        case_id=amounts["case_id"] + "b", study_id=amounts["case_id"], reference=0.0
    )
    two = pd.concat([amounts.assign(study_id=amounts["case_id"]), again], ignore_index=True)
    with pytest.raises(DataError, match="several references of one target"):
        pool_studies(two, "mean", "test", {"sought": TARGETS["continuous"]})


def test_kappa_at_its_ends():
    perfect = predictions("ordinal", noise={"fine_tuned": 0.0, "frozen_backbone": 9.0})
    own = perfect["model"] == "fine_tuned"
    perfect.loc[own, "score"] = perfect.loc[own, "reference"]
    result = judged("ordinal", perfect)
    row = value(result, "fine_tuned", "quadratic_weighted_kappa")
    assert row["reason"] == "all resamples of the patients agree: no interval can be given"
    accuracy = value(result, "fine_tuned", "accuracy")
    assert accuracy["value"] == 1
    assert 0.9 < accuracy["low"] < 1


@pytest.mark.parametrize("kind", ["multiclass", "ordinal"])
@pytest.mark.parametrize("subgroups", [[], ["sex"]])
def test_scores_of_no_class_are_refused(kind: str, subgroups: list[str]) -> None:
    of_none = predictions("continuous").assign(reference=1.0, score=0.5)
    with pytest.raises(DataError, match=r"'sought' have no row of its classes \(none, mild, sever"):
        judged(kind, of_none, subgroups=subgroups)


@pytest.mark.parametrize("subgroups", [[], ["sex"]])
def test_two_models_of_which_one_has_no_class_are_not_compared(subgroups: list[str]) -> None:
    table = predictions("ordinal")
    own = table["model"] == "fine_tuned"
    other = table[table["model"] == "frozen_backbone"].drop_duplicates("case_id")
    both = pd.concat([table[own], other.assign(**{"class": ""})], ignore_index=True)
    with pytest.raises(DataError, match="Nothing compares fine_tuned with frozen_backbone"):
        judged("ordinal", both, subgroups=subgroups)
