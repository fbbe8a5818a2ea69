"""Word counts as a control, and questions as tokens."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest
import torch

from medtune.config.model import TextModel
from medtune.errors import WeightsError
from medtune.learning.task import Draw
from medtune.phantom.helpdesk import tickets
from medtune.phantom.product import UNCLEAR
from medtune.tables.schema import TEXT
from medtune.text.backbones import Reader, load_speaker, load_tokenizer
from medtune.text.controls import tfidf_classes
from medtune.text.samples import Questions
from medtune.text.store import open_questions
from medtune.text.tiny import write_tiny
from medtune.text.trained import start

SAID = [ticket for ticket in tickets(300, seed=5) if ticket.intent != "other"]
NAMES = sorted({ticket.intent for ticket in SAID})


def labels(some: slice) -> np.ndarray:
    return np.array([float(NAMES.index(ticket.intent)) for ticket in SAID[some]])


def texts(some: slice) -> list[str]:
    return [ticket.question for ticket in SAID[some]]


def test_word_counts_tell_intents_apart():
    teach, choose, asked = slice(0, 150), slice(150, 200), slice(200, None)
    found = tfidf_classes(texts(teach), labels(teach), texts(choose), labels(choose),
                          texts(asked), len(NAMES))  # fmt: skip
    assert found.sum(axis=1) == pytest.approx(1)
    right = found.argmax(axis=1) == labels(asked)
    every = (each for both in UNCLEAR.values() for each in both)
    vague = [max(re.split(r"\{\w+\}", each), key=len).strip() for each in every]
    clear = np.array([not any(phrase in text for phrase in vague) for text in texts(asked)])
    assert 0 < (~clear).sum() < clear.sum()
    assert right[clear].mean() > 0.9


def test_what_nobody_taught_is_never_said():
    known = np.array([0.0, 1, 0, 1, np.nan])
    said = ["a card", "an invoice", "my card", "the invoice", "a password"]
    found = tfidf_classes(said, known, [], np.zeros(0), ["a password"], 3)
    assert found[0, 2] == 0
    assert found[0].sum() == pytest.approx(1)
    one = tfidf_classes(said[:1], known[:1], [], np.zeros(0), ["a"], 3)
    assert np.isnan(one).all()


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("tiny")
    write_tiny(folder, texts(slice(0, 50)), vocabulary=300, width=32, layers=1)
    return folder


def stored(tiny, tmp_path, said: list[str], most: int = 99):
    cells = [json.dumps([["user", text, False]]) for text in said]
    messages = pd.Series(cells, index=[f"c{i}" for i in range(len(said))], dtype=TEXT)
    return open_questions(tmp_path, messages, load_tokenizer(tiny), "x", most)


def test_a_stored_question_is_read_back_and_the_end_of_a_long_one_is_counted(tiny, tmp_path):
    tokenizer = load_tokenizer(tiny)
    whole = tokenizer("where is my invoice")["input_ids"]
    for _ in range(2):  # computed, then read
        found = stored(tiny, tmp_path, ["where is my invoice", "card"], most=4)
        assert found.of("c0").tolist() == whole[:4]
        assert found.left_away.tolist() == [len(whole) - 4, 0]


def test_padding_changes_no_text(tiny, tmp_path):
    found = stored(tiny, tmp_path, ["card", "where is my invoice for last month?"])
    nothing = np.zeros((2, 1), np.float32), np.zeros((2, 1), bool)
    samples = Questions(found, ["c0", "c1"], *nothing)
    reader = Reader(load_speaker(tiny).backbone).eval()
    both, alone = samples.__getitems__([0, Draw(1, 7)]), samples.__getitems__([0])
    assert both.inputs.shape[1] > alone.inputs.shape[1]
    with torch.no_grad():
        padded, plain = reader(*both.seen), reader(*alone.seen)
    assert torch.allclose(padded[0], plain[0], atol=1e-6)


def test_a_reader_knows_the_order_of_its_layers(tiny):
    network = start(TextModel(backbone=tiny), 3)
    names = {name for name, _ in network.backbone.named_parameters()}
    assert set(network.depths()) == names
    assert {name for block in network.blocks() for name in block} == names


def test_random_weights_hang_on_the_seed_alone(tiny):
    model = TextModel(backbone=tiny)
    first, second, other = (start(model, 3, random=True, seed=s) for s in (1, 1, 2))
    pairs = zip(first.parameters(), second.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)
    pairs = zip(first.parameters(), other.parameters(), strict=True)
    assert not all(torch.equal(a, b) for a, b in pairs)


def test_an_unfinished_run_gives_no_weights(tiny, tmp_path):
    with pytest.raises(WeightsError, match="is not finished"):
        start(TextModel(backbone=tiny, weights=str(tmp_path)), 3)
