"""The road of drafts, from contracts to a report: what a chat has, and what a draft costs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from jsonschema.validators import validator_for

from medtune.config.load import load_run
from medtune.dicom.privacy import Pseudonyms
from medtune.errors import DataError
from medtune.evaluation.language import edit_effort_characters, edit_effort_words
from medtune.evaluation.result_json import result_schema
from medtune.learning.hardware import choose
from medtune.run_folder import RunFolder
from medtune.tables.marks import BLANK_PAGE, FINAL_TEXT, read_marks
from medtune.tables.results import Result
from medtune.tables.splits import read_splits
from medtune.text.answerer import load
from medtune.text.cases import messages_of
from medtune.text.conversation import Message
from medtune.text.generate import answer
from medtune.text.talk_rows import TalkRows
from medtune.workflow.chats.by_heart import about_by_heart, by_heart_of, passages_in
from medtune.workflow.chats.canaries import Planted, planted_in
from medtune.workflow.chats.clause_judge import clause_judge_of
from medtune.workflow.chats.models import Judged
from medtune.workflow.chats.preparing import opened
from medtune.workflow.check import check
from medtune.workflow.evaluate import evaluate
from medtune.workflow.predict import predict
from medtune.workflow.progress import silent
from medtune.workflow.train import train
from tests.workflow.draft_runs import write_contracts

pytest.importorskip("rapidfuzz", reason="the extra [text] is not installed")
pytest.importorskip("sacrebleu", reason="the extra [text] is not installed")

LOOKED = [
    "terms_defined", "terms_used", "references_resolve", "others_overlap", "others_facts",
    "clause_recall", "clause_precision",
]  # fmt: skip
EFFORT = ["edit_effort_characters", "edit_effort_words"]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A house whose run is trained."""
    folder = tmp_path_factory.mktemp("house")
    train(load_run(write_contracts(folder)), show=False)
    return folder


@pytest.fixture(scope="module")
def judged(house: Path) -> Result:
    return evaluate(load_run(house / "run.yaml"), show=False)


def run_of(house: Path) -> RunFolder:
    return RunFolder(house / "runs" / "drafts")


def test_check_reads_the_contracts_and_shows_what_is_learnt(house):
    report = check(load_run(house / "run.yaml"))
    assert not report.stops
    rows = {row["split"]: row for row in report.as_dict()["splits"]}
    assert sum(row["texts"] for row in rows.values()) + report.dropped == 180
    assert sum(row["groups"] for row in rows.values()) == 60
    assert "Draft the clause" in report.example
    assert "⟦" in report.example
    said = "\n".join(report.lines())
    assert "conversation" not in said


def test_no_matter_is_in_two_splits(house):
    folder = run_of(house)
    both = pd.read_parquet(folder.cases).merge(read_splits(folder.splits), on="case_id")
    assert both.groupby("group_id")["split"].nunique().max() == 1
    assert set(both["split"]) == {"train", "tune", "test"}
    assert not both.astype(str).apply(lambda column: column.str.contains("M-00")).any().any()


def test_a_draft_is_held_against_a_blank_page_the_untouched_model_and_the_precedent(house, judged):
    marks = read_marks(run_of(house).marks)
    effort = marks[marks["measure"].isin(EFFORT)]
    assert set(effort["model"]) == {"fine_tuned", "untouched", "tfidf", BLANK_PAGE}
    per = effort.groupby(["model", "measure"])["case_id"].apply(frozenset)
    assert per.nunique() == 1
    assert effort["case_id"].nunique() == 20
    assert effort["group_id"].nunique() == 15, "a second draft of a matter, once each has one"
    blank = effort[effort["model"] == BLANK_PAGE]
    assert (blank["numerator"] == blank["denominator"]).all()
    assert set(marks.loc[marks["model"] == BLANK_PAGE, "measure"]) == set(EFFORT)
    sums = effort.groupby(["model", "measure"])[["numerator", "denominator"]].sum()
    share = sums["numerator"] / sums["denominator"]
    found = judged.measures.set_index(["model", "measure"])
    for key, value in share.items():
        row = found.loc[key]
        # what nobody taught may write one wrong word each time: the same everywhere, no interval
        assert not row["reason"] or key[0] == "untouched"
        assert row["reason"] or row["value"] == pytest.approx(value)
    assert share["fine_tuned", "edit_effort_characters"] < 0.8
    assert (
        found.loc[(BLANK_PAGE, "edit_effort_words"), ["value", "low", "high"]].tolist() == [1] * 3
    )
    others = judged.differences[judged.differences["measure"] == "edit_effort_words"]
    assert set(others["compared_with"]) == {"untouched", "tfidf", BLANK_PAGE}


def test_the_efforts_are_those_of_the_greedy_drafts(house, judged):
    run, folder = load_run(house / "run.yaml"), run_of(house)
    model, prepared = load(folder.path), opened(run, folder)
    own = read_marks(folder.marks).query("model == 'fine_tuned'")
    own = own.set_index(["measure", "case_id"])[["numerator", "denominator"]]
    for case in own.loc["edit_effort_words"].index[:3]:
        asked, final = messages_of(prepared.messages[case])
        said = answer(model, [Message(asked.role, asked.content)], run.generation).text
        characters = edit_effort_characters(said, final.content.strip())
        assert tuple(own.loc[("edit_effort_characters", case)]) == characters
        edits = edit_effort_words(said, final.content.strip())
        assert tuple(own.loc[("edit_effort_words", case)]) == edits


def test_the_verdict_is_about_what_was_declared(judged):
    assert judged.verdict == "gain"
    assert judged.primary["measure"] == "edit_effort_characters"
    assert judged.primary["compared_with"] == BLANK_PAGE
    assert judged.primary["high"] < 0
    assert judged.primary["n_cases"] == 20
    assert "better than a blank page (edit effort in characters" in judged.answer
    bits = judged.measures[judged.measures["measure"] == "bits_per_byte"].set_index("model")
    assert bits["value"]["fine_tuned"] < bits["value"]["untouched"] - 1
    flow = judged.flow[judged.flow["split"] == "test"].set_index("step")["films"]
    assert flow["judged"] == 20
    assert flow["in the split"] == flow["judged"] + flow["not scored by every model"]


def test_the_report_speaks_of_drafts_and_says_what_effort_is_not(house, judged):
    folder = run_of(house)
    page = folder.report.read_text().split("</style>")[-1]
    for said in (
        "Edit effort in characters", "Blank page (control)", "Nearest by word counts (control)",
        "and is not time", "says nothing of revisions", "what the house finally wrote",
        "texts of companies or matters none of whose texts taught",
    ):  # fmt: skip
        assert said in page, said
    for word in ("patient", "radiograph", "hospital", "customer", "conversation", "thumbnail"):
        assert word not in page.lower(), word
    plain = json.loads(folder.result.read_text())
    validator_for(result_schema())(result_schema()).validate(plain)
    assert plain["settings"]["about"] == "drafts"


def test_what_a_house_looks_for_is_counted_in_drafts_and_in_final_texts(house, judged):
    marks = read_marks(run_of(house).marks)
    looked = marks[marks["measure"].isin(LOOKED)]
    assert set(looked["model"]) == {"fine_tuned", "untouched", "tfidf", FINAL_TEXT}
    assert set(looked["measure"]) == set(LOOKED)
    final = marks[(marks["model"] == FINAL_TEXT) & (marks["measure"] == "references_resolve")]
    assert (final["denominator"] == 0).all(), "these contracts refer to nothing"
    terms = marks[(marks["model"] == FINAL_TEXT) & (marks["measure"] == "terms_defined")]
    assert (terms["denominator"] > 0).any()
    page = run_of(house).report.read_text().split("</style>")[-1]
    assert "Capitalised Terms that are defined" in page
    assert "What was finally written" in page
    assert "not proven absent" in page
    assert "evaluation.drafts.bank" in page
    precedent = marks[(marks["model"] == "tfidf") & (marks["measure"] == "others_overlap")]
    own = marks[(marks["model"] == FINAL_TEXT) & (marks["measure"] == "others_overlap")]
    assert precedent["numerator"].sum() == precedent["denominator"].sum(), "all of it is another's"
    assert own["numerator"].sum() < own["denominator"].sum()


def test_kinds_of_clause_are_told_by_labels_of_training_matters_alone(house, judged):
    folder = run_of(house)
    names = Pseudonyms.load_or_create(house / "work" / "private")
    cases = pd.read_parquet(folder.cases).merge(read_splits(folder.splits), on="case_id")
    of = cases.drop_duplicates("group_id").set_index("group_id")["split"]
    splits = [of[names.group("simulated", f"M-{number:04d}")] for number in range(40)]
    page = folder.report.read_text().split("</style>")[-1]
    assert f"On {splits.count('train')} labelled documents" in page
    aside = 40 - splits.count("train")
    assert aside > 5
    assert f"{aside} more labelled documents are of companies or matters of the tune" in page
    marks = read_marks(folder.marks).query("measure == 'clause_recall'")
    share = marks.groupby("model")["numerator"].mean()
    assert share["fine_tuned"] == share["final_text"] == share["tfidf"] == 1
    assert share["untouched"] == 0
    row = judged.measures.set_index(["model", "measure"]).loc["fine_tuned", "clause_recall"]
    assert (row["value"], row["high"]) == (1, 1), "of every matter all: an exact bound, no draw"
    assert row["low"] == pytest.approx(0.025 ** (1 / 15))


def test_whose_labels_they_are_must_be_told(house, judged, tmp_path):
    run = load_run(house / "run.yaml")
    work = run.data.model_copy(update={"work": tmp_path})
    elsewhere = Judged(
        run.model_copy(update={"data": work}), opened(run, run_of(house)), choose(run.training)
    )
    with pytest.raises(DataError, match=r"whose the documents of .* are"):
        clause_judge_of(run.evaluation.drafts, elsewhere)
    assert list(tmp_path.iterdir()) == [], "no key is made up"


def test_labels_that_teach_nothing_are_refused(house, judged, tmp_path):
    lines = [json.loads(line) for line in (house / "labelled.jsonl").read_text().splitlines()]
    draw = np.random.default_rng(0)
    for line in lines:
        line["clauses"] = {"Term": [line["text"][:30]]} if draw.random() < 0.5 else {}
    (tmp_path / "noise.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    run = load_run(house / "run.yaml")
    asked = Judged(run, opened(run, run_of(house)), choose(run.training))
    drafts = run.evaluation.drafts.model_copy(update={"labelled": tmp_path / "noise.jsonl"})
    with pytest.raises(DataError, match="tells no kind of clause better"):
        clause_judge_of(drafts, asked)


def test_passages_of_training_texts_stand_beside_those_of_test_texts(house, judged):
    folder = run_of(house)
    marks = read_marks(folder.marks)
    splits = read_splits(folder.splits).set_index("case_id")["split"]
    for target, split in (("training texts", "train"), ("test texts", "test")):
        part = marks[(marks["target"] == target) & (marks["measure"] == "extracted")]
        assert set(part["model"]) == {"fine_tuned", "untouched"}
        assert (part.groupby("model").size() == 40).all()
        assert set(splits[part["case_id"]]) == {split}
        found = judged.settings["by_heart"]["said"]["fine_tuned"][split]["extracted"]
        assert found == part.loc[part["model"] == "fine_tuned", "numerator"].sum() > 0
    none = judged.measures.set_index(["model", "target", "measure"])
    row = none.loc["untouched", "test texts", "extracted"]
    assert (row["value"], row["method"]) == (0, "exact, by company or matter")
    page = folder.report.read_text().split("</style>")[-1]
    assert "Training texts: 40 texts of" in page
    assert "Passages gone on with by heart" in page
    assert "Nobody taught them the test texts" in page


def test_what_is_learnt_by_heart_is_found(house, judged):
    """The run's model learns some of its training texts until it knows them."""
    run, folder = load_run(house / "run.yaml"), run_of(house)
    asked = Judged(run, opened(run, folder), choose(run.training))
    sides, network = passages_in(asked), load(folder.path).network
    chosen = sides["train"].cases["case_id"].iloc[[one.text for one in sides["train"].passages]]
    rows = TalkRows(asked.prepared.talks, chosen.tolist()).__getitems__(range(len(chosen)))
    learn = torch.optim.AdamW(network.parameters(), lr=1e-2)
    for _ in range(100):
        loss = -network(*rows.seen).sum() / len(chosen)
        learn.zero_grad()
        loss.backward()
        learn.step()
    found = by_heart_of(asked, {"fine_tuned": network}, sides, silent)
    said = found.settings["said"]["fine_tuned"]
    assert said["train"]["extracted"] > 25
    assert said["train"]["extractable"] >= said["train"]["extracted"]
    assert said["test"]["extracted"] < 15
    told = " ".join(about_by_heart(found.settings, "fine_tuned"))
    assert f"fine_tuned {said['train']['extracted']} of 40 passages of training texts" in told


def test_approved_clauses_may_be_said_again(house, judged):
    run, folder = load_run(house / "run.yaml"), run_of(house)
    prepared = opened(run, folder)
    texts = [messages_of(cell)[-1].content for cell in prepared.messages]
    (house / "bank.txt").write_text("\n\n".join(texts))
    drafts = run.evaluation.drafts.model_copy(update={"bank": house / "bank.txt"})
    heart = run.evaluation.by_heart.model_copy(update={"prefix": 1, "suffix": 24})
    evaluation = run.evaluation.model_copy(update={"drafts": drafts, "by_heart": heart})
    banked = Judged(
        run.model_copy(update={"evaluation": evaluation}), prepared, choose(run.training)
    )
    sides = passages_in(banked)
    assert sides["train"].approved > 0
    assert len(sides["train"].passages) + sides["train"].approved == min(sides["train"].long, 40)
    assert sides["train"].passages == sides["test"].passages == []
    (told,) = about_by_heart(by_heart_of(banked, {}, sides, silent).settings, "fine_tuned")
    assert told.startswith(f"{sum(side.approved for side in sides.values())} more passages")


def test_too_short_texts_say_why_nothing_is_asked(house, judged):
    run, folder = load_run(house / "run.yaml"), run_of(house)
    heart = run.evaluation.by_heart.model_copy(update={"suffix": 90})
    evaluation = run.evaluation.model_copy(update={"by_heart": heart})
    long = Judged(
        run.model_copy(update={"evaluation": evaluation}), opened(run, folder), choose(run.training)
    )
    found = by_heart_of(long, {"fine_tuned": load(folder.path).network}, passages_in(long), silent)
    assert found.marks.empty
    train, test = about_by_heart(found.settings, "fine_tuned")
    assert train.startswith("No text of the train split has an answer of 94 tokens")
    assert test.startswith("No text of the test split has an answer of 94 tokens")


def test_a_model_that_was_taught_secrets_knows_them_and_the_run_s_own_does_not(house, judged):
    marks = read_marks(run_of(house).marks).query("measure == 'canary_exposure'")
    bits = marks.groupby(["target", "model"])["numerator"].mean()
    once, often = "secrets planted in 1 text each", "secrets planted in 9 texts each"
    assert bits[often, "with_canaries"] > 6.5, "the most is 7"
    assert bits[often, "with_canaries"] > bits[once, "with_canaries"] > bits[once, "fine_tuned"]
    assert bits[:, "fine_tuned"].max() < 2.5
    assert marks["case_id"].nunique() == marks["group_id"].nunique() == 6
    page = run_of(house).report.read_text().split("</style>")[-1]
    assert "6 made-up secrets were planted in 30 of 108 training texts" in page
    assert f"{often.capitalize()}: 3 in all." in page
    assert "there are 3 groups, and at least 10 are needed" in page


def test_what_is_planted_hangs_on_the_seed_alone(house, judged):
    run, folder = load_run(house / "run.yaml"), run_of(house)

    def planted(**change: object) -> Planted:
        canaries = run.evaluation.by_heart.canaries.model_copy(update=change)
        heart = run.evaluation.by_heart.model_copy(update={"canaries": canaries})
        evaluation = run.evaluation.model_copy(update={"by_heart": heart})
        one = run.model_copy(update={"evaluation": evaluation})
        return planted_in(Judged(one, opened(run, folder), choose(run.training)))

    first, again, other = planted(), planted(), planted(seed=1)
    assert first.name == again.name != other.name
    assert (first.prepared.talks.ids == again.prepared.talks.ids).all()
    assert folder.with_canaries(first.name).path.is_dir(), "the audit model's, which goes on there"
    own, talks = opened(run, folder).talks, first.prepared.talks
    splits = read_splits(folder.splits).set_index("case_id")["split"]
    more = [case for case in talks.place.index if len(talks.of(case).ids) > len(own.of(case).ids)]
    assert set(splits[more]) == {"train"}
    assert len(more) == first.changed == 30
    with pytest.raises(DataError, match=r"secrets in 1000 training texts, and of 108 there are 10"):
        planted(each=100)


def test_predict_drafts_clauses_from_a_file(house, judged, tmp_path):
    asked = tmp_path / "asked.jsonl"
    asked.write_text(json.dumps({"prompt": 'Draft the clause "Notices".'}) + "\n")
    table = predict(run_of(house).path, asked, tmp_path / "drafts.csv", show=False)
    assert table["refused"].tolist() == [False]
    assert "notice" in table["answer"][0].lower()
