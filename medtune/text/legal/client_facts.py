"""Names and sums of one client's matters in a draft for another."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from medtune.evaluation.language import WORD
from medtune.text.legal.amounts import amounts_of
from medtune.text.legal.markup import without_markup
from medtune.text.legal.share import Share

Key = tuple[str, ...]

SHARED = 3  # clients: what so many have is nobody's (a court, a currency's round sum)
SUFFIXES = frozenset({
    "inc", "incorporated", "llc", "ltd", "limited", "corp", "corporation", "co", "company", "plc",
    "lp", "llp", "gmbh", "ag", "kg", "sa", "nv", "bv", "sarl", "srl", "spa", "pty", "pte", "ab",
    "as", "oy",
})  # fmt: skip
# Words by which a contract calls its parties, whoever they are.
ROLES = frozenset({
    "party", "parties", "company", "customer", "client", "supplier", "vendor", "seller", "buyer",
    "purchaser", "licensor", "licensee", "lessor", "lessee", "landlord", "tenant", "distributor",
    "manufacturer", "consultant", "contractor", "provider", "employer", "employee", "lender",
    "borrower", "agent", "principal", "franchisor", "franchisee", "reseller", "owner", "user",
    "the", "of", "and", "each", "other", "you", "we", "us", "it", "recipient", "sponsor",
    "investor", "shareholder", "member", "partner", "affiliate", "affiliates", "service",
})  # fmt: skip
FIRM = re.compile(
    r"(?<![\w.-])(?:[A-Z0-9][\w&.'’-]{0,40},?[ ]){1,6}"
    r"(?:Inc|INC|LLC|L\.L\.C|Ltd|LTD|Limited|LIMITED|Corp|CORP|Corporation|CORPORATION|PLC|plc|"
    r"L\.P|LP|LLP|GmbH|AG|S\.A|SA|N\.V|NV|B\.V|BV)\b"
)


@dataclass(frozen=True)
class ForeignFacts:
    """What one draft tells of other clients, as it is written there.

    Attributes:
        names: parties of others' matters.
        amounts: sums of others' matters.
        empty: whether the draft has no words.
    """

    names: tuple[str, ...]
    amounts: tuple[str, ...]
    empty: bool

    @property
    def told(self) -> Share:
        """1 where the draft tells any; over drafts, the share that does. Less is better."""
        any_told = bool(self.names or self.amounts)
        return Share(any_told, 0 if self.empty else 1, "the draft has no words")


class ClientFacts:
    """The names and sums of the training matters, by client.

    Names are those given, and firms that the texts name by their legal form ("Alpha Labs, Inc.");
    sums are found in the texts. A name is known with or without its legal form. What ``SHARED``
    clients have, and what stands in the bank of approved clauses, is nobody's.

    It cannot see: people and places that are not given; sums in words or without a currency;
    facts that are told in other words. A common word that is a firm's name ("Apple") is taken for
    it wherever it has a capital; a round sum of a client may stand in a draft by chance. So what
    it finds is to be looked at, and what it does not find is not proven absent.

    Args:
        matters: texts by client.
        names: names by client, of parties and people.
        bank: approved clauses.
    """

    def __init__(
        self,
        matters: Mapping[str, Sequence[str]],
        names: Mapping[str, Iterable[str]] | None = None,
        bank: Sequence[str] = (),
    ) -> None:
        whose: dict[Key, set[str]] = defaultdict(set)
        sums: dict[str, set[str]] = defaultdict(set)
        for client, given in (names or {}).items():
            for name in given:
                for key in _keys(name):
                    whose[key].add(client)
        for client, texts in matters.items():
            for text in map(without_markup, texts):
                for at in FIRM.finditer(text):
                    for key in _keys(at[0]):
                        whose[key].add(client)
                for amount in amounts_of(text):
                    sums[amount].add(client)
        own = set().union(*(amounts_of(text) for text in bank))
        self._names = {key: clients for key, clients in whose.items() if len(clients) < SHARED}
        self._first: dict[str, int] = {}
        for key in self._names:
            self._first[key[0]] = max(len(key), self._first.get(key[0], 0))
        for text in bank:
            for key, _ in self._named(text):
                self._names.pop(key, None)
        self._amounts = {
            amount: clients
            for amount, clients in sums.items()
            if len(clients) < SHARED and amount not in own
        }

    def foreign(self, draft: str, client: str | None = None, given: str = "") -> ForeignFacts:
        """What a draft tells of others.

        Args:
            draft: one text.
            client: whose it is; what this client's matters have, too, is not foreign.
            given: the request: what it says was told by who asked.
        """
        text, asked = without_markup(draft), without_markup(given)
        told = {form for _, spelt in self._named(asked) for form in _keys(spelt)}
        names: dict[Key, str] = {}
        for key, spelt in self._named(text):
            if not told.intersection(_keys(spelt)) and client not in self._names[key]:
                names.setdefault(key, spelt)
        given_sums = amounts_of(asked)
        amounts = [
            spelt
            for amount, spelt in amounts_of(text).items()
            if amount not in given_sums
            and amount in self._amounts
            and client not in self._amounts[amount]
        ]
        return ForeignFacts(
            tuple(names.values()), tuple(amounts), not any(c.isalnum() for c in text)
        )

    def _named(self, text: str) -> Iterable[tuple[Key, str]]:
        """Known names in a text, the longest at each place, with a capital or a digit first."""
        said = [(at.start(), at.end(), at[0].casefold()) for at in WORD.finditer(text)]
        place = 0
        while place < len(said):
            start, _, first = said[place]
            most = self._first.get(first, 0) if not text[start].islower() else 0
            for size in range(min(most, len(said) - place), 0, -1):
                key = tuple(word for _, _, word in said[place : place + size])
                if key in self._names:
                    yield key, text[start : said[place + size - 1][1]]
                    break
            else:
                size = 1
            place += size


def _keys(name: str) -> list[Key]:
    """A name in small letters, with and without its legal form; none of a role or a small word."""
    said = WORD.findall(name.replace("’", "'"))
    whole = tuple(word.casefold() for word in said)
    short = whole
    while short and short[-1] in SUFFIXES:
        short = short[:-1]
    capital = any(not word[0].islower() for word in said)
    telling = bool(set(short) - ROLES) and sum(map(len, short)) > 2
    return list({whole, short}) if capital and telling else []
