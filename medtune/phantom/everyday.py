"""Simulated text about nothing in particular: what a small model learns to read and write from.

Paragraphs of made-up people, towns and firms; most are a question and its answer, which repeats
what was asked about. They have none of the terms of the simulated help desk, nor any run of five
words of it: what a model learns of the desk it does not know from here. Every paragraph is a
function of (seed, number).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from numpy.random import Generator

from medtune.phantom.roster import random_for
from medtune.tables.schema import write_text

QUESTIONS = 0.6  # of the paragraphs are questions and answers
ONCE_MORE = 0.4  # of those ask a second time
ONSETS = ("b", "br", "c", "d", "dr", "f", "g", "gr", "h", "k", "l", "m", "n", "p", "pl", "r", "s",
          "st", "t", "tr", "v", "w")  # fmt: skip
VOWELS = ("a", "e", "i", "o", "u", "ai", "ea", "oo", "y")
CODAS = ("", "", "n", "l", "r", "s", "t", "ck", "nd", "x", "ng", "m")
WORDS: dict[str, tuple[str, ...]] = {
    "who": (
        "the baker", "a teacher", "my sister", "the old clerk", "our neighbour", "the driver",
        "a young doctor", "the gardener", "his aunt", "the manager", "a colleague", "the team",
    ),
    "office": (
        "the library", "the bank", "the post office", "the station", "the school", "the museum",
        "the town hall", "the pharmacy", "the hotel", "the theatre", "the market", "the garage",
    ),
    "thing": (
        "the letter", "the ticket", "the box", "the key", "the list", "the book", "the picture",
        "the invoice", "the coat", "the payment", "the lamp", "the folder", "the form",
        "the parcel", "the file", "the password", "the account", "the address", "the copy",
    ),
    "machine": (
        "the oven", "the radio", "the washing machine", "the camera", "the lift", "the heater",
        "the kettle", "the computer", "the clock", "the phone", "the engine", "the device",
    ),
    "part": (
        "the lid", "the switch", "the cable", "the filter", "the handle", "the screen", "the hose",
        "the button", "the battery", "the wheel", "the menu", "the belt",
    ),
    "place": (
        "in the kitchen", "under the stairs", "on the shelf", "near the window", "at the door",
        "in the garden", "behind the house", "in the drawer", "on the first floor", "in the hall",
    ),
    "when": (
        "on Friday", "in the morning", "after dinner", "before noon", "in the evening",
        "next week", "at the end of the month", "last year", "every day", "since May",
    ),
    "month": ("January", "February", "March", "April", "May", "June", "July", "August", "October"),
    "count": ("two", "three", "four", "five", "six", "seven", "ten", "twenty", "thirty", "sixty"),
    "unit": ("minutes", "hours", "days", "weeks", "months", "years"),
    "how": ("slowly", "at once", "again", "by hand", "with care", "in time", "as always", "well"),
    "good": (
        "small", "new", "old", "heavy", "open", "clean", "full", "free", "late", "locked",
        "closed", "older", "changed",
    ),
    "did": (
        "found", "lost", "opened", "sent", "read", "moved", "bought", "changed", "wrote about",
        "asked for", "looked for", "carried", "kept", "left", "took", "forgot",
    ),
    "verb": ("Choose", "Open", "Remove", "Send", "Write down", "Look for", "Close", "Keep"),
    "why": (
        "it was late", "nobody had asked", "the rain had stopped", "the price was too high",
        "there was no room", "the road was closed", "they had no time", "it works again",
    ),
}  # fmt: skip
SENTENCES = (
    "{who} {did} {thing} {when}.",
    "{name} {did} {thing} {place}, because {why}.",
    "{name} says that {thing} is {good}.",
    "{office} of {town} is open {when}, and closed {when}.",
    "It takes {count} {unit} until {machine} is {good}.",
    "{name} and {name} went to {office} {when}.",
    "There were {count} of them {place}, and one was {good}.",
    "If {thing} is {good}, {who} sends it to {town} {how}.",
    "{who} has worked at {firm} for {count} {unit}.",
    "They did it {how}, and {name} {did} {thing} after that.",
    "For {count} {unit} nobody {did} {thing}.",
    "{machine} stood {place} for {count} {unit}, with '{label}' on it.",
)
ANSWERS = (  # a question and its answer, which are about the same
    (
        "Hello, {thing} is not here. It is from {firm}, number {code}.",
        "Look for {thing} of {firm} {place}. Number {code} is {good}.",
    ),
    (
        "When is {office} in {town} open? {name} has asked me.",
        "In {town}, {office} is open {when}. {name} may come in {month}.",
    ),
    (
        "{machine} does not work. The lamp says {code}. What can I do?",
        "With {code}, {part} is {good}. Turn {machine} off, press '{label}', and wait for "
        "{count} {unit}.",
    ),
    (
        "How long does it take to clean {machine}? We are in {town}.",
        "For {machine} it takes {count} {unit}. {verb} {part} first; {firm} in {town} does it too.",
    ),
    (
        "I have lost {thing}. My name is {name}, from {firm}.",
        "Thank you, {name}. {who} keeps {thing} of {firm} for {count} {unit}.",
    ),
    (
        "Why is {part} of {machine} so {good}? I bought it in {month}.",
        "In {month} that can be: {part} was {good}. Press '{label}', and clean {machine} {how}.",
    ),
    (
        "Please send {thing} to {town}. It was ordered by {firm} in {month}.",
        "All that {firm} ordered in {month} goes to {town} within {count} {unit}. {thing} is "
        "{good}.",
    ),
    (
        "I was at {office} {when}, and {thing} was {good}. {name}, {town}.",
        "Good day, {name}. In {town}, {who} can look at {thing} as long as {month} lasts.",
    ),
)
SAME = ("thing", "office", "machine", "part", "name", "town", "firm", "code", "month", "label",
        "count", "unit")  # in a question and in its answer  # fmt: skip
LETTER = re.compile(r"(^|[.?] |: |\n)([a-z])")


def paragraphs(count: int, *, seed: int) -> list[str]:
    """So many paragraphs.

    Args:
        count: how many.
        seed: another seed makes other ones.
    """
    return [_paragraph(number, seed) for number in range(count)]


def write_everyday(path: Path, count: int, *, seed: int) -> None:
    """Write paragraphs as a text file, apart by an empty line."""
    write_text("\n\n".join(paragraphs(count, seed=seed)) + "\n", path)


def _paragraph(number: int, seed: int) -> str:
    draw = random_for(seed, "everyday", "paragraph", number)
    if draw.random() < QUESTIONS:
        same = {kind: _word(draw, kind) for kind in SAME}
        rounds = 2 if draw.random() < ONCE_MORE else 1
        pairs = [ANSWERS[place] for place in draw.permutation(len(ANSWERS))[:rounds]]
        text = "\n".join(
            f"Question: {_filled(draw, asked, same)}\nAnswer: {_filled(draw, answered, same)}"
            for asked, answered in pairs
        )
    else:
        told = (SENTENCES[place] for place in draw.integers(len(SENTENCES), size=5))
        text = " ".join(_filled(draw, sentence, {}) for sentence in told)
    return LETTER.sub(lambda found: found[1] + found[2].upper(), text)


def _filled(draw: Generator, sentence: str, same: Mapping[str, str]) -> str:
    def word(found: re.Match[str]) -> str:
        return same.get(found[1]) or _word(draw, found[1])

    return re.sub(r"\{(\w+)\}", word, sentence)


def _word(draw: Generator, kind: str) -> str:
    return MADE_UP[kind](draw) if kind in MADE_UP else _one(draw, WORDS[kind])


def made_up_name(draw: Generator) -> str:
    """A name that nobody has."""
    parts = range(int(draw.integers(1, 4)))
    made = "".join(_one(draw, ONSETS) + _one(draw, VOWELS) + _one(draw, CODAS) for _ in parts)
    return made.capitalize()


def _code(draw: Generator) -> str:
    letters = "".join("ABCDEFGHKLMNPRSTVW"[place] for place in draw.integers(18, size=2))
    return f"{letters}-{draw.integers(10, 99)}"


def _label(draw: Generator) -> str:
    return f"{_one(draw, WORDS['verb'])} {made_up_name(draw).lower()}"


MADE_UP: Mapping[str, Callable[[Generator], str]] = {
    **dict.fromkeys(("name", "town", "firm"), made_up_name),
    "code": _code,
    "label": _label,
}


def _one(draw: Generator, words: tuple[str, ...]) -> str:
    return words[draw.integers(len(words))]
