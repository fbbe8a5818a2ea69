"""Site: measure, compare; ladder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from medtune.cli.ending import ending
from medtune.cli.options import Allow, AsJson, RunFile, Settings, Trace

site = typer.Typer(
    help="A hospital's profile: what its films look like, without a film or a patient in it.",
    no_args_is_help=True,
)
Profile = Annotated[Path, typer.Argument(metavar="PROFILE.yaml", help="A profile.")]


@site.command()
def measure(
    films: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER",
            help="Folder of films, a zip archive, a DICOMDIR; or a run file: then its train split.",
        ),
    ],
    out: Annotated[Path, typer.Option(help="The profile, .yaml; plots go beside it, .html.")],
    name: Annotated[
        str | None,
        typer.Option(help="Name of the hospital as it is told.", show_default=False),
    ] = None,
    films_a_group: Annotated[
        int, typer.Option(min=1, help="Films of each scanner and view that are measured.")
    ] = 300,
    smallest_cell: Annotated[
        int, typer.Option(min=1, help="What rests on fewer patients is left out.")
    ] = 10,
    scanner_names: Annotated[
        bool,
        typer.Option(
            "--scanner-names",
            help="Name scanners as headers do; read these names before you share the profile.",
        ),
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Another seed measures other films.")] = 0,
    as_json: AsJson = False,
    trace: Trace = False,
) -> None:
    """Measure greys, noise, sharpness, borders, markers and patients of unlabelled films."""
    with ending(trace=trace, as_json=as_json, not_done="Nothing was measured.") as answer:
        from medtune.workflow.site import measure as work

        found = work(
            films,
            out,
            site=name,
            most_films=films_a_group,
            smallest_cell=smallest_cell,
            scanner_names=scanner_names,
            seed=seed,
            show=not as_json,
        )
        answer(found.as_dict(), found.lines())


@site.command()
def compare(
    one: Profile,
    other: Profile,
    as_json: AsJson = False,
    trace: Trace = False,
) -> None:
    """Say in words what differs between two profiles, and by how much."""
    with ending(trace=trace, as_json=as_json, not_done="Nothing was compared.") as answer:
        from medtune.workflow.site import compare as work

        found = work(one, other)
        answer(found.as_dict(), found.lines())


def ladder(
    run_file: RunFile,
    allow: Allow = None,
    settings: Settings = None,
    as_json: AsJson = False,
    trace: Trace = False,
) -> None:
    """Say what a threshold, a curve or a training would gain, and which of them suffices."""
    with ending(trace=trace, as_json=as_json, not_done="Nothing was done.") as answer:
        from medtune.workflow.named import load_named_films_run

        run = load_named_films_run(run_file, settings or ())  # first: a mistake is told at once

        from medtune.workflow.ladder import ladder as work

        found = work(run, allow=allow or (), show=not as_json)
        answer(found.as_dict(), found.lines())
