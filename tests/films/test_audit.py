from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from medtune.films.audit import COLUMNS, audit_labels


def hospital(
    studies: int = 600,
    seed: int = 0,
    *,
    rates: dict[str, float],
    strength: float = 2.6,
):
    """Margins and labels of several findings, of which a share is turned round."""
    rng = np.random.default_rng(seed)
    index = pd.Index([f"s{i:05d}" for i in range(studies)], name="study_id")
    patients = pd.Series([f"p{i // 2 if i < 100 else i}" for i in range(studies)], index=index)
    margins, labels, wrong = {}, {}, {}
    for finding, rate in rates.items():
        true = rng.random(studies) < 0.4
        margins[finding] = rng.normal(np.where(true, 1, -1) * strength / 2, 1) * strength
        wrong[finding] = rng.random(studies) < rate
        labels[finding] = np.where(true != wrong[finding], 1.0, 0.0)
    return (
        pd.DataFrame(margins, index=index),
        pd.DataFrame(labels, index=index),
        patients,
        pd.DataFrame(wrong, index=index),
    )


def test_the_suspects_are_mostly_wrong_and_the_most_suspected_come_first():
    margins, labels, patients, wrong = hospital(
        1500, rates={"effusion": 0.08, "nodule": 0.0}, strength=3.5
    )
    audits, suspects = audit_labels(margins, labels, patients)
    assert list(suspects) == list(COLUMNS)
    assert set(suspects["finding"]) == {"effusion"}
    assert list(suspects["rank"]) == list(range(1, len(suspects) + 1))
    assert suspects["how_sure"].is_monotonic_decreasing
    hit = wrong["effusion"].loc[suspects["study_id"]].to_numpy()
    assert hit.mean() > 0.7
    assert hit.sum() > 0.4 * wrong["effusion"].sum()
    assert hit[:20].mean() >= hit.mean()
    said = labels["effusion"].loc[suspects["study_id"]].map({1.0: "present", 0.0: "absent"})
    assert list(suspects["given"]) == list(said)
    effusion, nodule = audits
    assert all(value.suspected for value in effusion.values)
    assert not any(value.suspected or value.suspects for value in nodule.values)
    assert "no suspicion beyond chance" in "\n".join(nodule.lines())
    json.dumps([each.as_dict() for each in audits], allow_nan=False)


@pytest.mark.slow
def test_nothing_is_invented_on_clean_labels():
    invented = labels_in_all = 0
    for seed in range(6):
        margins, labels, patients, _ = hospital(400, seed, rates=dict.fromkeys("abc", 0.0))
        _, suspects = audit_labels(margins, labels, patients)
        invented += len(suspects)
        labels_in_all += labels.size
    assert invented <= 0.002 * labels_in_all


def test_uncertain_and_unknown_labels_are_not_judged():
    margins, labels, patients, _ = hospital(rates={"effusion": 0.1})
    labels.iloc[:50, 0] = -1
    labels.iloc[50:80, 0] = np.nan
    margins.iloc[:80, 0] = np.nan
    audits, suspects = audit_labels(margins, labels, patients)
    assert audits[0].studies == 520
    assert not set(suspects["study_id"]) & set(labels.index[:80])


@pytest.mark.parametrize("kind", ["few", "blind"])
def test_what_cannot_be_estimated_has_a_reason(kind: str):
    margins, labels, patients, _ = hospital(rates={"effusion": 0.1})
    if kind == "few":
        labels[labels["effusion"] == 1] = np.where(
            np.arange((labels == 1).sum().sum()) < 19, 1, np.nan
        )[:, None]
    else:
        margins = margins * 0 + np.random.default_rng(0).normal(size=margins.shape)
    audits, suspects = audit_labels(margins, labels, patients)
    assert suspects.empty
    for value in audits[0].values:
        assert np.isnan(value.wrong.value)
        word = "at least 20 patients" if kind == "few" else "hardly sees this finding"
        assert word in value.wrong.reason
    assert "cannot be estimated" in audits[0].lines()[1]
    assert audits[0].as_dict()["labels"][0]["wrong"] is None
    assert (audits[0].auroc is None) == (kind == "few")


def test_the_order_of_the_studies_does_not_matter():
    margins, labels, patients, _ = hospital(rates={"effusion": 0.08})
    once = audit_labels(margins, labels, patients)[1]
    order = margins.sample(frac=1, random_state=0).index
    again = audit_labels(margins.loc[order], labels.loc[order], patients.loc[order])[1]
    assert list(once["study_id"]) == list(again["study_id"])


@pytest.mark.slow
def test_twenty_findings_are_tested_together():
    rates = {"effusion": 0.10, **{f"clean{i}": 0.0 for i in range(19)}}
    margins, labels, patients, _ = hospital(600, 3, rates=rates, strength=3.5)
    audits, suspects = audit_labels(margins, labels, patients)
    assert len(audits) == 20
    assert set(suspects["finding"]) == {"effusion"}


def test_one_label_far_out_is_an_accident():
    margins, labels, patients, _ = hospital(400, 0, rates={"effusion": 0.0}, strength=5)
    sure = margins["effusion"].idxmin()
    labels.loc[sure, "effusion"] = 1.0
    audits, suspects = audit_labels(margins, labels, patients)
    assert audits[0].values[0].wrong.p_value < 1e-3
    assert not audits[0].values[0].suspected
    assert suspects.empty


def test_confident_learning_invents_suspects_where_there_are_none():
    """The peer of the field on the same margins: on clean labels it names some, this audit none."""
    peer = pytest.importorskip("cleanlab.filter", reason="cleanlab is not installed")
    margins, labels, patients, _ = hospital(800, 1, rates={"effusion": 0.0}, strength=2.0)
    chance = 1 / (1 + np.exp(-margins["effusion"].to_numpy()))
    named = peer.find_label_issues(
        labels["effusion"].astype(int).to_numpy(), np.stack([1 - chance, chance], 1), n_jobs=1
    )
    _, suspects = audit_labels(margins, labels, patients)
    assert named.mean() > 0.03
    assert suspects.empty
