"""Data: check, look, deidentify."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from medtune.cli.ending import ending
from medtune.cli.options import AsJson, RunFile, Settings, Trace


def check(
    run_file: RunFile, settings: Settings = None, as_json: AsJson = False, trace: Trace = False
) -> None:
    """Look through the films, the labels and the split before anything is trained."""
    with ending(trace=trace, as_json=as_json, not_done="Nothing was checked.") as answer:
        from medtune.config.load import load_run

        run = load_run(run_file, settings or ())  # first: a mistake in it is told at once

        from medtune.workflow.check import check as work

        report = work(run, show=not as_json)
        answer(report.as_dict(), report.lines())


def look(
    run_file: RunFile,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for look.png and look.html; look/NAME in the work folder where nothing "
            "is said.",
            show_default=False,
        ),
    ] = None,
    per_group: Annotated[
        int, typer.Option(min=1, max=8, help="Films of each scanner and view.")
    ] = 4,
    seed: Annotated[int, typer.Option(min=0, help="Another seed shows other films.")] = 0,
    show_suspects: Annotated[
        bool, typer.Option("--show-suspects", help="Show films that may carry burned-in text too.")
    ] = False,
    settings: Settings = None,
    as_json: AsJson = False,
    trace: Trace = False,
) -> None:
    """Draw what the model will see: films as read, as prepared, and as training draws them."""
    with ending(trace=trace, as_json=as_json, not_done="Nothing was drawn.") as answer:
        from medtune.config.load import load_run

        run = load_run(run_file, settings or ())  # first: a mistake in it is told at once

        from medtune.workflow.look import look as work

        looked = work(
            run,
            out=out,
            per_group=per_group,
            seed=seed,
            show_suspects=show_suspects,
            show=not as_json,
        )
        answer(looked.as_dict(), looked.lines())


def deidentify(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of DICOM files.")],
    out: Annotated[Path, typer.Option(help="Folder for the copies; outside of FOLDER.")],
    site: Annotated[
        str, typer.Option(help="Name of the hospital: patients of two sites are never one.")
    ] = "site",
    key_folder: Annotated[
        Path | None,
        typer.Option(
            help="Private folder of the pseudonyms' key, of the way back to the patients and of "
            "the films kept back; 'private' beside the copies where nothing is said. It may not "
            "lie among the copies: whoever gets them must not get the key.",
            show_default=False,
        ),
    ] = None,
    release: Annotated[
        Path | None,
        typer.Option(
            metavar="TABLE",
            help="The private table of films kept back, with 'yes' in the column release where a "
            "person has looked and a film may pass.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
    trace: Trace = False,
) -> None:
    """Write de-identified copies (DICOM PS3.15); films with text in the picture are kept back."""
    with ending(trace=trace, as_json=as_json) as answer:
        from medtune.workflow.deidentify import deidentify as work

        done = work(folder, out, private=key_folder, site=site, release=release, show=not as_json)
        answer(done.as_dict(), done.lines())
