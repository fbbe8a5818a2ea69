"""Data: check."""

from __future__ import annotations

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
