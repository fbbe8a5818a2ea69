"""The steps of runs about conversations; see ``workflow.wings``.

Each is imported when it is asked for: a split needs no network.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medtune.config.text_run import ChatRun
from medtune.errors import InputError
from medtune.run_folder import RunFolder

if TYPE_CHECKING:
    import pandas as pd

    from medtune.learning.hardware import Hardware
    from medtune.learning.ranks import Ranks
    from medtune.tables.results import Result
    from medtune.workflow.chats.finished import Finished
    from medtune.workflow.chats.preparing import PreparedTalks
    from medtune.workflow.progress import Tell
    from medtune.workflow.texts.exporting import Exported
    from medtune.workflow.texts.report import TextReport


def decides_split(run: ChatRun, version: int | None = None) -> dict[str, Any]:
    """Everything that decides a run's split; there are no versions of it."""
    from medtune.workflow.texts.splitting import decides_split as work

    return work(run)


def misnamed(run: ChatRun) -> None:
    """Nothing: the network is a folder, and the run file was refused where it is not there."""


def must_start(run: ChatRun) -> None:
    """Refuse starting weights and tokenizers that do not fit, before anything is done."""
    from medtune.workflow.chats.preparing import must_start as work

    work(run)


def prepare(
    run: ChatRun, folder: RunFolder, *, begun: bool, allow: Sequence[str] = (), show: bool = True
) -> PreparedTalks:
    """What a training begins with."""
    from medtune.workflow.chats.preparing import prepare as work

    return work(run, folder, begun=begun, allow=allow, show=show)


def fine_tune(
    run: ChatRun,
    prepared: PreparedTalks,
    folder: RunFolder,
    hardware: Hardware,
    tell: Tell,
    ranks: Ranks,
) -> None:
    """Fine-tune until the folder has its model."""
    from medtune.workflow.chats.training import fine_tune as work

    work(run, prepared, folder, hardware, tell, ranks)


def evaluate(run: ChatRun, folder: RunFolder, *, allow: Sequence[str], show: bool) -> Result:
    """Judge a finished run."""
    from medtune.workflow.chats.evaluate import evaluate as work

    return work(run, folder, allow=allow, show=show)


def check(run: ChatRun, *, headers_only: bool, allow: Sequence[str], show: bool) -> TextReport:
    """Say what would go wrong."""
    from medtune.workflow.chats.check import check as work

    return work(run, headers_only=headers_only, allow=allow, show=show)


def predict(
    folder: Path,
    file: Path,
    out: Path,
    *,
    metadata: Path | None,
    site: Path | None,
    names: Path | None,
    settings: Sequence[str],
    show: bool,
) -> pd.DataFrame:
    """Answer new questions."""
    from medtune.workflow.chats.predict import predict as work

    for option, given in (("--metadata", metadata), ("--site", site)):
        if given is not None:
            raise InputError(f"{option} is about films, and this run is about texts.")
    return work(folder, file, out, names=names, settings=settings, show=show)


def export(
    folder: Path,
    out: Path | None,
    *,
    formats: Sequence[str],
    converter: Path | None,
    openai: bool,
    settings: Sequence[str],
    show: bool,
) -> Exported:
    """Write a finished model, or what taught it."""
    from medtune.workflow.chats.export import export as work
    from medtune.workflow.texts.exporting import refuse_formats

    refuse_formats(formats)
    return work(folder, out, converter=converter, openai=openai, settings=settings)


def answering(folder: Path, *, names: Path | None, settings: Sequence[str]) -> Finished:
    """Open a finished run that writes answers."""
    from medtune.workflow.chats.finished import open_finished as work

    return work(folder, settings, names)
