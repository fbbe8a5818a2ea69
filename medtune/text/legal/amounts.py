"""Sums of money in a text, whatever way they are written."""

from __future__ import annotations

import re

SIGNS = {
    "$": "$", "us$": "$", "usd": "$", "dollars": "$", "dollar": "$", "€": "€", "eur": "€",
    "euros": "€", "euro": "€", "£": "£", "gbp": "£", "pounds": "£", "chf": "chf", "¥": "¥",
    "jpy": "¥", "yen": "¥", "₹": "₹", "inr": "₹", "rs": "₹", "rupees": "₹",
}  # fmt: skip
SCALES = {
    "thousand": 1e3, "k": 1e3, "million": 1e6, "mn": 1e6, "m": 1e6, "billion": 1e9, "bn": 1e9,
    "crore": 1e7, "lakh": 1e5,
}  # fmt: skip
NUMBER = r"\d{1,3}(?:[,.'’ ]\d{2,3}){1,6}(?:[.,]\d{1,2})?(?!\d)|\d{1,15}(?:[.,]\d{1,4})?(?!\d)"
SCALE = r"(?:[ -]?(?P<scale{0}>thousand|million|billion|crore|lakh|bn|mn|[kKmM])\b)?"
AMOUNT = re.compile(
    rf"(?:(?P<sign>US\$|[$€£¥₹]|\b(?:USD|EUR|GBP|CHF|JPY|INR|Rs)\b\.?)\s{{0,2}}(?P<number>{NUMBER})"
    + SCALE.format(1)
    + rf"|(?<![\w.,])(?P<number2>{NUMBER})"
    + SCALE.format(2)
    + r"\s{0,2}(?P<sign2>€|\b(?:USD|EUR|GBP|CHF|JPY|INR|(?i:dollars?|euros?|pounds|yen|rupees))\b))"
)


def amounts_of(text: str) -> dict[str, str]:
    """The sums of money in a text.

    ``$1,250,000``, ``USD 1.25 million`` and ``1.250.000,00 dollars`` are one. Numbers without a
    currency, percentages and sums in words are none.

    Returns:
        As first written, by currency and value.
    """
    found: dict[str, str] = {}
    for at in AMOUNT.finditer(text):
        sign = SIGNS[(at["sign"] or at["sign2"]).rstrip(".").casefold()]
        scale = SCALES.get((at["scale1"] or at["scale2"] or "").casefold(), 1.0)
        value = _value(at["number"] or at["number2"]) * scale
        found.setdefault(f"{sign} {value:.2f}", " ".join(at[0].split()))
    return found


def _value(number: str) -> float:
    """A number with marks for thousands and decimals, which differ from land to land."""
    marks = re.findall(r"\D", number)
    last = number.rpartition(marks[-1])[2] if marks else ""
    decimal = bool(marks) and marks[-1] in ".," and len(last) != 3 and marks.count(marks[-1]) == 1
    if not decimal:
        return float(re.sub(r"\D", "", number))
    whole = re.sub(r"\D", "", number[: -len(last) - 1])
    return float(f"{whole}.{last}")
