"""The road of texts, from a file to a report, on a simulated help desk and a tiny model."""

from __future__ import annotations

import json
import re
import shutil
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from jsonschema.validators import validator_for

from medtune.config.load import load_run
from medtune.errors import (
    ConfigError,
    DataError,
    InputError,
    LeakError,
    RunError,
    WeightsError,
)
from medtune.evaluation.result_json import result_schema
from medtune.learning.lesson import Lesson
from medtune.learning.weights import read_state
from medtune.report import pdf
from medtune.run_folder import RunFolder
from medtune.tables.results import Result
from medtune.tables.splits import read_splits
from medtune.text.store import digest_of_tokenizer
from medtune.text.trained import load, save
from medtune.workflow import judgement
from medtune.workflow.check import check
from medtune.workflow.evaluate import evaluate
from medtune.workflow.predict import predict
from medtune.workflow.texts import training
from medtune.workflow.texts.evaluate import remarks
from medtune.workflow.texts.gather import gather
from medtune.workflow.texts.preparing import opened
from medtune.workflow.texts.splitting import split, taught
from medtune.workflow.train import train
from tests.workflow.text_runs import write_desk


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A help desk whose run is trained."""
    folder = tmp_path_factory.mktemp("desk")
    train(load_run(write_desk(folder)), show=False)
    return folder


@pytest.fixture(scope="module")
def judged(desk: Path) -> Result:
    return evaluate(load_run(desk / "run.yaml"), show=False)


def run_of(desk: Path) -> RunFolder:
    return RunFolder(desk / "runs" / "desk")


def test_no_customer_is_in_two_splits_and_no_text_either(desk):
    folder = run_of(desk)
    cases = pd.read_parquet(folder.cases)
    both = cases.merge(read_splits(folder.splits), on="case_id")
    assert both.groupby("group_id")["split"].nunique().max() == 1
    assert set(both["split"]) == {"train", "tune", "calibration", "test"}
    stored = json.loads(folder.texts.read_text())["texts"]
    texts = pd.read_parquet(desk / "work" / "texts" / f"{stored}.parquet").set_index("case_id")
    said = texts.loc[both["case_id"], "messages"].to_numpy()
    assert both.groupby(said)["split"].nunique().max() == 1


def test_the_result_is_what_its_schema_says(desk, judged):
    plain = json.loads(run_of(desk).result.read_text())
    validator_for(result_schema())(result_schema()).validate(plain)
    assert "answered_right" in {row["measure"] for row in plain["measures"]}


def test_nothing_in_the_run_leads_to_a_customer(desk, judged):
    names = pd.read_csv(desk / "questions.csv")
    secrets = [name.encode() for name in {*names["customer"], *names["ticket"]}]
    folder = run_of(desk)
    files = [path for path in folder.path.rglob("*") if path.is_file()]
    assert {folder.model, folder.report, folder.predictions, folder.cases} <= set(files)
    for path in files:
        content = path.read_bytes()
        if path.suffix == ".parquet":  # packed
            content = pd.read_parquet(path).to_csv().encode()
        assert not [name for name in secrets if name in content], path.name
        if path != folder.config:  # which says where the run's files are
            assert str(desk).encode() not in content, path.name


def test_the_model_and_its_baselines_are_judged_on_the_same_questions(judged):
    rows = judged.measures
    whole = rows[(rows["target"] == "intent") & (rows["subgroup"] == "all")]
    right = whole[whole["measure"] == "accuracy"].set_index("model")
    assert set(right.index) == {"fine_tuned", "frozen_backbone", "tfidf", "random_weights"}
    assert right["n_cases"].nunique() == 1
    assert right.loc["tfidf", "value"] > 0.8, "nine intents in four wordings each"
    alone = whole[whole["measure"] == "answered_right"].set_index("model")["value"]
    answered = whole[whole["measure"] == "answered"].set_index("model")["value"]
    assert (alone <= answered).all()
    assert judged.settings["control"] == "tfidf"
    assert judged.control_passed is not None


def test_the_report_speaks_of_texts(desk, judged):
    page = run_of(desk).report.read_text()
    assert "Answered without a person" in page
    assert "Simulated data. The texts and customers" in page
    assert "upper bound" in page
    said = page.lower().rpartition("</style>")[2]
    assert "upper bound" in said
    for word in ("patient", "radiograph", "radiologist", "hospital", "thumbnail"):
        assert word not in said, word
    assert "patient" not in judged.answer


def test_what_stands_beside_the_report_speaks_of_texts_too(desk, judged):
    folder = run_of(desk)
    card = folder.model_card.read_text()
    assert judged.answer in card
    assert "For what, on which channel" in card
    for word in ("patient", "radiograph", "hospital", "place of care", "disease"):
        assert word not in card.lower(), word
    measures = pd.read_csv(folder.measures)
    assert len(measures) == len(judged.measures)
    assert not folder.printed.exists()


def test_the_report_is_printed_where_that_is_asked_for(desk, judged, monkeypatch):
    printed: dict[Path, str] = {}
    monkeypatch.setattr(judgement, "printer", lambda: lambda page, to: printed.update({to: page}))
    folder = run_of(desk)
    evaluate(load_run(desk / "run.yaml", ["report.pdf=true"]), show=False)
    assert printed == {folder.printed: folder.report.read_text()}


def test_a_print_that_cannot_be_had_spends_no_look(desk, judged, monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    monkeypatch.setattr(pdf.shutil, "which", lambda name: None)
    looks = {path: path.read_bytes() for path in (desk / "work" / "splits").rglob("looks*")}
    with pytest.raises(InputError, match=r"medtune\[pdf\]"):
        evaluate(load_run(desk / "run.yaml", ["report.pdf=true"]), show=False)
    assert {p: p.read_bytes() for p in (desk / "work" / "splits").rglob("looks*")} == looks


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("report.language=de", "reports about texts are in English so far"),
        ("report.pictures=all", "a report about texts has no pictures"),
    ],
)
def test_what_a_report_about_texts_has_not_is_refused(desk, setting, said):
    with pytest.raises(ConfigError, match=said):
        load_run(desk / "run.yaml", [setting])


def test_a_finished_run_answers_new_questions(desk):
    new = desk / "new.csv"
    pd.DataFrame({"text": ["I forgot my password for Tavrel.", "", "weather tomorrow?"]}).to_csv(
        new, index=False
    )
    said = predict(desk / "runs" / "desk", new, desk / "said.csv", show=False)
    assert said["row"].tolist() == [2, 3, 4]
    assert said["refused"].tolist() == [False, True, False]
    assert said.loc[1, "reason"] == "'text' says nothing"
    sure = said["score"] >= said["threshold"].fillna(np.inf)
    by_hand = said["class"] == "other"
    expected = said["class"].where(sure & ~by_hand, "hand over").where(~said["refused"], None)
    assert said["decision"].fillna("").tolist() == expected.fillna("").tolist()
    assert pd.read_csv(desk / "said.csv")["row"].tolist() == [2, 3, 4]


def test_the_models_cut_is_the_one_that_it_is_judged_by(desk, judged):
    (own,) = (one for one in judged.settings["answers"] if one["model"] == "fine_tuned")
    cut = load(run_of(desk).path).card.answers["intent"]
    assert cut["groups"] == own["groups"] > 0
    assert {k: v for k, v in cut.items() if k != "score"} == {
        k: own[k] for k in cut if k != "score"
    }
    assert (cut["score"] is None) == (own["score"] is None)
    if cut["score"] is not None:
        assert cut["score"] == pytest.approx(own["score"], abs=1e-5)


def test_predict_scores_as_evaluate_did(desk, judged):
    folder = run_of(desk)
    scored = pd.read_parquet(folder.predictions)
    own = scored[(scored["model"] == "fine_tuned") & (scored["split"] == "test")]
    best = own.loc[own.groupby("case_id")["score"].idxmax()].set_index("case_id")
    places = pd.read_parquet(desk / "work" / "private" / "texts.parquet").set_index("case_id")
    asked = pd.read_csv(desk / "questions.csv")
    row = places.loc[best.index[:20], "row"].to_numpy()
    asked.iloc[row - 2].to_csv(desk / "again.csv", index=False)
    said = predict(desk / "runs" / "desk", desk / "again.csv", desk / "out.csv", show=False)
    assert said["class"].tolist() == best["class"].iloc[:20].tolist()
    assert said["score"].to_numpy() == pytest.approx(best["score"].iloc[:20].to_numpy(), abs=1e-5)


def test_a_list_of_names_that_has_gone_is_told_and_nothing_is_read(desk, tmp_path):
    folder, names, out = tmp_path / "desk", tmp_path / "staff.txt", tmp_path / "said.csv"
    shutil.copytree(desk / "runs" / "desk", folder)
    config = (folder / "run.yaml").read_text()
    assert "names: null" in config
    (folder / "run.yaml").write_text(config.replace("names: null", f"names: {names}"))
    asked = "I am {}. Where is my invoice?"
    for file, who in (("plain", "Ada Lovelace"), ("replaced", "[NAME]")):
        pd.DataFrame({"text": [asked.format(who)]}).to_csv(tmp_path / f"{file}.csv", index=False)
    read = partial(predict, folder, tmp_path / "plain.csv", out, show=False)
    with pytest.raises(InputError, match=r"list of them, staff\.txt, is not there any more"):
        read()
    assert not out.exists()
    names.write_text("Ada Lovelace\n")
    replaced = predict(folder, tmp_path / "replaced.csv", out, show=False)
    pd.testing.assert_frame_equal(read(), replaced)
    names.rename(tmp_path / "elsewhere.txt")
    pd.testing.assert_frame_equal(read(names=tmp_path / "elsewhere.txt"), replaced)
    (tmp_path / "empty.txt").write_text("")
    assert read(names=tmp_path / "empty.txt")["score"].tolist() != replaced["score"].tolist()
    model = load(folder)
    save(model.network, replace(model.card, redact=["EMAIL"]), RunFolder(folder).model)
    with pytest.raises(InputError, match="replaced no names before it learnt"):
        read(names=tmp_path / "empty.txt")


def test_what_is_for_films_is_refused_of_texts(desk, tmp_path):
    with pytest.raises(InputError, match="--metadata is about films"):
        predict(desk / "runs" / "desk", desk / "questions.csv", metadata=tmp_path, show=False)


def test_the_same_again_gives_the_same_weights_bit_by_bit(desk, tmp_path):
    shutil.copytree(desk / "tiny", tmp_path / "tiny")
    for name in ("questions.csv", "desk.yaml", "run.yaml"):
        shutil.copy(desk / name, tmp_path)
    shutil.copytree(desk / "work" / "private", tmp_path / "work" / "private")
    train(load_run(tmp_path / "run.yaml"), show=False)
    ours = read_state(run_of(desk).model)
    theirs = read_state(tmp_path / "runs" / "desk" / "model.safetensors")
    assert all(np.array_equal(ours[name], theirs[name]) for name in ours)


def test_another_setting_is_another_run(desk):
    with pytest.raises(RunError, match=r"other settings: data\.max_tokens"):
        train(load_run(desk / "run.yaml", ["data.max_tokens=20"]), show=False)


def test_a_smaller_run_teaches_some_of_the_larger_one(desk):
    few, some = (
        check(load_run(desk / "run.yaml", [f"data.train_cases={n}", f"name=few{n}"]))
        for n in (60, 120)
    )
    texts = {r["split"]: r["texts"] for r in few.as_dict()["splits"]}
    more = {r["split"]: r["texts"] for r in some.as_dict()["splits"]}
    assert texts["train"] <= 60 < more["train"] <= 120
    assert (texts["test"], texts["calibration"]) == (more["test"], more["calibration"])
    run = load_run(desk / "run.yaml")
    cases = gather(run).texts
    whole = split(run, cases, store=False)
    sets = []
    for count in (60, 120, "all"):
        data = run.data.model_copy(update={"train_cases": count})
        of = taught(run.model_copy(update={"data": data}), cases, whole)
        sets.append(set(of.loc[of["split"] == "train", "case_id"]))
    assert sets[0] < sets[1] < sets[2]


def test_texts_on_both_sides_stop_the_run(tmp_path):
    run = load_run(write_desk(tmp_path), ["data.duplicates=stop"])
    with pytest.raises(LeakError, match="texts stand in two splits") as caught:
        train(run, show=False)
    assert "data.duplicates: drop" in str(caught.value)
    assert not run_of(tmp_path).begun
    report = check(run)
    assert report.stops
    assert any("STOPS: " in line for line in report.lines())


def test_faults_are_told_by_row_and_nothing_is_trained(tmp_path):
    run = load_run(write_desk(tmp_path, count=60))
    with (tmp_path / "questions.csv").open("a") as file:
        file.write("T1,C9,2024-01-01,,sync_fails\nT2,,2024-01-01,x,sync_fails\n")
    with pytest.raises(DataError) as caught:
        train(run, show=False)
    assert "questions.csv, row 62: 'text' says nothing [missing_content]" in str(caught.value)
    assert "questions.csv, row 63: there is no 'customer' [missing_group]" in str(caught.value)
    assert not run_of(tmp_path).begun
    report = check(run)
    assert report.stops
    assert [fault["row"] for fault in report.as_dict()["faults"]] == [62, 63]


def test_check_counts_the_trainings_of_other_seeds(desk):
    report = check(load_run(desk / "run.yaml", ["training.more_seeds=[4, 5]", "name=seeds"]))
    assert any(
        line.endswith("each of 2: seed 4 (train), seed 5 (train)") for line in report.lines()
    )


def test_a_misspelt_intent_of_none_of_ours_stops_the_run(tmp_path):
    run = load_run(write_desk(tmp_path, count=200), ["data.out_of_scope=othr"])
    with pytest.raises(DataError, match=r"'data\.out_of_scope' is 'othr'.*Did you mean 'other'"):
        train(run, show=False)
    report = check(run)
    assert report.stops
    assert any("PROBLEM: 'data.out_of_scope' is 'othr'" in line for line in report.lines())


def test_a_run_keeps_its_tokenizer_before_it_learns_and_goes_on_with_it(tmp_path, monkeypatch):
    more = ["training.more_seeds=[2]", "training.epochs=1"]
    run = load_run(write_desk(tmp_path, count=200), more)
    own = digest_of_tokenizer(tmp_path / "tiny")

    def stopped(lesson: Lesson) -> None:
        lesson.folder.mkdir(parents=True)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(training, "fit", stopped)
        with pytest.raises(KeyboardInterrupt):
            train(run, show=False)
    folder = run_of(tmp_path)
    assert folder.begun
    with (tmp_path / "tiny" / "tokenizer.json").open("a") as file:
        file.write("\n")  # another tokenizer by its digest
    real, copied = shutil.copyfile, []

    def ended(source: Path, target: Path) -> None:
        copied.append(source)
        if len(copied) == 2:
            raise KeyboardInterrupt
        real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfile", ended)
        with pytest.raises(KeyboardInterrupt):
            train(run, show=False)
    train(run, show=False)
    for home in (folder, folder.of_seed(2)):
        assert load(home.path).card.tokenizer_sha256 == own


def test_weights_that_cannot_be_loaded_spend_no_look(desk):
    (desk / "tiny" / "model.safetensors").rename(desk / "tiny" / "away")
    try:
        looks = {path: path.read_bytes() for path in (desk / "work" / "splits").rglob("looks*")}
        with pytest.raises(WeightsError, match=r"no model\.safetensors"):
            evaluate(load_run(desk / "run.yaml"), show=False)
        after = {path: path.read_bytes() for path in (desk / "work" / "splits").rglob("looks*")}
        assert after == looks
    finally:
        (desk / "tiny" / "away").rename(desk / "tiny" / "model.safetensors")


def test_only_texts_of_the_run_are_told_to_be_cut(desk):
    prepared = opened(load_run(desk / "run.yaml"), run_of(desk))
    left_out = ~np.isin(prepared.stored.place.index, prepared.cases["case_id"])
    assert left_out.any(), "texts that stand in a later split too"
    cut = replace(prepared, stored=replace(prepared.stored, left_away=left_out.astype(np.int64)))
    assert not [line for line in remarks(cut) if "data.max_tokens" in line]
    assert [
        line
        for line in remarks(
            replace(cut, stored=replace(cut.stored, left_away=np.ones(len(left_out), np.int64)))
        )
        if line.startswith(f"{len(prepared.cases)} texts")
    ]


@pytest.mark.parametrize(
    ("settings", "error", "said"),
    [
        (
            ["model.weights=runs/desk", "data.split.seed=5"],
            LeakError,
            r"test groups taught the run desk, .* the same 'data.split' of the same data",
        ),
        (["data.train_cases=1"], DataError, r"texts of 1 intents: at least two are needed"),
        (["data.max_tokens=513"], WeightsError, r"model of tiny reads at most 512 tokens: write 5"),
        (["model.weights=half"], WeightsError, r"has no model.safetensors: it is not finished"),
    ],
)
def test_what_train_refuses_is_told_by_check_and_nothing_is_sealed(desk, settings, error, said):
    (desk / "half").mkdir(exist_ok=True)
    run = load_run(desk / "run.yaml", [*settings, "name=other"])
    sealed = sorted((desk / "work" / "splits").rglob("*"))
    report = check(run, headers_only=True)
    assert report.stops
    assert [problem for problem in report.problems if re.search(said, problem)]
    with pytest.raises(error, match=said):
        train(run, show=False)
    now = sorted((desk / "work" / "splits").rglob("*"))
    assert [path for path in now if path not in sealed and path.suffix == ".parquet"] == []
