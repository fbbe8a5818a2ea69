"""Nothing about a customer is in any file of a run: identifiers of eight kinds, looked for in all.

The private folder alone, which leads back to the customers, is not looked at.
"""

from __future__ import annotations

import json
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from medtune.config.load import load_run
from medtune.config.text_run import TextRun
from medtune.text.backbones import load_tokenizer
from medtune.text.identifiers import PLACEHOLDERS
from medtune.workflow.check import check
from medtune.workflow.evaluate import evaluate
from medtune.workflow.predict import predict
from medtune.workflow.texts.gather import gather, read_texts, store_texts
from medtune.workflow.train import train
from tests.workflow.chat_runs import RUN, write_talks
from tests.workflow.text_runs import write_desk

pytest.importorskip("rapidfuzz", reason="the extra [text] is not installed")
pytest.importorskip("sacrebleu", reason="the extra [text] is not installed")

PLANTED = {
    "URL": "https://canary.example/u/77",
    "EMAIL": "zq.canary@canary.example",
    "IBAN": "DE89 3704 0044 0532 0130 00",
    "CARD": "4111 1111 1111 1111",
    "MAC": "00:1a:2b:3c:4d:5e",
    "IP": "203.0.113.77",
    "PHONE": "+49 30 7777123",
    "NAME": "Zebulon Quist",
}
# parts of them that nothing else has, in small letters
SECRETS = [b"canary", b"3704 0044", b"1111 1111", b"2b:3c", b"203.0.113", b"7777123", b"zebulon",
           b"quist", b"t-000", b"c-000"]  # fmt: skip


def planted(number: int) -> str:
    """One of the identifiers in a sentence."""
    kind = list(PLANTED)[number % len(PLANTED)]
    return f"Reach me by {PLANTED[kind]}, number {number}."


@pytest.fixture(scope="module")
def chat(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that answers, every conversation with an identifier in what is asked and answered."""
    home = tmp_path_factory.mktemp("chat")
    asked = "  max_tokens: 128\n  attributes: [note]\n  redact: {names: names.txt}\n"
    write_talks(home, count=48, run=RUN.replace("  max_tokens: 128\n", asked))
    (home / "names.txt").write_text("Zebulon Quist\n")
    records = [json.loads(line) for line in (home / "talks.jsonl").read_text().splitlines()]
    for number, one in enumerate(records):
        one["customer"] = f"{number // 2}@canary.example"
        one["note"] = "by zq.canary@canary.example"
        for message in one["messages"]:
            message["content"] += f" {planted(number)}"
    (home / "talks.jsonl").write_text("".join(json.dumps(one) + "\n" for one in records))
    settings = ["evaluation.generated=4", "generation.max_tokens=16", "training.epochs=1"]
    run = load_run(home / "run.yaml", settings)
    assert not check(run).stops
    train(run, show=False)
    evaluate(run, show=False)
    predict(run.runs / run.name, home / "talks.jsonl", run.runs / "said.csv", show=False)
    return home


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that tells intents, every question with an identifier."""
    home = tmp_path_factory.mktemp("desk")
    write_desk(home, count=120)
    (home / "names.txt").write_text("Zebulon Quist\n")
    table = pd.read_csv(home / "questions.csv")
    table["text"] = [f"{text} {planted(at)}" for at, text in enumerate(table["text"])]
    table["customer"] = table["customer"].astype(str) + "@canary.example"
    table.to_csv(home / "questions.csv", index=False)
    settings = ["data.redact.names=names.txt", "training.epochs=1", "training.head_epochs=1"]
    run = load_run(home / "run.yaml", settings)
    assert not check(run).stops
    train(run, show=False)
    evaluate(run, show=False)
    predict(run.runs / run.name, home / "questions.csv", run.runs / "said.csv", show=False)
    return home


def contents(path: Path) -> Iterator[bytes]:
    """What a file holds: its bytes, and what of them is compressed or has a type."""
    yield path.name.encode()
    yield path.read_bytes()
    if path.suffix == ".parquet":
        yield pd.read_parquet(path).to_csv().encode()
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as arrays:
            yield from (" ".join(map(str, one.ravel())).encode() for one in arrays.values())
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            yield from (archive.read(name) for name in archive.namelist())


@pytest.mark.parametrize("kind", ["chat", "desk"])
def test_no_identifier_is_in_any_file(kind: str, request: pytest.FixtureRequest):
    home: Path = request.getfixturevalue(kind)
    seen: Counter[str] = Counter()
    for folder in ("runs", "work"):
        for path in sorted((home / folder).rglob("*")):
            if path.is_dir() or "private" in path.parts:
                continue
            for content in contents(path):
                found = [word for word in SECRETS if word in content.lower()]
                assert not found, (path.name, found)
            seen[path.suffix] += 1
    assert {".parquet", ".npz", ".safetensors", ".html", ".json", ".yaml", ".csv"} <= set(seen)
    assert seen.total() > 20


@pytest.mark.parametrize("kind", ["chat", "desk"])
def test_no_identifier_is_in_what_the_model_reads(kind: str, request: pytest.FixtureRequest):
    home: Path = request.getfixturevalue(kind)
    tokenizer = load_tokenizer(home / "tiny")
    stored = sorted((home / "work" / "tokens").glob("*.npz"))
    assert stored
    for path in stored:
        with np.load(path, allow_pickle=False) as arrays:
            said = tokenizer.decode(arrays["ids"].tolist())
        assert not [word for word in SECRETS if word in said.lower().encode()]
        assert "reach me by" in said.lower()


@pytest.mark.parametrize("kind", ["chat", "desk"])
def test_what_was_replaced_is_counted_by_kind(kind: str, request: pytest.FixtureRequest):
    home: Path = request.getfixturevalue(kind)
    (path,) = (home / "runs").glob("*/texts.json")
    counts = json.loads(path.read_text())["redacted"]
    assert set(counts) == set(PLANTED) == set(PLACEHOLDERS)
    each = 6 * 4 if kind == "chat" else 15  # of 48 conversations of 4 messages, or 120 questions
    notes = {"EMAIL": 48} if kind == "chat" else {}
    assert counts == {name: each + notes.get(name, 0) for name in PLANTED}


@pytest.mark.parametrize("kind", ["chat", "desk"])
def test_the_way_back_is_in_the_private_folder_alone(kind: str, request: pytest.FixtureRequest):
    """Or what is looked for above could not be found anywhere."""
    home: Path = request.getfixturevalue(kind)
    private = home / "work" / "private"
    assert any(b"canary" in part for path in private.iterdir() for part in contents(path))
    assert not private.stat().st_mode & 0o077
    assert not (private / "texts.parquet").stat().st_mode & 0o077


def test_names_in_the_names_of_documents_are_replaced_in_what_is_stored(tmp_path: Path):
    papers = tmp_path / "papers" / "Canary"
    papers.mkdir(parents=True)
    for name in ("NDA_Zebulon_Quist_2024", "Zebulon__Quist", "_Lease_ZEBULON QUIST_"):
        (papers / f"{name}.md").write_text("# Term\n\nOne year.\n\n# Fees\n\nNone.\n")
    (tmp_path / "names.txt").write_text("Zebulon Quist\n")
    said = {
        "format": "documents", "files": "papers", "group": "matter",
        "request": 'Draft a "{heading}" clause for {document}.', "redact": {"names": "names.txt"},
    }  # fmt: skip
    settings = {"name": "r", "task": "legal_drafting", "data": said, "model": {"backbone": "tiny"}}
    (tmp_path / "run.yaml").write_text(json.dumps(settings))
    run = load_run(tmp_path / "run.yaml", files_must_exist=False)
    assert isinstance(run, TextRun)
    found = gather(run)
    texts = read_texts(run.data.work, store_texts(run.data.work, found.texts))
    asked = sorted(json.loads(cell)[0][1] for cell in texts if "Term" in cell)
    assert asked == [
        'Draft a "Term" clause for Lease [NAME].',
        'Draft a "Term" clause for NDA [NAME] 2024.',
        'Draft a "Term" clause for [NAME].',
    ]
    assert found.redacted["NAME"] == 6
    for path in (run.data.work / "texts").iterdir():
        for content in contents(path):
            assert not [word for word in SECRETS if word in content.lower()]
