"""Two made-up law firms, each with its own words for the same clauses.

Nobody signed anything of this. *marl* writes as it always did ("shall", "hereof"); *vose* writes
plainly. What a clause says hangs on what was agreed, so that a draft can be right or wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Clause:
    """One kind of clause in a house's words.

    Attributes:
        heading: its title.
        phrase: words of its text that no other clause has.
        text: as the house approved it; {client}, {fee} ... stand for what was agreed, {to:fees}
            for the number of another clause.
        more: a sentence that some contracts have besides.
    """

    heading: str
    phrase: str
    text: str
    more: str


@dataclass(frozen=True)
class House:
    """A law firm.

    Attributes:
        name: of the house.
        title: of a contract, with {kind}.
        number: how a clause is numbered, with {number} and {heading}.
        to: how another clause is named, with {number}.
        clauses: by kind, in the order in which they stand.
    """

    name: str
    title: str
    number: str
    to: str
    clauses: Mapping[str, Clause]


MARL = House(
    "marl",
    "# {kind} made on {day}",
    "{number}. {heading}",
    "Section {number} hereof",
    {
        "definitions": Clause(
            "Interpretation",
            "is referred to as",
            'In this Agreement, {client} is referred to as the "Client", {supplier} as the '
            '"Contractor", and the works described in {to:services} as the "Works". The sums '
            'payable pursuant to {to:fees} are the "Remuneration".',
            "Headings are for convenience only and shall not affect the construction hereof.",
        ),
        "services": Clause(
            "Performance of the Works",
            "shall perform the",
            "The Contractor shall perform the {subject} for the Client with due skill and care, "
            "and shall complete the Works not later than {weeks} weeks from the date hereof.",
            "The Contractor shall at its own expense make good any defect in the Works.",
        ),
        "fees": Clause(
            "Remuneration",
            "shall pay to the Contractor",
            "In consideration of the Works the Client shall pay to the Contractor the "
            "Remuneration of {fee} per {period}, within {days} days of receipt of an invoice.",
            "Any Remuneration overdue shall bear interest at the rate of {interest} per annum.",
        ),
        "term": Clause(
            "Duration",
            "shall commence on",
            "This Agreement shall commence on {start} and shall continue in force for {years} "
            "years, unless determined earlier in accordance with {to:termination}.",
            "It may be renewed by the written consent of the Client and the Contractor.",
        ),
        "termination": Clause(
            "Determination",
            "may determine this Agreement",
            "Either party may determine this Agreement by giving to the other not less than "
            "{notice} days' notice in writing. Remuneration accrued under {to:fees} shall remain "
            "payable within {days} days.",
            "Upon determination the Contractor shall deliver up all materials of the Client.",
        ),
        "confidentiality": Clause(
            "Secrecy",
            "shall keep secret",
            "Each party shall keep secret all information received from the other in connection "
            "herewith, and shall not disclose the same for {secret} years following the "
            "determination hereof; papers shall be returned within {days} days.",
            "The foregoing shall not apply to information lawfully in the public domain.",
        ),
        "liability": Clause(
            "Limitation of Liability",
            "aggregate liability of the Contractor",
            "The aggregate liability of the Contractor arising hereunder shall not exceed {cap}, "
            "save that nothing in {to:liability} shall limit liability for fraud. Claims shall be "
            "brought within {years} years.",
            "Neither party shall be liable for any loss of profit howsoever arising.",
        ),
        "assignment": Clause(
            "Assignment",
            "shall not assign the benefit",
            "The Contractor shall not assign the benefit of this Agreement without the prior "
            "written consent of the Client, which shall be requested {notice} days beforehand and "
            "shall be deemed refused after {weeks} weeks.",
            "Any purported assignment in breach hereof shall be void.",
        ),
        "notices": Clause(
            "Notices",
            "deemed served",
            "Any notice hereunder shall be in writing and shall be deemed served {served} days "
            "after posting to the registered office of the Client or the Contractor. A change "
            "thereof shall be notified within {days} days.",
            "Notices by electronic mail shall not suffice.",
        ),
        "law": Clause(
            "Proper Law",
            "governed by the laws",
            "This Agreement shall be governed by the laws of {place}, and the parties submit to "
            "the courts thereof if a dispute is not settled within {weeks} weeks of a notice "
            "under {to:termination}.",
            "A dispute under {to:fees} shall first be referred to an expert.",
        ),
    },
)
VOSE = House(
    "vose",
    "# {kind}, {day}",
    "{number}. {heading}",
    "clause {number}",
    {
        "definitions": Clause(
            "What Our Words Mean",
            'is the "Customer"',
            '{client} is the "Customer". {supplier} is the "Supplier". The "Job" is what {to:'
            'services} describes. The "Charges" are what {to:fees} says.',
            "Headings only help the reader.",
        ),
        "services": Clause(
            "The Job",
            "will do the",
            "The Supplier will do the {subject} well and with care. The Job will be done within "
            "{weeks} weeks of the day at the top.",
            "If something is wrong with the Job, the Supplier puts it right and pays for that.",
        ),
        "fees": Clause(
            "Charges",
            "pays the Charges",
            "The Customer pays the Charges of {fee} a {period}. They are due {days} days after "
            "the invoice comes.",
            "Who pays late owes {interest} interest a year.",
        ),
        "term": Clause(
            "How Long It Lasts",
            "This contract lasts",
            "This contract lasts {years} years from {start}, unless somebody ends it under "
            "{to:termination}.",
            "The Customer and the Supplier can renew it in writing.",
        ),
        "termination": Clause(
            "Ending It",
            "can end this contract",
            "Either side can end this contract with {notice} days' notice in writing. Charges "
            "that are due under {to:fees} still have to be paid within {days} days.",
            "The Supplier then gives back what belongs to the Customer.",
        ),
        "confidentiality": Clause(
            "Secrets",
            "keeps what it learns",
            "Each side keeps what it learns of the other to itself, and goes on doing so for "
            "{secret} years after the end. Papers go back within {days} days.",
            "What everybody knows is no secret.",
        ),
        "liability": Clause(
            "Who Pays for Damage",
            "at most, whatever happens",
            "The Supplier pays {cap} at most, whatever happens. For fraud there is no limit in "
            "{to:liability}. Claims have to be made within {years} years.",
            "Nobody pays for profit that the other side lost.",
        ),
        "assignment": Clause(
            "Handing It On",
            "cannot hand this contract on",
            "The Supplier cannot hand this contract on unless the Customer agrees in writing. "
            "The Customer is asked {notice} days before; no answer within {weeks} weeks is a no.",
            "Handing it on without that has no effect.",
        ),
        "notices": Clause(
            "Letters",
            "counts as read",
            "Letters have to be in writing. One counts as read {served} days after it was posted "
            "to the office of the Customer or the Supplier. Who moves says so within {days} days.",
            "E-mail is not enough.",
        ),
        "law": Clause(
            "Law",
            "Its courts decide",
            "The law of {place} applies. Its courts decide what is not settled within {weeks} "
            "weeks of a letter under {to:termination}.",
            "About {to:fees} an expert is asked first.",
        ),
    },
)
HOUSES = {house.name: house for house in (MARL, VOSE)}
# what each kind of contract must have; the other clauses are in some of them
CHECKLIST = {
    "Services Agreement": (
        "definitions", "services", "fees", "termination", "liability", "law",
    ),
    "Consulting Agreement": (
        "definitions", "services", "fees", "term", "termination", "confidentiality", "law",
    ),
    "Maintenance Agreement": (
        "definitions", "services", "fees", "term", "termination", "notices", "liability",
    ),
}  # fmt: skip
