"""What models write is held against what people wrote; what they leak is counted, never shown."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from jsonschema.validators import validator_for

from medtune.config.load import load_run
from medtune.errors import ConfigError, DataError
from medtune.evaluation.language import chrf, rouge_l
from medtune.evaluation.result_json import result_schema
from medtune.learning.hardware import choose
from medtune.run_folder import RunFolder
from medtune.tables.looks import read_looks
from medtune.tables.marks import read_marks
from medtune.tables.results import Result
from medtune.text import last_answer
from medtune.text.answerer import load
from medtune.text.cases import messages_of
from medtune.text.conversation import Message
from medtune.text.generate import Said, answer
from medtune.workflow.chats.models import Judged
from medtune.workflow.chats.preparing import opened
from medtune.workflow.chats.written import RETRIEVED, about_written, asked_of, glossary_in
from medtune.workflow.evaluate import evaluate
from medtune.workflow.splitting import split_folder
from medtune.workflow.train import train
from tests.workflow.chat_runs import RUN, write_talks

pytest.importorskip("rapidfuzz", reason="the extra [text] is not installed")
pytest.importorskip("sacrebleu", reason="the extra [text] is not installed")

ASKED = [
    "evaluation.generated=14",
    "evaluation.glossary=terms.txt",
    "evaluation.ranking=false",
    "evaluation.compare_with=[untouched]",
    "generation.max_tokens=24",
]
WRITTEN = {"chrf", "rouge_l", "term_recall", "identifiers_said"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company whose run is trained; its list of names is replaced beforehand."""
    folder = tmp_path_factory.mktemp("written")
    named = "  max_tokens: 128\n  redact: {names: names.txt}\n"
    write_talks(folder, run=RUN.replace("  max_tokens: 128\n", named))
    (folder / "names.txt").write_text("Zebulon Quist\n")
    (folder / "terms.txt").write_text(
        "Printer team\n\ndelivery team\ninvoice team\npassword team\n"
    )
    train(load_run(folder / "run.yaml"), show=False)
    return folder


@pytest.fixture(scope="module")
def judged(desk: Path) -> Result:
    return evaluate(load_run(desk / "run.yaml", ASKED), show=False)


def marks_in(desk: Path) -> pd.DataFrame:
    marks = read_marks(RunFolder(desk / "runs" / "talk").marks)
    return marks[marks["measure"].isin(WRITTEN)]


def test_every_model_and_the_precedent_answer_the_same_questions(desk, judged):
    marks = marks_in(desk)
    assert set(marks["model"]) == {"fine_tuned", "untouched", RETRIEVED}
    assert set(marks["measure"]) == WRITTEN
    per = marks.groupby(["model", "measure"])["case_id"].apply(frozenset)
    assert per.nunique() == 1
    assert marks["case_id"].nunique() == marks["group_id"].nunique() == 14
    sums = marks.groupby(["model", "measure"])[["numerator", "denominator"]].sum()
    share = sums["numerator"] / sums["denominator"]
    assert share["fine_tuned", "chrf"] > share["untouched", "chrf"] + 0.1
    assert share[RETRIEVED, "term_recall"] > 0
    found = judged.measures.set_index(["model", "measure"])["value"]
    assert found["fine_tuned", "chrf"] == pytest.approx(share["fine_tuned", "chrf"])
    others = judged.differences[judged.differences["measure"] == "chrf"]
    assert set(others["compared_with"]) == {"untouched", RETRIEVED}
    assert (others["n_groups"] == 14).all()


def test_the_marks_are_those_of_the_greedy_answers(desk, judged):
    run = load_run(desk / "run.yaml", [*ASKED, "generation.temperature=1.5"])
    folder = RunFolder(desk / "runs" / "talk")
    model, prepared = load(folder.path), opened(run, folder)
    greedy = run.generation.model_copy(update={"temperature": 0.0})
    marks = marks_in(desk)
    own = marks[marks["model"] == "fine_tuned"].set_index(["case_id", "measure"])["numerator"]
    for case in marks["case_id"].unique()[:3]:
        *turns, last = messages_of(prepared.messages[case])
        said = answer(model, [Message(one.role, one.content) for one in turns], greedy).text
        assert own[case, "chrf"] == pytest.approx(chrf(said, last.content)[0])
        assert own[case, "rouge_l"] == pytest.approx(rouge_l(said, last.content)[0])


def test_the_report_has_what_was_written_and_no_word_of_it(desk, judged):
    folder = RunFolder(desk / "runs" / "talk")
    page = folder.report.read_text().split("</style>")[-1]
    for title in ("Characters in common", "ROUGE-L", "the form of an identifier"):
        assert title in page
    assert "14 test conversations, each of another customer" in page
    plain = json.loads(folder.result.read_text())
    validator_for(result_schema())(result_schema()).validate(plain)
    counts = plain["settings"]["written"]
    assert counts["conversations"] == 14
    assert counts["terms"] == 4
    assert counts["identifiers"] == {"fine_tuned": {}, "untouched": {}, RETRIEVED: {}}


def test_what_leaks_is_counted_and_never_printed(desk, judged, monkeypatch):
    """The models are made to say a name of the list, and an address twice."""

    def leaks(answerer, messages, how):
        return Said("Ask Zebulon Quist at zq@example.org or zq@example.org.", True, 9, 0, 9)

    monkeypatch.setattr(last_answer, "answer", leaks)
    told: list[str] = []
    monkeypatch.setattr("medtune.workflow.chats.evaluate.say", told.append)
    result = evaluate(load_run(desk / "run.yaml", ASKED))
    assert result.settings["written"]["identifiers"]["fine_tuned"] == {"NAME": 14, "EMAIL": 28}
    assert result.settings["written"]["identifiers"][RETRIEVED] == {}
    assert any("fine_tuned 28 EMAIL, 14 NAME" in said for said in result.warnings)
    marks = marks_in(desk)
    own = marks[(marks["measure"] == "identifiers_said") & (marks["model"] == "fine_tuned")]
    assert (own["numerator"] == 1).all()
    folder = RunFolder(desk / "runs" / "talk")
    marks.to_csv(desk / "marks.csv")
    seen = [path.read_text() for path in (folder.report, folder.result, desk / "marks.csv")]
    for text in [*seen, *told]:
        assert "Zebulon" not in text
        assert "example.org" not in text


def test_terms_are_found_in_what_teaches_alone(desk):
    settings = [one for one in ASKED if "glossary" not in one]
    # a prior as strong as a tenth of all words: only much text makes a term
    many = "\n\n".join(f"Birds of kind {n} live by the sea. " * 40 for n in range(60))
    (desk / "birds.txt").write_text(many)
    run = load_run(desk / "run.yaml", [*settings, "evaluation.generic=birds.txt"])
    prepared = opened(run, RunFolder(desk / "runs" / "talk"))
    terms = asked_of(Judged(run, prepared, choose(run.training))).terms
    assert terms is not None
    assert "then write" in terms or "team" in terms
    assert not {"birds", "sea", "live"} & terms
    run = load_run(desk / "run.yaml", settings)
    assert asked_of(Judged(run, prepared, choose(run.training))).terms is None


def test_what_was_not_measured_is_said(judged):
    told = about_written(judged.settings["written"])
    assert not any("evaluation.glossary" in said for said in told)
    assert any("cut at 'generation.max_tokens': fine_tuned 1" in said for said in told)
    without = about_written({**judged.settings["written"], "terms": None, "left_out": 2})
    assert any("give 'evaluation.glossary'" in said for said in without)
    assert any(said.startswith("2 more test conversations were drawn") for said in without)


def test_a_glossary_without_a_term_costs_no_look(desk, tmp_path):
    (tmp_path / "empty.txt").write_text("\n -- \n")
    settings = [one for one in ASKED if "glossary" not in one]
    run = load_run(desk / "run.yaml", [*settings, f"evaluation.glossary={tmp_path / 'empty.txt'}"])
    before = len(read_looks(split_folder(run)))
    with pytest.raises(DataError, match=r"empty\.txt has no term"):
        evaluate(run, show=False)
    assert len(read_looks(split_folder(run))) == before
    with pytest.raises(ConfigError, match="set 'generated' too"):
        load_run(desk / "run.yaml", ["evaluation.glossary=terms.txt"])


def test_terms_are_words_in_small_letters(tmp_path):
    (tmp_path / "terms.txt").write_text("IMAP account\n\n(SMTP)\n", encoding="utf-8-sig")
    assert glossary_in(tmp_path / "terms.txt") == {"imap account", "smtp"}
