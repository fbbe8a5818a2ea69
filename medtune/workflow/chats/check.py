"""What would go wrong with a run about conversations, before anything runs."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from medtune.config.text_run import ChatRun
from medtune.errors import DataError, LeakError
from medtune.tables.splits import HELD_OUT, NAMES
from medtune.text.faults import Fault
from medtune.text.talks import Talks
from medtune.text.template import shown
from medtune.workflow.chats.preparing import (
    Conversations,
    faults_of,
    must_start,
    talks_of_run,
    unfit,
)
from medtune.workflow.texts.check import splits_of
from medtune.workflow.texts.gather import store_texts
from medtune.workflow.texts.report import TextReport
from medtune.workflow.texts.try_out import spread, try_out


def check(
    run: ChatRun, *, headers_only: bool = False, allow: Sequence[str] = (), show: bool = True
) -> TextReport:
    """Read and tokenise the conversations and deal the split, as ``train`` would.

    Args:
        run: as ``load_run`` gives it.
        headers_only: whether tokens are left uncounted, and with them what does not fit.
        allow: names of leaks that are known and accepted.
        show: nothing takes long enough to be shown.
    """
    tried = try_out(run, must_start)
    gathered, splits, problems = tried.gathered, tried.splits, tried.problems
    texts, doubles = gathered.texts, tried.doubles
    faults: list[Fault] = []
    counts: dict[str, int] = {}
    answers, example, fitting = pd.DataFrame(), "", splits
    if tried.reads and not headers_only:
        name = store_texts(run.data.work, texts)
        talks, tokenizer = talks_of_run(run, texts.messages, name, run.model.backbone)
        faults = faults_of(talks, texts)
        fitting = splits[~splits["case_id"].isin(unfit(talks))]
        counts, answers = _tokens(talks, fitting), _answers(talks, splits)
        first = fitting.loc[fitting["split"] == "train", "case_id"].head(1)
        example = "".join(shown(tokenizer, talks.of(case)) for case in first)
    if tried.dealt:
        try:
            Conversations().refuse(run, texts, fitting)
        except (LeakError, DataError) as error:
            problems.append(str(error))
    leaks = doubles.leaks
    return TextReport(
        flow=gathered.flow,
        faults=[*gathered.faults, *faults],
        left_out=dict(gathered.left_out),
        redacted=dict(gathered.redacted),
        splits=splits_of(texts.cases.merge(splits, on="case_id")),
        classes=pd.DataFrame(),
        tokens=counts,
        too_long={},
        leaks=leaks.assign(allowed=leaks["leak"].isin(allow)),
        doubles=doubles.inside,
        dropped=tried.dropped,
        problems=problems,
        epochs=run.training.epochs,
        again=_controls(run),
        answers=answers,
        example=example,
    )


def _controls(run: ChatRun) -> list[str]:
    """The models that ``evaluate`` teaches to compare with."""
    judged = run.evaluation
    found = ["random weights (evaluate)"] if "from_scratch" in judged.compare_with else []
    if judged.by_heart is not None and judged.by_heart.canaries is not None:
        found.append("an audit model with planted secrets (evaluate)")
    return found


def _tokens(talks: Talks, splits: pd.DataFrame) -> dict[str, int]:
    """How many tokens are read of a conversation, and of the training split together."""
    length = talks.lengths(splits["case_id"])
    if not len(length):
        return {}
    return spread(length, int(length[(splits["split"] == "train").to_numpy()].sum()))


def _answers(talks: Talks, splits: pd.DataFrame) -> pd.DataFrame:
    """Answers of each split, and what of them does not fit."""
    counts = talks.counts.loc[splits["case_id"]].set_axis(splits["split"])
    empty = pd.Series(talks.lengths(splits["case_id"]) == 0, index=counts.index)
    table = pd.DataFrame({
        "answers": counts.groupby(level=0)["answers"].sum(),
        "unlearnt": counts.groupby(level=0)["unlearnt"].sum(),
        "shortened": (counts["left_away"] > 0).groupby(level=0).sum(),
        "left_out": empty.groupby(level=0).sum(),
    })  # fmt: skip
    order = [name for name in (*NAMES, HELD_OUT, "not split") if name in table.index]
    return table.loc[order].rename_axis("split").reset_index()
