"""What every run about texts begins with: no text on two sides, then split, seal and files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pandas as pd

from medtune.config.load import run_as_yaml
from medtune.config.text_run import TextRun
from medtune.run_folder import RunFolder
from medtune.tables.cases import write_cases_table
from medtune.tables.schema import write_table, write_text
from medtune.tables.splits import write_splits
from medtune.text.cases import Texts
from medtune.text.trained import keep_language
from medtune.workflow.texts.firewall import find_doubles, without_doubles
from medtune.workflow.texts.gather import gather, store_texts
from medtune.workflow.texts.splitting import split, taught


@dataclass(frozen=True)
class Begun:
    """What every run about texts began with.

    Attributes:
        folder: where its tables are written.
        cases: all of them.
        splits: which case is in which split.
        messages: redacted, by case_id.
    """

    folder: RunFolder
    cases: pd.DataFrame
    splits: pd.DataFrame
    messages: pd.Series

    def of(self, *names: str) -> pd.DataFrame:
        """The cases of some splits."""
        chosen = self.splits.loc[self.splits["split"].isin(names), "case_id"]
        return self.cases[self.cases["case_id"].isin(chosen)].reset_index(drop=True)


class Job(Protocol):
    """What a run does with its texts."""

    def unfit(self, run: TextRun, texts: Texts) -> tuple[list[str], str]:
        """The case_ids of texts that it can do nothing with, and why.

        Raises:
            DataError: a text is at fault.
        """

    def refuse(self, run: TextRun, texts: Texts, splits: pd.DataFrame) -> None:
        """Refuse what no honest training can come of, before anything is sealed.

        Args:
            run: as ``load_run`` gives it.
            texts: of its files.
            splits: of those that it would use.

        Raises:
            LeakError: the starting weights learnt from a customer of the test.
            DataError: a split has nothing to teach or to select by.
        """

    def learned(self, run: TextRun, texts: Texts) -> dict[str, Any]:
        """What is learned, as plain values."""


def begin(run: TextRun, folder: RunFolder, allow: Sequence[str], job: Job) -> None:
    """Gather the texts, deal and seal their split, and write down what the run begins with.

    Raises:
        LeakError: a text of the test stands in another split.
        InputError: texts that cannot be used, or splits that cannot teach or select.
    """
    gathered = gather(run)
    texts = gathered.texts
    unfit, why = job.unfit(run, texts)
    ahead = taught(run, texts, split(run, texts, store=False))
    doubles = find_doubles(texts, ahead)
    job.refuse(run, texts, _without(without_doubles(run, doubles, ahead, allow), unfit))
    whole = split(run, texts)
    some = taught(run, texts, whole)
    alone = without_doubles(run, doubles, some, allow)
    splits = _without(alone, unfit)
    cases = texts.cases[texts.cases["case_id"].isin(splits["case_id"])].reset_index(drop=True)
    said = {
        "texts": store_texts(run.data.work, texts),
        **job.learned(run, texts),
        "redacted": dict(gathered.redacted),
        "left_out": dict(gathered.left_out),
    }
    keep_language(run.model.backbone, folder.language)
    write_text(run_as_yaml(run), folder.config)
    write_text(json.dumps(said, indent=1), folder.texts)
    leaks = doubles.leaks
    write_table(leaks.assign(allowed=leaks["leak"].isin(allow)), folder.leaks)
    lost = {
        "left out by 'data.train_cases'": (whole, some),
        "stands in a later split too": (some, alone),
        why: (alone, splits),
    }
    write_table(_flow(gathered.flow, texts.cases, splits, lost), folder.flow)
    write_splits(splits, folder.splits)
    write_cases_table(cases.drop(columns="given"), folder.cases)


def _without(splits: pd.DataFrame, unfit: Sequence[str]) -> pd.DataFrame:
    return splits[~splits["case_id"].isin(unfit)].reset_index(drop=True)


def _flow(
    flow: pd.DataFrame,
    cases: pd.DataFrame,
    splits: pd.DataFrame,
    lost: dict[str, tuple[pd.DataFrame, pd.DataFrame]],
) -> pd.DataFrame:
    """The flow so far, how the texts went to the splits, and what was lost by each reason."""
    steps = [flow.assign(split=None)]
    parts: list[tuple[Any, str | None, pd.Series]] = [
        (name, None, part["case_id"]) for name, part in splits.groupby("split")
    ]
    for reason, (before, after) in lost.items():
        gone = before[~before["case_id"].isin(after["case_id"])]
        parts += [(name, reason, part["case_id"]) for name, part in gone.groupby("split")]
    for name, why, ids in parts:
        part = cases[cases["case_id"].isin(ids)]
        row = {
            "step": "split", "split": name, "reason": why, "films": len(part),
            "studies": len(part), "patients": part["group_id"].nunique(),
        }  # fmt: skip
        steps.append(pd.DataFrame([row]).astype({"studies": "Int64", "patients": "Int64"}))
    return pd.concat(steps, ignore_index=True)
