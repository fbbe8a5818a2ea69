"""The command line: read words, call the workflow function of the same name, print. No logic."""

from __future__ import annotations

from typing import Annotated

import typer

from medtune.cli import data, judge, learn, shelf, site, start, use

app = typer.Typer(
    name="medtune",
    help="Fine-tune a pretrained vision model on your own X-rays, and find out honestly whether "
    "that made it better.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

# The panels of the help, in the order of the work.
for panel, verbs in (
    ("Start", (start.demo, start.new, start.doctor)),
    ("Data", (data.index, data.check, data.look, data.deidentify)),
    ("Site", (site.ladder,)),
    ("Learn", (learn.train, learn.search)),
    ("Judge", (judge.evaluate, judge.compare, judge.monitor)),
    ("Use", (use.predict, use.locate, use.export, use.chat, use.serve)),
):
    for verb in verbs:
        app.command(rich_help_panel=panel)(verb)
app.add_typer(site.site, name="site", rich_help_panel="Site")
app.add_typer(shelf.weights, name="weights", rich_help_panel="Shelf")


def _version(wanted: bool) -> None:
    if wanted:
        from medtune import __version__

        print(f"medtune {__version__}")
        raise typer.Exit


@app.callback()
def _before_any_verb(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line and end the process.

    Exit codes: 0 done; 2 your input needs correcting; 1 our fault; 130 stopped by Ctrl-C.
    """
    app()
