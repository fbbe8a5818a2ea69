"""Same and nearly same texts are found, others are not; against every pair counted."""

from __future__ import annotations

import numpy as np
import pytest

from medtune.text.duplicates import Twins, find_twins

WORDS = [f"word{i}" for i in range(400)]


def text_of(draw: np.random.Generator, size: int) -> list[str]:
    return draw.choice(WORDS, size).tolist()


def test_same_but_for_case_blanks_and_punctuation():
    texts = ["My card is lost, please help me!", "Where is it?", "my card  is lost please help me"]
    assert find_twins(texts) == [Twins(0, 2, 1.0)]


def test_every_near_pair_is_found_and_its_similarity_is_right():
    draw = np.random.default_rng(0)
    texts = []
    for _ in range(60):
        said = text_of(draw, 60)
        texts.append(" ".join(said))
        for changes in (1, 3, 12):
            other = list(said)
            for place in draw.choice(60, changes, replace=False):
                other[place] = "changed"
            texts.append(" ".join(other))
    near = 0
    found = {(pair.first, pair.second): pair.similarity for pair in find_twins(texts)}
    runs = [{tuple(t.split()[i : i + 5]) for i in range(56)} for t in texts]
    for a in range(len(texts)):
        for b in range(a + 1, len(texts)):
            similarity = len(runs[a] & runs[b]) / len(runs[a] | runs[b])
            if similarity >= 0.8:
                assert found.pop((a, b)) == pytest.approx(similarity)
                near += similarity < 1
    assert not found
    assert near >= 60, "one word of sixty changed leaves a text near"


def test_of_a_crowd_each_is_told_once():
    assert len(find_twins(["the same words again and again"] * 200)) == 199


def test_texts_without_words_are_never_alike():
    assert find_twins(["", "...", "", "!"]) == []
