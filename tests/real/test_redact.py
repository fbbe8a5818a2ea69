"""What is replaced in sentences that people wrote and that hold no identifier."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from medtune.text.redact import Redactor

CLEAN = ("generic/wikitext2_valid_test.jsonl", "support/banking77_test.jsonl",
         "legal/contract_clauses_test.jsonl")  # fmt: skip
DRAWN = 200


def sentences(path: Path) -> Iterator[str]:
    """Of five words at least."""
    for line in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        for text in [record["text"]] if "text" in record else [
            message["content"] for message in record["messages"]
        ]:  # fmt: skip
            parts = re.split(r"(?<=[.!?])\s+|\n+", text)
            yield from (part.strip() for part in parts if len(part.split()) >= 5)


@pytest.mark.parametrize("file", CLEAN)
def test_nothing_is_replaced_in_clean_sentences(real_data: Path, file: str):
    """200 drawn ones, and all that there are: an encyclopaedia, a bank's customers, contracts."""
    every = sorted(set(sentences(real_data / "text" / file)))
    redact = Redactor()
    replaced = [one for one in random.Random(0).sample(every, DRAWN) if redact(one) != one]
    assert not replaced
    assert sum(redact(one) != one for one in every) == 0, redact.counts
    assert len(every) > 500
