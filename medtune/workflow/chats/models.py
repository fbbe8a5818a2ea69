"""The models of conversations that are judged: each foresees the same answers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.config.run import ChatRun
from medtune.config.text_data import ANSWER
from medtune.learning.fit import fit
from medtune.learning.hardware import Hardware
from medtune.text.answerer import start
from medtune.text.generic import documents_of, pieces_of
from medtune.text.likelihood import BITS_PER_BYTE, Teller, likelihoods
from medtune.text.talk_rows import TalkRows
from medtune.workflow.chats.preparing import PreparedTalks
from medtune.workflow.chats.training import lesson_of
from medtune.workflow.progress import Tell

GENERIC = "generic text"


@dataclass(frozen=True)
class Judged:
    """The conversations that are scored.

    Attributes:
        run: what is judged.
        prepared: its conversations.
        hardware: where it runs.
    """

    run: ChatRun
    prepared: PreparedTalks
    hardware: Hardware


def untouched(judged: Judged, tell: Tell) -> Teller:
    """The language model as it came."""
    return start(judged.run.model, seed=judged.run.training.seed)


def from_scratch(judged: Judged, tell: Tell) -> Teller:
    """The same network, taught as long from random weights; it goes on where it was interrupted."""
    run = judged.run
    tell("teaching the same network from random weights (control), as long as the run's own")
    network = start(run.model, random=True, seed=run.training.seed)
    whole = run.model.model_copy(update={"adapt": "full"})  # of random weights nothing is kept
    fit(
        lesson_of(
            run,
            judged.prepared,
            judged.prepared.folder.from_scratch,
            judged.hardware,
            tell,
            network,
            whole,
        )
    )
    return network


MODELS: Mapping[str, Callable[[Judged, Tell], Teller]] = {
    "untouched": untouched,
    "from_scratch": from_scratch,
}


def marks_of(judged: Judged, name: str, network: Teller, cases: pd.DataFrame) -> pd.DataFrame:
    """Bits and bytes of the answers of each case, see ``tables.marks``.

    Args:
        judged: the conversations.
        name: of the model.
        network: it.
        cases: which conversations.
    """
    samples = judged.prepared.samples(cases)
    said = likelihoods(network, samples, judged.hardware)
    return _table(
        cases["case_id"].to_numpy(str), cases["group_id"].to_numpy(str), name, ANSWER,
        said, samples.bytes,
    )  # fmt: skip


def generic_marks(judged: Judged, networks: Mapping[str, Teller]) -> pd.DataFrame:
    """The same of generic text, a document a case of its own group.

    Args:
        judged: the conversations, whose run names the file.
        networks: by name.
    """
    assert judged.run.evaluation.generic is not None
    tokenizer = judged.prepared.tokenizer
    talks = pieces_of(
        documents_of(judged.run.evaluation.generic), tokenizer, judged.run.data.max_tokens
    )
    samples = TalkRows(talks, talks.place.index.tolist())
    of = pd.Index(samples.case_id).str.partition("/").get_level_values(0)
    parts = []
    for name, network in networks.items():
        pieces = pd.DataFrame(
            {"said": likelihoods(network, samples, judged.hardware), "bytes": samples.bytes}
        )
        whole = pieces.groupby(of, sort=False).sum()
        names = np.array([f"document {each}" for each in whole.index], str)
        parts.append(
            _table(names, names, name, GENERIC, whole["said"].to_numpy(), whole["bytes"].to_numpy())
        )
    return pd.concat(parts, ignore_index=True)


def _table(
    case_id: NDArray[np.str_],
    group_id: NDArray[np.str_],
    model: str,
    target: str,
    said: NDArray[np.float64],
    size: NDArray[np.int64],
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "case_id": case_id,
            "group_id": group_id,
            "model": model,
            "target": target,
            "measure": BITS_PER_BYTE.name,
            "numerator": -said / math.log(2),
            "denominator": size.astype(np.float64),
        }
    )
