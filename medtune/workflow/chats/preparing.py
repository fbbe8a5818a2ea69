"""What a training on conversations begins with: cases, split, tokens, and which are learnt."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from medtune.config.text_data import INTENT
from medtune.config.text_run import TextRun
from medtune.errors import DataError
from medtune.run_folder import RunFolder
from medtune.tables.cases import read_cases_table
from medtune.tables.splits import read_splits
from medtune.text.answerer import must_start_alike
from medtune.text.backbones import load_tokenizer
from medtune.text.cases import Texts
from medtune.text.faults import Fault, told
from medtune.text.store import digest_of_tokenizer
from medtune.text.talk_rows import TalkRows
from medtune.text.talks import Talks, open_talks
from medtune.workflow.foreign import refuse_taught_test_patients
from medtune.workflow.texts.begin import Begun, begin
from medtune.workflow.texts.gather import read_texts, store_texts
from medtune.workflow.texts.preparing import TOKENS
from medtune.workflow.texts.preparing import must_start as must_read

TOO_LONG = "no answer of it fits into 'data.max_tokens'"


@dataclass(frozen=True)
class PreparedTalks(Begun):
    """The conversations of a run; see ``Begun``.

    Attributes:
        talks: their tokens.
        tokenizer: the run's own.
    """

    talks: Talks
    tokenizer: Any

    def samples(self, cases: pd.DataFrame, room: int | None = None) -> TalkRows:
        """Cases as ``learning`` wants them; with a room, several share a row of so many tokens."""
        return TalkRows(self.talks, cases["case_id"].tolist(), room)


class Conversations:
    """The job of a run about conversations; see ``workflow.texts.begin.Job``."""

    def unfit(self, run: TextRun, texts: Texts) -> tuple[list[str], str]:
        """Conversations of which no answer fits whole.

        Raises:
            DataError: the model's chat template refuses a conversation, or nothing of it would be
                learnt.
        """
        talks, _ = talks_of_run(
            run, texts.messages, store_texts(run.data.work, texts), run.model.backbone
        )
        if faults := faults_of(talks, texts):
            raise DataError("\n".join([*told(faults), "Put these right, or take them out."]))
        return unfit(talks), TOO_LONG

    def refuse(self, run: TextRun, texts: Texts, splits: pd.DataFrame) -> None:
        """Refuse splits without a conversation, and starting weights that know the test."""
        refuse_taught_test_patients(run, texts.cases, splits)
        for name in ("train", "tune"):
            if not (splits["split"] == name).any():
                raise DataError(
                    f"The {name} split has no conversation that fits into 'data.max_tokens'. More "
                    "conversations, more tokens, or another 'data.split' are needed."
                )

    def learned(self, run: TextRun, texts: Texts) -> dict[str, Any]:
        """What the assistant says: there is nothing to declare."""
        return {}


def unfit(talks: Talks) -> list[str]:
    """Conversations of which nothing is read."""
    names = talks.place.index.tolist()
    empty = talks.lengths(names) == 0
    return [name for name, nothing in zip(names, empty, strict=True) if nothing]


def faults_of(talks: Talks, texts: Texts) -> list[Fault]:
    """What the chat template makes unusable, by file and row."""
    places = texts.locations.set_index("case_id")
    files, rows = places["file"].to_dict(), places["row"].to_dict()
    found = [
        Fault(files[case], int(rows[case]), fault.name, fault.said)
        for case, fault in talks.faults.items()
    ]
    return sorted(found, key=lambda fault: (fault.file, fault.row))


def must_start(run: TextRun) -> None:
    """Refuse a tokenizer or starting weights that cannot be used, before anything is done.

    Raises:
        WeightsError: says why.
    """
    must_read(run)
    must_start_alike(run.model)


def prepare(
    run: TextRun, folder: RunFolder, *, begun: bool, allow: Sequence[str] = (), show: bool = True
) -> PreparedTalks:
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
        begin(run, folder, allow, Conversations())
    return opened(run, folder)


def opened(run: TextRun, folder: RunFolder) -> PreparedTalks:
    """The conversations that a run began with.

    Raises:
        DataError: they are not in the work folder any more.
    """
    name = json.loads(folder.texts.read_text(encoding="utf-8"))["texts"]
    cases, splits = read_cases_table(folder.cases), read_splits(folder.splits)
    messages = read_texts(run.data.work, name)
    # the run's own: the folder of the backbone may have changed, or have gone
    talks, tokenizer = talks_of_run(run, messages, name, folder.language)
    cases = cases.drop(columns=INTENT, errors="ignore")
    return PreparedTalks(folder, cases, splits, messages, talks, tokenizer)


def talks_of_run(run: TextRun, messages: pd.Series, name: str, language: Path) -> tuple[Talks, Any]:
    """Tokens of stored conversations, and the tokenizer."""
    tokenizer, most = load_tokenizer(language), run.data.max_tokens
    name = f"talks-2-{name}-{digest_of_tokenizer(language)[:16]}-{most}"
    return open_talks(run.data.work / TOKENS, messages, tokenizer, name, most), tokenizer
