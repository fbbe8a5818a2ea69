"""Conversations as batches of tokens: several in a row to learn from, one a row to be judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from medtune.learning.task import Batch, Draw
from medtune.text.packing import full_rows
from medtune.text.store import Stored
from medtune.text.template import Tokens

NOT_JUDGED = -100
# Of an empty place, which nobody looks at; unlike a tokenizer's own, the model always has it.
EMPTY = 0


@dataclass(frozen=True)
class Rows:
    """Tokens in rows of one length.

    Attributes:
        inputs: int64 (B, T).
        targets: int64 (B, T): the token after each, ``NOT_JUDGED`` where it is not learnt.
        positions: int64 (B, T), from 0 again where another conversation begins.
        useful: how many places hold a token.
    """

    inputs: torch.Tensor
    targets: torch.Tensor
    positions: torch.Tensor
    useful: int


def rows_of(conversations: Sequence[Sequence[Tokens]], pad: int = EMPTY) -> Rows:
    """Rows of one conversation or several each.

    What follows the last token of a conversation is not a target, so that none is asked to guess
    how the next one begins. Empty places at the end of a row go on with its last conversation,
    which does not see what comes after: a row of one conversation needs no mask, and attention
    without one is faster.

    Args:
        conversations: row by row.
        pad: the token of an empty place.
    """
    lengths = [sum(len(tokens.ids) for tokens in row) for row in conversations]
    shape = (len(conversations), max(lengths))
    inputs = np.full(shape, pad, dtype=np.int64)
    targets = np.full(shape, NOT_JUDGED, dtype=np.int64)
    positions = np.zeros(shape, dtype=np.int64)
    for number, row in enumerate(conversations):
        at = begin = 0
        for tokens in row:
            begin, end = at, at + len(tokens.ids)
            inputs[number, at:end] = tokens.ids
            targets[number, at : end - 1] = np.where(tokens.learnt[1:], tokens.ids[1:], NOT_JUDGED)
            positions[number, at:end] = np.arange(end - at)
            at = end
        positions[number, at:] = np.arange(at, shape[1]) - begin
    return Rows(
        torch.from_numpy(inputs), torch.from_numpy(targets), torch.from_numpy(positions),
        sum(lengths),
    )  # fmt: skip


def packed(conversations: Sequence[Tokens], room: int) -> list[list[int]]:
    """Which conversations share a row of so many tokens.

    Raises:
        ValueError: one is longer than a row.
    """
    return full_rows([len(tokens.ids) for tokens in conversations], room)


def fitting(conversations: Sequence[Tokens], room: int) -> NDArray[np.bool_]:
    """Which conversations fit into a row; the others are left out and counted, never cut."""
    return np.array([len(tokens.ids) <= room for tokens in conversations], dtype=bool)


class Questions:
    """Texts of one split as whole cases, as ``learning`` wants them.

    Args:
        stored: their tokens.
        case_id: which texts.
        targets: (N, F) values, in their order.
        known: (N, F).
        pad: the token of an empty place.

    Attributes:
        sizes: int64 (N,), how many tokens each has.
    """

    def __init__(
        self,
        stored: Stored,
        case_id: Sequence[str],
        targets: NDArray[np.float32],
        known: NDArray[np.bool_],
        pad: int = EMPTY,
    ) -> None:
        self.case_id = list(case_id)
        self.tokens = [stored.of(name) for name in self.case_id]
        self.targets, self.known, self.pad = targets, known, pad
        self.sizes = stored.lengths(self.case_id)

    def __len__(self) -> int:
        return len(self.case_id)

    def __getitems__(self, draws: Sequence[Draw | int]) -> Batch:
        """Tokens int64 (B, T) as long as the longest, and which of them there are; unchanged."""
        at = [draw.index if isinstance(draw, Draw) else draw for draw in draws]
        longest = max(len(self.tokens[i]) for i in at)
        inputs = np.full((len(at), longest), self.pad, np.int64)
        there = np.zeros((len(at), longest), bool)
        for row, i in enumerate(at):
            inputs[row, : len(self.tokens[i])] = self.tokens[i]
            there[row, : len(self.tokens[i])] = True
        return Batch(
            inputs=torch.from_numpy(inputs),
            targets=torch.from_numpy(self.targets[at]),
            known=torch.from_numpy(self.known[at]),
            case_id=[self.case_id[i] for i in at],
            there=torch.from_numpy(there),
        )
