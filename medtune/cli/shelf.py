"""Shelf: weights list, weights fetch, weights show, weights verify."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from medtune.cli.ending import ending
from medtune.cli.options import AsJson, Trace

if TYPE_CHECKING:
    from medtune.vision.catalogue import Entry

weights = typer.Typer(
    help="Weights: what there is and may be used for, fetched, shown, verified.",
    no_args_is_help=True,
)


@weights.command("list")
def weights_list(as_json: AsJson = False, trace: Trace = False) -> None:
    """Show known weights: licence, what it allows, input size, parameters."""
    with ending(trace=trace, as_json=as_json) as answer:
        from medtune.workflow.weights import weights_list as work

        shelf = work()
        answer([asdict(one) for one in shelf], _table(shelf))


@weights.command("fetch")
def weights_fetch(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A name of the list, or a backbone (timm/NAME).")
    ],
    out: Annotated[Path, typer.Option(help="Folder for the file and its SHA256SUMS.")],
    as_json: AsJson = False,
    trace: Trace = False,
) -> None:
    """Fetch weights where there is internet, as safetensors with their SHA-256."""
    with ending(trace=trace, as_json=as_json) as answer:
        from medtune.workflow.weights import weights_fetch as work

        done = work(name, out)
        allowed = f"Licence: {done.licence} ({done.use})"
        answer(
            {**asdict(done), "path": str(done.path)},
            [f"Wrote {done.path}", f"SHA-256: {done.sha256}", allowed],
        )


@weights.command("show")
def weights_show(
    path: Annotated[
        Path, typer.Argument(metavar="RUN|FILE", help="A finished run, or its model.safetensors.")
    ],
    as_json: AsJson = False,
    trace: Trace = False,
) -> None:
    """Show what trained weights were taught with, and what their licence allows."""
    with ending(trace=trace, as_json=as_json) as answer:
        from medtune.workflow.weights import card_lines
        from medtune.workflow.weights import weights_show as work

        card = work(path)
        said = asdict(card.preprocessing)
        said["harmonise"] = "none" if said["harmonise"] is None else said["harmonise"]["method"]
        spec = ", ".join(f"{word} {value}" for word, value in said.items())
        decided = ", ".join(f"{name} >= {value:.4g}" for name, value in card.thresholds.items())
        answer(
            asdict(card),
            [*card_lines(card), f"Films: {spec}", f"Thresholds: {decided or 'none'}"],
        )


@weights.command("verify")
def weights_verify(
    path: Annotated[
        Path, typer.Argument(metavar="DIR|FILE", help="A folder with SHA256SUMS, or one file.")
    ],
    as_json: AsJson = False,
    trace: Trace = False,
) -> None:
    """Compare weights with their SHA-256; needs no network."""
    with ending(trace=trace, as_json=as_json) as answer:
        from medtune.workflow.weights import weights_verify as work

        done = work(path)
        answer(asdict(done), [f"ok  {name}" for name in done.files])


def _table(shelf: list[Entry]) -> list[str]:
    """A line an entry under a line of headings, in columns."""
    rows = [("name", "backbone", "pixels", "million", "use", "licence", "note")]
    rows += [
        (
            one.name,
            one.backbone or "-",
            str(one.pixels or "-"),
            "-" if one.parameters is None else f"{one.parameters:g}",
            one.use,
            one.licence,
            one.note if one.fetch else f"{one.note}; not fetched: {one.how}",
        )
        for one in shelf
    ]
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]) - 1)]
    return [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]])
        for row in rows
    ]
