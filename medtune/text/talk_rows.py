"""Conversations of one split as rows of tokens, as ``learning`` wants them."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

import numpy as np
import torch
from numpy.typing import NDArray

from medtune.learning.task import Batch, Draw
from medtune.text.samples import packed, rows_of
from medtune.text.talks import Talks

TOKENS, BYTES = 0, 1


class TalkRows:
    """Conversations, one a row or several.

    Args:
        talks: their tokens.
        case_id: which conversations; what does not fit is not among them.
        room: tokens of a row that several share, each seeing itself only; None: one a row.
    """

    def __init__(self, talks: Talks, case_id: Sequence[str], room: int | None = None) -> None:
        self.case_id = list(case_id)
        self.tokens = [talks.of(name) for name in self.case_id]
        self.bytes = talks.counts["bytes"].reindex(self.case_id).to_numpy(np.int64)
        alone = [[at] for at in range(len(self.case_id))]
        self.rows = alone if room is None else packed(self.tokens, room)

    def __len__(self) -> int:
        """How many rows."""
        return len(self.rows)

    @property
    def shortest_first(self) -> NDArray[np.int64]:
        """Numbers (N,) of the rows: batches in this order are hardly filled up to their longest."""
        lengths = [sum(len(self.tokens[i].ids) for i in row) for row in self.rows]
        return np.argsort(np.array(lengths, np.int64), kind="stable")

    def in_order(self, numbers: NDArray[np.int64]) -> TalkRows:
        """The same rows in another order."""
        found = copy(self)
        found.rows = [self.rows[number] for number in numbers]
        return found

    def __getitems__(self, draws: Sequence[Draw | int]) -> Batch:
        """Rows as long as the longest; unchanged.

        The targets (B, 2) are how many tokens of a row are learnt, and of how many bytes.
        """
        numbers = [draw.index if isinstance(draw, Draw) else draw for draw in draws]
        members = [self.rows[number] for number in numbers]
        rows = rows_of([[self.tokens[i] for i in row] for row in members])
        counts = np.zeros((len(members), 2), np.float32)
        counts[:, TOKENS] = (rows.targets >= 0).sum(dim=1).numpy()
        counts[:, BYTES] = [self.bytes[row].sum() for row in members]
        return Batch(
            inputs=rows.inputs,
            targets=torch.from_numpy(counts),
            known=torch.ones((len(members), 1), dtype=torch.bool),
            case_id=["+".join(self.case_id[i] for i in row) for row in members],
            there=torch.stack((rows.targets, rows.positions), dim=1),
        )
