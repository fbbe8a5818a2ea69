"""Use: predict, export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from medtune.cli.ending import ending
from medtune.cli.options import AsJson, RunFolder, Trace


def predict(
    folder: RunFolder,
    images: Annotated[
        Path,
        typer.Argument(
            metavar="INPUT",
            help="A DICOM file, or a folder of them; of a run about texts, a file of questions.",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            help="Table to write, .csv or .parquet; predictions/predictions.csv in the run's "
            "folder where nothing is said.",
            show_default=False,
        ),
    ] = None,
    metadata: Annotated[
        Path | None,
        typer.Option(
            help="Table about pictures that are no DICOM: file, patient_id, study_uid ...",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
    trace: Trace = False,
) -> None:
    """Score new films or texts with a finished run; what it was not made for is refused."""
    with ending(trace=trace, as_json=as_json) as answer:
        from medtune.workflow.predict import predict as work

        table = work(folder, images, out, metadata=metadata, show=not as_json)
        plain = table.astype(object).where(table.notna(), None)
        answer(plain.to_dict("records"), [table.to_string(index=False)])


def export(
    folder: RunFolder,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder to write into; export in the run's folder where nothing is said.",
            show_default=False,
        ),
    ] = None,
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            metavar="onnx|torch",
            help="Which program is written; both where nothing is said. onnx needs "
            "medtune[export].",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
    trace: Trace = False,
) -> None:
    """Write a finished run as programs, ONNX and torch.export, that give the same scores."""
    with ending(trace=trace, as_json=as_json) as answer:
        from medtune.workflow.export import export as work

        done = work(folder, out, formats or ("onnx", "torch"), show=not as_json)
        answer(done.as_dict(), done.lines())
