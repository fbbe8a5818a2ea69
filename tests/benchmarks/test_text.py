"""Real threads as tokens against the same tokenizer a text at a time; their rows against both."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from medtune.text.backbones import load_tokenizer
from medtune.text.formats import Fields, read_conversations
from medtune.text.packing import full_rows
from medtune.text.talks import Talk, talks_of
from medtune.text.template import answers_of, render

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
