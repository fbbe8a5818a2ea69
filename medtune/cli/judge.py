"""Judge: evaluate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from medtune.cli.ending import ending
from medtune.cli.options import Allow, AsJson, Settings, Trace
from medtune.cli.printing import result_data, result_lines

if TYPE_CHECKING:
    from medtune.config.run import Run


def evaluate(
    run: Annotated[
        Path, typer.Argument(metavar="RUN.yaml|runs/NAME", help="A run file or a finished run.")
    ],
    allow: Allow = None,
    settings: Settings = None,
    as_json: AsJson = False,
    trace: Trace = False,
) -> None:
    """Judge the fine-tuned model against the generic one on the test split; write the report."""
    with ending(trace=trace, as_json=as_json, not_done="Nothing was evaluated.") as answer:
        from medtune.config.load import load_run
        from medtune.run_folder import RunFolder

        judged: Run | Path = run
        folder = run
        if settings or not run.is_dir():
            # A stored run is judged again, with other settings, without its films at hand.
            file = RunFolder(run).config if run.is_dir() else run
            judged = load_run(file, settings or (), files_must_exist=not run.is_dir())
            folder = judged.runs / judged.name

        from medtune.workflow.evaluate import evaluate as work
        from medtune.workflow.report import report

        result = work(judged, allow=allow or (), show=not as_json)
        place = report(folder)
        answer(result_data(result, place), result_lines(result, place))
