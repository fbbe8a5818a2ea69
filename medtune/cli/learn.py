"""Learn: train, search."""

from __future__ import annotations

from medtune.cli.ending import ending
from medtune.cli.options import Allow, AsJson, RunFile, Settings, Trace


def train(
    run_file: RunFile,
    allow: Allow = None,
    settings: Settings = None,
    as_json: AsJson = False,
    trace: Trace = False,
) -> None:
    """Fine-tune the network; started again, it goes on where it was stopped."""
    with ending(trace=trace, as_json=as_json, not_done="Nothing was trained.") as answer:
        from medtune.workflow.named import load_named_run

        run = load_named_run(run_file, settings or ())  # first: a mistake in it is told at once

        from medtune.workflow.train import train as work

        folder = work(run, allow=allow or (), show=not as_json, trace=trace)
        answer(
            {"run_folder": str(folder)}, [f"Trained: {folder}", f"Next: medtune evaluate {folder}"]
        )


def search(
    run_file: RunFile,
    allow: Allow = None,
    settings: Settings = None,
    as_json: AsJson = False,
    trace: Trace = False,
) -> None:
    """Try out settings of 'search.space', judged on tune alone; write the best as a run file."""
    with ending(trace=trace, as_json=as_json, not_done="Nothing was searched.") as answer:
        from medtune.workflow.named import load_named_films_run

        run = load_named_films_run(run_file, settings or ())  # first: a mistake is told at once

        from medtune.workflow.search import search as work

        found = work(run, allow=allow or (), show=not as_json)
        answer(found.as_dict(), found.lines())
