"""Use: predict, locate, export, chat, serve."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from medtune.cli.ending import ending
from medtune.cli.options import AsJson, Metadata, RunFolder, Settings, Trace
from medtune.errors import InputError

NamesFile = Annotated[
    Path | None,
    typer.Option(
        help="List of names to replace in texts, one a line; the run's own where nothing is said.",
        show_default=False,
    ),
]


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
    metadata: Metadata = None,
    site: Annotated[
        Path | None,
        typer.Option(
            metavar="PROFILE.yaml",
            help="Profile of the site (medtune site measure): films unlike those that were "
            "measured there are called unusual too.",
            show_default=False,
        ),
    ] = None,
    names: NamesFile = None,
    settings: Settings = None,
    as_json: AsJson = False,
    trace: Trace = False,
) -> None:
    """Score new films or texts with a finished run; what it was not made for is refused."""
    with ending(trace=trace, as_json=as_json) as answer:
        from medtune.cli.printing import scores_lines
        from medtune.run_folder import RunFolder
        from medtune.workflow.predict import predict as work

        table = work(
            folder,
            images,
            out,
            metadata=metadata,
            site=site,
            names=names,
            settings=settings or (),
            show=not as_json,
        )
        plain = table.astype(object).where(table.notna(), None)
        answer(plain.to_dict("records"), scores_lines(table, out or RunFolder(folder).new_scores))


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
            help="Of a run about films, which program is written; both where nothing is said. onnx "
            "needs the extra 'export'.",
            show_default=False,
        ),
    ] = None,
    converter: Annotated[
        Path | None,
        typer.Option(
            metavar="convert_hf_to_gguf.py",
            help="Of a run that answers: llama.cpp's converter, for a GGUF file and an Ollama "
            "Modelfile too; the one on the PATH where nothing is said.",
            show_default=False,
        ),
    ] = None,
    openai: Annotated[
        bool,
        typer.Option(
            "--openai",
            help="Of a run about texts: write what taught it instead, redacted, as OpenAI's "
            "fine-tuning reads it.",
        ),
    ] = False,
    settings: Settings = None,
    as_json: AsJson = False,
    trace: Trace = False,
) -> None:
    """Write a finished run as it is used without medtune, checked to say the same.

    Films: ONNX and torch.export. Texts: a folder for transformers, vLLM and Ollama.
    """
    with ending(trace=trace, as_json=as_json) as answer:
        from medtune.workflow.export import export as work

        done = work(
            folder,
            out,
            formats or (),
            converter=converter,
            openai=openai,
            settings=settings or (),
            show=not as_json,
        )
        answer(done.as_dict(), done.lines())


def locate(
    folder: RunFolder,
    case_id: Annotated[
        str | None,
        typer.Argument(
            metavar="[CASE_ID]",
            help="A pseudonym: shows its film's path and accession number in this terminal only, "
            "and logs that it did. Without it: where the network looked.",
            show_default=False,
        ),
    ] = None,
    finding: Annotated[
        str | None,
        typer.Option(help="Where it looked for this one; that of the verdict where not said."),
    ] = None,
    boxes: Annotated[
        Path | None,
        typer.Option(help="Table case_id, x, y, width, height: what a person drew, in pixels."),
    ] = None,
    masks: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="FINDING/*.png, or *.png of the finding: what a person drew, 0 is outside.",
        ),
    ] = None,
    each: Annotated[int, typer.Option(min=1, max=50, help="Films of each group.")] = 4,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the page; locate in the run's folder where not said."),
    ] = None,
    as_json: AsJson = False,
    trace: Trace = False,
) -> None:
    """Show where the network looked, at its worst errors and at some right decisions.

    Or, with a CASE_ID, where that film lies.
    """
    with ending(trace=trace, as_json=as_json) as answer:
        if case_id is not None:
            if any(each is not None for each in (finding, boxes, masks, out)):
                raise InputError(
                    "--finding, --boxes, --masks and --out are for pages, not for one CASE_ID."
                )
            if as_json:
                raise InputError("Where a film lies is shown to a person only, never as --json.")
            from medtune.workflow.place import place_of_case

            answer(None, place_of_case(folder, case_id).lines())
            return
        from medtune.workflow.locate import locate as work

        found = work(
            folder,
            finding=finding,
            boxes=boxes,
            masks=masks,
            each=each,
            out=out,
            show=not as_json,
        )
        answer(found.as_dict(), found.lines())


def chat(
    folder: RunFolder, names: NamesFile = None, settings: Settings = None, trace: Trace = False
) -> None:
    """Talk with a finished run that answers, line by line; nothing of it is kept."""
    with ending(trace=trace):
        from medtune.workflow.chats.chat import chat as work
        from medtune.workflow.chats.chat import lines_of
        from medtune.workflow.progress import say

        work(
            folder,
            lines_of(sys.stdin, sys.stdout),
            lambda piece: print(piece, end="", flush=True),
            names=names,
            settings=settings or (),
            tell=say,
        )


def serve(
    folder: RunFolder,
    host: Annotated[
        str,
        typer.Option(
            help="Address to listen at; another than this machine's own needs an API key."
        ),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes one that is free.")] = 8000,
    key_file: Annotated[
        Path | None,
        typer.Option(
            help="File with the API key that each request has to bear; where nothing is said, "
            "that of the environment variable MEDTUNE_API_KEY, if there is one.",
            show_default=False,
        ),
    ] = None,
    names: NamesFile = None,
    settings: Settings = None,
    trace: Trace = False,
) -> None:
    """Answer as OpenAI's API does, from a finished run that answers. Needs the extra 'serve'."""
    with ending(trace=trace):
        from medtune.workflow.chats.serve import serve as work

        work(folder, host=host, port=port, key_file=key_file, names=names, settings=settings or ())
