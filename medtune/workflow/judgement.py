"""The files of a judgement, under the same names for a run and for a table from elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from medtune.config.report import Report
from medtune.errors import DataError
from medtune.evaluation import result_as_json
from medtune.evaluation.imrmc import imrmc
from medtune.report.languages import words_of
from medtune.report.model_card import model_card
from medtune.report.pdf import Printer, printer
from medtune.report.render import NO_PICTURES, report_html
from medtune.run_folder import RunFolder
from medtune.tables.results import Result
from medtune.tables.schema import write_table, write_text


@dataclass(frozen=True)
class Wanted:
    """How the report is to be.

    Attributes:
        language: of it.
        printer: what prints it; None where nothing does.
        said: what people said, see ``config.report.Report``.
    """

    language: str
    printer: Printer | None
    said: Mapping[str, Any]


def wanted(report: Report) -> Wanted:
    """Look whether what was asked for can be had, before anything is judged.

    Raises:
        InputError: a PDF is wanted, and nothing here prints one.
    """
    return Wanted(report.language, printer() if report.pdf else None, report.said)


def write_judgement(
    folder: RunFolder,
    result: Result,
    predictions: pd.DataFrame,
    *,
    title: str,
    run: Mapping[str, Any],
    environment: Mapping[str, Any],
    wanted: Wanted,
    pictures: Mapping[str, bytes] = NO_PICTURES,
) -> None:
    """Write all files but the predictions; the report, the answer and its print come last.

    Args:
        folder: where.
        result: what was found.
        predictions: what was judged.
        title: of the report.
        run: the resolved run as plain values, or what there is of a table.
        environment: versions and digests.
        wanted: how the report is to be.
        pictures: PNG of a case by case_id, for the worst errors.

    Raises:
        InputError: the report could not be printed; all else is written, and there is no PDF.
    """
    words = words_of(wanted.language)
    write_table(result.measures, folder.measures)
    write_table(result.differences, folder.differences)
    _for_imrmc(folder, predictions, result)
    run = {**run, "report": wanted.said}
    about: dict[str, Any] = {"title": title, "run": run, "environment": environment}
    write_text(model_card(result, **about, words=words), folder.model_card)
    page = report_html(result, **about, pictures=pictures, words=words)
    folder.printed.unlink(missing_ok=True)  # one of an earlier judgement says something else
    write_text(page, folder.report)
    write_text(json.dumps(result_as_json(result), indent=1, allow_nan=False), folder.result)
    if wanted.printer is not None:
        wanted.printer(page, folder.printed)  # last: a look at the test is never lost to a printer


def _for_imrmc(folder: RunFolder, predictions: pd.DataFrame, result: Result) -> None:
    """Each finding's scores, and none of an earlier judgement; one of one class only has no file.

    Names that differ in what a file name cannot hold are numbered, in the order of the findings.
    """
    settings = result.settings
    for pattern in ("*.imrmc", "*.cases.csv"):
        for stale in folder.imrmc.glob(pattern):
            stale.unlink()
    taken: set[str] = set()
    for target in settings["operating_points"]:
        plain = re.sub(r"[^\w.-]", "_", target)
        names = (plain, *(f"{plain}_{number}" for number in range(2, len(taken) + 3)))
        name = next(each for each in names if each not in taken)
        taken.add(name)
        try:
            reads = imrmc(
                predictions, target, pool=settings["pool"], judged_split=settings["judged_split"]
            )
        except DataError:
            continue
        write_table(reads.cases, folder.imrmc / f"{name}.cases.csv")
        write_text(reads.text, folder.imrmc / f"{name}.imrmc")
