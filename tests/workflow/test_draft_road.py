"""The road of drafts, from contracts to a report: what a chat has, and what a draft costs."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from jsonschema.validators import validator_for

from medtune.config.load import load_run
from medtune.evaluation.language import edit_effort_characters, edit_effort_words
from medtune.evaluation.result_json import result_schema
from medtune.run_folder import RunFolder
from medtune.tables.marks import BLANK_PAGE, FINAL_TEXT, read_marks
from medtune.tables.results import Result
from medtune.tables.splits import read_splits
from medtune.text.answerer import load
from medtune.text.cases import messages_of
from medtune.text.conversation import Message
from medtune.text.generate import answer
from medtune.workflow.chats.preparing import opened
from medtune.workflow.check import check
from medtune.workflow.evaluate import evaluate
from medtune.workflow.predict import predict
from medtune.workflow.train import train
from tests.workflow.draft_runs import write_contracts

pytest.importorskip("rapidfuzz", reason="the extra [text] is not installed")
pytest.importorskip("sacrebleu", reason="the extra [text] is not installed")

LOOKED = ["terms_defined", "terms_used", "references_resolve", "others_overlap", "others_facts"]
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


def test_predict_drafts_clauses_from_a_file(house, judged, tmp_path):
    asked = tmp_path / "asked.jsonl"
    asked.write_text(json.dumps({"prompt": 'Draft the clause "Notices".'}) + "\n")
    table = predict(run_of(house).path, asked, tmp_path / "drafts.csv", show=False)
    assert table["refused"].tolist() == [False]
    assert "notice" in table["answer"][0].lower()
