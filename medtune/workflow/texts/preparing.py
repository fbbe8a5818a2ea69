"""What a training on texts begins with: cases, split, tokens, no text on two sides."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from medtune.config.targets import Target
from medtune.config.text_data import INTENT
from medtune.config.text_run import TextRun
from medtune.errors import DataError, WeightsError
from medtune.learning.targets import NamedTargets
from medtune.run_folder import RunFolder
from medtune.tables.cases import declare_cases, read_cases_table
from medtune.tables.splits import read_splits
from medtune.text.backbones import load_tokenizer, most_tokens
from medtune.text.cases import Texts
from medtune.text.samples import Questions
from medtune.text.store import Stored, digest_of_tokenizer, open_questions
from medtune.text.trained import must_start_alike
from medtune.workflow.foreign import refuse_taught_test_patients
from medtune.workflow.texts.begin import Begun, begin
from medtune.workflow.texts.gather import declared_targets, read_texts

LEARNING = ("train", "tune", "calibration")
TOKENS = "tokens"  # folder in the work folder


@dataclass(frozen=True)
class Prepared(Begun):
    """The texts of a run; see ``Begun``.

    Attributes:
        stored: their tokens.
        targets: what is learned.
    """

    stored: Stored
    targets: dict[str, Target]

    @property
    def task(self) -> NamedTargets:
        """What the network is asked."""
        return NamedTargets(self.targets)

    def samples(self, cases: pd.DataFrame, task: NamedTargets) -> Questions:
        """Cases as ``learning`` wants them."""
        targets, known = task.targets_of(cases)
        return Questions(self.stored, cases["case_id"].tolist(), targets, known)


def must_start(run: TextRun) -> None:
    """Refuse a tokenizer or starting weights that cannot be used, before anything is done.

    Raises:
        WeightsError: says why; or the run's texts may be longer than the model can read.
    """
    load_tokenizer(run.model.backbone)
    must_start_alike(run.model)
    most = most_tokens(run.model.backbone)
    if most is not None and run.data.max_tokens > most:
        raise WeightsError(
            f"'data.max_tokens' is {run.data.max_tokens}, and the language model of "
            f"{run.model.backbone.name} reads at most {most} tokens: write {most} or less."
        )


def prepare(
    run: TextRun, folder: RunFolder, *, begun: bool, allow: Sequence[str] = (), show: bool = True
) -> Prepared:
    """Cases, split and tokens of a run: those it began with, or new ones, written down.

    Args:
        run: as ``load_run`` gives it.
        folder: where they are written, or were.
        begun: whether anything was learnt from them already.
        allow: names of leaks that are known and accepted.
        show: nothing takes long enough to be shown.

    Raises:
        LeakError: a text of the test stands in another split.
        InputError: texts that cannot be used, or splits that cannot teach or select.
    """
    if not begun:
        begin(run, folder, allow, Intents())
    return opened(run, folder)


def opened(run: TextRun, folder: RunFolder) -> Prepared:
    """The texts that a run began with.

    Raises:
        DataError: they are not in the work folder any more.
    """
    said = json.loads(folder.texts.read_text(encoding="utf-8"))
    cases, splits = read_cases_table(folder.cases), read_splits(folder.splits)
    messages = read_texts(run.data.work, said["texts"])
    cases = declare_cases(cases, [INTENT], "multiclass")
    targets = {name: Target.model_validate(one) for name, one in said["targets"].items()}
    # the run's own: the folder of the backbone may have changed, or have gone
    stored = tokens(run, messages, said["texts"], folder.language)
    return Prepared(folder, cases, splits, messages, stored, targets)


def tokens(run: TextRun, messages: pd.Series, name: str, language: Path) -> Stored:
    """Tokens of stored texts."""
    most = run.data.max_tokens
    name = f"2-{name}-{digest_of_tokenizer(language)[:16]}-{most}"
    return open_questions(run.data.work / TOKENS, messages, load_tokenizer(language), name, most)


class Intents:
    """The job of a run about intents; see ``begin.Job``."""

    def unfit(self, run: TextRun, texts: Texts) -> tuple[list[str], str]:
        """Every question can be read."""
        return [], "cannot be read"

    def refuse(self, run: TextRun, texts: Texts, splits: pd.DataFrame) -> None:
        """Refuse labels that are no classes, or splits of one class."""
        refuse(run, texts, splits)

    def learned(self, run: TextRun, texts: Texts) -> dict[str, Any]:
        """The classes."""
        targets = declared_targets(run.data, texts.cases)
        return {"targets": {name: target.model_dump() for name, target in targets.items()}}


def refuse(run: TextRun, texts: Texts, splits: pd.DataFrame) -> None:
    """Refuse texts and splits that no honest training can come of, before anything is sealed.

    Args:
        run: as ``load_run`` gives it.
        texts: of its files.
        splits: of those that it would use.

    Raises:
        LeakError: the starting weights learnt from a customer of the test.
        DataError: the labels are no classes, or all texts of train or of tune are of one class.
    """
    refuse_taught_test_patients(run, texts.cases, splits)
    declared_targets(run.data, texts.cases)
    for name in ("train", "tune"):
        chosen = splits.loc[splits["split"] == name, "case_id"]
        part = texts.cases[texts.cases["case_id"].isin(chosen)]
        if part[INTENT].nunique() < 2:
            raise DataError(
                f"The {name} split has {len(part)} texts of {part[INTENT].nunique()} intents: at "
                "least two are needed. More texts, or another 'data.split', are needed."
            )
