"""The models of conversations that are judged: each foresees the same answers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.config.text_data import ANSWER
from medtune.config.text_run import ChatRun
from medtune.learning.fit import fit
from medtune.learning.hardware import Hardware
from medtune.tables.marks import COLUMNS as MARKS_COLUMNS
from medtune.text.answerer import start
from medtune.text.cases import messages_of, plain_texts
from medtune.text.generic import documents_of, pieces_of
from medtune.text.likelihood import BITS_PER_BYTE, Teller, likelihoods
from medtune.text.right_answer import (
    Question,
    by_likelihood,
    by_words,
    questions_of,
    right_first,
    tens_of,
    word_counts,
)
from medtune.text.talk_rows import TalkRows
from medtune.workflow.chats.preparing import PreparedTalks
from medtune.workflow.chats.training import lesson_of
from medtune.workflow.progress import Tell

GENERIC = "generic text"
FIRST = "right_answer_first"


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
    # of random weights nothing is kept
    whole = run.model.model_copy(update={"adapt": "full", "four_bits": False})
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


@dataclass(frozen=True)
class Marked:
    """What came of something that models were asked.

    Attributes:
        marks: see ``tables.marks``.
        settings: counts for the result; no word of a text.
    """

    marks: pd.DataFrame
    settings: dict[str, Any]


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


def ranking_marks(judged: Judged, networks: Mapping[str, Teller]) -> pd.DataFrame:
    """Whether each model puts a question's own answer first of ten; words in common beside them.

    Args:
        judged: the conversations.
        networks: by name.
    """
    run, prepared = judged.run, judged.prepared
    test, tokenizer, most = prepared.of("test"), prepared.tokenizer, run.data.max_tokens
    names = test["case_id"].tolist()
    said = [messages_of(prepared.messages[name]) for name in names]
    tens = tens_of(questions_of(names, said, tokenizer, most), run.evaluation.seed)
    group = test.set_index("case_id")["group_id"]
    rules: dict[str, Callable[[list[Question]], NDArray[np.float64]]] = {
        name: partial(
            by_likelihood, tokenizer=tokenizer, most=most, network=network,
            hardware=judged.hardware,
        )
        for name, network in networks.items()
    }  # fmt: skip
    taught = prepared.messages.loc[prepared.of("train")["case_id"]].tolist()
    rules["tfidf"] = partial(by_words, counts=word_counts(plain_texts(taught)))
    rows = [
        {
            "case_id": one.case_id, "group_id": group[one.case_id], "model": name,
            "target": ANSWER, "measure": FIRST, "numerator": right, "denominator": 1.0,
        }
        for ten in tens
        for name, rule in rules.items()
        for one, right in zip(ten, right_first(rule(ten)), strict=True)
        if not np.isnan(right)
    ]  # fmt: skip
    columns = list(MARKS_COLUMNS)
    return pd.DataFrame(rows, columns=columns)


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
