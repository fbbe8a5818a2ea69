"""Use: predict."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from medtune.cli.ending import ending, print_json
from medtune.cli.options import AsJson, RunFolder, Trace


def predict(
    folder: RunFolder,
    images: Annotated[
        Path, typer.Argument(metavar="INPUT", help="A DICOM file, or a folder of them.")
    ],
    out: Annotated[
        Path | None, typer.Option(help="Table to write: .csv, .tsv, .xlsx or .parquet.")
    ] = None,
    as_json: AsJson = False,
    trace: Trace = False,
) -> None:
    """Score new films with a finished run; films it was not made for are refused, with a reason."""
    with ending(trace=trace, as_json=as_json, not_done="Nothing was predicted."):
        from medtune.workflow.predict import predict as work

        table = work(folder, images, out)
    if as_json:
        print_json(table.to_dict("records"))
    elif out is None:
        print(table.to_string(index=False))
    else:
        print(f"Wrote {len(table)} rows to {out}.")
