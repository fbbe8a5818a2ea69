"""How far a run about texts would come, without anything being stored or sealed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.config.text_run import TextRun
from medtune.errors import DataError, LeakError, WeightsError
from medtune.workflow.texts.firewall import Doubles, find_doubles
from medtune.workflow.texts.gather import Gathered, gathered_with_faults
from medtune.workflow.texts.splitting import split, taught


@dataclass(frozen=True)
class Tried:
    """What came of it.

    Attributes:
        gathered: the texts, and what is wrong with their files.
        splits: which case would be in which split; "not split" where none can be dealt.
        doubles: texts that stand there more than once.
        dropped: how many of them are left out.
        reads: whether the language model can be had.
        dealt: whether a split can be dealt.
        problems: what would stop the run; more may be added.
    """

    gathered: Gathered
    splits: pd.DataFrame
    doubles: Doubles
    dropped: int
    reads: bool
    dealt: bool
    problems: list[str]


def try_out(run: TextRun, must_start: Callable[[TextRun], None]) -> Tried:
    """Gather the texts and deal their split, as ``begin`` would.

    Args:
        run: as ``load_run`` gives it.
        must_start: refuses a language model that cannot be had.
    """
    gathered, problems = gathered_with_faults(run), []
    texts, reads, dealt = gathered.texts, True, True
    try:
        must_start(run)
    except WeightsError as error:
        reads = False
        problems.append(str(error))
    try:
        splits = taught(run, texts, split(run, texts, store=False))
    except (LeakError, DataError) as error:
        dealt = False
        problems.append(str(error))
        splits = texts.cases[["case_id"]].assign(split="not split")
    doubles = find_doubles(texts, splits)
    dropped = 0
    if run.data.duplicates == "drop":
        dropped = len(doubles.drop)
        splits = splits[~splits["case_id"].isin(doubles.drop)]
    return Tried(gathered, splits, doubles, dropped, reads, dealt, problems)


def spread(length: NDArray[np.int64], taught: int) -> dict[str, int]:
    """How many tokens texts have.

    Args:
        length: (N,), one or more.
        taught: of the training split together.
    """
    names = ("least", "lower", "median", "upper", "most")
    values = np.percentile(length, [0, 25, 50, 75, 100]).astype(int)
    return {**dict(zip(names, values.tolist(), strict=True)), "train": taught}
