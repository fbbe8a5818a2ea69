"""Simulated contracts between made-up companies, as two made-up law firms write them.

Every contract is a function of (seed, house, number), whatever the others are. A company has
several; its name and what it agreed stand in its own contracts only.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from numpy.random import Generator

from medtune.phantom.houses import CHECKLIST, HOUSES, House
from medtune.phantom.roster import random_for
from medtune.tables.schema import write_text

FIRST_DAY = date(2019, 3, 1)
DAYS = 1800
EACH = 4  # contracts of a company
OPTIONAL = 0.5  # of the clauses that the checklist does not ask for are there
MORE = 0.4  # of the clauses have a sentence besides what the house approved
BEGIN = ("Al", "Bran", "Cor", "Dun", "El", "Far", "Gren", "Hol", "Is", "Kel", "Lor", "Mar")
END = ("wick", "dale", "mere", "stow", "ridge", "holt", "combe", "worth", "by", "field")
TRADE = ("Foods", "Textiles", "Railways", "Paper", "Instruments", "Timber", "Glass", "Mills")
SUBJECT = (
    "repair of the warehouses", "translation of the manuals", "training of the staff",
    "cleaning of the offices", "design of the packaging", "survey of the sites",
    "carriage of the goods", "upkeep of the machines",
)  # fmt: skip
PLACES = ("Norland", "Estmark", "Sudreach", "Westhaven")  # nobody's law


@dataclass(frozen=True)
class Part:
    """One clause of one contract.

    Attributes:
        kind: which of the house's clauses.
        number: its own, from 1.
        heading, text: its words.
        request: what was asked for, with all that was agreed about it.
    """

    kind: str
    number: int
    heading: str
    text: str
    request: str


@dataclass(frozen=True)
class Contract:
    """One simulated contract.

    Attributes:
        name: its own.
        house: who wrote it.
        kind: of contract, as the checklist has it.
        company: the client, whose matter it is.
        day: when it was made.
        parts: its clauses.
    """

    name: str
    house: str
    kind: str
    company: str
    day: date
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        """The document, as Markdown."""
        house = HOUSES[self.house]
        lines = [house.title.format(kind=self.kind, day=f"{self.day:%d %B %Y}")]
        for part in self.parts:
            head = house.number.format(number=part.number, heading=part.heading)
            lines += ["", head, "", part.text]
        return "\n".join(lines) + "\n"


def contracts(count: int, *, house: str, seed: int) -> list[Contract]:
    """So many contracts of a house.

    Args:
        count: how many.
        house: marl or vose.
        seed: another seed makes other ones.
    """
    return [_contract(number, HOUSES[house], seed) for number in range(count)]


def write_documents(folder: Path, count: int, *, house: str, seed: int) -> None:
    """Write contracts as Markdown, a folder a company."""
    for one in contracts(count, house=house, seed=seed):
        write_text(one.text, folder / one.company / f"{one.name}.md")


def write_drafts(path: Path, count: int, *, house: str, seed: int) -> None:
    """Write each clause as an OpenAI chat line: the request, and the clause that answers it.

    Beside ``messages`` each has id, contract_id, company, house, contract_type and category.
    """
    lines = [
        json.dumps(
            {
                "id": f"{one.name}-{part.number}",
                "contract_id": one.name,
                "company": one.company,
                "house": one.house,
                "contract_type": one.kind,
                "category": part.kind,
                "messages": [
                    {"role": "user", "content": part.request},
                    {"role": "assistant", "content": part.text},
                ],
            }
        )
        for one in contracts(count, house=house, seed=seed)
        for part in one.parts
    ]
    write_text("".join(line + "\n" for line in lines), path)


def write_labelled(path: Path, count: int, *, house: str, seed: int) -> None:
    """Write contracts with their clauses by kind, as JSON lines: company, text and clauses."""
    lines = [
        json.dumps(
            {
                "company": one.company,
                "text": one.text,
                "clauses": {part.kind: [part.text] for part in one.parts},
            }
        )
        for one in contracts(count, house=house, seed=seed)
    ]
    write_text("".join(line + "\n" for line in lines), path)


def write_checklist(path: Path, *, house: str) -> None:
    """Write the house's checklist as YAML: for each kind of clause a phrase that tells it."""
    lines = [
        f"{kind}: [{json.dumps(clause.phrase)}]\n" for kind, clause in HOUSES[house].clauses.items()
    ]
    write_text("".join(lines), path)


def write_bank(path: Path, *, house: str) -> None:
    """Write the house's approved clauses as JSON lines: category, heading and text.

    What is agreed each time stands in brackets: [FEE].
    """
    lines = []
    for kind, clause in HOUSES[house].clauses.items():
        text = re.sub(r"\{(?:to:)?(\w+)\}", lambda found: f"[{found[1].upper()}]", clause.text)
        line = {"category": kind, "heading": clause.heading, "text": text, "house": house}
        lines.append(json.dumps(line))
    write_text("".join(line + "\n" for line in lines), path)


def _contract(number: int, house: House, seed: int) -> Contract:
    company = _company(seed, house.name, number // EACH)
    draw = random_for(seed, "contracts", house.name, number)
    kind = _one(draw, tuple(CHECKLIST))
    there = [
        name for name in house.clauses
        if name in CHECKLIST[kind] or draw.random() < OPTIONAL
    ]  # fmt: skip
    day = FIRST_DAY + timedelta(days=int(draw.integers(DAYS)))
    agreed = _agreed(draw, company, kind, day)
    parts = []
    for place, name in enumerate(there, start=1):
        clause = house.clauses[name]
        text = clause.text
        if draw.random() < MORE:
            text += " " + clause.more
        told = re.findall(r"\{(\w+)\}", text)
        request = f"Draft the clause '{clause.heading}' of a {kind}."
        request += "".join(f" {word.capitalize()}: {agreed[word]}." for word in told)
        request += "".join(
            f" {word.capitalize()} is number {there.index(word) + 1}."
            for word in dict.fromkeys(re.findall(r"\{to:(\w+)\}", text))
            if word in there
        )
        parts.append(
            Part(name, place, clause.heading, _written(text, house, there, agreed), request)
        )
    return Contract(f"{house.name}-{number:04d}", house.name, kind, company, day, tuple(parts))


def _written(text: str, house: House, there: list[str], agreed: dict[str, str]) -> str:
    """A clause with what was agreed, and with the numbers of the clauses that it names."""
    named = re.sub(
        r"\{to:(\w+)\}",
        lambda found: house.to.format(number=there.index(found[1]) + 1),
        text,
    )
    return named.format(**agreed)


def _agreed(draw: Generator, company: str, kind: str, day: date) -> dict[str, str]:
    """What the two companies agreed upon, by the names that clauses have for it."""
    numbers = {
        "weeks": draw.integers(4, 40), "days": draw.integers(2, 10) * 7,
        "years": draw.integers(2, 9), "notice": draw.integers(1, 10) * 14,
        "secret": draw.integers(2, 8), "served": draw.integers(2, 16),
    }  # fmt: skip
    return {
        **{name: str(number) for name, number in numbers.items()},
        "start": f"{day + timedelta(days=int(draw.integers(1, 90))):%d %B %Y}",
        "client": company,
        "supplier": f"{_one(draw, BEGIN)}{_one(draw, END)} {kind.split()[0]}",
        "subject": _one(draw, SUBJECT),
        "fee": f"{int(draw.integers(10, 999)) * 100:,} crowns",
        "period": _one(draw, ("month", "quarter", "year")),
        "interest": f"{int(draw.integers(2, 9))} %",
        "cap": f"{int(draw.integers(5, 99)) * 10_000:,} crowns",
        "place": _one(draw, PLACES),
    }


def _company(seed: int, house: str, number: int) -> str:
    """The client of four contracts; two of them may bear one name only by their numbers."""
    draw = random_for(seed, "contracts", house, "company", number)
    return f"{_one(draw, BEGIN)}{_one(draw, END)} {_one(draw, TRADE)} {number + 1}"


def _one(draw: Generator, words: tuple[str, ...]) -> str:
    return words[draw.integers(len(words))]
