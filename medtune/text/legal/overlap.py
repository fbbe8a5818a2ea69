"""What a draft shares verbatim: with the approved clauses (wanted), with other clients' matters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from medtune.text.legal.share import Share
from medtune.text.legal.verbatim import Collection, word_hashes

SIZE = 8  # words of a run: shorter ones are the language's


@dataclass(frozen=True)
class Overlap:
    """The runs of one draft, see ``Overlaps.of``.

    Attributes:
        runs: runs of ``SIZE`` words that the draft has.
        wanted: those that stand in the approved bank of clauses.
        forbidden: those in matters of others, and not in the bank.
        longest: words of the longest piece, none of whose runs is in the bank, that stands
            verbatim in another's matter; 0 where there is none of ``SIZE`` words.
        size: words of a run.
    """

    runs: int
    wanted: int
    forbidden: int
    longest: int
    size: int = SIZE

    @property
    def with_bank(self) -> Share:
        """Share of runs that the house approved; more is better where clauses are to be kept."""
        return Share(self.wanted, self.runs, self._nothing)

    @property
    def with_others(self) -> Share:
        """Share of runs that are another client's; less is better."""
        return Share(self.forbidden, self.runs, self._nothing)

    @property
    def _nothing(self) -> str:
        return f"the draft has fewer than {self.size} words"


class Overlaps:
    """The bank and the matters, read once.

    "Keeps the firm's precedents" and "tells a client's facts" are one statistic on two sets of
    texts, and are reported apart.

    It cannot see: what is told in other words, or with a word changed in every eight; whether
    what is shared is a secret (phrases of the trade that are not in the bank count as another's);
    numbers and names alone, for which see ``client_facts``.

    Args:
        bank: approved clauses, of nobody in particular.
        matters: texts of training matters by client.
        size: words of a run.
    """

    def __init__(
        self, bank: Sequence[str], matters: Mapping[str, Sequence[str]], *, size: int = SIZE
    ) -> None:
        self._size = size
        self._number = {client: number for number, client in enumerate(matters)}
        self._bank = Collection(bank, [0] * len(bank), size)
        told = [(text, self._number[client]) for client, texts in matters.items() for text in texts]
        self._matters = Collection([text for text, _ in told], [one for _, one in told], size)

    def of(self, draft: str, client: str | None = None) -> Overlap:
        """The overlap of a draft.

        Args:
            draft: one text.
            client: whose it is: this client's own matters do not count; None: all do.
        """
        said = word_hashes(draft)
        own = None if client is None else self._number.get(client)
        wanted = self._bank.holds(said)
        forbidden = self._matters.holds(said, own) & ~wanted
        return Overlap(
            len(wanted),
            int(np.count_nonzero(wanted)),
            int(np.count_nonzero(forbidden)),
            self._matters.longest(said, ~wanted, own),
            self._size,
        )
