"""Classes, grades and amounts: each loss, score and monitor, against another's."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.metrics import cohen_kappa_score, log_loss, mean_absolute_error, roc_auc_score
from torch import nn
from torch.nn.functional import cross_entropy, huber_loss, mse_loss

from medtune.learning.mixing import mixup
from medtune.learning.targets import Amounts, Classes, Grades, SideBySide
from medtune.learning.task import Batch, Monitor, Task

NAN = float("nan")
KINDS: dict[str, Task] = {
    "classes": Classes(4),
    "classes, smooth": Classes(4, smoothing=0.2),
    "grades": Grades(5),
    "amounts": Amounts((100.0,), (40.0,)),
    "amounts, l2": Amounts((100.0,), (40.0,), by="l2"),
}
every = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


def values_for(kind, cases: int = 30, seed: int = 0):
    """Values as a table has them, a fifth of them unknown."""
    rng = np.random.default_rng(seed)
    if isinstance(kind, Amounts):
        values = rng.normal(100, 60, (cases, 1))
    else:
        values = rng.integers(0, kind.classes if isinstance(kind, Classes) else kind.grades, cases)
        values = values.astype(float)
    values[rng.random(cases) < 0.2] = NAN
    return values


def a_batch(kind, seed: int = 0, cases: int = 30):
    """Logits of a case each, and the batch with its targets."""
    targets, known = kind.encoded(values_for(kind, cases, seed))
    logits = np.random.default_rng(seed + 1).normal(0, 2, (cases, kind.outputs))
    batch = Batch(
        torch.zeros(cases, 1, 1, 2, 2), torch.from_numpy(targets), torch.from_numpy(known),
        [str(i) for i in range(cases)],
    )  # fmt: skip
    return torch.from_numpy(logits).float(), batch


def part(batch: Batch, rows) -> Batch:
    at = torch.arange(len(batch.case_id))[rows]
    return Batch(
        batch.inputs[at], batch.targets[at], batch.known[at], [batch.case_id[i] for i in at]
    )


@every
def test_what_is_encoded_is_decoded(kind):
    values = values_for(kind)
    targets, known = kind.encoded(values)
    rows = known.all(axis=1)
    assert targets.dtype == np.float32
    assert targets.shape == known.shape == (30, kind.outputs)
    np.testing.assert_array_equal(rows, ~np.isnan(values.reshape(30, -1)[:, 0]))
    assert 0 < rows.sum() < 30
    np.testing.assert_allclose(kind.decoded(targets.astype(float))[rows], values[rows], rtol=1e-6)


@every
def test_what_is_unknown_has_no_loss_and_exactly_no_gradient(kind):
    logits, batch = a_batch(kind)
    for rubbish in (NAN, float("inf"), 7.0):
        targets = batch.targets.where(batch.known, torch.tensor(rubbish))
        x = logits.where(batch.known, torch.tensor(rubbish)).requires_grad_()
        spoilt = Batch(batch.inputs, targets, batch.known, batch.case_id)
        total, count = kind.loss(x, spoilt)
        total.backward()
        assert bool((x.grad[~batch.known] == 0).all())
        assert bool((x.grad[batch.known] != 0).any())
        known = part(batch, batch.known.all(dim=1))
        clean, same = kind.loss(logits[batch.known.all(dim=1)], known)
        assert float(total.detach()) == pytest.approx(float(clean), rel=1e-6)
        assert float(count) == float(same)
    none = Batch(batch.inputs, batch.targets, torch.zeros_like(batch.known), batch.case_id)
    total, count = kind.loss(logits, none)
    assert (float(total), float(count)) == (0, 0)


@every
@pytest.mark.parametrize("cut", [0, 1, 13, 30])
def test_two_halves_add_up_to_the_whole(kind, cut):
    logits, batch = a_batch(kind)
    whole, count = kind.loss(logits, batch)
    first, some = kind.loss(logits[:cut], part(batch, slice(0, cut)))
    second, others = kind.loss(logits[cut:], part(batch, slice(cut, 30)))
    assert float(some + others) == float(count)
    torch.testing.assert_close(first + second, whole, rtol=1e-5, atol=1e-5)


@every
def test_gradients_are_those_of_finite_differences(kind):
    logits, batch = a_batch(kind, cases=6)
    learnt = logits.double().requires_grad_()
    kind.loss(learnt, batch)[0].backward()
    step = 0.02
    for place in np.ndindex(*logits.shape):
        up, down = logits.double(), logits.double()
        up[place] += step
        down[place] -= step
        slope = (kind.loss(up, batch)[0] - kind.loss(down, batch)[0]) / (2 * step)
        assert float(learnt.grad[place]) == pytest.approx(float(slope), abs=3e-3, rel=3e-3)


@every
def test_scores_that_are_no_numbers_cannot_be_judged(kind):
    logits, batch = a_batch(kind)
    scores = kind.scores(logits).numpy().astype(float)
    targets, known = batch.targets.numpy().astype(float), batch.known.numpy()
    assert np.isfinite(kind.judged(scores, targets, known))
    assert np.isnan(kind.judged(np.full_like(scores, NAN), targets, known))
    assert np.isnan(kind.judged(scores, targets, np.zeros_like(known)))


@every
def test_a_kind_stays_on_the_batchs_device(kind):
    """A meta tensor refuses to meet one of another device, as a GPU's does."""
    logits, batch = a_batch(kind)
    total, count = kind.loss(logits.to("meta"), batch.to("meta"))
    assert total.device.type == count.device.type == "meta"
    assert kind.scores(logits.to("meta")).device.type == "meta"


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_the_loss_of_classes_is_cross_entropy(smoothing):
    kind = Classes(4, smoothing)
    logits, batch = a_batch(kind)
    values = values_for(kind)
    index = torch.from_numpy(np.nan_to_num(values, nan=-100)).long()
    total, count = kind.loss(logits, batch)
    theirs = cross_entropy(
        logits, index, ignore_index=-100, label_smoothing=smoothing, reduction="sum"
    )
    torch.testing.assert_close(total, theirs)
    rows = ~np.isnan(values)
    assert int(count) == rows.sum()
    if not smoothing:
        scores = kind.scores(logits.double()).numpy()[rows]
        assert float(total / count) == pytest.approx(
            log_loss(values[rows], scores, labels=range(4)), rel=1e-5
        )


def test_classes_are_monitored_by_the_mean_auroc_of_those_there_are():
    kind = Classes(4)
    targets, known = kind.encoded(np.array([0, 0, 1, 1, 2, 2, NAN]))
    scores = np.random.default_rng(0).dirichlet(np.ones(4), 7)
    expected = np.mean([roc_auc_score(targets[:6, k], scores[:6, k]) for k in range(3)])
    assert kind.judged(scores, targets, known) == pytest.approx(expected)
    one, all_known = kind.encoded(np.array([2.0, 2.0]))
    assert np.isnan(kind.judged(scores[:2], one, all_known))


def test_the_loss_of_grades_is_that_of_its_authors():
    """The example in the docstring of coral_pytorch's corn_loss: 0.7127 (rasbt, c6ab93a)."""
    generator_state = torch.get_rng_state()
    torch.manual_seed(123)
    inputs = torch.rand(8, 99)
    logits = nn.Linear(99, 4)(inputs).detach()
    torch.set_rng_state(generator_state)
    kind = Grades(5)
    targets, known = kind.encoded(np.array([0, 1, 2, 2, 2, 3, 4, 4.0]))
    batch = Batch(inputs, torch.from_numpy(targets), torch.from_numpy(known), list("abcdefgh"))
    total, count = kind.loss(logits, batch)
    assert float(count) == 8 + 7 + 6 + 3
    assert float(total / count) == pytest.approx(0.7127, abs=5e-5)


def test_the_loss_of_grades_is_the_likelihood_of_the_steps_that_are_reached():
    """Shi, Cao and Raschka by hand in float64: step k is asked where the grade is k or more."""
    kind = Grades(5)
    logits, batch = a_batch(kind)
    p = 1 / (1 + np.exp(-logits.double().numpy()))
    total, asked = 0.0, 0
    for i, grade in enumerate(values_for(kind)):
        for k in range(4):
            if grade >= k:  # never where it is NaN
                total -= np.log(p[i, k] if grade > k else 1 - p[i, k])
                asked += 1
    found, count = kind.loss(logits, batch)
    assert float(found) == pytest.approx(total, rel=1e-5)
    assert float(count) == asked
    # and so it is the negative log of the probability of the grade itself
    above = np.c_[np.ones(30), kind.scores(logits).double().numpy(), np.zeros(30)]
    whole = sum(
        -np.log(above[i, int(g)] - above[i, int(g) + 1])
        for i, g in enumerate(values_for(kind))
        if g == g
    )
    assert float(found) == pytest.approx(whole, rel=1e-4)


def test_scores_of_grades_never_rise_and_give_expected_grades():
    kind = Grades(4)
    scores = kind.scores(torch.randn(50, 3) * 5).numpy().astype(float)
    assert (np.diff(scores, axis=1) <= 0).all()
    by_class = np.c_[1 - scores[:, 0], scores[:, 0] - scores[:, 1], scores[:, 1] - scores[:, 2],
                     scores[:, 2]]  # fmt: skip
    np.testing.assert_allclose(kind.expected(scores), by_class @ np.arange(4))
    np.testing.assert_array_equal(kind.decoded(np.array([[0.9, 0.6, 0.2], [0.5, 0.1, 0]])), [2, 0])


def test_grades_are_monitored_by_kappa_with_quadratic_weights():
    kind, truth = Grades(5), np.array([0, 1, 2, 3, 4, 2, 1, NAN])
    found = np.array([0, 2, 2, 4, 4, 0, 1, 3.0])
    targets, known = kind.encoded(truth)
    scores = np.clip(kind.encoded(found)[0] * 0.8 + 0.1, 0, 1)
    # by hand: 1 minus the mean squared error over that of chance
    error = np.mean((truth[:7] - found[:7]) ** 2)
    chance = np.mean((truth[:7, None] - found[None, :7]) ** 2)
    value = kind.judged(scores, targets, known)
    assert value == pytest.approx(1 - error / chance)
    assert value == pytest.approx(
        cohen_kappa_score(truth[:7].astype(int), found[:7].astype(int), weights="quadratic")
    )
    assert kind.judged(targets.astype(float), targets, known) == pytest.approx(1)


@pytest.mark.parametrize("by", ["smooth_l1", "l2"])
def test_the_loss_of_amounts_is_of_errors_in_standard_deviations(by):
    kind = Amounts((100.0,), (40.0,), by)
    logits, batch = a_batch(kind)
    values = values_for(kind)
    rows = ~np.isnan(values[:, 0])
    standard = torch.from_numpy((values[rows] - 100) / 40).float()
    if by == "l2":
        theirs = mse_loss(logits[rows], standard, reduction="sum") / 2
    else:  # the same as Huber's where beta is 1
        theirs = huber_loss(logits[rows], standard, reduction="sum")
    total, count = kind.loss(logits, batch)
    assert int(count) == rows.sum()
    torch.testing.assert_close(total, theirs)


def test_amounts_are_standardised_by_the_known_values_of_train():
    values = np.array([[10, 1], [20, NAN], [NAN, 3], [30, 5.0]])
    kind = Amounts.of(values)
    assert kind.mean == (20, 3)
    assert kind.deviation == pytest.approx((np.sqrt(200 / 3), np.sqrt(8 / 3)))
    assert kind.outputs == 2
    said = kind.scores(torch.tensor([[0.0, 0.0], [1.0, -1.0]])).numpy()
    np.testing.assert_allclose(
        said, [[20, 3], [20 + np.sqrt(200 / 3), 3 - np.sqrt(8 / 3)]], rtol=1e-6
    )


def test_amounts_are_monitored_by_the_mean_absolute_error():
    values, said = np.array([[10.0], [20], [NAN]]), np.array([[12.0], [17], [99]])
    kind = Amounts((15.0,), (5.0,))
    targets, known = kind.encoded(values)
    error = mean_absolute_error(values[:2], said[:2])
    assert kind.judged(said, targets.astype(float), known) == pytest.approx(error)
    assert kind.monitor == Monitor("mae", "mean absolute error", "min")


def test_several_amounts_are_monitored_in_standard_deviations():
    values, said = np.array([[10.0, 1], [20, 3]]), np.array([[12.0, 1], [17, 5]])
    kind = Amounts((15.0, 2.0), (5.0, 0.5))
    targets, known = kind.encoded(values)
    of_first, of_second = 2.5 / 5, 1 / 0.5
    judged = said, targets.astype(float), known
    assert kind.judged(*judged) == pytest.approx((of_first + of_second) / 2)
    assert list(kind.each(*judged).values()) == pytest.approx([of_first, of_second])
    assert kind.monitor.name == "mae_sd"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: Classes(1), "at least 2 classes, not 1"),
        (lambda: Classes(3, smoothing=1.0), "smoothing is from 0 to below 1, not 1"),
        (lambda: Grades(1), "at least 2 grades, not 1"),
        (lambda: Grades(5).encoded(np.array([0, 5.0])), "5 is none of 0 to 4"),
        (lambda: Classes(5).encoded(np.array([0, 1.5, -1])), r"1.5 is none of 0 to 4 \(2 of 3"),
        (lambda: Amounts.of(np.array([[7.0], [7], [NAN]])), "2 known values that do not differ"),
        (lambda: Amounts((1.0,), (0.0,)), "above 0"),
        (lambda: Amounts((1.0,), (1.0, 2.0)), "a mean and a deviation"),
        (lambda: Amounts((1.0,), (1.0,)).encoded(np.array([[np.inf]])), "1 amounts are infinite"),
    ],
)
def test_what_cannot_be_learnt_is_refused(wrong, said):
    with pytest.raises(ValueError, match=said):
        wrong()


def test_mixed_classes_and_grades_have_the_expected_loss():
    """Of what the case is with one chance, and its partner with the other."""
    for kind in (Classes(4), Grades(5)):
        logits, batch = a_batch(kind)
        known = batch.known.all(dim=1)
        batch, logits = part(batch, known), logits[known]
        mixed = mixup(batch, 0.3, np.random.default_rng(2))
        others = np.random.default_rng(2).permutation(len(logits))
        partner = part(batch, torch.from_numpy(others))
        total, count = kind.loss(logits, mixed)
        for place, ours in enumerate((total, count)):
            own, theirs = kind.loss(logits, batch)[place], kind.loss(logits, partner)[place]
            assert float(ours) == pytest.approx(float(0.3 * own + 0.7 * theirs), rel=1e-5)


def test_targets_side_by_side_are_as_each_of_them_alone():
    parts = {"knee": Grades(5), "hip": Grades(3)}
    both = SideBySide(parts)
    rng = np.random.default_rng(3)
    values = np.column_stack([rng.integers(0, 5, 40), rng.integers(0, 3, 40)]).astype(float)
    values[::7, 0], values[::5, 1] = NAN, NAN
    targets, known = both.encoded(values)
    assert targets.shape == (40, both.outputs) == (40, 6)
    logits = torch.randn(40, 6, generator=torch.Generator().manual_seed(0))
    batch = Batch(torch.zeros(40), torch.from_numpy(targets), torch.from_numpy(known), [""] * 40)
    total, count = both.loss(logits, batch)
    apart = []
    for part, at, column in ((parts["knee"], slice(0, 4), 0), (parts["hip"], slice(4, 6), 1)):
        own, theirs = part.encoded(values[:, column])
        alone = Batch(torch.zeros(40), torch.from_numpy(own), torch.from_numpy(theirs), [""] * 40)
        apart.append(part.loss(logits[:, at], alone))
    assert float(total) == pytest.approx(sum(float(loss) for loss, _ in apart))
    assert float(count) == sum(float(n) for _, n in apart)
    scores = both.scores(logits).numpy().astype(float)
    judged = scores, targets.astype(float), known
    each = both.each(*judged)
    assert list(each) == ["knee", "hip"]
    assert both.judged(*judged) == pytest.approx(np.mean(list(each.values())))
    table = both.table(scores)
    np.testing.assert_allclose(table[:, :5].sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(table[:, 5:].sum(axis=1), 1, rtol=1e-6)


def test_the_median_of_a_table_of_grades_is_the_grade_that_is_read():
    kind = Grades(5)
    scores = kind.scores(torch.randn(200, 4, generator=torch.Generator().manual_seed(1)))
    scores = scores.numpy().astype(float)
    median = (np.cumsum(kind.table(scores), axis=1)[:, :-1] < 0.5).sum(axis=1)
    np.testing.assert_array_equal(median, kind.decoded(scores))


def test_targets_of_two_kinds_have_no_monitor_in_common():
    with pytest.raises(ValueError, match="one monitor"):
        SideBySide({"view": Classes(3), "grade": Grades(3)})


def test_classes_are_told_by_their_names():
    kind = SideBySide({"view": Classes(3, names=("pa", "ap", "lateral"))})
    targets, known = kind.encoded(np.array([[0.0], [1], [2], [0]]))
    scores = kind.table(kind.scores(torch.from_numpy(targets)).numpy().astype(float))
    each = kind.each(scores, targets.astype(float), known)
    assert list(each) == ["view", "view=pa", "view=ap", "view=lateral"]
    assert set(each.values()) == {1.0}
