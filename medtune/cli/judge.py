"""Judge: evaluate, compare, monitor."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from medtune.cli.ending import ending
from medtune.cli.options import Allow, AsJson, Metadata, RunFolder, Settings, Trace
from medtune.cli.printing import result_data, result_lines
from medtune.errors import ConfigError

if TYPE_CHECKING:
    from medtune.config.any_run import AnyRun
    from medtune.tables.results import Result

TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".parquet")
OF_A_TABLE = "Of a table"


def evaluate(
    run: Annotated[
        Path,
        typer.Argument(
            metavar="RUN.yaml|runs/NAME|TABLE",
            help="A run file, a finished run, or a table of any products' scores.",
        ),
    ],
    reference: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="1 present, 0 absent, empty unknown.",
            rich_help_panel=OF_A_TABLE,
        ),
    ] = None,
    scores: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN,COLUMN",
            help="The scores of each model; the first is the generic one.",
            rich_help_panel=OF_A_TABLE,
        ),
    ] = None,
    group: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="The patient.", rich_help_panel=OF_A_TABLE),
    ] = None,
    study: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="The study, where several rows are one.",
            rich_help_panel=OF_A_TABLE,
        ),
    ] = None,
    split: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="test (judged) or calibration (sets the thresholds).",
            rich_help_panel=OF_A_TABLE,
        ),
    ] = None,
    threshold: Annotated[
        str | None,
        typer.Option(
            metavar="NAME=X,NAME=X",
            help="Thresholds that models came with: positive is score >= X.",
            rich_help_panel=OF_A_TABLE,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Where its tables and its report are written.",
            rich_help_panel=OF_A_TABLE,
        ),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(
            metavar="en|de",
            help="Language of the report, as --set report.language=de.",
            show_default=False,
        ),
    ] = None,
    pdf: Annotated[
        bool, typer.Option("--pdf", help="Write report.pdf too, as --set report.pdf=true.")
    ] = False,
    allow: Allow = None,
    settings: Settings = None,
    as_json: AsJson = False,
    trace: Trace = False,
) -> None:
    """Judge the fine-tuned model against the generic one on the test split; write the report.

    Or judge any two products by a table of their scores, one row a case.
    """
    of_a_table = {
        "--reference": reference,
        "--scores": scores,
        "--group": group,
        "--study": study,
        "--split": split,
        "--threshold": threshold,
        "--out": out,
    }
    wanted = [*(settings or []), *([f"report.language={language}"] if language else [])]
    wanted += ["report.pdf=true"] if pdf else []
    with ending(trace=trace, as_json=as_json, not_done="Nothing was evaluated.") as answer:
        if run.suffix.lower() in TABLES and not run.is_dir():
            result, place = _table(run, of_a_table, wanted, allow or [])
        else:
            given = [option for option, value in of_a_table.items() if value is not None]
            if given:
                raise ConfigError([f"{given[0]} is for tables of scores, and {run.name} is none."])
            result, place = _run(run, wanted, allow or [], show=not as_json)
        answer(result_data(result, place), result_lines(result, place))


def compare(
    runs: Annotated[
        list[Path],
        typer.Argument(metavar="runs/A runs/B ...", help="Folders of evaluated runs."),
    ],
    cross_site: Annotated[
        bool,
        typer.Option(
            "--cross-site",
            help="Lay models of several sites side by side: each at its own and at the others.",
        ),
    ] = False,
    left_out: Annotated[
        bool,
        typer.Option(
            "--leave-one-site-out",
            help="Lay runs side by side that each held out another site as their test.",
        ),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Where its tables are written, if at all."),
    ] = None,
    as_json: AsJson = False,
    trace: Trace = False,
) -> None:
    """Compare several fine-tuned models on the same test cases, adjusted for their number."""
    with ending(trace=trace, as_json=as_json, not_done="Nothing was compared.") as answer:
        from medtune.workflow.compare import compare as work
        from medtune.workflow.compare import compare_sites, leave_one_site_out

        if cross_site and left_out:
            raise ConfigError(["--cross-site or --leave-one-site-out, one of the two."])
        how = leave_one_site_out if left_out else compare_sites if cross_site else work
        found: Any = how(runs, out=out)
        answer(found.as_dict(), found.lines())


def monitor(
    folder: RunFolder,
    new: Annotated[
        Path,
        typer.Argument(
            metavar="NEW", help="A folder of new films, or a table of scores as predict writes it."
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for monitor.html and monitor.json; monitor in the run's folder where "
            "nothing is said.",
            show_default=False,
        ),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(
            help="Label table of the new films, of the same columns as the run's.",
            show_default=False,
        ),
    ] = None,
    metadata: Metadata = None,
    site: Annotated[
        Path | None,
        typer.Option(
            metavar="PROFILE.yaml",
            help="Profile of the site (medtune site measure): how many new patients have a film "
            "unlike those that were measured there.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
    trace: Trace = False,
) -> None:
    """Hold new films and scores against the report's: is it time to look again?"""
    with ending(trace=trace, as_json=as_json) as answer:
        from medtune.workflow.monitor import monitor as work

        found = work(
            folder, new, out, labels=labels, metadata=metadata, site=site, show=not as_json
        )
        answer(found.as_dict(), found.lines())


def _run(run: Path, settings: list[str], allow: list[str], *, show: bool) -> tuple[Result, Path]:
    from medtune.config.load import load_run
    from medtune.run_folder import RunFolder

    judged: AnyRun | Path = run
    folder = run
    if settings or not run.is_dir():
        # A stored run is judged again, with other settings, without its films at hand.
        file = RunFolder(run).config if run.is_dir() else run
        judged = loaded = load_run(file, settings, files_must_exist=not run.is_dir())
        folder = loaded.runs / loaded.name

    from medtune.workflow.evaluate import evaluate as work
    from medtune.workflow.report import report

    return work(judged, allow=allow, show=show), report(folder)


def _table(
    table: Path, words: dict[str, Any], settings: list[str], allow: list[str]
) -> tuple[Result, Path]:
    from medtune.config.load import load_judging
    from medtune.run_folder import RunFolder

    judging = load_judging(settings)
    if allow:
        raise ConfigError(["--allow is for runs: a table of scores names no film that could leak."])
    if words["--out"] is None:
        raise ConfigError([f"{table.name}: --out is missing: the folder for the report."])
    thresholds = _thresholds(words["--threshold"])

    from medtune.workflow.evaluate_table import evaluate_table as work

    result = work(
        table,
        out=words["--out"],
        reference=words["--reference"],
        scores=_listed(words["--scores"]),
        group=words["--group"],
        study=words["--study"],
        split=words["--split"],
        thresholds=thresholds,
        settings=judging.evaluation,
        report=judging.report,
        targets=judging.targets,
    )
    return result, RunFolder(words["--out"]).report


def _listed(words: str | None) -> list[str]:
    return [word.strip() for word in (words or "").split(",") if word.strip()]


def _thresholds(words: str | None) -> dict[str, float]:
    found: dict[str, float] = {}
    for word in _listed(words):
        name, _, value = word.rpartition("=")
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if not name or number != number or name in found:
            raise ConfigError(
                [f"--threshold is written NAME=NUMBER,NAME=NUMBER, each once, not '{word}'."]
            )
        found[name] = number
    return found
