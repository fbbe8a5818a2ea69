"""What a house looks for in a draft: by each file that the run names, and by what teaches."""

from __future__ import annotations

from pathlib import Path

import pytest

from medtune.config.drafts import Drafts
from medtune.errors import DataError
from medtune.text.conversation import Message
from medtune.text.legal.checklist import by_phrases
from medtune.text.right_answer import Question
from medtune.workflow.chats.clause_judge import ClauseJudge
from medtune.workflow.chats.drafting import looks_of

PAYS = "The buyer pays every invoice within thirty days of its receipt by wire transfer."
LAW = "This contract is governed by the laws of the state in which the seller has its seat."
TAUGHT = {"one": [PAYS, "Alpha Labs, Inc. pays $1,250,000 at closing."], "two": [LAW]}
ASKED = Question("x", (Message("user", "Draft a clause on payment."),), f"{PAYS} {LAW}")


def marks(draft: str, **files: Path | bool) -> dict[str, tuple[float, float]]:
    how = Drafts.model_validate({"other_matters": False, **files})
    return looks_of(how, TAUGHT, 0).marks(draft, ASKED)


def listed(folder: Path, *lines: str, name: str = "list.txt") -> Path:
    (folder / name).write_text("\n".join(lines))
    return folder / name


def test_nothing_is_looked_for_where_nobody_asks():
    assert looks_of(None, TAUGHT, 0).each == []


def test_what_is_defined_elsewhere_is_allowed(tmp_path):
    draft = "Under this Agreement the Vendor pays."
    assert marks(draft)["terms_defined"] == (0, 2)
    terms = listed(tmp_path, "Agreement", "", "Party")
    assert marks(draft, terms=terms)["terms_defined"] == (1, 2)
    with pytest.raises(DataError, match=r"list\.txt has no entry"):
        marks(draft, terms=listed(tmp_path, " "))


def test_references_lead_to_a_part_or_not():
    draft = "1. Payment. See Section 2 and Section 7.\n2. Law. This is the law."
    assert marks(draft)["references_resolve"] == (1, 2)


def test_citations_are_looked_up_in_the_list(tmp_path):
    pytest.importorskip("eyecite", reason="the extra [text] is not installed")
    allowed = listed(tmp_path, "Roe v. Wade, 410 U.S. 113 (1973)")
    draft = "See Roe v. Wade, 410 U.S. 113 (1973), and Doe v. Moe, 999 U.S. 999 (1999)."
    assert marks(draft, citations=allowed)["citations_unknown"] == (1, 2)
    with pytest.raises(DataError, match=r"list\.txt, line 1"):
        marks(draft, citations=listed(tmp_path, "no citation"))


def test_kinds_of_clause_are_those_of_the_final_text():
    kinds = {
        "Payment": ["pays every invoice"], "Law": ["governed by the laws"],
        "Audit": ["inspect the books"],
    }  # fmt: skip
    judge = ClauseJudge(by_phrases(kinds), ("So good a judge it is.",))
    looks = looks_of(Drafts(other_matters=False), TAUGHT, 0, judge)
    found = looks.marks(f"{PAYS} The seller may inspect the books.", ASKED)
    assert "So good a judge it is." in looks.said
    assert "clause_recall" not in looks_of(Drafts(), TAUGHT, 0).marks(PAYS, ASKED)
    assert found["clause_recall"] == (1, 2)
    assert found["clause_precision"] == (1, 2)


def test_what_is_approved_is_wanted_and_what_is_anothers_is_not(tmp_path):
    found = marks(f"{PAYS} {LAW}", other_matters=True)
    assert found["others_overlap"][0] == 7 + 10, "runs of 8 words in each of two clauses"
    bank = listed(tmp_path, PAYS)
    both = marks(f"{PAYS} {LAW}", bank=bank, other_matters=True)
    assert both["bank_overlap"][0] == 7
    assert both["others_overlap"][0] == 10
    assert both["bank_overlap"][1] == both["others_overlap"][1] == found["others_overlap"][1]


def test_firms_and_sums_of_others_are_told_unless_who_asks_says_them():
    looks = looks_of(Drafts(), TAUGHT, 0)
    assert looks.marks("Alpha Labs pays.", ASKED)["others_facts"] == (1, 1)
    assert looks.marks("The price is $1,250,000.", ASKED)["others_facts"] == (1, 1)
    assert looks.marks("Somebody pays $7.", ASKED)["others_facts"] == (0, 1)
    told = Question("x", (Message("user", "For Alpha Labs, Inc."),), PAYS)
    assert looks.marks("Alpha Labs pays.", told)["others_facts"] == (0, 1)


def test_a_judge_of_style_says_how_good_it_is(tmp_path):
    houses = listed(tmp_path, *(f"Yo {n}! Just gimme ya cash, pal, no fuss.\n" for n in range(6)))
    taught = {f"m{n}": [f"{PAYS} {LAW} Number {n} applies."] for n in range(6)}
    looks = looks_of(Drafts(other_houses=houses, other_matters=False), taught, 0)
    ours, theirs = (
        looks.marks(text, ASKED)["house_style"][0] for text in (LAW, "Gimme ya cash, pal!")
    )
    assert ours > 0.5 > theirs
    assert any("the judge of style tells 6 of 6 of the house and 6 of 6" in s for s in looks.said)


def test_a_missing_bank_is_said():
    assert any("evaluation.drafts.bank" in said for said in looks_of(Drafts(), TAUGHT, 0).said)
