"""References that lead somewhere or not, by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medtune.text.legal.cross_references import cross_references
from medtune.text.legal.numbering import number_of_roman, parts_of, steps_of
from tests.text.legal.monotony import FEW, PIECES, within_seconds

DRAFT = """\
ARTICLE IV
FEES

4.1 Amounts. The fees are in Exhibit A and, subject to Section 4.2(b), due under Clause 7(b)(ii).
4.2 Interest. (a) It is 5 %. (b) Section 9.9 governs it; Exhibit C and Section 4.2 (c) do not.
7. Term. This Agreement ends
(a) on notice, or
(b) where (i) fees are late or (ii) Article IV is broken, see Sections 4.1, 4.3 and 7(a) to 7(c).

Exhibit A - Fees
Section 5 of the Securities Act and 17 U.S.C. § 107 are others, as is Article 6 GDPR.
"""


def unresolved(draft: str, **settings: list[str]) -> list[str]:
    return [one.text for one in cross_references(draft, **settings).unresolved]


def test_a_draft_counted_by_hand():
    found = cross_references(DRAFT)
    assert [one.text for one in found.found] == [
        "Exhibit A", "Section 4.2(b)", "Clause 7(b)(ii)", "Section 9.9", "Exhibit C",
        "Section 4.2", "Article IV", "Sections 4.1", "Sections 4.3", "Sections 7(a)",
        "Sections 7(c)",
    ]  # fmt: skip
    assert [one.text for one in found.unresolved] == [
        "Section 9.9", "Exhibit C", "Sections 4.3", "Sections 7(c)",
    ]  # fmt: skip
    assert found.resolve.mark == (7, 11)


def test_a_clause_is_read_with_the_headings_of_its_document():
    clause = "Fees under Section 4.2 and Exhibit B are due."
    assert unresolved(clause) == ["Section 4.2", "Exhibit B"]
    assert unresolved(clause, headings=["4.2 Interest", "EXHIBIT B"]) == []
    assert unresolved(clause, headings=["## 4.2. Interest"]) == ["Exhibit B"]


@pytest.mark.parametrize(
    ("draft", "missing"),
    [
        ("1. A. See Section 1.\n", []),
        ("ARTICLE II\nSee Article 2 and Article III.", ["Article III"]),
        ("## A. Definitions\n## B. Fees\nSee Section B and section C.", ["section C"]),
        ("See\nSection 3 below.", ["Section 3"]),  # a line that goes on is no heading
        ("3.2. Fees. Due. 3.3. Tax. None, see Section 3.3.", []),  # a document without lines
        ("1. One\n    1. Two\n    2. See Section 1.2 and Section 1.3.", ["Section 1.3"]),
        ("12 months after Section 12", ["Section 12"]),
        ("1. One. (h) x (i) y (j) z, see Section 1(i) and 1(h)(i)", []),
        ("1. One. (a) x (A) y (B) z, see Section 1(a)(B)", []),
        ("1. See clause (b) of Section 1(b)", ["Section 1(b)"]),
        ("1. See Sections 2(a) and (b), or Section 1(b)", ["Sections 2(a)", "Section 1(b)"]),
        ("Schedule 1\n\nSee Schedules 1 and 2, Annex I and Appendices 1, 2 and 3",
         ["Schedules 2", "Annex I", "Appendices 1", "Appendices 2", "Appendices 3"]),
        ("under Section 4, 30 days after", ["Section 4"]),
        ("Section 3 of the Agreement; Exhibit A to the Master Agreement", ["Section 3"]),
        ("under SECTION 4 AND SECTION 5 OF THE AGREEMENT", ["SECTION 4", "SECTION 5"]),
        ("§ 7 and §§ 8, 9", ["§ 7", "§§ 8", "§§ 9"]),
        ("see **Section&nbsp;4** or <b>Clause 5</b>", ["Clause 5"]),
        ("CLAUSES AND SECTIONS; see Schedule 1.1(b)\nSchedule 1.1(b)", []),
        ("the section, a Clause and an Exhibit; Dissection 4", []),
        ("Résumé: § ４ and Section ४", ["§ ４"]),
    ],
)  # fmt: skip
def test_which_references_lead_nowhere(draft: str, missing: list[str]):
    assert unresolved(draft) == missing


@pytest.mark.parametrize("draft", ["", "\n\n", "We agree.", "1. Fees\n2. Term"])
def test_nothing_to_check_is_not_estimable(draft: str):
    share = cross_references(draft).resolve
    assert share.denominator == 0
    assert share.reason == "the draft refers to no numbered part"


def test_steps():
    assert steps_of("4.02", "(b)(IV)") == ("4", "2", "b", "iv")
    assert steps_of("IV") == steps_of("4")
    assert steps_of("C") == ("c",)
    assert [number_of_roman(one) for one in ("i", "iv", "ix", "xl", "xcix", "iiii", "", "a")] == [
        1, 4, 9, 40, 99, 0, 0, 0,
    ]  # fmt: skip


@given(st.lists(st.integers(1, 30), min_size=1, max_size=8), st.integers(1, 30))
def test_a_reference_resolves_exactly_where_there_is_such_a_part(numbers: list[int], asked: int):
    body = "".join(f"{number}. Some Title\nWe agree.\n" for number in numbers)
    found = cross_references(body + f"This is under Section {asked}.")
    assert found.resolve.mark == (float(asked in numbers), 1)


@given(st.text(alphabet="aA1.()§ \nIVSection, ", max_size=80))
def test_parts_have_their_parents(text: str):
    parts = parts_of(text.splitlines())
    assert all(part[:-1] in parts for part in parts if len(part) > 2)
    found = cross_references(text)
    assert set(found.unresolved) <= set(found.found)


@pytest.mark.parametrize("piece", FEW)
def test_a_hundred_kilobytes_of_anything_take_seconds(piece: str):
    within_seconds(cross_references, piece, 100_000)


@pytest.mark.slow
@pytest.mark.parametrize("piece", PIECES)
def test_a_megabyte_of_anything_takes_seconds(piece: str):
    within_seconds(cross_references, piece, 1_000_000)
