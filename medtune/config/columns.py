"""Whether tables of labels have the columns that a run asks for, by their header lines alone."""

from __future__ import annotations

import csv
from pathlib import Path

from medtune.config.located import Located, Problem, Setting
from medtune.config.near import did_you_mean
from medtune.config.run import Run

TEXT_TABLES = (".csv", ".tsv", ".txt")


def missing_columns(run: Run, found: Located) -> list[Problem]:
    """Findings and the join key that are no column; other kinds of table are read later.

    Args:
        run: the run.
        found: where its settings are written.
    """
    return _of_labels(run, found) + _of_reference(run, found)


def _of_labels(run: Run, found: Located) -> list[Problem]:
    table = run.data.labels
    if table is None:
        return []
    header = _header(table)
    if header is None:
        return []
    if not any(header):
        said = f"'data.labels' points to {table.name}, and {_without_header(table)}."
        return [Problem(found.place_of(("data", "labels")), said)]
    problems = []
    plain = [_plain(name) for name in header]
    if _plain(run.data.join_on) not in plain:
        place = found.place_of(("data", "join_on"))
        problems.append(
            Problem(
                place,
                f"'data.join_on' is {run.data.join_on}, and {table.name} has no such column."
                f"{did_you_mean(run.data.join_on, header)} It has: {', '.join(header[:12])}.",
            )
        )
    for learned, target in run.data.targets.items():
        name = target.column or learned
        if name not in header:
            problems.append(
                Problem(
                    found.place_of(("data", "targets", learned)),
                    f"'data.targets' reads '{name}', and {table.name} has no such "
                    f"column.{did_you_mean(name, header)}",
                )
            )
    for finding, rule in run.data.findings.items():
        for name in [*rule.present, *rule.absent]:
            if name not in header:
                setting: Setting = ("data", "findings", finding)
                problems.append(
                    Problem(
                        found.place_of(setting),
                        f"'data.findings' names '{name}', and {table.name} has no such "
                        f"column.{did_you_mean(name, header)}",
                    )
                )
    return problems


def _of_reference(run: Run, found: Located) -> list[Problem]:
    """What radiologists read has the run's findings as its columns, by their own names."""
    table = run.evaluation.reference
    header = None if table is None else _header(table)
    if table is None or header is None:
        return []
    if not any(header):
        said = f"'evaluation.reference' points to {table.name}, and {_without_header(table)}."
        return [Problem(found.place_of(("evaluation", "reference")), said)]
    keys = list(dict.fromkeys([run.data.join_on, "accession_number"]))
    plain = [_plain(name) for name in header]
    lacking = [] if any(_plain(key) in plain for key in keys) else [" or ".join(keys)]
    lacking += [finding for finding in run.data.findings if finding not in header]
    place = found.place_of(("evaluation", "reference"))
    return [
        Problem(
            place,
            f"'evaluation.reference' needs a column {name}, and {table.name} has no such column."
            f"{did_you_mean(name, header)} It has: {', '.join(header[:12])}.",
        )
        for name in lacking
    ]


def _without_header(table: Path) -> str:
    """What is wrong with a table whose first line names no column."""
    if table.read_text(encoding="utf-8-sig", errors="replace").strip():
        return "its first line is empty, where the names of its columns should stand"
    return "that file is empty"


def _header(table: Path) -> list[str] | None:
    """The names in the first line; None where that is not how the table begins."""
    kind = table.suffix.lower()
    if kind not in TEXT_TABLES or not table.is_file():
        return None
    try:
        with table.open(encoding="utf-8-sig", newline="") as handle:
            header = handle.readline()
        other = ";" if ";" in header and "," not in header else ","  # as tables.schema.separator
        delimiter = other if kind == ".csv" else "\t"
        return [name.strip() for name in next(csv.reader([header], delimiter=delimiter), [])]
    except (OSError, UnicodeDecodeError, csv.Error):
        return None


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())
