from __future__ import annotations

import json
import re

import pytest
import yaml

from medtune.phantom.contracts import (
    contracts,
    write_bank,
    write_checklist,
    write_documents,
    write_drafts,
    write_labelled,
)
from medtune.phantom.houses import CHECKLIST, HOUSES
from medtune.text.duplicates import find_twins
from medtune.text.formats.clauses import clauses_of
from medtune.text.formats.read import Fields, read_conversations
from medtune.text.legal.labelled import read_labelled

HOUSE = pytest.mark.parametrize("house", sorted(HOUSES))


@HOUSE
def test_a_contract_does_not_hang_on_how_many_there_are(house):
    assert contracts(20, house=house, seed=1)[:8] == contracts(8, house=house, seed=1)
    assert contracts(8, house=house, seed=2) != contracts(8, house=house, seed=1)


@HOUSE
def test_a_document_has_its_clauses(house):
    for one in contracts(60, house=house, seed=1):
        found = [(clause.heading, clause.text) for clause in clauses_of(one.text)]
        assert found == [(part.heading, part.text) for part in one.parts]
        assert set(CHECKLIST[one.kind]) <= {part.kind for part in one.parts}


@HOUSE
def test_cross_references_lead_to_the_clause_that_is_meant(house):
    named = re.compile(r"(?:Section|clause) (\d+)")
    kinds = {"termination": "fees", "term": "termination", "liability": "liability"}
    seen = set()
    for one in contracts(60, house=house, seed=1):
        by_number = {part.number: part.kind for part in one.parts}
        for part in one.parts:
            meant = [by_number[int(number)] for number in named.findall(part.text)]
            if part.kind in kinds:
                assert meant == [kinds[part.kind]]
                seen.add(part.kind)
    assert seen == set(kinds)


@HOUSE
def test_a_company_and_what_it_agreed_stand_in_its_own_contracts_only(house):
    made = contracts(40, house=house, seed=1)
    companies = {one.company for one in made}
    assert len(companies) == 10
    for one in made:
        assert [name for name in companies if name in one.text] == [one.company]


@HOUSE
def test_a_request_says_what_was_agreed(house):
    for one in contracts(30, house=house, seed=1):
        for part in one.parts:
            for number in re.findall(r"\d+(?:,\d+)*", part.text):
                assert number in part.request, part


def test_both_houses_say_the_same_in_other_words():
    marl, vose = (HOUSES[name].clauses for name in ("marl", "vose"))
    assert list(marl) == list(vose)
    for kind in marl:
        slots = [set(re.findall(r"\{[\w:]+\}", house[kind].text)) for house in (marl, vose)]
        assert slots[0] == slots[1], kind
    said = [" ".join(one.text for one in contracts(20, house=h, seed=1)) for h in ("marl", "vose")]
    assert "shall" in said[0]
    assert "shall" not in said[1]


def test_what_is_written_is_read_again(tmp_path):
    write_documents(tmp_path / "marl", 12, house="marl", seed=1)
    write_drafts(tmp_path / "marl.jsonl", 12, house="marl", seed=1)
    read = read_conversations(tmp_path / "marl", "documents", Fields())
    fields = Fields(id="id", group="company", attributes=("category", "contract_type"))
    drafts = read_conversations(tmp_path / "marl.jsonl", "openai_chat", fields)
    assert not read.faults
    assert not drafts.faults
    assert sorted(one.answer for one in read.conversations) == sorted(
        one.answer for one in drafts.conversations
    )
    assert {one.group for one in read.conversations} == {one.group for one in drafts.conversations}


def test_clauses_of_different_matters_are_not_the_same(tmp_path):
    write_drafts(tmp_path / "d.jsonl", 40, house="vose", seed=1)
    read = read_conversations(tmp_path / "d.jsonl", "openai_chat", Fields(id="id", group="company"))
    said = ["\n".join(m.content for m in one.messages) for one in read.conversations]
    assert len(find_twins(said)) < 0.05 * len(said)


@HOUSE
def test_a_phrase_of_the_checklist_tells_its_clause_from_all_others(house, tmp_path):
    write_checklist(tmp_path / "checklist.yaml", house=house)
    checklist = yaml.safe_load((tmp_path / "checklist.yaml").read_text())
    assert list(checklist) == list(HOUSES[house].clauses)
    for one in contracts(30, house=house, seed=1):
        for part in one.parts:
            said = {kind for kind, (phrase,) in checklist.items() if phrase in part.text}
            assert said == {part.kind}


def test_labelled_contracts_have_each_clause_where_it_stands(tmp_path):
    write_labelled(tmp_path / "labelled.jsonl", 12, house="marl", seed=1)
    found = read_labelled(tmp_path / "labelled.jsonl", "company")
    for one, document in zip(contracts(12, house="marl", seed=1), found, strict=True):
        assert (document.text, document.group) == (one.text, one.company)
        assert list(document.clauses) == [part.kind for part in one.parts]
        assert all(piece in one.text for pieces in document.clauses.values() for piece in pieces)


def test_the_bank_has_gaps_where_something_was_agreed(tmp_path):
    write_bank(tmp_path / "bank.jsonl", house="marl")
    bank = [json.loads(line) for line in (tmp_path / "bank.jsonl").read_text().splitlines()]
    assert [line["category"] for line in bank] == list(HOUSES["marl"].clauses)
    assert "[FEE]" in bank[2]["text"]
    assert not any("{" in line["text"] for line in bank)
