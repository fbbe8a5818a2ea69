"""What is said without a person: the bar is kept, and what is counted is what was said."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from medtune.config.operating import AnswerAlone
from medtune.evaluation.answering import answer_rows, fit_cut, sureness
from medtune.evaluation.contest import Contest
from medtune.evaluation.resampling import patient_weights

BAR = AnswerAlone()


def questions(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """How sure, and whether right: the chance of being right rises with how sure."""
    draw = np.random.default_rng(seed)
    sure = draw.random(n)
    return sure, draw.random(n) < 0.5 + 0.5 * np.sqrt(sure)


def test_the_bar_is_broken_no_more_often_than_was_allowed():
    broken = 0
    for seed in range(200):
        sure, right = questions(600, seed)
        cut = fit_cut(sure, right, np.arange(600), BAR)
        if cut.reason:
            continue
        new, good = questions(20_000, 10_000 + seed)
        broken += good[new >= cut.score].mean() < BAR.precision
    # 200 draws at 0.05: 17 or more would happen once in 40
    assert broken <= 16


def test_a_perfect_model_answers_nearly_all():
    sure = np.random.default_rng(0).random(500)
    cut = fit_cut(sure, np.ones(500, bool), np.arange(500), BAR)
    assert (cut.wrong, cut.reason) == (0, "")
    assert (sure >= cut.score).mean() >= 0.98


def test_a_poor_model_answers_nothing():
    draw = np.random.default_rng(0)
    cut = fit_cut(draw.random(500), draw.random(500) < 0.5, np.arange(500), BAR)
    assert math.isnan(cut.score)
    assert "no cut keeps the bar" in cut.reason


def test_few_groups_show_no_bar():
    cut = fit_cut(np.ones(80), np.ones(80, bool), np.arange(80), BAR)
    assert cut.reason.startswith("80 calibration groups are too few for this bar: at least 84")
    sure = np.random.default_rng(0).random(84)
    assert not fit_cut(sure, np.ones(84, bool), np.arange(84), BAR).reason


def test_a_customer_who_is_answered_wrongly_once_counts_as_wrong():
    draw = np.random.default_rng(1)
    sure, right = draw.random(1000), np.ones(1000, bool)
    group = np.repeat(np.arange(500), 2)
    right[::20] = False  # one in ten customers, one in twenty questions
    assert fit_cut(sure, right, group, BAR).reason
    assert not fit_cut(sure, np.ones(1000, bool), group, BAR).reason


def contest(n: int, seed: int, split: str) -> Contest:
    """Two models on three classes, the last of which is left to a person."""
    draw = np.random.default_rng(seed)
    truth = draw.integers(0, 3, n)
    good = np.full((n, 3), 0.005)
    good[np.arange(n), truth] = 0.99
    poor = draw.dirichlet(np.ones(3), n)
    return Contest(
        target="intent",
        kind="multiclass",
        classes=("a", "b", "other"),
        split=split,
        models=("fine_tuned", "tfidf"),
        score=np.stack([good + draw.random((n, 3)) * 1e-3, poor]),
        reference=truth.astype(float),
        group=np.arange(n),
        study=tuple(map(str, range(n))),
    )


def test_what_is_answered_is_counted_and_the_strange_are_handed_over():
    test, calibration = contest(300, 0, "test"), contest(300, 1, "calibration")
    weights = patient_weights(300, 200, 0)
    rows, differences, settings = answer_rows(
        test, calibration, BAR, "other", weights, "fine_tuned", 0.95
    )
    value = {(row["model"], row["measure"]): row["value"] for row in rows}
    ours = float((test.reference < 2).mean())
    assert value["fine_tuned", "answered_right"] == pytest.approx(ours, abs=0.02)
    assert value["fine_tuned", "answer_precision"] == 1 or math.isnan(
        value["fine_tuned", "answer_precision"]
    )
    assert value["tfidf", "answered_right"] == 0
    (right,) = [row for row in differences if row["measure"] == "answered_right"]
    assert right["difference"] == value["fine_tuned", "answered_right"]
    assert right["low"] > 0
    assert [told["model"] for told in settings] == ["fine_tuned", "tfidf"]
    assert settings[1]["score"] is None


def test_customers_answered_rightly_throughout_are_counted_beside_the_answers():
    test, calibration = contest(400, 0, "test"), contest(300, 1, "calibration")
    wrong = np.arange(400) % 10 == 0  # one answer of every fifth customer, who asks twice
    test = replace(
        test,
        reference=np.where(wrong & (test.reference < 2), 1 - test.reference, test.reference),
        group=np.repeat(np.arange(200), 2),
    )
    weights = patient_weights(200, 200, 0)
    rows, _, settings = answer_rows(test, calibration, BAR, "other", weights, "fine_tuned", 0.95)
    value = {row["measure"]: row["value"] for row in rows if row["model"] == "fine_tuned"}
    sure = sureness(test, "fine_tuned", "other") >= settings[0]["score"]
    missed = sure & (test.said("fine_tuned") != test.reference)
    assert missed.any()
    asked, failed = set(test.group[sure]), set(test.group[missed])
    assert value["answered_throughout"] == pytest.approx(1 - len(failed) / len(asked))
    assert value["answer_precision"] == pytest.approx(1 - missed.sum() / sure.sum())
    assert value["answered_throughout"] < value["answer_precision"]


def test_whoever_says_none_of_ours_is_not_sure():
    one = contest(50, 2, "test")
    assert np.isneginf(sureness(one, "fine_tuned", "other")[one.reference == 2]).all()
    assert np.isfinite(sureness(one, "fine_tuned", None)).all()
