from __future__ import annotations

from medtune.evaluation.language import shingles, words
from medtune.phantom.everyday import paragraphs, write_everyday
from medtune.phantom.helpdesk import tickets
from medtune.phantom.product import PLANS
from medtune.text.generic import documents_of

TERMS = {"tavrel", "tether", "tethers", "quay", "driftlog", "slipkey", "ledger", "moorings",
         "stowage", "skipper", "purser", *(plan.lower() for plan in PLANS)}  # fmt: skip


def test_a_paragraph_does_not_hang_on_how_many_there_are():
    assert paragraphs(50, seed=1)[:20] == paragraphs(20, seed=1)
    assert paragraphs(20, seed=1) != paragraphs(20, seed=2)


def test_generic_text_says_nothing_of_the_desk():
    generic = paragraphs(1500, seed=1)
    desk = [turn.said for one in tickets(400, seed=1) for turn in one.turns]
    assert {word for text in desk for word in words(text)} >= TERMS
    assert not TERMS & {word for text in generic for word in words(text)}
    ours, theirs = (set().union(*(shingles(text, 5) for text in some)) for some in (desk, generic))
    assert len(ours) > 1000
    assert not ours & theirs


def test_a_file_has_each_paragraph_as_a_document(tmp_path):
    write_everyday(tmp_path / "e.txt", 40, seed=3)
    assert documents_of(tmp_path / "e.txt") == paragraphs(40, seed=3)
