"""The steps of the wing of texts; see ``workflow.wings``.

Each is imported when it is asked for: a split needs no network.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medtune.config.text_run import TextRun
from medtune.errors import InputError
from medtune.run_folder import RunFolder

if TYPE_CHECKING:
    import pandas as pd

    from medtune.learning.hardware import Hardware
    from medtune.learning.ranks import Ranks
    from medtune.tables.results import Result
    from medtune.workflow.progress import Tell
    from medtune.workflow.texts.exporting import Exported
    from medtune.workflow.texts.finished import FinishedIntents
    from medtune.workflow.texts.preparing import Prepared
    from medtune.workflow.texts.report import TextReport


def decides_split(run: TextRun, version: int | None = None) -> dict[str, Any]:
    """Everything that decides a run's split; there are no versions of it."""
    from medtune.workflow.texts.splitting import decides_split as work

    return work(run)


def misnamed(run: TextRun) -> None:
    """Nothing: the network is a folder, and the run file was refused where it is not there."""


def must_start(run: TextRun) -> None:
    """Refuse starting weights and tokenizers that do not fit, before anything is done."""
    from medtune.workflow.texts.preparing import must_start as work

    work(run)


def prepare(
    run: TextRun, folder: RunFolder, *, begun: bool, allow: Sequence[str] = (), show: bool = True
) -> Prepared:
    """What a training begins with."""
    from medtune.workflow.texts.preparing import prepare as work

    return work(run, folder, begun=begun, allow=allow, show=show)


def fine_tune(
    run: TextRun,
    prepared: Prepared,
    folder: RunFolder,
    hardware: Hardware,
    tell: Tell,
    ranks: Ranks,
) -> None:
    """Fine-tune until the folder has its model."""
    from medtune.workflow.texts.training import fine_tune as work

    work(run, prepared, folder, hardware, tell, ranks)


def evaluate(run: TextRun, folder: RunFolder, *, allow: Sequence[str], show: bool) -> Result:
    """Judge a finished run."""
    from medtune.workflow.texts.evaluate import evaluate as work

    return work(run, folder, allow=allow, show=show)


def check(run: TextRun, *, headers_only: bool, allow: Sequence[str], show: bool) -> TextReport:
    """Say what would go wrong."""
    from medtune.workflow.texts.check import check as work

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
    """Read new texts."""
    from medtune.workflow.predict import refuse_settings
    from medtune.workflow.texts.predict import predict as work

    refuse_settings(settings)
    for option, given in (("--metadata", metadata), ("--site", site)):
        if given is not None:
            raise InputError(f"{option} is about films, and this run is about texts.")
    return work(folder, file, out, names=names, show=show)


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
    from medtune.workflow.predict import refuse_settings
    from medtune.workflow.texts.export import export as work
    from medtune.workflow.texts.exporting import refuse_formats

    refuse_formats(formats)
    refuse_settings(settings)
    if converter is not None:
        raise InputError(
            "--converter is for runs that answer: llama.cpp has no network that reads a whole text "
            "as this one does."
        )
    return work(folder, out, openai=openai)


def answering(folder: Path, *, names: Path | None, settings: Sequence[str]) -> FinishedIntents:
    """Open a finished run that says an intent, or hands over."""
    from medtune.workflow.predict import refuse_settings
    from medtune.workflow.texts.finished import open_finished as work

    refuse_settings(settings)
    return work(folder, names)
