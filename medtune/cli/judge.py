"""Judge: evaluate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from medtune.cli.ending import ending, print_json
from medtune.cli.options import AsJson, Settings, Trace
from medtune.cli.printing import print_result, result_as_dict


def evaluate(
    run: Annotated[
        Path, typer.Argument(metavar="RUN.yaml|runs/NAME", help="A run file or a finished run.")
    ],
    settings: Settings = None,
    as_json: AsJson = False,
    trace: Trace = False,
) -> None:
    """Judge the fine-tuned model against the generic one on the test split; write the report."""
    with ending(trace=trace, as_json=as_json, not_done="Nothing was evaluated."):
        from medtune.config.load import load_run
        from medtune.workflow.evaluate import evaluate as work

        judged = run if run.is_dir() and not settings else load_run(run, settings or ())
        result = work(judged, show=not as_json)
    if as_json:
        print_json(result_as_dict(result))
    else:
        print_result(result)
