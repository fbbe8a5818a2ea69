"""The words that several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

RunFile = Annotated[Path, typer.Argument(metavar="RUN.yaml", help="The run file.")]
RunFolder = Annotated[
    Path, typer.Argument(metavar="runs/NAME", help="The folder of a finished run.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="SECTION.SETTING=VALUE",
        help="Override one setting of the run file, e.g. --set training.epochs=2. Repeatable.",
    ),
]
Allow = Annotated[
    list[str] | None,
    typer.Option(
        "--allow",
        metavar="LEAK",
        help="A leak that is known and harmless, by its name. Repeatable; each must be named.",
    ),
]
Metadata = Annotated[
    Path | None,
    typer.Option(
        help="Table about pictures that are no DICOM: file, patient_id, study_uid ...",
        show_default=False,
    ),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print the result as JSON on stdout, and nothing else there.")
]
Trace = Annotated[bool, typer.Option("--trace", help="Show the Python traceback of an error.")]
