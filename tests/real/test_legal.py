"""Measures of drafts on real contracts and policies: what they make of texts that are finished."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from medtune.text.legal.clause_kinds import ClauseKinds
from medtune.text.legal.client_facts import ClientFacts
from medtune.text.legal.cross_references import cross_references
from medtune.text.legal.defined_terms import defined_terms
from medtune.text.legal.house_style import HouseStyle
from medtune.text.legal.labelled import read_labelled
from medtune.text.legal.overlap import Overlaps


def rows(real: Path, name: str) -> list[dict[str, Any]]:
    with (real / "text/legal" / f"{name}.jsonl").open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def houses(real: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in rows(real, "house_styles"):
        found.setdefault(row["house"], []).append(row["text"])
    return found


NAMES = ["GitHub", "GitHub's", "Microsoft", "Common Paper", "commonpaper", "bonterms"]


@pytest.mark.slow
def test_finished_contracts_use_what_they_define(real_data: Path):
    found = [defined_terms(row["text"]) for row in rows(real_data, "contracts_40")]
    used = sum(one.defined_are_used.numerator for one in found)
    defined = sum(one.defined_are_used.denominator for one in found)
    known = sum(one.used_are_defined.numerator for one in found)
    every = sum(one.used_are_defined.denominator for one in found)
    print(
        f"used of defined: {used:.0f} / {defined:.0f}; defined of used: {known:.0f} / {every:.0f}"
    )
    assert used / defined > 0.85
    # proper names, which nobody listed, are most of the rest: the share is for comparing drafts
    assert known / every > 0.25


def test_a_definition_taken_away_is_missed(real_data: Path):
    text = next(
        row["text"] for row in rows(real_data, "contracts_40") if '(the "Agreement")' in row["text"]
    )
    assert "Agreement" not in defined_terms(text).undefined
    assert "Agreement" in defined_terms(text.replace('(the "Agreement")', "")).undefined


@pytest.mark.slow
def test_references_of_finished_documents_mostly_lead_somewhere(real_data: Path):
    for name in ("contracts_40", "house_styles"):
        found = [cross_references(row["text"]) for row in rows(real_data, name)]
        right = sum(one.resolve.numerator for one in found)
        every = sum(one.resolve.denominator for one in found)
        print(f"{name}: {right:.0f} of {every:.0f} references resolve")
        assert right / every > 0.8
    texts = [row["text"] for row in rows(real_data, "contracts_40")]
    broken = [cross_references(text + "\nSee Section 987.6.") for text in texts]
    assert all("Section 987.6" in {ref.text for ref in one.unresolved} for one in broken)


@pytest.mark.slow
def test_the_judge_of_style_tells_two_houses(real_data: Path):
    texts = houses(real_data)
    contracts = [row["text"] for row in rows(real_data, "contracts_40")]
    for label, house, generic in (
        ("GitHub against Common Paper", texts["github"], texts["CommonPaper"]),
        ("GitHub against CUAD", texts["github"], contracts),
        ("Common Paper against CUAD", texts["CommonPaper"], contracts),
    ):
        judge = HouseStyle(house, generic, names=NAMES)
        print(label, judge.check, judge.check.accuracy, judge.check.weak)
        assert judge.check.accuracy > 0.8


@pytest.mark.slow
def test_a_house_split_in_two_is_told_by_nothing(real_data: Path):
    github = houses(real_data)["github"]
    check = HouseStyle(github[::2], github[1::2], names=NAMES).check
    print(check, check.accuracy)
    assert check.weak


@pytest.mark.slow
def test_kinds_of_clauses_are_found_in_contracts_of_other_companies(real_data: Path):
    documents = read_labelled(real_data / "text/legal/contracts_40.jsonl", "company_group")
    judge = ClauseKinds(documents)
    check = judge.check
    print(len(judge.kinds), "kinds; precision", check.precision, "recall", check.recall)
    print("no better than to say that all have them:", check.weak)
    for kind, counts in check.by_kind.items():
        print(kind, counts)
    prevalence = check.there / (len(documents) * len(judge.kinds))
    assert check.precision.value > prevalence + 0.1  # better than to say that all are there
    assert check.recall.value > 0.5
    assert len(check.weak) < len(judge.kinds) / 2
    right, found, there = check.by_kind["Governing Law"]
    assert min(right / found, right / there) > 0.9


def test_contracts_share_little_but_with_themselves(real_data: Path):
    contracts = rows(real_data, "contracts_40")[:12]
    matters: dict[str, list[str]] = {}
    for row in contracts:
        matters.setdefault(row["company_group"], []).append(row["text"])
    overlaps = Overlaps([], matters)
    shares = []
    for row in contracts:
        whole, others = overlaps.of(row["text"]), overlaps.of(row["text"], row["company_group"])
        assert whole.forbidden == whole.runs
        assert whole.longest >= others.longest
        shares.append(others.with_others.value)
    print("share of runs of 8 words with other companies' contracts:", sorted(shares))
    assert max(shares) < 0.5


def test_the_parties_of_a_contract_are_told_only_in_another(real_data: Path):
    contracts = rows(real_data, "contracts_40")[:12]
    matters: dict[str, list[str]] = {}
    names: dict[str, list[str]] = {}
    for row in contracts:
        matters.setdefault(row["company_group"], []).append(row["text"])
        names.setdefault(row["company_group"], []).extend(row["clauses"].get("Parties", []))
    facts = ClientFacts(matters, names)
    own = [facts.foreign(row["text"], row["company_group"]) for row in contracts]
    print("contracts that tell a fact of another:", sum(one.told.numerator for one in own))
    foreign = [facts.foreign(row["text"], "nobody") for row in contracts]
    assert all(one.told.numerator == 1 for one in foreign)
    assert sum(one.told.numerator for one in own) < len(contracts)
