"""Start: demo, new, doctor."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from medtune.cli.ending import ending
from medtune.cli.options import AsJson, Trace
from medtune.cli.printing import result_data, result_lines


def demo(
    out: Annotated[Path, typer.Option(help="Folder for the demo.")] = Path("medtune-demo"),
    patients: Annotated[
        int | None,
        typer.Option(min=1, help="Simulated patients, or questions; fewer is faster."),
    ] = None,
    text: Annotated[
        bool, typer.Option("--text", help="A simulated help desk in place of two hospitals.")
    ] = False,
    as_json: AsJson = False,
    trace: Trace = False,
) -> None:
    """Show everything on two simulated hospitals, or a help desk, offline, in minutes."""
    with ending(trace=trace, as_json=as_json) as answer:
        if text:
            from medtune.workflow.demo_text import demo_text

            shown = demo_text(out, questions=patients, show=not as_json)
            answer(shown.as_dict(), shown.lines())
            return
        from medtune.workflow.demo import demo as work
        from medtune.workflow.report import report

        result = work(out, patients=patients, show=not as_json)
        place = report(out / "runs" / "south")
        answer(result_data(result, place), result_lines(result, place))


def new(
    name: Annotated[
        str, typer.Argument(metavar="[NAME]", help="Name of the run; NAME.yaml is written.")
    ] = "run",
    images: Annotated[
        Path | None, typer.Option(help="Folder of DICOM files, to be written into it.")
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(
            help="Label table; its columns of labels (0 and 1, no and yes) become the findings."
        ),
    ] = None,
    task: Annotated[
        str,
        typer.Option(
            help="What is learned: xray_findings, support_intent, support_chat or legal_drafting."
        ),
    ] = "xray_findings",
    files: Annotated[
        Path | None,
        typer.Option(help="File of texts (or folder of documents), to be written into it."),
    ] = None,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON schema of run files, for editors.")
    ] = False,
    as_json: AsJson = False,
    trace: Trace = False,
) -> None:
    """Write a run file to start from, with every setting explained."""
    with ending(trace=trace, as_json=as_json or schema) as answer:
        from medtune.config.load import run_schema
        from medtune.workflow.new import new as work

        if schema:
            answer(run_schema(), [])
            return
        notes: list[str] = []
        path = work(
            Path(f"{name}.yaml"),
            images=images,
            labels=labels,
            task=task,
            files=files,
            say=notes.append,
        )
        answer(
            {"run_file": str(path), "notes": notes},
            [f"Wrote {path}", *notes, f"Next: medtune check {path}"],
        )


def doctor(as_json: AsJson = False, trace: Trace = False) -> None:
    """Show what this machine has: versions, device, memory, and which DICOM files it can read."""
    with ending(trace=trace, as_json=as_json) as answer:
        from medtune.workflow.doctor import doctor as work
        from medtune.workflow.doctor import lines

        facts = work()
        answer([asdict(fact) for fact in facts], lines(facts))
