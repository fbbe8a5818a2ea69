"""Coverage of a checklist, by hand, and kinds of clause that are learnt."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medtune.errors import DataError
from medtune.text.legal.checklist import by_phrases, covered, precise, read_checklist
from medtune.text.legal.clause_kinds import (
    LONGEST,
    ClauseKinds,
    KindsCheck,
    passages_of,
)
from medtune.text.legal.labelled import Labelled
from tests.text.legal.monotony import FEW, PIECES, within_seconds

CHECKLIST = {
    "Governing Law": ["governed by the laws", "governing law"],
    "Audit": ["right to audit"],
    "Cap": ["aggregate liability"],
}


def test_coverage_counted_by_hand():
    draft = "## Law\nThis is GOVERNED by **the Laws** of Oz. You have no right, to audit us."
    found = by_phrases(CHECKLIST)(draft)
    assert found == {"Governing Law", "Audit"}
    assert covered(found, CHECKLIST).mark == (2, 3)
    assert covered(found, ["Audit", "Insurance"]).mark == (1, 2)
    assert precise(found, ["Audit", "Insurance"]).mark == (1, 2)


def test_nothing_to_check_is_not_estimable():
    assert by_phrases(CHECKLIST)("") == set()
    assert covered([], CHECKLIST).mark == (0, 3)
    assert covered(["Audit"], []).reason == "no kind of clause is asked for"
    assert precise([], CHECKLIST).reason == "the draft has no clause of a known kind"


KINDS = st.sets(st.sampled_from("abcdef"))


@given(KINDS, KINDS)
def test_precision_is_recall_the_other_way_round(found: set[str], wanted: set[str]):
    assert precise(found, wanted).mark == covered(wanted, found).mark
    assert covered(found, wanted).numerator <= min(len(found), len(wanted))


def test_a_checklist_is_a_file(tmp_path: Path):
    path = tmp_path / "list.yaml"
    path.write_text("Governing Law: [governed by the laws, governing law]\nAudit: inspect books\n")
    assert read_checklist(path) == {
        "Governing Law": ("governed by the laws", "governing law"), "Audit": ("inspect books",),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("Audit: [a", "list.yaml, line 2: this is not YAML"),
        ("[Audit]", "is no checklist"),
        ("", "is no checklist"),
        ("Audit: []", "'Audit' needs a list of phrases"),
        ("Audit: ['...']", "'Audit' needs a list of phrases"),
        ("Audit: [1]", "'Audit' needs a list of phrases"),
        ("Audit:", "'Audit' needs a list of phrases"),
        (None, "There is no checklist list.yaml"),
    ],
)
def test_a_checklist_that_is_none(tmp_path: Path, content: str | None, message: str):
    path = tmp_path / "list.yaml"
    if content is not None:
        path.write_text(content + "\n" if content else "")
    with pytest.raises(DataError, match=message):
        read_checklist(path)


LAW = "This Agreement is governed by the laws of the Land of {} alone."
AUDIT = "The Buyer may inspect the books and records of the Seller {} times."
REST = "The Seller delivers the goods in wooden boxes to the port of {} in the morning."


def labelled(number: int, *, law: bool, audit: bool) -> Labelled:
    place = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[number % 26]
    clauses = {}
    parts = [REST.format(place), "Boxes are made of wood by the Seller, as is the custom here."]
    for kind, form, there in (("Law", LAW, law), ("Audit", AUDIT, audit)):
        if there:
            clauses[kind] = [form.format(place)]
            parts.append(form.format(place))
    return Labelled("\n".join(parts), clauses, f"group {number}")


def many() -> list[Labelled]:
    return [labelled(i, law=i % 2 == 0, audit=i % 3 == 0) for i in range(30)]


def test_kinds_that_words_tell_are_learnt():
    judge = ClauseKinds(many())
    assert judge.kinds == ["Audit", "Law"]
    assert judge.check.precision.mark == (25, 25)
    assert judge.check.recall.mark == (25, 25)
    assert judge.check.by_kind == {"Audit": (10, 10, 10), "Law": (15, 15, 15)}
    assert judge.check.weak == ()
    assert judge(f"{REST.format('X')} {LAW.format('X')}") == {"Law"}
    assert judge(REST.format("X")) == set()
    assert judge("") == set()


def test_labels_that_say_nothing_are_not_learnt_and_the_check_says_so():
    draw = np.random.default_rng(0)
    documents = [
        Labelled(one.text, {"Law": [REST.format("A")]} if draw.random() < 0.5 else {}, one.group)
        for one in many()
    ]
    judge = ClauseKinds(documents)
    check = judge.check
    assert check.precision.value < 0.9
    assert check.weak == ("Law",)
    assert judge(REST.format("A")) == set(), "a weak kind is never said"


def test_a_kind_is_weak_where_saying_yes_always_is_as_good():
    counts = {"Law": (4, 4, 5), "Audit": (5, 10, 5), "Cap": (5, 9, 5)}  # of 10: always is 5, 10, 5
    check = KindsCheck(14, 23, 15, counts, 10)
    assert check.weak == ("Audit",)
    assert "On 10 labelled documents" in check.sentence
    assert "finds 14 of the 15 kinds that are there, and 14 of the 23 that it" in check.sentence
    assert check.sentence.endswith("to say that every document has them: Audit.")
    assert "Left out" not in ClauseKinds(many()).check.sentence


def test_too_few_documents_teach_nothing():
    with pytest.raises(DataError, match="nothing can be learnt of clauses"):
        ClauseKinds(many()[:6])
    with pytest.raises(DataError, match="nothing can be learnt of clauses"):
        ClauseKinds([])
    same = [Labelled(one.text, one.clauses, "one group") for one in many()]
    with pytest.raises(DataError, match="of 5 groups"):
        ClauseKinds(same)


@given(st.text(alphabet="Aa. \n;(1", max_size=3000))
def test_passages_leave_no_letter_out(text: str):
    passages = passages_of(text)
    assert "".join("".join(passages).split()) == "".join(text.split())
    assert all(len(passage) <= LONGEST for passage in passages)


@pytest.mark.parametrize("piece", FEW)
def test_a_hundred_kilobytes_of_anything_take_seconds(piece: str):
    judge = by_phrases(CHECKLIST)
    within_seconds(lambda text: (judge(text), passages_of(text)), piece, 100_000)


@pytest.mark.slow
@pytest.mark.parametrize("piece", PIECES)
def test_a_megabyte_of_anything_takes_seconds(piece: str):
    phrases, judge = by_phrases(CHECKLIST), ClauseKinds(many())
    within_seconds(lambda text: (judge(text), phrases(text)), piece, 1_000_000)
