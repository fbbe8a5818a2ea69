"""A small ladder from a generic model to trained ones: chosen, judged once, and gone on with."""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from medtune.config.load import load_run, run_as_yaml
from medtune.errors import DataError, InputError, RunError
from medtune.evaluation.alignment import SHARES, Prevalence
from medtune.evaluation.declared_utility import INSTEAD
from medtune.evaluation.pooling import Roll
from medtune.evaluation.trial import calibration_cases
from medtune.learning.weights import read_card, read_state, write_weights
from medtune.run_folder import RunFolder
from medtune.tables.cases import read_cases_table
from medtune.tables.looks import read_looks
from medtune.tables.results import declare_differences, declare_measures
from medtune.tables.schema import write_text
from medtune.tables.splits import read_splits
from medtune.vision.card import card_of
from medtune.vision.trained import load, save
from medtune.workflow import ladder_test
from medtune.workflow.climb import Chosen, Climb, chosen
from medtune.workflow.generic_rungs import harmonised, home_of, re_estimated
from medtune.workflow.kept_rung import keep
from medtune.workflow.ladder import ladder
from medtune.workflow.ladder_answer import ENRICHED, write_answer
from medtune.workflow.models import generic
from medtune.workflow.own_model import own_model
from medtune.workflow.predict import predict
from medtune.workflow.rerun import refuse_another_ladder
from medtune.workflow.splitting import split_folder
from tests.learning.small import CPU

# no rung is trained more than once, and the quickest alone
SHORT = ("ladder.choose_by=calibration", "ladder.teach=[fast_probe]")


PREVALENCE = "evaluation.prevalences={effusion: %g}"


@dataclass(frozen=True)
class Caught:
    """A finished ladder, and what it was made of."""

    home: Path
    climb: Climb
    tested: ladder_test.Tested


@pytest.fixture(scope="module")
def caught(blobs: Path, tmp_path_factory: pytest.TempPathFactory) -> Caught:
    """Two hospitals, the first one's model, and a ladder at the second; do not write here."""
    home = tmp_path_factory.mktemp("climbed") / "home"
    shutil.copytree(blobs, home)
    kept: list[tuple[Climb, ladder_test.Tested]] = []

    def judged(climb: Climb, found: Chosen, allow: tuple[str, ...]) -> ladder_test.Tested:
        kept.append((climb, ladder_test.judge_on_test(climb, found, allow)))
        return kept[0][1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("medtune.workflow.ladder.judge_on_test", judged)
        ladder(load_run(home / "south.yaml"), show=False)
    return Caught(home, *kept[0])


@pytest.fixture(scope="module")
def climbed(caught: Caught) -> Path:
    """The same, where it lies."""
    return caught.home


def answer(home: Path) -> dict:
    return json.loads((home / "runs/south/ladder/ladder.json").read_text())


def test_every_rung_is_judged_and_the_last_better_one_is_chosen(climbed: Path):
    said = answer(climbed)
    names = [rung["name"] for rung in said["rungs"]]
    assert names == [
        "shipped", "score_alignment", "site_threshold", "recalibration", "harmonisation",
        "batch_norm", "fast_probe", "norm",
    ]  # fmt: skip
    better = [rung["name"] for rung in said["rungs"] if rung["better"]]
    assert said["chosen"] == (better[-1] if better else "shipped")
    assert said["fine_tune"] == (said["chosen"] in ("fast_probe", "norm"))
    rungs = {rung["name"]: rung for rung in said["rungs"]}
    assert rungs["site_threshold"]["auroc_gain"]["reason"]
    assert rungs["harmonisation"]["utility"]["value"] is not None
    assert rungs["fast_probe"]["auroc_gain"]["value"] is not None
    assert rungs["norm"]["minutes"] > 0
    assert rungs["norm"]["labelled_studies"] > rungs["recalibration"]["labelled_studies"] > 0
    assert rungs["shipped"]["labelled_studies"] == 0


def labelled_in(home: Path) -> dict[str, int]:
    """Labelled studies of each split of a ladder."""
    prepared = home / "runs/south/ladder"
    splits = read_splits(prepared / "splits.parquet")
    cases = read_cases_table(prepared / "cases.parquet").merge(splits, on="case_id")
    return dict(cases[cases["effusion"].notna()].groupby("split")["study_id"].nunique())


def test_each_rung_says_how_many_labels_it_needs(caught: Caught, tmp_path: Path):
    used = labelled_in(caught.home)
    few, every = used["calibration"], used["train"] + used["tune"] + used["calibration"]
    rungs = answer(caught.home)["rungs"]
    assert {rung["name"]: rung["labelled_studies"] for rung in rungs} == {
        "shipped": 0,
        "score_alignment": few,  # they say how frequent the finding is
        "site_threshold": few,
        "recalibration": few,
        "harmonisation": few,
        "batch_norm": few,  # as frequent as at home, by the interval
        "fast_probe": every,
        "norm": every,
    }
    rungs = chosen(climbed_anew(caught, tmp_path, PREVALENCE % 0.4)).choice.steps[:6]
    assert {step.name: step.labels for step in rungs} == {
        "shipped": 0,
        "score_alignment": 0,  # nobody counts
        "site_threshold": few,
        "recalibration": few,
        "harmonisation": few,
        "batch_norm": few + used["train"],  # films are drawn by their labels
    }
    assert not any(step.utility.reason for step in rungs)


def climbed_anew(caught: Caught, tmp_path: Path, *changed: str) -> Climb:
    """The ladder with other settings; only what the prevalence guards is done once more."""
    home = tmp_path / "home"
    shutil.copytree(caught.home, home)
    run = load_run(home / "south.yaml", changed)
    own = RunFolder(run.runs / run.name).ladder
    own.record("batch_norm").unlink()
    own.scores("batch_norm").unlink()
    return replace(caught.climb, run=run, home=own)


def test_a_typed_prevalence_that_labels_contradict_adapts_nothing(caught: Caught, tmp_path: Path):
    steps = {
        step.name: step
        for step in chosen(climbed_anew(caught, tmp_path, PREVALENCE % 0.05)).choice.steps
    }
    for name in ("score_alignment", "batch_norm"):
        assert steps[name].utility.reason.startswith("'evaluation.prevalences' says 5.0%, but")
    # what has labels of its own is climbed all the same
    assert steps["site_threshold"].utility.reason == ""
    assert steps["norm"].utility.reason == ""


def test_an_enriched_sample_counts_its_labels_and_the_page_says_what_it_is(
    caught: Caught, tmp_path: Path
):
    climb = climbed_anew(caught, tmp_path, PREVALENCE % 0.05, "data.sampling=enriched")
    found = chosen(climb)
    assert found.prevalence.counted
    assert found.prevalence.low < 0.4 < found.prevalence.high
    steps = {step.name: step for step in found.choice.steps}
    assert steps["score_alignment"].utility.reason == steps["batch_norm"].utility.reason == ""
    said = write_answer(climb, found.choice, caught.tested)
    assert ENRICHED in said.content["warnings"]
    assert ENRICHED in said.home.page.read_text()
    assert ENRICHED not in answer(caught.home)["warnings"]


def test_tables_say_what_the_answer_says(climbed: Path):
    home, said = climbed / "runs/south/ladder", answer(climbed)
    measures = declare_measures(pd.read_csv(home / "measures.csv"))
    chose = measures[measures["split"] == "cross_validation"]
    assert set(chose["measure"]) == {"net_benefit", "auroc"}
    for rung in said["rungs"]:
        row = chose[(chose["model"] == rung["name"]) & (chose["measure"] == "net_benefit")]
        assert row["n_cases"].item() == said["n_cases"]
        if not rung["utility"]["reason"]:
            assert row["value"].item() == pytest.approx(rung["utility"]["value"])
    tested = measures[measures["split"] == "test"]
    assert set(tested["model"]) == {said["chosen"], said["test"]["first"]}
    differences = declare_differences(pd.read_csv(home / "differences.csv"))
    assert (differences["difference"].notna() | differences["reason"].notna()).all()


def test_the_test_is_looked_at_once_and_the_page_names_no_patient(climbed: Path):
    run = load_run(climbed / "south.yaml")
    looks = read_looks(split_folder(run))
    assert [look.verb for look in looks] == ["ladder"]
    assert looks[0].departures == ()
    page = (climbed / "runs/south/ladder/ladder.html").read_text()
    assert "<svg" in page
    assert "Simulated" in page
    assert str(climbed) not in page
    cases = pd.read_parquet(climbed / "runs/south/ladder/cases.parquet")
    for name in ("case_id", "group_id", "study_id"):
        assert not any(value in page for value in cases[name].astype(str))


def test_the_chosen_rung_is_a_model_that_can_be_used(climbed: Path, tmp_path: Path):
    said = answer(climbed)
    folder = climbed / "runs/south/ladder" / said["model"]
    card = card_of(folder)
    assert card.thresholds.get("effusion") == said["threshold"]
    table = predict(folder, climbed / "south/dicom", tmp_path / "scores.csv", show=False)
    rows = table[(table["target"] == "effusion") & table["score"].notna()]
    assert len(rows)
    if said["threshold"] is not None:
        called = rows["score"].astype(float) >= said["threshold"]
        assert (rows["decision"] == called.map({True: "present", False: "absent"})).all()


def test_a_run_that_harmonises_its_films_can_climb(blobs: Path, tmp_path: Path):
    home = tmp_path / "home"
    shutil.copytree(blobs, home)
    run = load_run(home / "south.yaml", (*SHORT, "model.harmonise=response"))
    said = ladder(run, show=False).content
    rung = said["rungs"][-1]
    assert rung["name"] == "fast_probe"
    assert not rung["auroc"]["reason"]
    own = RunFolder(run.runs / run.name)
    whole = own.ladder.rungs / "south-fast_probe"
    rule = own.ladder.prepared.harmonise.read_text()
    assert json.loads(rule)["method"] == "response"
    assert (whole / "harmonise.json").read_text() == rule
    assert not own.harmonise.exists()  # the run itself, not begun yet, fits its own


def test_a_card_says_at_which_shares_it_has_scores_and_older_ones_have_them_evenly(
    blobs: Path, tmp_path: Path
):
    file = RunFolder(blobs / "runs/north").model
    own = card_of(file).home.scores["effusion"]
    assert own.shares == tuple(SHARES)
    assert len(own.present) == len(own.absent) == len(own.shares)
    content = read_card(file)
    said = content["home"]["scores"]["effusion"]
    del said["shares"]
    said["present"] = said["absent"] = [0.5] * 33
    old = tmp_path / "old.safetensors"
    write_weights(read_state(file), old, content)
    shares = card_of(old).home.scores["effusion"].shares
    assert shares[0] == pytest.approx(0.5 / 33)
    assert np.diff(shares) == pytest.approx(np.full(32, 1 / 33))


def test_a_rung_is_kept_with_what_is_said_of_its_own_findings(blobs: Path, tmp_path: Path):
    home = tmp_path / "home"
    shutil.copytree(blobs, home)
    unsure = "data.uncertain={effusion: positive, other: negative}"
    space = "search.space={data.uncertain: [ignore, {effusion: positive, other: negative}]}"
    run = load_run(home / "south.yaml", (*TWO, unsure, space))
    found = generic(run, run.evaluation.compare_with[0])
    own = RunFolder(run.runs / run.name).ladder
    folder = keep(run, own, "shipped", found.model, found.findings, {"effusion": 0.25})
    kept = load_run(folder.config, files_must_exist=False)
    assert kept.data.learned == ["effusion"]
    assert kept.data.uncertain == {"effusion": "positive"}


def test_a_model_that_calls_nobody_is_what_the_test_compares_with(blobs: Path, tmp_path: Path):
    home = tmp_path / "home"
    shutil.copytree(blobs, home)
    north = load(home / "runs/north")
    card = replace(north.card, thresholds={"effusion": 1.0})
    save(north.network, card, RunFolder(home / "runs/north").model, north.familiarity)
    said = ladder(load_run(home / "south.yaml", ("ladder.teach=[]",)), show=False).content
    shipped = said["rungs"][0]["utility"]
    assert (shipped["value"], shipped["reason"]) == (0, "")
    assert said["chosen"] != "shipped"
    better = next(rung for rung in said["rungs"] if rung["name"] == said["chosen"])
    assert better["p_adjusted"] < 0.03  # no hair's breadth
    assert said["test"]["first"] == "shipped"
    assert said["test"]["first_utility"]["value"] == 0
    assert said["test"]["gain"]["value"] == pytest.approx(said["test"]["utility"]["value"])


def test_a_rung_that_separates_the_calibration_split_has_a_threshold(
    climbed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    home = tmp_path / "home"
    shutil.copytree(climbed, home)
    (home / "runs/south/ladder/ladder.json").unlink()

    def as_recalibrated(climb: Climb) -> Chosen:
        found = chosen(climb)
        return replace(found, choice=replace(found.choice, chosen="recalibration"))

    def parted(called: Roll, model: str):
        score, _, group = calibration_cases(called, model)
        return score, score >= np.median(score), group

    monkeypatch.setattr("medtune.workflow.ladder.chosen", as_recalibrated)
    monkeypatch.setattr("medtune.workflow.ladder_test.calibration_cases", parted)
    said = ladder(load_run(home / "south.yaml"), show=False)
    assert said.content["threshold"] > 0
    assert said.content["threshold_note"] == INSTEAD
    assert said.content["test"]["reason"] == ""
    told = f"The threshold for use: {INSTEAD}."
    assert f"Note: {told}" in said.lines()
    assert told in (home / "runs/south/ladder/ladder.html").read_text()


@pytest.mark.slow
def test_it_goes_on_where_it_was_and_ends_alike(climbed: Path, tmp_path: Path):
    home = tmp_path / "home"
    shutil.copytree(climbed, home)
    own = home / "runs/south/ladder"
    run = load_run(home / "south.yaml")
    before = answer(home)
    assert ladder(run, show=False).content == before
    assert len(read_looks(split_folder(run))) == 1  # a finished ladder looks at nothing
    (own / "ladder.json").unlink()
    (own / "scores/norm-1.parquet").unlink()
    stamps = {p.name: p.stat().st_mtime_ns for p in (own / "scores").iterdir()}
    again = ladder(run, show=False).content
    for rung, old in zip(again["rungs"], before["rungs"], strict=True):
        assert {**rung, "minutes": 0} == {**old, "minutes": 0}
    done = {p.name: p.stat().st_mtime_ns for p in (own / "scores").iterdir()}
    assert stamps.items() <= done.items()
    with pytest.raises(RunError, match=r"other settings: ladder\.folds"):
        ladder(load_run(home / "south.yaml", ("ladder.folds=3",)), show=False)


def test_a_leak_that_was_accepted_at_the_start_is_at_the_end(climbed: Path, tmp_path: Path):
    """It is between train and tune: the test, which is looked at last, has none of this name."""
    home = tmp_path / "home"
    shutil.copytree(climbed, home)
    own, known = home / "runs/south/ladder", "near_duplicate:0a1b2c3d"
    with (own / "leaks.csv").open("a") as leaks:
        leaks.write(f"{known},near_duplicate,True,train|tune,c0|c1,nearly one picture,True\n")
    (own / "ladder.json").unlink()
    run = load_run(home / "south.yaml")
    with pytest.raises(DataError, match="there is no leak of this name"):
        ladder(run, allow=[known, "near_duplicate:ffffffff"], show=False)
    assert len(read_looks(split_folder(run))) == 1
    assert ladder(run, allow=[known], show=False).chosen == answer(climbed)["chosen"]


TWO = (
    "data.findings={effusion: effusion, other: effusion}",
    "evaluation.act_at={effusion: 0.2, other: 0.2}",
)
NORTH = "evaluation.compare_with=[{shipped: runs/north, findings: {effusion: %s}}]"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (("evaluation.primary={finding: effusion}",), ("evaluation.primary={finding: other}",),
         r"ladder\.finding"),
        (("ladder.finding=effusion",), ("ladder.finding=effusion", "evaluation.seed=1"),
         r"evaluation\.seed"),
        (("ladder.finding=effusion",), ("ladder.finding=effusion", "evaluation.resamples=500"),
         r"evaluation\.resamples"),
        (("ladder.finding=effusion",),
         ("ladder.finding=effusion", "evaluation.reference=south/read.csv"),
         r"evaluation\.reference"),
        (("ladder.finding=effusion", NORTH % "effusion"),
         ("ladder.finding=effusion", NORTH % "other"), r"evaluation\.compare_with"),
    ],
)  # fmt: skip
def test_a_ladder_is_not_gone_on_with_when_another_thing_is_asked(
    blobs: Path, tmp_path: Path, before: tuple[str, ...], after: tuple[str, ...], said: str
):
    home = tmp_path / "home"
    shutil.copytree(blobs, home)
    (home / "south/read.csv").write_text("accession_number,effusion,other\n")
    run = load_run(home / "south.yaml", (*TWO, *before))
    own = RunFolder(run.runs / run.name).ladder.prepared
    write_text(run_as_yaml(run), own.config)
    refuse_another_ladder(run, own)
    with pytest.raises(RunError, match=f"other settings: {said}\\."):
        refuse_another_ladder(load_run(home / "south.yaml", (*TWO, *after)), own)
    moved = tmp_path / "elsewhere"
    shutil.copytree(home, moved)
    there = load_run(moved / "south.yaml", (*TWO, *before))
    refuse_another_ladder(there, RunFolder(there.runs / there.name).ladder.prepared)


def test_a_finished_ladder_does_not_answer_for_another_finding(blobs: Path, tmp_path: Path):
    home = tmp_path / "home"
    shutil.copytree(blobs, home)
    first = (*TWO, SHORT[0], "ladder.teach=[]", "evaluation.primary={finding: effusion}")
    assert ladder(load_run(home / "south.yaml", first), show=False).content["finding"] == "effusion"
    other = (
        *TWO,
        SHORT[0],
        "ladder.teach=[]",
        "evaluation.primary={finding: other}",
        NORTH % "other",
    )
    named = "ladder.finding=effusion"  # where it is named makes no difference
    again = ladder(load_run(home / "south.yaml", (*first, named)), show=False)
    assert again.content["finding"] == "effusion"
    with pytest.raises(RunError, match=r"other settings: ladder\.finding, evaluation\.compare"):
        ladder(load_run(home / "south.yaml", other), show=False)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ("ladder={}", "'ladder.utility' declares what decides"),
        ("evaluation.act_at={}", r"act_at: \{effusion: 0\.1\}"),
        ("ladder.utility=sensitivity_at_specificity", r"operating_point: \{specificity"),
        ("evaluation.compare_with=[frozen_backbone]", "begins with a generic model"),
        ("evaluation.resamples=200", "At least 280 are needed"),
    ],
)
def test_what_must_be_declared_is_asked_for_before_anything_is_done(blobs, changed, said):
    with pytest.raises(InputError, match=said):
        ladder(load_run(blobs / "south.yaml", (changed,)), show=False)
    assert not (blobs / "runs/south").exists()


def test_statistics_are_measured_anew_only_with_the_guard_and_a_rung_is_kept_whole(climbed: Path):
    run = load_run(climbed / "south.yaml")
    found = generic(run, run.evaluation.compare_with[0])
    cases = read_cases_table(climbed / "runs/south/ladder/cases.parquet")
    splits = read_splits(climbed / "runs/south/ladder/splits.parquet")
    films = cases[cases["case_id"].isin(splits.loc[splits["split"] == "train", "case_id"])]

    def measured(prevalence: Prevalence):
        return re_estimated(run, found, "effusion", films, prevalence, CPU, show=False)

    assert measured(Prevalence(math.nan, math.nan, math.nan, "nobody knows")) == "nobody knows"
    share = home_of(found, "effusion").prevalence
    alike = measured(Prevalence(share, share, share))
    other = measured(Prevalence(0.9, 0.85, 0.95))  # films are drawn until the mix is home's
    before = found.model.network.state_dict()
    means = [name for name in before if name.endswith("running_mean")]
    states = [model.network.state_dict() for model in (alike, other)]
    assert means
    for state in states:
        assert any(not state[name].equal(before[name]) for name in means)
        for name, tensor in state.items():
            if "running" not in name and "num_batches" not in name:
                assert tensor.equal(before[name]), name  # no weight learns
    assert any(not states[0][name].equal(states[1][name]) for name in means)
    silent = replace(found, model=replace(found.model, card=replace(found.model.card, home=None)))
    curved = harmonised(run, found, films, show=False)
    home = RunFolder(run.runs / run.name).ladder
    folder = keep(run, home, "harmonisation", curved, found.findings, {"effusion": 0.25})
    again = own_model(load_run(folder.config, files_must_exist=False), folder)
    assert again.card.preprocessing == curved.card.preprocessing
    assert again.card.thresholds == {"effusion": 0.25}
    for made in (
        re_estimated(run, silent, "effusion", films, Prevalence(0.4, 0.3, 0.5), CPU, show=False),
        harmonised(run, silent, films, show=False),
    ):
        assert "its card does not say" in made
