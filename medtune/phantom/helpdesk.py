"""A simulated help desk: questions of made-up customers about a made-up product.

Nothing in it was written by a person who needed help. Intents differ in how often they are asked
and share words, so that some are told apart easily and some are not. Every question is a function
of (seed, number), whatever the others are.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from medtune.phantom.roster import random_for
from medtune.tables.schema import write_text

FIRST_DAY = date(2024, 1, 1)
DAYS = 600
SEVERAL = 0.3  # of the customers ask more than once
OPENINGS = ("", "Hello, ", "Hi there, ", "Good morning. ", "Please help: ", "Quick question, ")
CLOSINGS = ("", " Thanks.", " It is urgent.", " I have tried twice.", " Please advise.", " Cheers")
THINGS = ("Nimbus", "the Nimbus app", "my Nimbus", "your app", "the desktop client")
# intent: how often it is asked, its questions, and its answer; {thing} is one of THINGS
INTENTS: dict[str, tuple[float, tuple[str, ...], str]] = {
    "password_forgotten": (
        3.0,
        (
            "I forgot my password for {thing}.",
            "how do I reset the password of {thing}?",
            "{thing} does not accept my password any more",
            "cannot log in, the password is wrong",
        ),
        "Choose 'Forgotten password' on the sign-in page; the link that you get lasts an hour.",
    ),
    "account_locked": (
        1.5,
        (
            "my account is locked after too many tries",
            "{thing} says that my account was locked",
            "locked out of {thing}, cannot log in",
            "why was I locked out?",
        ),
        "The lock opens by itself after thirty minutes. After that sign in once more.",
    ),
    "invoice_copy": (
        2.0,
        (
            "where can I find the invoice for last month?",
            "I need a copy of an invoice for {thing}.",
            "please send me the invoice again",
            "our bookkeeping lacks an invoice",
        ),
        "All invoices lie under Account, Billing, Documents, as PDF.",
    ),
    "charged_twice": (
        1.0,
        (
            "I was charged twice for {thing}",
            "there are two payments for one invoice",
            "you took the money two times",
            "double payment on my card this month",
        ),
        "A second charge is a reservation, which lapses within five days. If not, send both dates.",
    ),
    "cancel_subscription": (
        1.5,
        (
            "how do I cancel {thing}?",
            "I want to end my subscription.",
            "please cancel the renewal next month",
            "stop my subscription for {thing}",
        ),
        "Under Account, Plan choose 'Do not renew'. It works until the month ends.",
    ),
    "sync_fails": (
        2.0,
        (
            "{thing} does not sync my files",
            "files are not the same on my two computers",
            "the sync stopped since the update",
            "sync error when I save in {thing}",
        ),
        "Sign out and in again on both devices, then choose 'Sync now'.",
    ),
    "update_fails": (
        1.0,
        (
            "the update of {thing} stops half way",
            "cannot install the new version",
            "update error since yesterday",
            "{thing} asks for an update again and again",
        ),
        "Close the app, remove the folder 'updates', and start the update by hand.",
    ),
    "share_folder": (
        1.0,
        (
            "how can I share a folder with a colleague?",
            "my team cannot see the folder in {thing}",
            "give somebody else access to my files",
            "share files from {thing}",
        ),
        "Open the folder, choose Share, and write the colleague's address.",
    ),
}
NONE_OF_OURS = "other"
STRANGE: tuple[str, ...] = (
    "what is the weather like tomorrow?",
    "do you sell bicycles too?",
    "my printer makes a noise",
    "who won the match yesterday?",
    "I am looking for a job at your company",
)
STRANGERS = 0.08  # share of questions that are none of these


@dataclass(frozen=True)
class Ticket:
    """One simulated conversation: who asked what when, what it was about, and the answer."""

    number: int
    customer: str
    day: date
    question: str
    intent: str
    answer: str


def tickets(count: int, *, seed: int) -> list[Ticket]:
    """So many tickets, in the order of their days.

    Args:
        count: how many.
        seed: another seed makes other ones.
    """
    made = [_ticket(number, seed) for number in range(count)]
    return sorted(made, key=lambda ticket: (ticket.day, ticket.number))


def write_questions(path: Path, count: int, *, seed: int) -> None:
    """Write a table of questions and their intents: ticket, customer, date, text, label."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(("ticket", "customer", "date", "text", "label"))
    for one in tickets(count, seed=seed):
        rows.writerow(
            (f"T{one.number:05d}", one.customer, one.day.isoformat(), one.question, one.intent)
        )
    write_text(out.getvalue(), path)


def write_conversations(path: Path, count: int, *, seed: int) -> None:
    """Write conversations as OpenAI's chat JSON lines, with id, customer and created."""
    lines = [
        json.dumps(
            {
                "id": f"T{one.number:05d}",
                "customer": one.customer,
                "created": one.day.isoformat(),
                "messages": [
                    {"role": "user", "content": one.question},
                    {"role": "assistant", "content": one.answer},
                ],
            }
        )
        for one in tickets(count, seed=seed)
        if one.answer
    ]
    write_text("".join(line + "\n" for line in lines), path)


def _ticket(number: int, seed: int) -> Ticket:
    draw = random_for(seed, "helpdesk", "ticket", number)
    customer = number
    if number and draw.random() < SEVERAL:
        customer = int(draw.integers(0, number))
    day = FIRST_DAY + timedelta(days=int(draw.integers(0, DAYS)))
    opening, closing = (words[draw.integers(len(words))] for words in (OPENINGS, CLOSINGS))
    if draw.random() < STRANGERS:
        intent, said, answer = NONE_OF_OURS, STRANGE[draw.integers(len(STRANGE))], ""
    else:
        weights = [weight for weight, _, _ in INTENTS.values()]
        intent = list(INTENTS)[draw.choice(len(weights), p=[w / sum(weights) for w in weights])]
        _, questions, answer = INTENTS[intent]
        said = questions[draw.integers(len(questions))].format(
            thing=THINGS[draw.integers(len(THINGS))]
        )
    reference = f" My number is {draw.integers(1000, 9999)}." if draw.random() < 0.5 else ""
    question = f"{opening}{said}{reference}{closing}"
    return Ticket(number, f"C{customer:05d}", day, question, intent, answer)
