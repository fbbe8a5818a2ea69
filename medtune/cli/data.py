"""Data: check."""

from __future__ import annotations

from dataclasses import asdict

from medtune.cli.ending import ending, print_json
from medtune.cli.options import AsJson, RunFile, Settings, Trace


def check(
    run_file: RunFile, settings: Settings = None, as_json: AsJson = False, trace: Trace = False
) -> None:
    """Look through the films, the labels and the split before anything is trained."""
    with ending(trace=trace, as_json=as_json, not_done="Nothing was checked."):
        from medtune.config.load import load_run
        from medtune.workflow.check import check as work

        report = work(load_run(run_file, settings or ()))
    if as_json:
        print_json(asdict(report))
    else:
        print("\n".join(report.lines()))
