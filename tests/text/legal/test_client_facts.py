"""Names and sums of others, by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medtune.text.legal.amounts import amounts_of
from medtune.text.legal.client_facts import ClientFacts
from tests.text.legal.monotony import FEW, PIECES, within_seconds

MATTERS = {
    "alpha": ["Alpha Labs, Inc. pays $1,234,500 to Jane Roe. The fee is $100."],
    "beta": ["Beta GmbH (the “Supplier”) gets EUR 77.000,50. The fee is $100."],
    "gamma": ["A cap of $5 million holds. The fee is $100."],
}
NAMES = {"alpha": ["Jane Roe", "Company"], "gamma": ["Gamma"]}


def facts(**settings: object) -> ClientFacts:
    return ClientFacts(MATTERS, NAMES, **settings)


def test_a_draft_counted_by_hand():
    draft = (
        "Alpha Labs and BETA GMBH pay USD 1.2345 million; Jane  Roe and the Company pay $100 "
        "and 77,000.50 euros, gamma rays cost $5,000,000.00. Alpha Labs!"
    )
    found = facts().foreign(draft, "delta")
    assert found.names == ("Alpha Labs", "BETA GMBH", "Jane  Roe")
    assert found.amounts == ("USD 1.2345 million", "77,000.50 euros", "$5,000,000.00")
    assert found.told.mark == (1, 1)


def test_ones_own_are_not_foreign_nor_is_what_was_asked_for():
    draft = "Alpha Labs, Inc. pays $1,234,500 and $5 million; Gamma pays nothing."
    assert facts().foreign(draft, "alpha").amounts == ("$5 million",)
    assert facts().foreign(draft, "alpha").names == ("Gamma",)
    found = facts().foreign(draft, "alpha", given="Cap it at $5,000,000 for Gamma.")
    assert found.told.mark == (0, 1)


@pytest.mark.parametrize("asked", ["For Alpha Labs.", "For Alpha Labs, Inc., a company."])
@pytest.mark.parametrize("draft", ["Alpha Labs pays.", "Alpha Labs, Inc. pays."])
def test_a_name_that_was_asked_for_has_a_legal_form_or_none(asked: str, draft: str):
    assert facts().foreign(draft).told.mark == (1, 1)
    assert facts().foreign(draft, given=asked).told.mark == (0, 1)


def test_what_many_have_or_the_bank_has_is_nobodys():
    assert facts().foreign("It costs $100.").told.mark == (0, 1)
    clean = facts(bank=["Cap: USD 5,000,000, see Jane Roe and Gamma."])
    assert clean.foreign("Jane Roe and Gamma pay $5 million").told.mark == (0, 1)


@pytest.mark.parametrize("draft", ["", " \n", "***"])
def test_nothing_to_check_is_not_estimable(draft: str):
    share = facts().foreign(draft).told
    assert share.denominator == 0
    assert share.reason == "the draft has no words"


def test_no_matter_no_fact():
    assert ClientFacts({}).foreign("Alpha Labs, Inc. pays $5").told.mark == (0, 1)


def test_names_of_any_script():
    known = ClientFacts({}, {"a": ["Ærø Färgeri AB", "株式会社アルファ"]})
    found = known.foreign("ÆRØ FÄRGERI AB und 株式会社アルファ, ærø färgeri")
    assert found.names == ("ÆRØ FÄRGERI AB", "株式会社アルファ")


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("$1,250,000", "$ 1250000.00"),
        ("US$ 1.25 million", "$ 1250000.00"),
        ("1.250.000,00 dollars", "$ 1250000.00"),
        ("1,250 thousand dollars", "$ 1250000.00"),
        ("€ 3.000,5", "€ 3000.50"),
        ("3'000 CHF", "chf 3000.00"),
        ("CHF 3’000.20", "chf 3000.20"),
        ("Rs. 12,50,000", "₹ 1250000.00"),
        ("$5M", "$ 5000000.00"),
        ("$0.05", "$ 0.05"),
        ("£12.345", "£ 12345.00"),  # three digits after a mark are thousands
        ("EUR 10 000", "€ 10000.00"),
        ("$10, 20 days later", "$ 10.00"),
        ("$100. The", "$ 100.00"),
    ],
)
def test_sums_of_money(text: str, amount: str):
    assert list(amounts_of(f"He pays {text}")) == [amount]


@pytest.mark.parametrize(
    "text", ["5 %", "12 months", "Section 4.2", "$", "USD", "1,000", "", "ten dollars", "A$AP"]
)
def test_no_sums_of_money(text: str):
    assert amounts_of(text) == {}


@given(st.integers(0, 10**12))
def test_a_sum_is_one_however_it_is_written(cents: int):
    whole, rest = divmod(cents, 100)
    forms = [f"${whole:,}.{rest:02d}", f"{whole:,}".replace(",", ".") + f",{rest:02d} dollars"]
    assert {key for form in forms for key in amounts_of(form)} == {f"$ {cents / 100:.2f}"}


@pytest.mark.parametrize("piece", FEW)
def test_a_hundred_kilobytes_of_anything_take_seconds(piece: str):
    known = ClientFacts({"a": [piece]}, {"a": ["Aa " * 9, "A A"]})
    within_seconds(known.foreign, piece, 100_000)


@pytest.mark.slow
@pytest.mark.parametrize("piece", [*PIECES, "1,000", "1 000 ", "Aa, ", "Aa Inc "])
def test_a_megabyte_of_anything_takes_seconds(piece: str):
    within_seconds(lambda text: ClientFacts({"a": [text]}).foreign(text), piece, 1_000_000)
