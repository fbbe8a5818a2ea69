"""Real threads as tokens and as rows, and real questions in batches of about one length."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from medtune.config.model import TextModel
from medtune.learning.sampling import EpochSampler
from medtune.tables.schema import TEXT
from medtune.text.backbones import load_tokenizer
from medtune.text.formats import Fields, read_conversations
from medtune.text.packing import full_rows
from medtune.text.samples import Questions
from medtune.text.store import open_questions
from medtune.text.talks import Talk, talks_of
from medtune.text.template import answers_of, render
from medtune.text.trained import start

ROW = 512
FULL = 0.995  # of the places of all rows hold a token


@pytest.mark.bench
@pytest.mark.timeout(3600)
def test_threads_become_tokens_in_less_than_a_loop_takes_and_rows_in_a_twentieth(
    real_data, ratio, monkeypatch
):
    """All at once the tokenizer shares the threads among its own; a loop waits for each."""
    monkeypatch.setenv("TOKENIZERS_PARALLELISM", "true")
    support: Path = real_data / "text/support/helpdesk_train_2000.jsonl"
    read = read_conversations(support, "openai_chat", Fields("asker_group"))
    tokenizer = load_tokenizer(real_data / "weights/text/generic-tiny-llama")
    threads = [render(tokenizer, one.messages) for one in read.conversations]

    def theirs() -> list[dict[str, Any]]:
        return [
            tokenizer(
                one.text,
                add_special_tokens=False,
                return_offsets_mapping=True,
                return_attention_mask=False,
            )
            for one in threads
        ]

    found = answers_of(tokenizer, threads)
    for (ids, answer), other in zip(found, theirs(), strict=True):
        assert ids.tolist() == other["input_ids"]
        assert answer.any()
    ratio(
        "text-tokens",
        f"{len(threads):,} threads of a help desk as tokens, with what of them is learnt",
        {"medtune": lambda: answers_of(tokenizer, threads), "a text at a time": theirs},
        {"a text at a time": 0.6},
        packages=("transformers", "tokenizers"),
        repetitions=5,
        threads=2,
    )
    talks = talks_of([one.messages for one in read.conversations], tokenizer, ROW)
    fitting = [len(talk.tokens.ids) for talk in talks if isinstance(talk, Talk)]
    lengths = [length for length in fitting if length]  # of the others no answer fits
    rows = full_rows(lengths, ROW)
    assert sum(lengths) >= FULL * ROW * len(rows)
    ratio(
        "text-packing",
        f"{len(threads):,} threads as rows of {ROW} tokens, {FULL:.1%} full, against tokens",
        {"medtune": lambda: full_rows(lengths, ROW), "tokens": theirs},
        {"tokens": 0.05},
        packages=("transformers", "tokenizers"),
        repetitions=5,
        clock="cpu",
    )


@pytest.mark.bench
@pytest.mark.timeout(3600)
def test_questions_of_about_one_length_together_are_learnt_in_half_the_time(
    real_data, ratio, tmp_path
):
    """Both ways to the gradient of every question of an epoch, after the same warm-up."""
    backbone = real_data / "weights/text/stories260K-hf"
    with (real_data / "text/support/banking77_train.jsonl").open(encoding="utf-8") as lines:
        said = [json.loads(line)["text"] for line in lines][::10]
    names = [f"q{number}" for number in range(len(said))]
    cells = pd.Series([json.dumps([["user", text, False]]) for text in said], names, dtype=TEXT)
    stored = open_questions(tmp_path, cells, load_tokenizer(backbone), "x", 128)
    nothing = np.zeros((len(said), 1), np.float32), np.zeros((len(said), 1), bool)
    samples = Questions(stored, names, *nothing)
    network = start(TextModel(backbone=backbone), 1)

    def epoch(sizes: np.ndarray | None) -> None:
        for draws in EpochSampler(len(said), 32, 0, "full", sizes=sizes):
            network(*samples.__getitems__(draws).seen).sum().backward()
            network.zero_grad()

    ratio(
        "text-lengths",
        f"{len(said):,} questions of a bank's customers to their gradients, 32 a batch",
        {
            "questions of about one length together": lambda: epoch(samples.sizes),
            "as they come": lambda: epoch(None),
        },
        {"as they come": 0.5},
        ours="questions of about one length together",
        packages=("torch", "transformers"),
        repetitions=5,
        clock="cpu",
    )
