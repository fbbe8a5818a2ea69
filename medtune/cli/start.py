"""Start: demo, new, doctor."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from medtune.cli.ending import ending, print_json
from medtune.cli.options import AsJson, Trace
from medtune.cli.printing import print_result, result_as_dict


def demo(
    out: Annotated[Path, typer.Option(help="Folder for the demo.")] = Path("medtune-demo"),
    patients: Annotated[
        int | None, typer.Option(min=1, help="Simulated patients; fewer is faster.")
    ] = None,
    as_json: AsJson = False,
    trace: Trace = False,
) -> None:
    """Show everything on two simulated hospitals, offline, in a few minutes."""
    with ending(trace=trace, as_json=as_json):
        from medtune.workflow.demo import demo as work

        result = work(out, patients=patients)
    if as_json:
        print_json(result_as_dict(result))
    else:
        print_result(result)


def new(
    name: Annotated[
        str, typer.Argument(metavar="[NAME]", help="Name of the run; NAME.yaml is written.")
    ] = "run",
    images: Annotated[
        Path | None, typer.Option(help="Folder of DICOM files, to be written into it.")
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(help="Label table; its columns of 0 and 1 become the findings."),
    ] = None,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON schema of run files, for editors.")
    ] = False,
    as_json: AsJson = False,
    trace: Trace = False,
) -> None:
    """Write a run file to start from, with every setting explained."""
    with ending(trace=trace, as_json=as_json, not_done="Nothing was written."):
        from medtune.config.load import run_schema
        from medtune.workflow.new import new as work

        written = None if schema else work(Path(f"{name}.yaml"), images=images, labels=labels)
    if written is None:
        print_json(run_schema())
    elif as_json:
        print_json({"run_file": written})
    else:
        print(f"Wrote {written}. Next: medtune check {written}")


def doctor(as_json: AsJson = False, trace: Trace = False) -> None:
    """Show what this machine has: versions, device, memory, and which DICOM files it can read."""
    with ending(trace=trace, as_json=as_json):
        from medtune.workflow.doctor import doctor as work

        facts = work()
    if as_json:
        print_json([asdict(fact) for fact in facts])
        return
    part = ""
    for fact in facts:
        if fact.part != part:
            print(f"\n{fact.part}" if part else fact.part)
            part = fact.part
        print(f"  {'ok' if fact.fine else '!!'}  {fact.name}: {fact.value}")
