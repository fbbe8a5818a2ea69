"""Which wing a run belongs to: the order of work is the same, its steps are the wing's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from medtune.config.any_run import AnyRun
from medtune.config.data import Task
from medtune.run_folder import RunFolder

if TYPE_CHECKING:
    import pandas as pd

    from medtune.config.generation import Generation
    from medtune.learning.hardware import Hardware
    from medtune.learning.ranks import Ranks
    from medtune.tables.results import Result
    from medtune.text.conversation import Message
    from medtune.text.generate import Said
    from medtune.workflow.check_report import CheckReport
    from medtune.workflow.progress import Tell
    from medtune.workflow.texts.report import TextReport


class Done(Protocol):
    """What a verb did."""

    def lines(self) -> list[str]:
        """For a person."""

    def as_dict(self) -> dict[str, object]:
        """The same, for machines."""


class Answering(Protocol):
    """A finished run that somebody can ask."""

    @property
    def name(self) -> str:
        """Of the run."""

    @property
    def most_tokens(self) -> int:
        """Of question and answer together."""

    @property
    def note(self) -> str:
        """What of its answers is withheld, in a sentence."""

    @property
    def how(self) -> Generation:
        """An answer is written."""

    def answer(
        self, turns: Sequence[Message], how: Generation | None = None, tell: Tell = ...
    ) -> Said:
        """What it says next; see ``text.generate.answer``."""


class Wing(Protocol):
    """The steps that each wing has; ``run`` is of its own kind, and so is what it prepares."""

    def decides_split(self, run: Any, version: int | None = None) -> dict[str, Any]:
        """Everything that decides a run's split."""

    def misnamed(self, run: Any) -> str | None:
        """What is wrong with 'model.backbone' that the run file alone does not tell, or None."""

    def must_start(self, run: Any) -> None:
        """Refuse starting weights that do not fit, before anything is done."""

    def prepare(
        self,
        run: Any,
        folder: RunFolder,
        *,
        begun: bool,
        allow: Sequence[str] = (),
        show: bool = True,
    ) -> Any:
        """What a training begins with."""

    def fine_tune(
        self,
        run: Any,
        prepared: Any,
        folder: RunFolder,
        hardware: Hardware,
        tell: Tell,
        ranks: Ranks,
    ) -> None:
        """Fine-tune until the folder has its model."""

    def evaluate(self, run: Any, folder: RunFolder, *, allow: Sequence[str], show: bool) -> Result:
        """Judge a finished run."""

    def check(
        self, run: Any, *, headers_only: bool, allow: Sequence[str], show: bool
    ) -> CheckReport | TextReport:
        """Say what would go wrong."""

    def predict(
        self,
        folder: Path,
        data: Path,
        out: Path,
        /,
        *,
        metadata: Path | None,
        site: Path | None,
        names: Path | None,
        settings: Sequence[str],
        show: bool,
    ) -> pd.DataFrame:
        """Score new films, or read or answer new texts."""

    def export(
        self,
        folder: Path,
        out: Path | None,
        /,
        *,
        formats: Sequence[str],
        converter: Path | None,
        openai: bool,
        settings: Sequence[str],
        show: bool,
    ) -> Done:
        """Write a finished model as it is used without medtune."""

    def answering(
        self, folder: Path, /, *, names: Path | None, settings: Sequence[str]
    ) -> Answering:
        """Open a finished run, to be asked by ``chat`` and ``serve``."""


def _films() -> Wing:
    from medtune.workflow import films_steps

    return films_steps


def _intents() -> Wing:
    from medtune.workflow.texts import steps

    return steps


def _conversations() -> Wing:
    from medtune.workflow.chats import steps

    return steps


# the steps of each task, imported when they are asked for
WINGS: dict[Task, Callable[[], Wing]] = {
    "xray_findings": _films,
    "support_intent": _intents,
    "support_chat": _conversations,
    "legal_drafting": _conversations,  # a request is a question, a draft its answer
}


def wing_of(run: AnyRun) -> Wing:
    """The steps of a run's task."""
    return WINGS[run.task]()
