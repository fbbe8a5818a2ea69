"""Real threads as tokens against transformers a thread at a time, and packing against both."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from medtune.text.backbones import load_tokenizer
from medtune.text.formats import Fields, read_conversations
from medtune.text.packing import full_rows
from medtune.text.talks import Talk, talks_of

THREADS, MOST, ROW = 300, 1_000_000, 512


@pytest.mark.bench
@pytest.mark.timeout(3600)
def test_threads_become_tokens_in_less_than_a_loop_takes_and_rows_in_a_twentieth(real_data, ratio):
    support: Path = real_data / "text/support/helpdesk_train_2000.jsonl"
    read = read_conversations(support, "openai_chat", Fields("asker_group"))
    threads = [one.messages for one in read.conversations[:THREADS]]
    tokenizer = load_tokenizer(real_data / "weights/text/generic-tiny-llama")

    def ours() -> list[Talk]:
        found = talks_of(threads, tokenizer, MOST)
        assert all(isinstance(one, Talk) for one in found)
        return found  # type: ignore[return-value]

    def theirs() -> list[dict[str, list[int]]]:
        """The mask of transformers, which the template of this tokenizer has tags for."""
        return [
            tokenizer.apply_chat_template(
                [{"role": each.role, "content": each.content.strip()} for each in one],
                tokenize=True,
                return_dict=True,
                return_assistant_tokens_mask=True,
            )
            for one in threads
        ]

    for mine, other in zip(ours(), theirs(), strict=True):
        assert mine.tokens.ids.tolist() == other["input_ids"]
        # a blank or a line's end after the end token is a matter of where the tags stand
        assert np.mean(mine.tokens.learnt == np.array(other["assistant_masks"], bool)) > 0.9
    lengths = [min(len(one.tokens.ids), ROW) for one in ours()]
    ratio(
        "text-tokens",
        f"{THREADS} threads of a help desk as tokens, with what is learnt of them",
        {
            "medtune": ours,
            "transformers, one at a time": theirs,
            "medtune, one at a time": lambda: [talks_of([one], tokenizer, MOST) for one in threads],
        },
        {"transformers, one at a time": 0.6, "medtune, one at a time": 0.6},
        packages=("transformers", "tokenizers"),
        repetitions=7,
        clock="cpu",
    )
    ratio(
        "text-packing",
        f"rows of {ROW} tokens from {THREADS} threads, against making tokens of them",
        {"medtune": lambda: full_rows(lengths, ROW), "tokens": ours},
        {"tokens": 0.05},
        packages=("transformers", "tokenizers"),
        repetitions=7,
        clock="cpu",
    )
