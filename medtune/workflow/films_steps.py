"""The steps of the wing of films; see ``workflow.wings``.

Each is imported when it is asked for: a split needs no network.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from medtune.config.run import Run
from medtune.errors import InputError
from medtune.run_folder import RunFolder

if TYPE_CHECKING:
    import pandas as pd

    from medtune.learning.hardware import Hardware
    from medtune.learning.ranks import Ranks
    from medtune.tables.results import Result
    from medtune.workflow.check_report import CheckReport
    from medtune.workflow.export import Exported
    from medtune.workflow.preparing import Prepared
    from medtune.workflow.progress import Tell


def decides_split(run: Run, version: int | None = None) -> dict[str, Any]:
    """Everything that decides a run's split."""
    from medtune.workflow.splitting import decides_split as work

    return work(run, version)


def misnamed(run: Run) -> str | None:
    """Why no library has a network of the run's name; None where one has."""
    from medtune.vision.named import misnamed as work

    return work(run.model.backbone)


def must_start(run: Run) -> None:
    """Refuse a network that is not there and weights that do not fit, before anything is done."""
    from medtune.vision.trained import must_start_alike
    from medtune.workflow.decoding import plain_spec_of
    from medtune.workflow.named import backbone_problem

    problem = backbone_problem(run)
    if problem is not None:
        raise InputError(problem)
    must_start_alike(run.model, plain_spec_of(run), list(run.data.findings))


def prepare(
    run: Run, folder: RunFolder, *, begun: bool, allow: Sequence[str] = (), show: bool = True
) -> Prepared:
    """What a training begins with."""
    from medtune.workflow.preparing import prepare as work

    return work(run, folder, begun=begun, allow=allow, show=show)


def fine_tune(
    run: Run,
    prepared: Prepared,
    folder: RunFolder,
    hardware: Hardware,
    tell: Tell,
    ranks: Ranks,
) -> None:
    """Fine-tune until the folder has its model."""
    from medtune.workflow.fine_tuning import fine_tune as work

    work(run, prepared, folder, hardware, tell, ranks)


def evaluate(run: Run, folder: RunFolder, *, allow: Sequence[str], show: bool) -> Result:
    """Judge a finished run."""
    from medtune.workflow.evaluate import evaluate_films

    return evaluate_films(run, folder, allow=allow, show=show)


def check(run: Run, *, headers_only: bool, allow: Sequence[str], show: bool) -> CheckReport:
    """Say what would go wrong."""
    from medtune.workflow.check import check_films

    return check_films(run, headers_only=headers_only, allow=allow, show=show)


def predict(
    folder: Path,
    images: Path,
    out: Path,
    *,
    metadata: Path | None,
    site: Path | None,
    names: Path | None,
    settings: Sequence[str],
    show: bool,
) -> pd.DataFrame:
    """Score new films."""
    from medtune.workflow.predict import predict_films, refuse_settings

    if names is not None:
        raise InputError("--names is about texts, and this run is about films.")
    refuse_settings(settings)
    return predict_films(folder, images, out, metadata=metadata, site=site, show=show)


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
    """Write a finished model as programs."""
    from medtune.workflow.export import FORMATS, export_films
    from medtune.workflow.predict import refuse_settings

    for option, given in (("--converter", converter is not None), ("--openai", openai)):
        if given:
            raise InputError(f"{option} is about texts, and this run is about films.")
    refuse_settings(settings)
    return export_films(folder, out, formats or FORMATS, show=show)


def answering(folder: Path, *, names: Path | None, settings: Sequence[str]) -> NoReturn:
    """Films are scored; nobody talks with them."""
    raise InputError(
        f"The run {folder.name} is about films and does not answer: 'medtune predict' scores them."
    )
