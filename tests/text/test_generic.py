"""Generic text as rows: every token is foreseen once, whatever the length of a row."""

from __future__ import annotations

import numpy as np
import pytest

from medtune.errors import DataError
from medtune.learning.hardware import Hardware
from medtune.text.generic import MOST, documents_of, pieces_of
from medtune.text.likelihood import likelihoods
from medtune.text.talk_rows import TalkRows
from tests.text.talking import teller
from tests.text.tokenizers import small_tokenizer

TEXTS = ["The first text.", "ü", "Another one, which is a good deal longer than those before."]


@pytest.mark.parametrize("most", [4, 7, 64])
def test_every_token_is_asked_once(most):
    tokenizer = small_tokenizer(None)
    pieces = pieces_of(TEXTS, tokenizer, most)
    own = tokenizer(TEXTS, add_special_tokens=False)["input_ids"]
    for number, ids in enumerate(own):
        names = [name for name in pieces.place.index if name.startswith(f"{number}/")]
        asked = np.concatenate([pieces.of(n).ids[pieces.of(n).learnt] for n in names])
        assert asked.tolist() == ids
        assert max(len(pieces.of(n).ids) for n in names) <= most
        assert pieces.counts.loc[names, "bytes"].sum() == len(TEXTS[number].encode())


def test_a_document_is_foreseen_from_its_start():
    tokenizer, network = small_tokenizer(None), teller()
    cpu = Hardware("cpu", "32", "CPU")
    one = pieces_of(TEXTS[2:], tokenizer, 64)
    said = likelihoods(network, TalkRows(one, one.place.index.tolist()), cpu)
    assert said.shape == (1,)
    assert said[0] < 0


def test_documents_of_files(tmp_path):
    plain, lines = tmp_path / "a.txt", tmp_path / "a.jsonl"
    plain.write_text("one\ntwo\n\n\nthree\n")
    assert documents_of(plain) == ["one\ntwo", "three"]
    lines.write_text('{"text": " four "}\n{"text": "' + "x" * 9999 + '"}\n')
    assert documents_of(lines) == ["four", "x" * MOST]
    lines.write_text('{"texts": 3}\n')
    with pytest.raises(DataError, match=r"a\.jsonl, row 1: there is no field 'text'"):
        documents_of(lines)
    plain.write_text(" \n")
    with pytest.raises(DataError, match="has no text"):
        documents_of(plain)
