"""The road of conversations, from a file to a report, on simulated tickets and a tiny model."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from jsonschema.validators import validator_for
from transformers import AutoModelForCausalLM, AutoTokenizer

from medtune.config.load import load_run
from medtune.config.text_run import ChatRun
from medtune.errors import DataError, InputError, RunError, WeightsError
from medtune.evaluation.result_json import result_schema
from medtune.learning.keep import Keep
from medtune.learning.weights import read_state
from medtune.run_folder import RunFolder
from medtune.tables.marks import read_marks
from medtune.tables.results import Result
from medtune.tables.splits import read_splits
from medtune.text.answerer import load
from medtune.text.tiny import write_tiny
from medtune.workflow.chats.evaluate import forgotten, remarks
from medtune.workflow.chats.preparing import TOO_LONG, opened
from medtune.workflow.check import check
from medtune.workflow.evaluate import evaluate
from medtune.workflow.train import train
from tests.workflow.chat_runs import RUN, write_talks

GENERIC = ["evaluation.generic=generic.txt"]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company whose run is trained."""
    folder = tmp_path_factory.mktemp("chat")
    train(load_run(write_talks(folder)), show=False)
    return folder


@pytest.fixture(scope="module")
def judged(desk: Path) -> Result:
    return evaluate(load_run(desk / "run.yaml", GENERIC), show=False)


def run_of(desk: Path) -> RunFolder:
    return RunFolder(desk / "runs" / "talk")


def whole(result: Result, target: str = "answer") -> pd.DataFrame:
    rows = result.measures
    return rows[(rows["target"] == target) & (rows["subgroup"] == "all")].set_index("model")


def test_no_customer_is_in_two_splits(desk):
    both = pd.read_parquet(run_of(desk).cases).merge(read_splits(run_of(desk).splits), on="case_id")
    assert both.groupby("group_id")["split"].nunique().max() == 1
    assert set(both["split"]) == {"train", "tune", "test"}


def test_the_result_is_what_its_schema_says(desk, judged):
    plain = json.loads(run_of(desk).result.read_text())
    validator_for(result_schema())(result_schema()).validate(plain)


def test_fine_tuning_is_judged_against_the_untouched_and_the_untaught(judged):
    of_model = whole(judged)
    of_model = of_model[of_model["measure"] == "bits_per_byte"]
    assert list(of_model.index) == ["fine_tuned", "untouched", "from_scratch"]
    value = of_model["value"]
    assert value["fine_tuned"] < value["untouched"] - 1
    assert of_model["n_cases"].nunique() == of_model["n_groups"].nunique() == 1
    assert of_model["n_groups"].iloc[0] < of_model["n_cases"].iloc[0], "two tickets a customer"
    assert of_model["method"].str.contains("customer").all()
    assert judged.verdict == "gain"
    assert judged.primary["measure"] == "bits_per_byte"
    assert judged.primary["compared_with"] == "untouched"
    assert judged.primary["high"] < 0
    # a tiny model's own weights are random, too: nothing that it knew beforehand can help
    assert judged.control_passed is not None
    assert "where lower is better" in judged.answer
    assert "customers" in judged.answer
    assert "patient" not in judged.answer


def test_a_model_taught_beside_four_bits_is_a_plain_one_of_all_bits(desk, tmp_path, monkeypatch):
    write_talks(tmp_path)
    write_tiny(tmp_path / "tiny", ["a printer", "a password"], vocabulary=300, width=64, layers=1)
    settings = ["model.adapt=lora", "model.four_bits=true"]
    run = load_run(tmp_path / "run.yaml", settings)
    with monkeypatch.context() as away:
        away.setattr("importlib.util.find_spec", lambda name: None)
        with pytest.raises(InputError, match=r"pip install 'medtune\[four_bits\]'"):
            train(run, show=False)
    assert not run_of(tmp_path).begun
    train(run, show=False)
    result = evaluate(load_run(tmp_path / "run.yaml", settings), show=False)
    of_model = whole(result)
    value = of_model[of_model["measure"] == "bits_per_byte"]["value"]
    assert value["fine_tuned"] < value["untouched"]
    model = AutoModelForCausalLM.from_pretrained(run_of(tmp_path).language)
    untouched = AutoModelForCausalLM.from_pretrained(tmp_path / "tiny")
    names = set(model.state_dict())
    assert names == set(untouched.state_dict())
    moved = {n for n in names if not torch.equal(model.state_dict()[n], untouched.state_dict()[n])}
    assert moved
    assert all("_proj.weight" in name for name in moved)


def test_bits_per_byte_are_those_of_transformers(desk, judged):
    """The same number by plain transformers, from the stored text alone."""
    folder = run_of(desk)
    model = AutoModelForCausalLM.from_pretrained(folder.language).eval()
    prepared = opened(load_run(desk / "run.yaml"), folder)
    marks = read_marks(folder.marks)
    own = marks[(marks["model"] == "fine_tuned") & (marks["target"] == "answer")]
    own = own[own["measure"] == "bits_per_byte"].set_index("case_id")
    for case in own.index[:4]:
        tokens = prepared.talks.of(case)
        ids = torch.from_numpy(tokens.ids)[None]
        labels = torch.where(torch.from_numpy(tokens.learnt)[None], ids, -100)
        with torch.no_grad():
            bits = float(model(ids, labels=labels).loss) * tokens.learnt.sum() / np.log(2)
        assert own.loc[case, "numerator"] == pytest.approx(bits, rel=1e-4)
        said = json.loads(prepared.messages[case])
        size = sum(len(text.encode()) for role, text, taught in said if taught)
        assert own.loc[case, "denominator"] == size


def test_what_is_kept_is_a_plain_model_of_transformers(desk):
    folder = run_of(desk)
    plain = AutoModelForCausalLM.from_pretrained(folder.language).eval()
    own = load(folder.path)
    ids = torch.randint(0, 300, (2, 20), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert torch.allclose(own.network.speaker(ids), plain(ids).logits, atol=1e-5)
    assert AutoTokenizer.from_pretrained(folder.language)("a")["input_ids"]
    assert folder.model.is_file()


def test_words_in_common_stand_beside_the_models(judged):
    rows = judged.measures
    first = rows[rows["measure"] == "right_answer_first"].set_index("model")
    assert set(first.index) == {"fine_tuned", "untouched", "from_scratch", "tfidf"}
    assert first["n_cases"].nunique() == 1
    assert first["n_cases"].iloc[0] % 10 == 0
    told = first["reason"].fillna("") == ""  # where none is right, no interval can be given
    assert first.loc[told, "value"].between(0, 1).all()
    assert first.loc[~told, "value"].isna().all()
    assert set(rows.loc[rows["model"] == "tfidf", "measure"]) == {"right_answer_first"}


def test_what_was_forgotten_is_told(judged):
    generic = whole(judged, "generic text")
    assert set(generic.index) == {"fine_tuned", "untouched"}
    assert (generic["n_groups"] == 12).all()
    rows = judged.differences
    (row,) = rows[rows["target"] == "generic text"].to_dict("records")
    told = forgotten(judged)
    assert bool(told) == (row["low"] > 0)
    worse = judged.differences.assign(low=0.5, high=0.9, difference=0.7, reason="")
    (said,) = forgotten(replace(judged, differences=worse))
    assert "by 0.700 bits per byte" in said


def test_the_report_speaks_of_answers(desk, judged):
    page = run_of(desk).report.read_text()
    text = page.split("</style>")[-1].lower()
    assert "bits per byte" in text
    assert "simulated data. the texts and customers" in text
    assert "people answered" in text
    for word in ("patient", "radiograph", "hospital", "thumbnail", "nan", "intent"):
        assert word not in text, word


def test_nothing_in_the_run_leads_to_a_customer(desk, judged):
    secrets = {f"{letter}-{n:05d}" for letter in "TC" for n in range(160)}
    folder = run_of(desk)
    pd.read_parquet(folder.cases).to_csv(desk / "cases.csv")
    read_marks(folder.marks).to_csv(desk / "marks.csv")
    for path in (folder.report, folder.result, desk / "cases.csv", desk / "marks.csv"):
        text = path.read_text()
        assert not [name for name in secrets if name in text]
        assert str(desk) not in text


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param([], marks=pytest.mark.slow),
        ["model.adapt=lora", "training.packing=true"],
    ],
)
def test_an_interrupted_run_ends_with_the_same_weights(tmp_path, monkeypatch, settings):
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    whole.mkdir()
    train(load_run(write_talks(whole, 40), settings), show=False)
    cut.mkdir()
    for name in ("talks.jsonl", "run.yaml"):
        shutil.copy(whole / name, cut)
    shutil.copytree(whole / "tiny", cut / "tiny")
    shutil.copytree(whole / "work" / "private", cut / "work" / "private")
    real = Keep.on_train_epoch_end

    def stop(self, trainer, module):
        real(self, trainer, module)
        if trainer.current_epoch == 0:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Keep, "on_train_epoch_end", stop)
        with pytest.raises(KeyboardInterrupt):
            train(load_run(cut / "run.yaml", settings), show=False)
    train(load_run(cut / "run.yaml", settings), show=False)
    ours, theirs = (read_state(run_of(one).model) for one in (whole, cut))
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_a_run_goes_on_from_another(desk):
    again = load_run(
        desk / "run.yaml", ["name=again", "model.weights=runs/talk", "training.epochs=1"]
    )
    train(again, show=False)
    ours = pd.read_csv(run_of(desk).metrics)["tune_bits_per_byte"]
    theirs = pd.read_csv(desk / "runs" / "again" / "metrics.csv")["tune_bits_per_byte"]
    assert theirs.iloc[0] < ours.iloc[0]


def test_long_conversations_lose_no_part_of_an_answer(tmp_path):
    run = load_run(write_talks(tmp_path, 80), ["data.max_tokens=24"])
    report = check(run)
    rows = {row["split"]: row for row in report.as_dict()["answers"]}
    assert rows["test"]["shortened"] > 0
    assert rows["test"]["unlearnt"] > 0
    assert any("do not fit whole and are left aside" in line for line in report.lines())
    train(run, show=False)
    prepared = opened(run, run_of(tmp_path))
    for case in prepared.cases["case_id"]:
        tokens = prepared.talks.of(case)
        assert 0 < len(tokens.ids) <= 24
        said = prepared.tokenizer.decode(tokens.ids[tokens.learnt].tolist())
        answers = [text for _, text, taught in json.loads(prepared.messages[case]) if taught]
        assert any(text in said for text in answers)
    assert any("do not fit whole, and are not judged" in line for line in remarks(prepared))


def test_where_no_answer_fits_nothing_is_taught(tmp_path):
    write_talks(tmp_path, 40)
    said = [json.loads(line) for line in (tmp_path / "talks.jsonl").read_text().splitlines()]
    for one in said:
        for message in one["messages"]:
            message["content"] = " ".join([message["content"]] * 5)
    lines = "".join(json.dumps(one) + "\n" for one in said)
    (tmp_path / "talks.jsonl").write_text(lines)
    run = load_run(tmp_path / "run.yaml", ["data.max_tokens=16"])
    with pytest.raises(DataError, match="has no conversation that fits"):
        train(run, show=False)
    assert not run_of(tmp_path).begun
    assert any("has no conversation that fits" in problem for problem in check(run).problems)


def test_what_does_not_fit_is_counted_in_the_flow(tmp_path):
    write_talks(tmp_path, 80)
    long = {
        "ticket": "T-LONG", "customer": "C-LONG",
        "messages": [
            {"role": "user", "content": "How?"},
            {"role": "assistant", "content": "First " + "one thing and another " * 60},
        ],
    }  # fmt: skip
    with (tmp_path / "talks.jsonl").open("a") as file:
        file.write(json.dumps(long) + "\n")
    run = load_run(tmp_path / "run.yaml", ["training.epochs=1"])
    train(run, show=False)
    flow = pd.read_csv(run_of(tmp_path).flow)
    assert flow.loc[flow["reason"] == TOO_LONG, "films"].tolist() == [1]
    assert check(run).as_dict()["answers"] is not None


def test_a_template_that_refuses_a_turn_names_the_row(tmp_path):
    write_talks(tmp_path, 20)
    with (tmp_path / "talks.jsonl").open("a") as file:
        turns = [{"role": r, "content": "x"} for r in ("system", "user", "assistant")]
        file.write(json.dumps({"ticket": "S", "customer": "S", "messages": turns}) + "\n")
    strict = (
        "{% for m in messages %}{% if m['role'] == 'system' %}{{ raise_exception('no') }}"
        "{% endif %}{{ m['role'] + ': ' + m['content'] + '</s>' }}{% endfor %}"
    )
    (tmp_path / "tiny" / "chat_template.jinja").write_text(strict)
    run = load_run(tmp_path / "run.yaml")
    with pytest.raises(DataError, match=r"talks\.jsonl, row 21: .*refuses these turns"):
        train(run, show=False)
    assert not run_of(tmp_path).begun
    report = check(run)
    assert report.stops
    assert [fault["row"] for fault in report.as_dict()["faults"]] == [21]


def test_check_shows_what_is_learnt(desk):
    report = check(load_run(desk / "run.yaml"))
    assert not report.stops
    assert "⟦" in report.example
    assert any("⟦" in line for line in report.lines())
    plain = report.as_dict()
    assert plain["tokens"]["most"] <= 128
    json.dumps(plain)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ([], "for each of 1: random weights (evaluate)"),
        (
            ["evaluation.by_heart={canaries: {}}"],
            "for each of 2: random weights (evaluate), "
            "an audit model with planted secrets (evaluate)",
        ),
    ],
)
def test_check_counts_every_training(desk, settings, said):
    report = check(load_run(desk / "run.yaml", [*settings, "name=other"]))
    assert any(line.endswith(said) for line in report.lines())


def test_nothing_is_said_of_other_trainings_where_there_is_none(desk):
    alone = ["evaluation.compare_with=[untouched]", "name=other"]
    report = check(load_run(desk / "run.yaml", alone))
    assert report.again == []
    assert not any("as many again" in line for line in report.lines())


@pytest.mark.parametrize(
    ("settings", "error", "said"),
    [
        (["data.max_tokens=4000"], WeightsError, "reads at most 512 tokens"),
        (["model.weights=runs/none"], WeightsError, "is not finished"),
    ],
)
def test_what_train_refuses_is_told_by_check(desk, settings, error, said):
    (desk / "runs" / "none").mkdir(exist_ok=True)
    run = load_run(desk / "run.yaml", [*settings, "name=other"])
    assert any(said in problem for problem in check(run).problems)
    with pytest.raises(error, match=said):
        train(run, show=False)


def test_another_setting_is_another_run(desk):
    with pytest.raises(RunError, match=r"other settings: training\.packing"):
        train(load_run(desk / "run.yaml", ["training.packing=true"]), show=False)


def test_a_run_is_of_its_own_kind(desk):
    assert isinstance(load_run(desk / "run.yaml"), ChatRun)
    assert RUN.startswith("name: talk")
