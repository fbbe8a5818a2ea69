"""Terms that a draft uses and defines, counted by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medtune.text.legal.defined_terms import defined_terms
from medtune.text.legal.definitions import definitions_of
from tests.text.legal.monotony import FEW, PIECES, within_seconds

DRAFT = """\
SUPPLY AGREEMENT

This Supply Agreement (the "Agreement") is made between Alpha GmbH ("Supplier") and Beta Ltd.
(hereinafter referred to as “Customer”).

1. "Goods" means what the Supplier sells. "Fee" and "Charge" have the meaning given in Exhibit A.
2. The Supplier delivers the Goods and a Statement of Work to the Customer in March.
(a) Fees are due at the Delivery Date. Delivery Dates are set by the customer.
"""


def test_a_draft_counted_by_hand():
    found = defined_terms(DRAFT, names=["Alpha GmbH", "Beta Ltd"])
    assert found.defined == ("Agreement", "Supplier", "Customer", "Goods", "Fee", "Charge")
    # "Supply Agreement" is a run of an unknown word and a defined term
    assert found.used == (
        "Supply", "Agreement", "Supplier", "Goods", "Statement of Work", "Customer",
        "Fees", "Delivery Date",
    )  # fmt: skip
    assert found.undefined == ("Supply", "Statement of Work", "Delivery Date")
    assert found.unused == ("Charge",)
    assert found.used_are_defined.mark == (5, 8)
    assert found.defined_are_used.mark == (5, 6)


def test_what_is_defined_elsewhere_is_allowed():
    found = defined_terms(DRAFT, allowed=["Delivery Dates", "Statement of Work", "Supply"])
    assert found.undefined == ("Alpha GmbH", "Beta Ltd")
    assert "Delivery Date" in found.used


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ('"Affiliate" means a company', ["Affiliate"]),
        ("“Affiliate” shall mean a company", ["Affiliate"]),
        ('"Affiliate" (for a Party) has the meaning given below', ["Affiliate"]),
        ('"A Term", "B Term" or "C Term" means', ["A Term", "B Term", "C Term"]),
        ('Alpha (together with Beta, the "Sellers" and each a "Seller")', ["Sellers", "Seller"]),
        ("hereinafter called „Vendor“", ["Vendor"]),
        ("Affiliate means a company", ["Affiliate"]),
        ("- Net Sales means a sum", ["Net Sales"]),
        ("(b) Net Sales shall mean a sum", ["Net Sales"]),
        ('the word "Beta" stands on the cover', []),
        ('we ("we" or "us")', []),
        ("It means nothing. This means nothing", []),
        ('(see above). The "Premises" are large', []),
        ('an "unclosed quotation and (a bracket', []),
        ("", []),
    ],
)
def test_where_terms_are_defined(text: str, terms: list[str]):
    assert [place.term for place in definitions_of(text)] == terms


def test_markup_is_not_in_the_way():
    found = defined_terms(
        '1. <span id="1.1">**"Order Form"**</span> means a page.\nAn **Order** it'
    )
    assert found.defined == ("Order Form",)
    assert found.unused == ("Order Form",)


@pytest.mark.parametrize("draft", ["", " \n\t", "no capital in the midst of it.", "1234 !!"])
def test_nothing_to_check_is_not_estimable(draft: str):
    found = defined_terms(draft)
    assert found.used_are_defined.denominator == 0
    assert found.used_are_defined.reason == "the draft uses no Capitalised Term"
    assert found.defined_are_used.reason == "the draft defines no term"


def test_a_sentence_or_a_reference_lends_no_capital():
    found = defined_terms("Nothing here. Either way: All is well; see Section 4 and Exhibit B.")
    assert found.used == ()


def test_other_alphabets_and_accents():
    found = defined_terms("der „Käufer“ (der „Käufer“) zahlt, dann liefert Käufer’s Bote Ärger aus")
    assert found.defined == ("Käufer",)
    assert found.unused == ()
    assert "Bote Ärger" in found.undefined


@given(st.text(alphabet='Aab "“”()\n.,;1means', max_size=80))
def test_shares_are_shares(text: str):
    found = defined_terms(text)
    for share in (found.used_are_defined, found.defined_are_used):
        assert 0 <= share.numerator <= share.denominator
    assert set(found.undefined) <= set(found.used)
    assert set(found.unused) <= set(found.defined)


@given(st.lists(st.sampled_from(["Gross Fee", "Net Fee", "Licence", "Work Order"]), min_size=1))
def test_a_definition_more_mends_exactly_its_term(terms: list[str]):
    body = "".join(f"we pay the {term} now.\n" for term in terms)
    before = defined_terms(body)
    after = defined_terms(f'"{terms[0]}" means much.\n' + body)
    assert set(before.undefined) - set(after.undefined) == {terms[0]}
    assert after.used_are_defined.numerator == 1


@pytest.mark.parametrize("piece", FEW)
def test_a_hundred_kilobytes_of_anything_take_seconds(piece: str):
    within_seconds(defined_terms, piece, 100_000)


@pytest.mark.slow
@pytest.mark.parametrize("piece", PIECES)
def test_a_megabyte_of_anything_takes_seconds(piece: str):
    within_seconds(defined_terms, piece, 1_000_000)
