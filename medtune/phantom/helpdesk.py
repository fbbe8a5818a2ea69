"""A simulated help desk: questions of made-up customers about a made-up product.

Nothing in it was written by a person who needed help. Intents differ in how often they are asked
and share words, so that some are told apart easily and some are not. Every ticket is a function
of (seed, number), whatever the others are.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from numpy.random import Generator

from medtune.phantom.everyday import made_up_name
from medtune.phantom.product import (
    AGAIN,
    CODES,
    INTENTS,
    MONTHS,
    NONE_OF_OURS,
    NOT_OURS,
    PLANS,
    PLATFORMS,
    STRANGE,
    THINGS,
    UNCLEAR,
)
from medtune.phantom.roster import random_for
from medtune.tables.schema import write_text

FIRST_DAY = datetime(2024, 1, 1, 8)
DAYS, MINUTES = 600, 600  # in which is written, and of a day
SEVERAL = 0.3  # of the customers ask more than once
STRANGERS = 0.08  # share of questions that are none of these
VAGUE = 0.15  # of the others may be about either of two things
ONCE_MORE = 0.35  # of the others are not helped by the first answer
SAY_SO = 0.25  # of those who are helped in the end say it: marks of what was solved are rare
OPENINGS = ("", "Hello, ", "Hi there, ", "Good morning. ", "Please help: ", "Quick question, ")
CLOSINGS = ("", " Thanks.", " It is urgent.", " I have tried twice.", " Please advise.", " Cheers")
WHEN = ("On Monday", "After lunch", "Last night", "This week", "On my way home", "Yesterday")
DID = (
    "I moved to another office",
    "I bought a new laptop",
    "a colleague left the team",
    "we had no power for an hour",
    "I changed my phone",
    "I worked from a train",
    "we hired two people",
    "I came back from holiday",
    "my desk was moved",
    "I wrote a long report",
)
GREETINGS = ("Hello. ", "Thank you for asking. ", "Good day. ")
CASE = "This is about number {number}. "  # where the customer gave one
THANKS = "Thanks, that worked."


@dataclass(frozen=True)
class Turn:
    """One message: who wrote it when, and whether it solved the matter, as the customer said."""

    role: str
    said: str
    time: datetime
    solution: bool = False


@dataclass(frozen=True)
class Ticket:
    """One simulated conversation.

    Attributes:
        number: its own.
        customer: who asked.
        question: what was asked, in a sentence.
        intent: what it was about.
        plan, platform: what the customer has.
        turns: all that was said, the last one an answer or the customer's thanks.
    """

    number: int
    customer: str
    question: str
    intent: str
    plan: str
    platform: str
    turns: tuple[Turn, ...]

    @property
    def time(self) -> datetime:
        """When it began."""
        return self.turns[0].time

    @property
    def name(self) -> str:
        """As the help desk names it."""
        return f"T{self.number:05d}"

    @property
    def solved(self) -> bool:
        """Whether the customer said so."""
        return any(turn.solution for turn in self.turns)


def tickets(count: int, *, seed: int) -> list[Ticket]:
    """So many tickets, in the order of their times.

    Args:
        count: how many.
        seed: another seed makes other ones.
    """
    made = [_ticket(number, seed) for number in range(count)]
    return sorted(made, key=lambda ticket: (ticket.time, ticket.number))


def write_questions(path: Path, count: int, *, seed: int) -> None:
    """Write a table of questions and their intents: ticket, customer, date, text, label."""
    rows = [("ticket", "customer", "date", "text", "label")]
    rows += [
        (one.name, one.customer, one.time.date().isoformat(), one.question, one.intent)
        for one in tickets(count, seed=seed)
    ]
    _write_table(rows, path)


def write_conversations(path: Path, count: int, *, seed: int) -> None:
    """Write conversations as OpenAI's chat JSON lines.

    Beside ``messages``, of which the answer that solved the matter is marked, each has id,
    customer, created, intent, plan and solved (yes, or unknown).
    """
    lines = [
        json.dumps(
            {
                "id": one.name,
                "customer": one.customer,
                "created": one.time.isoformat(),
                "intent": one.intent,
                "plan": one.plan,
                "solved": "yes" if one.solved else "unknown",
                "messages": [
                    {"role": turn.role, "content": turn.said}
                    | ({"solution": True} if turn.solution else {})
                    for turn in one.turns
                ],
            }
        )
        for one in tickets(count, seed=seed)
    ]
    write_text("".join(line + "\n" for line in lines), path)


def write_export(path: Path, count: int, *, seed: int) -> None:
    """Write the same conversations as a help desk exports them, one row a message, as Zendesk does.

    Beside the messages stand private notes of the agents, which no customer saw.
    """
    rows = [
        ("ticket_id", "requester_id", "author_role", "created_at", "public", "plain_body", "plan")
    ]
    for one in tickets(count, seed=seed):
        for turn in one.turns:
            role = "agent" if turn.role == "assistant" else "end-user"
            when = turn.time.isoformat()
            rows.append((one.name, one.customer, role, when, "true", turn.said, one.plan))
        if one.intent == NONE_OF_OURS:
            when = one.turns[-1].time.isoformat()
            rows.append((one.name, one.customer, "agent", when, "false", "Not ours.", one.plan))
    _write_table(rows, path)


def _write_table(rows: Sequence[tuple[str, ...]], path: Path) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    write_text(out.getvalue(), path)


def _ticket(number: int, seed: int) -> Ticket:
    draw = random_for(seed, "helpdesk", "ticket", number)
    customer = number
    if number and draw.random() < SEVERAL:
        customer = int(draw.integers(0, number))
    minutes = int(draw.integers(DAYS)) * 24 * 60 + int(draw.integers(MINUTES))
    opening, closing = _one(draw, OPENINGS), _one(draw, CLOSINGS)
    if draw.random() < STRANGERS:
        intent, said = NONE_OF_OURS, _one(draw, STRANGE)
    else:
        weights = [each.weight for each in INTENTS.values()]
        intent = list(INTENTS)[draw.choice(len(weights), p=[w / sum(weights) for w in weights])]
        vague = draw.random() < VAGUE
        questions = UNCLEAR[intent] if vague else INTENTS[intent].questions
        said = _one(draw, questions).format(thing=_one(draw, THINGS))
    given = str(draw.integers(1000, 9999)) if draw.random() < 0.5 else ""
    reference = f" My number is {given}." if given else ""
    question = f"{opening}{said}{reference}{closing}"
    plan, platform = _one(draw, tuple(PLANS)), _one(draw, tuple(PLATFORMS))
    turns = _turns(draw, question, intent, given, plan, platform)
    start = FIRST_DAY + timedelta(minutes=minutes)
    timed = tuple(
        Turn(role, text, start + timedelta(minutes=13 * place), solution)
        for place, (role, text, solution) in enumerate(turns)
    )
    return Ticket(number, f"C{customer:05d}", question, intent, plan, platform, timed)


def _turns(
    draw: Generator, question: str, intent: str, given: str, plan: str, platform: str
) -> list[tuple[str, str, bool]]:
    """Role, words and whether they solved it, of all that is said."""
    code, month = _one(draw, tuple(CODES)), _one(draw, MONTHS)
    cause, remedy = CODES[code]
    told = {
        **vars(PLANS[plan]), **vars(PLATFORMS[platform]), "plan": plan, "platform": platform,
        "code": code, "cause": cause, "remedy": remedy, "month": month,
        "folder_name": made_up_name(draw),
    }  # fmt: skip
    story = f"{_one(draw, WHEN)} {_one(draw, DID)}."
    use = f"We have {plan} on {platform}."
    ours = intent != NONE_OF_OURS
    detail = INTENTS[intent].detail.format(**told) if ours else ""
    order = [story, use] if draw.random() < 0.5 else [use, story]
    sentence = question if question.endswith((".", "?")) else question + "."
    asked = " ".join(part for part in (sentence, *order, detail) if part)
    greeting = _one(draw, GREETINGS) + (CASE.format(number=given) if given else "")
    first = greeting + (INTENTS[intent].answer if ours else NOT_OURS).format(**told)
    again, helped = draw.random() < ONCE_MORE, draw.random() < SAY_SO
    complaint, second = AGAIN[draw.integers(len(AGAIN))]
    turns = [("user", asked, False), ("assistant", first, False)]
    if ours and again:
        turns += [("user", complaint, False), ("assistant", second.format(**told), False)]
    if ours and helped:
        role, said, _ = turns.pop()
        turns += [(role, said, True), ("user", THANKS, False)]
    return turns


def _one(draw: Generator, words: tuple[str, ...]) -> str:
    return words[draw.integers(len(words))]
