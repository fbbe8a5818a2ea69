"""Studies as batches: each with the films it has, for a network that pools views itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from medtune.films.store import Decoded
from medtune.learning.sampling import seed_of
from medtune.learning.task import Batch, Draw
from medtune.vision.memory import Memory
from medtune.vision.samples import Change, Films, gather


class Studies:
    """Studies of one split, as ``learning`` wants them.

    Args:
        decoded: the store, film by film.
        cases: the table of cases, a row a study.
        films: the films that are shown: study_id (the case) and case_id (the film), in the order
            in which they take their places; each must be decoded, and each case have one.
        targets: (N, F) values, in the order of the cases.
        known: (N, F).
        change: of a film by a seed; training only. Each film of a study has a seed of its own.
    """

    def __init__(
        self,
        decoded: Decoded,
        cases: pd.DataFrame,
        films: pd.DataFrame,
        targets: NDArray[np.float32],
        known: NDArray[np.bool_],
        change: Change | None = None,
    ) -> None:
        self.pixels = np.asarray(decoded.pixels)
        self.memory = Memory()
        self.case_id = cases["case_id"].astype(str).tolist()
        place = decoded.rows.loc[films["case_id"], "row"].to_numpy(dtype=np.int64)
        groups = films.groupby(films["study_id"].astype(str).to_numpy()).indices
        self.rows = [place[groups[case_id]] for case_id in self.case_id]
        self._decoded = decoded
        order = [at for case_id in self.case_id for at in groups[case_id]]
        self._films = films.iloc[order]
        self.targets, self.known, self.change = targets, known, change

    def __len__(self) -> int:
        return len(self.case_id)

    @property
    def there(self) -> NDArray[np.bool_]:
        """(N, V) which places have a film, V as many as the study with most films has."""
        counts = np.array([len(rows) for rows in self.rows])
        return np.arange(counts.max(initial=0)) < counts[:, None]

    @property
    def films(self) -> Films:
        """All their films, study by study, each alone and as it is; nothing is known of them."""
        shape = len(self._films), self.targets.shape[1]
        nothing = np.zeros(shape, np.float32), np.zeros(shape, bool)
        return Films(self._decoded, self._films, *nothing)

    def __getitems__(self, draws: Sequence[Draw | int]) -> Batch:
        """Films float32 (B, V, 1, S, S) in [0, 1], V as many as the study with most films has.

        A place without a film is black, and ``there`` says so. The first film is changed as it
        would be alone.
        """
        at = [draw.index if isinstance(draw, Draw) else draw for draw in draws]
        most = max(len(self.rows[i]) for i in at)
        films = self.memory.array((len(at), most, *self.pixels.shape[1:]))
        there = np.zeros((len(at), most), bool)
        for case, i in enumerate(at):
            count = len(self.rows[i])
            gather(self.pixels, self.rows[i].tolist(), films[case, :count])
            films[case, count:] = 0
            there[case, :count] = True
        if self.change is not None:
            for case, draw in enumerate(draws):
                if isinstance(draw, Draw):
                    for view in range(len(self.rows[draw.index])):
                        seed = seed_of(draw.seed, f"view {view}") if view else draw.seed
                        films[case, view] = self.change(films[case, view], seed)
        return Batch(
            inputs=torch.from_numpy(films)[:, :, None],
            targets=torch.from_numpy(self.targets[at]),
            known=torch.from_numpy(self.known[at]),
            case_id=[self.case_id[i] for i in at],
            there=torch.from_numpy(there),
        )
