"""Learn: train."""

from __future__ import annotations

from medtune.cli.ending import ending, print_json
from medtune.cli.options import AsJson, RunFile, Settings, Trace


def train(
    run_file: RunFile, settings: Settings = None, as_json: AsJson = False, trace: Trace = False
) -> None:
    """Fine-tune the network; started again, it goes on where it was stopped."""
    with ending(trace=trace, as_json=as_json, not_done="Nothing was trained."):
        from medtune.config.load import load_run
        from medtune.workflow.train import train as work

        folder = work(load_run(run_file, settings or ()), show=not as_json)
    if as_json:
        print_json({"run_folder": folder})
    else:
        print(f"Trained: {folder}. Next: medtune evaluate {folder}")
