"""Which rung is chosen: never one that only looks better, and never on what it learnt from."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import expit

from medtune.errors import InputError
from medtune.evaluation.declared_utility import INSTEAD, Utility
from medtune.evaluation.recalibration import platt
from medtune.evaluation.rung_on_test import SAME, Decided, on_test
from medtune.evaluation.rungs import CANNOT_MOVE, Rung, _gone_on, choose, folds_of
from medtune.evaluation.utility import net_benefit

ACT = Utility("net_benefit", 0.2)


def site(cases: int = 600, seed: int = 0, signal: float = 1.0, other: float = 2.5):
    """Patients with the finding or without, and the scores of a weak and of a strong model."""
    rng = np.random.default_rng(seed)
    present = rng.random(cases) < 0.3
    weak = expit(rng.normal(np.where(present, signal, -signal) / 2, 1.0))
    strong = expit(rng.normal(np.where(present, other, -other) / 2, 1.0))
    return present, weak, strong


def chosen(rungs, present, *, utility=ACT, group=None, **options):
    group = np.arange(present.size) if group is None else group
    settings = {"level": 0.95, "resamples": 400, "seed": 1, **options}
    fold = folds_of(np.bincount(group, present) > 0, np.arange(group.max() + 1), 5)[group]
    return choose(rungs, present.astype(float), group, fold, utility, **settings)


def test_what_learns_nothing_new_is_not_paid_for():
    for seed in range(3):
        present, weak, _ = site(seed=seed)
        rng = np.random.default_rng(seed + 50)
        copies = [
            Rung(f"like {n}", "recalibrated", expit(np.log(weak / (1 - weak)) + rng.normal(0, 0.2)))
            for n in range(4)
        ]
        threshold = ACT.threshold("site", weak, present).value
        found = chosen([Rung("shipped", "shipped", weak, threshold), *copies], present)
        assert found.chosen == "shipped"
        assert not any(step.better for step in found.steps)


def test_a_moved_threshold_is_enough_where_it_is_and_training_where_it_is_not():
    present, weak, strong = site(cases=1500)
    poor = Rung("shipped", "shipped", weak, 0.9)
    site_threshold = Rung("site_threshold", "site", weak)
    recalibrated = Rung("recalibration", "recalibrated", weak)
    found = chosen([poor, site_threshold], present)
    assert found.chosen == "site_threshold"
    assert found.steps[1].auroc_gain.reason == CANNOT_MOVE
    trained = Rung("lora", "recalibrated", strong, minutes=3, labels=1500)
    found = chosen([poor, site_threshold, recalibrated, trained], present)
    assert found.chosen == "lora"
    assert found.step.against in ("site_threshold", "recalibration")
    assert found.step.gain.low > 0
    assert found.step.auroc_gain.low > 0
    best = max(found.steps[:3], key=lambda step: step.utility.value)
    assert found.step.against == best.name


def test_small_steps_that_add_up_are_not_taken_for_none():
    present = np.arange(1000) < 300
    # each finds three patients more than the one before: too few to be shown, six are not
    rungs = [
        Rung(f"step {n}", "shipped", (np.arange(1000) < 200 + 3 * n).astype(float), threshold=0.5)
        for n in range(4)
    ]
    found = chosen(rungs, present, resamples=1000)
    assert not any(step.better for step in found.steps)
    assert [step.short_of for step in found.steps] == ["step 3", "step 3", "", ""]
    assert found.steps[0].p_short < 0.05
    assert found.chosen == "step 2"
    alone = chosen(rungs[:2], present, resamples=1000, level=0.99)
    assert alone.chosen == "step 0"
    assert alone.steps[0].short_of == ""


def test_one_does_not_go_on_to_a_dearer_rung_that_is_worth_less():
    worths = {"a": [0.1], "worse": [0.05], "b": [0.15], "c": [0.2]}
    rng = np.random.default_rng(0)
    draws = {
        name: np.concatenate([value, value + rng.normal(0, 0.001, 999)])
        for name, value in worths.items()
    }
    passed, stays = _gone_on("a", draws, 0.95, 0.0)
    assert stays == "c"
    assert {name: one["short_of"] for name, one in passed.items()} == {"a": "c", "b": "c"}


def ladder_at(shift: str, seed: int, *, prevalence_known: bool = True):
    """All rungs at a hospital whose situation is clear, and its labels."""
    rng = np.random.default_rng(seed)
    cases = 1200
    present = rng.random(cases) < 0.3
    signal = 0.5 if shift == "what films show" else 2.5
    odds = rng.normal(np.where(present, signal, -signal) / 2, 1.0)
    at_home, there = rng.normal(np.where(present, 2.5, -2.5) / 2, 1.0, (2, cases))
    shipped = ACT.threshold("site", expit(at_home), present).value
    moved = 2.5 if shift == "scores alone" else 0.0
    here = expit(odds + moved)

    def like_it():
        """What was measured or fitted anew, and ranks a little worse."""
        return expit(odds + moved + rng.normal(0, 0.2, cases))

    better = expit(there if shift == "what films show" else odds + rng.normal(0, 0.3, cases))
    unknown = "" if prevalence_known else "the local prevalence is not known"
    return present, [
        Rung("shipped", "shipped", here, shipped),
        Rung("score_alignment", "shipped", expit(odds), shipped, reason=unknown),
        Rung("site_threshold", "site", here, labels=100),
        Rung("recalibration", "recalibrated", here, labels=100),
        Rung("harmonisation", "recalibrated", like_it(), labels=100),
        Rung("batch_norm", "recalibrated", like_it(), labels=100),
        Rung("fast_probe", "recalibrated", like_it(), labels=2000),
        Rung("lora", "recalibrated", better, minutes=3, labels=2000),
    ]


@pytest.mark.parametrize(
    ("shift", "prevalence_known", "expected"),
    [
        ("none", True, "shipped"),
        ("scores alone", True, "score_alignment"),
        ("scores alone", False, "site_threshold"),
        ("what films show", True, "lora"),
    ],
)
def test_where_the_situation_is_clear_so_is_the_rung(shift, prevalence_known, expected):
    present, rungs = ladder_at(shift, 0, prevalence_known=prevalence_known)
    patients = np.arange(present.size)
    fold, sets = patients % 5, patients // 5 % 5 == 0  # a fifth sets thresholds, as in use
    found = choose(rungs, present.astype(float), patients, fold, ACT,
                   level=0.95, resamples=1000, seed=1, sets=sets)  # fmt: skip
    assert found.chosen == expected
    place = found.steps.index(found.step)
    assert place == 0 or found.step.p_adjusted < 0.02
    for step in found.steps[place + 1 :]:  # no answer hangs on a hair
        assert not step.gain.value > 0 or step.p_adjusted > 0.2


def test_holm_makes_many_tries_dearer():
    present, weak, _ = site(cases=900, seed=3)
    odds = np.log(weak / (1 - weak))
    a_little = expit(odds + np.where(present, 0.36, 0))
    threshold = ACT.threshold("site", weak, present).value
    first = Rung("shipped", "shipped", weak, threshold)
    better = Rung("better", "recalibrated", a_little)
    alone = chosen([first, better], present).steps[1]
    rng = np.random.default_rng(0)
    others = [
        Rung(f"other {n}", "recalibrated", expit(odds + rng.normal(0, 1.5, odds.size)))
        for n in range(6)
    ]
    among = chosen([first, *others, better], present).steps[-1]
    assert among.p_adjusted == pytest.approx(min(1, 7 * among.gain.p_value))
    assert alone.p_adjusted == alone.gain.p_value
    assert among.gain.p_value == pytest.approx(alone.gain.p_value)


def test_the_difference_is_that_of_the_decisions_and_a_case_is_judged_by_other_folds():
    present, weak, _ = site(cases=200, seed=4)
    fold = np.arange(200) % 2
    thresholds = [ACT.threshold("site", weak[fold != f], present[fold != f]).value for f in (0, 1)]
    called = weak >= np.take(thresholds, fold)
    expected = ((called & present).sum() - 0.25 * (called & ~present).sum()) / 200
    found = choose(
        [Rung("shipped", "shipped", weak, 0.5), Rung("site_threshold", "site", weak)],
        present.astype(float), np.arange(200), fold, ACT, level=0.95, resamples=200, seed=0,
    )  # fmt: skip
    assert found.steps[1].utility.value == pytest.approx(expected)
    as_shipped = net_benefit(weak + 0.0, present, np.array([0.5]))
    assert as_shipped != found.steps[0].utility.value  # other odds: the declared ones count
    assert found.steps[1].gain.value == pytest.approx(expected - found.steps[0].utility.value)


def test_thresholds_come_from_the_cases_that_would_set_them_in_use():
    present, weak, _ = site(cases=400, seed=4)
    fold, sets = np.arange(400) % 4, np.arange(400) % 5 == 0  # a fifth is the calibration split
    rules = ("site", "recalibrated")
    expected = []
    for rule in rules:
        thresholds = [
            ACT.threshold(rule, weak[own], present[own]).value
            for own in ((fold != f) & sets for f in range(4))
        ]
        called = weak >= np.take(thresholds, fold)
        expected.append(((called & present).sum() - 0.25 * (called & ~present).sum()) / 400)
    rungs = [Rung("shipped", "shipped", weak, 0.5), *(Rung(rule, rule, weak) for rule in rules)]
    settings = {"level": 0.95, "resamples": 200, "seed": 0}
    patients = np.arange(400)
    found = choose(rungs, present.astype(float), patients, fold, ACT, sets=sets, **settings)
    assert [step.utility.value for step in found.steps[1:]] == pytest.approx(expected)
    assert found.n_cases == 400  # all are judged all the same
    of_all = choose(rungs, present.astype(float), patients, fold, ACT, **settings)
    for step, other in zip(found.steps[1:], of_all.steps[1:], strict=True):
        assert step.utility.value != other.utility.value
    none = choose(rungs, present.astype(float), patients, fold, ACT,
                  sets=sets & ~present, **settings)  # fmt: skip
    assert "all of one kind" in none.steps[1].utility.reason


def test_ten_films_of_a_patient_are_one_draw():
    present, weak, strong = site(cases=60, seed=5)
    many = [np.repeat(x, 10) for x in (present, weak, strong)]
    rungs = [Rung("shipped", "shipped", many[1], 0.5), Rung("lora", "recalibrated", many[2])]
    clustered = chosen(rungs, many[0], group=np.repeat(np.arange(60), 10)).steps[1]
    naive = chosen(rungs, many[0]).steps[1]
    assert clustered.gain.se > 2 * naive.gain.se
    assert chosen(rungs, many[0], group=np.repeat(np.arange(60), 10)).n_groups == 60


def test_a_matched_specificity_is_moved_by_no_threshold():
    present, weak, strong = site()
    found = chosen(
        [
            Rung("shipped", "shipped", weak, 0.99),
            Rung("site_threshold", "site", weak),
            Rung("lora", "recalibrated", strong),
        ],
        present,
        utility=Utility("sensitivity_at_specificity", 0.9),
    )
    assert found.steps[1].utility.value == found.steps[0].utility.value
    assert found.steps[1].gain.reason
    assert math.isnan(found.steps[1].p_adjusted)
    assert found.chosen == "lora"


def test_a_gain_must_be_above_the_least_that_was_declared():
    present, weak, strong = site(cases=1500)
    rungs = [Rung("shipped", "shipped", weak, 0.5), Rung("lora", "recalibrated", strong)]
    free = chosen(rungs, present)
    assert free.chosen == "lora"
    gain = free.step.gain
    strict = chosen(rungs, present, least_gain=gain.high + 0.01)
    assert strict.chosen == "shipped"
    assert strict.steps[1].gain.value == pytest.approx(gain.value)


def test_what_cannot_be_climbed_or_judged_says_why():
    present, weak, strong = site()
    away = Rung("batch_norm", "recalibrated", reason="its network has no BatchNorm")
    none = Rung("shipped", "shipped", weak)
    found = chosen([none, Rung("site_threshold", "site", weak), away], present)
    assert found.chosen == "site_threshold"
    assert "without a threshold" in found.steps[0].utility.reason
    assert found.steps[2].utility.reason == "its network has no BatchNorm"
    backwards = chosen([Rung("shipped", "shipped", weak, 0.5),
                        Rung("recalibration", "recalibrated", 1 - strong)], present)  # fmt: skip
    refused = backwards.steps[1]
    assert "do not go with the finding" in refused.utility.reason
    assert refused.gain.reason == refused.utility.reason
    assert refused.auroc.value < 0.1  # it calls nobody, and ranks all the same
    assert refused.against == "shipped"
    assert refused.auroc_gain.high < 0
    assert not refused.better
    few = present & (np.cumsum(present) <= 9)
    found = chosen([Rung("shipped", "shipped", weak, 0.5), Rung("lora", "recalibrated", strong)],
                   few)  # fmt: skip
    assert found.chosen == "shipped"
    assert found.reason.startswith("9 positive and 591 negative patients")
    with pytest.raises(InputError, match="At least 280 are needed"):
        chosen([Rung(str(n), "site", weak) for n in range(8)], present, resamples=200)


def test_refused_and_unlabelled_cases_are_left_out_for_all():
    present, weak, strong = site(seed=7)
    strong[:20] = np.nan
    reference = present.astype(float)
    reference[20:50] = np.nan
    found = choose(
        [Rung("shipped", "shipped", weak, 0.5), Rung("lora", "recalibrated", strong)],
        reference, np.arange(600), np.arange(600) % 5, ACT, level=0.95, resamples=200, seed=0,
    )  # fmt: skip
    assert (found.n_cases, found.left_out) == (550, 20)


@pytest.mark.parametrize("chance", [0.05, 0.2, 0.6])
def test_thresholds_are_those_of_the_rule(chance):
    present, weak, _ = site(seed=8)
    utility = Utility("net_benefit", chance)
    recalibrated = utility.threshold("recalibrated", weak, present).value
    fitted = platt(weak, present)
    assert fitted(np.array([recalibrated]))[0] == pytest.approx(chance)
    best = utility.threshold("site", weak, present).value
    odds = chance / (1 - chance)

    def benefit(threshold):
        called = weak >= threshold
        return (called & present).sum() - odds * (called & ~present).sum()

    tried = max(benefit(score) for score in weak)
    assert benefit(best) == pytest.approx(max(tried, 0))
    assert utility.threshold("site", -weak, np.arange(600) < 1).value == math.inf or tried


def test_a_rung_that_separates_the_classes_is_chosen_and_says_how_its_threshold_was_taken():
    present, weak, _ = site()
    parted = np.where(present, 0.6 + 0.3 * weak, 0.5 * weak)
    shipped = Rung("shipped", "shipped", weak, ACT.threshold("site", weak, present).value)
    found = chosen([shipped, Rung("lora", "recalibrated", parted)], present)
    assert found.chosen == "lora"
    assert found.step.note == INSTEAD
    assert found.step.utility.value == pytest.approx(present.mean())
    assert found.steps[0].note == ""
    taken = ACT.threshold("recalibrated", parted, present)
    assert taken.value == ACT.threshold("site", parted, present).value
    assert parted[~present].max() < taken.value <= parted[present].min()
    backwards = ACT.threshold("recalibrated", 1 - parted, present)
    assert isinstance(backwards, str)
    assert "separates the classes" in backwards
    refused = chosen([shipped, Rung("lora", "recalibrated", 1 - parted)], present)
    assert refused.chosen == "shipped"
    assert refused.steps[1].utility.reason == backwards


def test_calling_nobody_is_best_where_false_alarms_are_dear():
    score = np.linspace(0, 1, 50)
    dear = Utility("net_benefit", 0.9).threshold("site", score, np.arange(50) % 10 == 0)
    assert dear.value == math.inf
    assert isinstance(ACT.threshold("site", score, np.ones(50, bool)), str)


def test_a_model_that_calls_nobody_is_what_the_ladder_begins_with():
    present, weak, _ = site(cases=1500)
    nobody = Rung("shipped", "shipped", weak, 1.1)
    found = chosen([nobody, Rung("site_threshold", "site", weak)], present)
    assert found.chosen == "site_threshold"
    assert found.first == "shipped"
    worth = found.steps[0].utility
    assert (worth.value, worth.low, worth.high, worth.reason) == (0, 0, 0, "")
    undecided = Rung("shipped", "shipped", weak)
    assert chosen([undecided, Rung("site_threshold", "site", weak)], present).first == (
        "site_threshold"
    )
    first, own = Decided("shipped", weak, 1.1), Decided("site_threshold", weak, 0.4)
    on = on_test(own, first, present.astype(float), np.arange(1500), ACT,
                 level=0.95, resamples=400, seed=0)  # fmt: skip
    assert on.first_utility.value == 0
    assert on.first_utility.estimable
    assert on.gain.value == pytest.approx(on.utility.value)
    assert on.gain.estimable


def test_patients_with_and_without_the_finding_are_dealt_in_turns():
    positive = np.arange(103) % 7 == 0
    fold = folds_of(positive, np.random.default_rng(0).permutation(103), 5)
    assert np.ptp(np.bincount(fold)) <= 1
    assert np.ptp(np.bincount(fold[positive], minlength=5)) <= 1


def test_on_test_the_chosen_rung_stands_beside_what_it_began_with():
    present, weak, strong = site(cases=1200, seed=9)
    first, own = Decided("shipped", weak, 0.9), Decided("lora", strong, 0.4)
    group = np.arange(1200)
    judged = {"level": 0.95, "resamples": 400, "seed": 0}
    found = on_test(own, first, present.astype(float), group, ACT, **judged)
    assert found.gain.value == pytest.approx(found.utility.value - found.first_utility.value)
    assert found.gain.low > 0
    cut = 1 - (1 - found.auroc.value) / (1 - found.first_auroc.value)
    assert found.error_cut.value == pytest.approx(cut)
    assert 0 < found.error_cut.low < cut < found.error_cut.high < 1
    alone = on_test(first, first, present.astype(float), group, ACT, **judged)
    assert alone.gain.reason == SAME
    assert alone.utility.estimable
