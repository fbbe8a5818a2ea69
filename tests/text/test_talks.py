"""What of a conversation is read and learnt: whole answers, never a part of one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medtune.text.conversation import Message
from medtune.text.faults import FaultError
from medtune.text.talks import Talk, fitted, open_talks, talks_of
from tests.text.talking import talk, talks_in
from tests.text.tokenizers import small_tokenizer

PARTS = st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=1, max_size=6)


def laid_out(parts: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    """Questions and answers of so many tokens each."""
    answer = np.concatenate(
        [np.r_[np.zeros(asked), np.full(said, k)] for k, (asked, said) in enumerate(parts, 1)]
    ).astype(np.int32)
    return np.arange(len(answer)), answer


@given(PARTS, st.integers(2, 40))
def test_answers_are_learnt_whole_or_not_at_all(parts, most):
    ids, answer = laid_out(parts)
    said = [100 * k for k in range(1, len(parts) + 1)]
    found = fitted(ids, answer, said, most)
    kept = found.tokens
    assert len(kept.ids) <= most
    assert found.left_away == len(ids) - len(kept.ids)
    learnt = {int(k) for k in np.unique(answer[kept.ids[kept.learnt]])}
    assert set(kept.ids[kept.learnt]) == set(ids[np.isin(answer, list(learnt))])
    assert found.unlearnt == len(parts) - len(learnt)
    assert found.bytes == sum(said[k - 1] for k in learnt)
    if len(kept.ids):
        assert not kept.learnt[0], "nothing would stand before it"
    if min(tokens for _, tokens in parts) < most:
        assert learnt, "an answer that fits is not given up"


def test_the_stretch_with_the_most_of_whole_answers_is_read():
    ids, answer = laid_out([(2, 4), (3, 2), (1, 5)])
    found = fitted(ids, answer, [4, 2, 5], 11)
    assert found.tokens.ids.tolist() == list(range(6, 17))
    assert found.tokens.learnt.sum() == 7
    assert (found.answers, found.unlearnt, found.left_away, found.bytes) == (3, 1, 6, 7)


def test_an_answer_that_fits_nowhere_leaves_nothing():
    found = fitted(*laid_out([(3, 20)]), [99], 20)
    assert len(found.tokens.ids) == found.bytes == 0
    assert (found.answers, found.unlearnt, found.left_away) == (1, 1, 23)


def test_bytes_are_those_of_the_answers_alone():
    said = (Message("user", "Größe?"), Message("assistant", " süß 😀 ", taught=True))
    (found,) = talks_of([said], small_tokenizer(None), 512)
    assert isinstance(found, Talk)
    assert found.bytes == len("süß 😀".encode())


def test_a_template_that_drops_the_answers_is_refused():
    asked = "{% for m in messages if m['role'] == 'user' %}{{ m['content'] }}{% endfor %}"
    (found,) = talks_of([talk(0)], small_tokenizer(asked), 512)
    assert isinstance(found, FaultError)


def test_stored_is_what_was_read(tmp_path):
    first, again = talks_in(tmp_path, 5), talks_in(tmp_path, 5)
    whole = talks_of([talk(n) for n in range(5)], small_tokenizer(None), 256)
    for number, one in enumerate(whole):
        assert isinstance(one, Talk)
        for said in (first, again):
            kept = said.of(str(number))
            assert np.array_equal(kept.ids, one.tokens.ids)
            assert np.array_equal(kept.learnt, one.tokens.learnt)
            assert said.counts.loc[str(number), "bytes"] == one.bytes
            assert said.lengths([str(number)]) == [len(one.tokens.ids)]
    assert not first.faults


def test_faults_are_kept_by_name(tmp_path):
    said = '[["user", "a", false], ["assistant", "b", true]]'
    cells = pd.Series([said], index=pd.Index(["x"], name="case_id"))
    strict = small_tokenizer("{{ raise_exception('no') }}")
    for _ in range(2):
        found = open_talks(tmp_path, cells, strict, "strict", 64)
        assert "refuses these turns" in found.faults["x"].said
        assert found.lengths(["x"]) == [0]
    with pytest.raises(KeyError):
        found.of("y")
