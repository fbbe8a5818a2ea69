"""Data: index, check, look, deidentify."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from medtune.cli.ending import ending
from medtune.cli.options import Allow, AsJson, Metadata, RunFile, Settings, Trace
from medtune.errors import InputError


def index(
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="Folder of films, a zip archive, or a DICOMDIR."),
    ],
    out: Annotated[
        Path, typer.Option(help="Folder for index.parquet and the private way back to the films.")
    ] = Path("work"),
    site: Annotated[
        str, typer.Option(help="Name of the hospital: patients of two sites are never one.")
    ] = "site",
    metadata: Metadata = None,
    every_frame: Annotated[
        bool, typer.Option("--every-frame", help="Each frame of a file of several is a film.")
    ] = False,
    as_json: AsJson = False,
    trace: Trace = False,
) -> None:
    """Read the headers of all films into a table; a second time only those that changed."""
    with ending(trace=trace, as_json=as_json, not_done="Nothing was indexed.") as answer:
        from medtune.workflow.index import index as work

        found = work(
            folder,
            out,
            site=site,
            metadata=metadata,
            every_frame=every_frame,
            show=not as_json,
        )
        answer(found.as_dict(), found.lines())


def check(
    run_file: RunFile,
    headers_only: Annotated[
        bool,
        typer.Option(
            "--headers-only",
            help="Leave the pictures alone: faster, and blind to repeated or damaged ones. Of "
            "texts the tokens are not counted.",
        ),
    ] = False,
    audit: Annotated[
        bool,
        typer.Option(
            "--audit", help="Rank suspected label errors of train and tune, with their pictures."
        ),
    ] = False,
    reading_list: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="STUDIES",
            help="Draw so many studies of the test split for two radiologists to read, blind to "
            "labels and scores.",
        ),
    ] = None,
    readings: Annotated[
        list[Path] | None,
        typer.Option(help="A filled-in sheet of a reading list. Once a reader."),
    ] = None,
    allow: Allow = None,
    settings: Settings = None,
    as_json: AsJson = False,
    trace: Trace = False,
) -> None:
    """Look through the data, split and leaks before anything is trained; exit 2 on leaks."""
    with ending(trace=trace, as_json=as_json, not_done="Nothing was checked.") as answer:
        from medtune.config.load import load_films_run
        from medtune.workflow.named import load_named_run

        run = load_named_run(run_file, settings or ())  # first: a mistake in it is told at once
        asked = [bool(audit), reading_list is not None, bool(readings)]
        if sum(asked) > 1:
            raise InputError("Ask for one of --audit, --reading-list and --readings at a time.")
        films = load_films_run(run_file, settings or ()) if any(asked) else None
        if films is not None and audit:
            from medtune.workflow.audit import audit as audited

            found = audited(films, show=not as_json)
            answer(found.as_dict(), found.lines())
            return
        if films is not None and reading_list is not None:
            from medtune.workflow.reading_list import reading_list as drawn

            sheets = drawn(films, reading_list, show=not as_json)
            answer(sheets.as_dict(), sheets.lines())
            return
        if films is not None and readings:
            from medtune.workflow.read_back import read_back

            read = read_back(films, readings, show=not as_json)
            answer(read.as_dict(), read.lines())
            return

        from medtune.workflow.check import check as work

        report = work(run, headers_only=headers_only, allow=allow or (), show=not as_json)
        answer(report.as_dict(), report.lines())
        if report.stops:
            raise typer.Exit(InputError.exit_code)


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
        from medtune.config.load import load_films_run

        run = load_films_run(run_file, settings or ())  # first: a mistake in it is told at once

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
