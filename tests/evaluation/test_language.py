"""Texts compared: values worked out by hand or published, and what must hold of any texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medtune.evaluation.glossary import mine_terms
from medtune.evaluation.language import (
    chrf,
    edit_effort_characters,
    edit_effort_words,
    exact_match,
    rouge_l,
    term_recall,
)

pytest.importorskip("rapidfuzz", reason="the extra [text] is not installed")


def test_rouge_l_as_in_its_paper():
    """Lin 2004, section 3.1: of "police killed the gunman"."""
    reference = "police killed the gunman"
    assert rouge_l("police kill the gunman", reference) == (0.75, 1.0)
    assert rouge_l("the gunman kill police", reference) == (0.5, 1.0)
    assert rouge_l("the gunman police killed", reference) == (0.5, 1.0)


def test_edits_are_levenshteins():
    assert edit_effort_characters("kitten", "sitting") == (3.0, 7.0)
    assert edit_effort_characters("", "sitting") == (7.0, 7.0)  # the blank page
    assert edit_effort_words("the term is one year", "the term is two years") == (2.0, 5.0)


def test_chrf_is_sacrebleus():
    assert chrf("a cat", "a cat") == (1.0, 1.0)
    assert chrf("xyz", "a cat") == (0.0, 1.0)
    value, _ = chrf("The cat sat.", "The cat sat on the mat.")
    assert value == pytest.approx(0.4926069, abs=1e-6)  # of sacrebleu 2.6.0


@given(st.text(max_size=40), st.text(min_size=1, max_size=40))
def test_bounds(ours: str, theirs: str):
    effort, size = edit_effort_characters(ours, theirs)
    assert 0 <= effort <= max(len(ours), size)
    assert edit_effort_characters(theirs, theirs)[0] == 0
    assert 0 <= rouge_l(ours, theirs)[0] <= 1
    assert rouge_l(theirs, theirs)[0] == 1
    assert exact_match(theirs, theirs)[0] == 1


def test_terms_are_whole_words():
    terms = {"spam folder", "imap", "profile"}
    found = term_recall("Open the IMAP profile.", "Your spam folder, by IMAP; the profiles", terms)
    assert found == (1.0, 2.0)
    assert term_recall("anything", "nothing known", terms) == (0.0, 0.0)


def test_terms_of_a_house_are_found():
    house = [f"please open the spam folder of your imap account number {i}" for i in range(50)]
    generic = [f"please open the door of your house number {i}" for i in range(50)]
    terms = [term.words for term in mine_terms(house, generic)]
    assert {"spam folder", "imap account"} <= set(terms)
    assert not {"spam", "folder", "please", "open", "your", "number"} & set(terms)
    assert mine_terms([], generic) == []
