"""What this report cannot show, and what the reader must note: as sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from medtune.report.cells import CONTROLS, MACRO, Cells
from medtune.report.flow import IN, Flow
from medtune.report.sealed import is_exploratory, sealed
from medtune.report.seeds import another_seed
from medtune.report.words import Words
from medtune.tables.results import Result

MANY_UNCLEAR = 0.10


def limits(
    result: Result, cells: Cells, flow: Flow, run: Mapping[str, Any], words: Words
) -> list[str]:
    """The limits of this evaluation, the gravest first.

    Args:
        result: what was found.
        cells: of the result.
        flow: of the cases.
        run: the resolved run.
        words: of the language.
    """
    said = _unclear(cells, flow, words)
    if "table" in run:
        said += [words.limit_table.format(table=run["table"]), _small(result, cells, words)]
    else:
        said += [_where_from(run, words), _small(result, cells, words), _labels(result, words)]
    if any(model in CONTROLS for model in cells.models):
        said.append(words.limit_controls)
    said.append(
        words.limit_conditional if cells.kind == "binary" else words.limit_conditional_target
    )
    said += another_seed(result, words)
    said.append(words.limit_retrospective)
    if _data(run).get("sampling") == "enriched":
        said.append(words.enriched)
    test_set = sealed(result, words)
    if test_set is not None:
        again = len(test_set.looks.rows) > 1
        said.append(f"{test_set.used} {words.limit_looks}" if again else test_set.used)
        said += test_set.more
    if is_exploratory(result):
        said.append(words.limit_not_declared.format(where=words.sealed))
    else:
        said.append(words.limit_one)
    return said


def first_notes(result: Result, cells: Cells) -> tuple[list[str], int]:
    """Notes for page one, about the finding of the verdict or about none; and how many others."""
    others = [f"{name}: " for name in cells.findings if name != cells.primary_finding]
    here = [note for note in result.warnings if not note.startswith(tuple(others))]
    return here, len(result.warnings) - len(here)


def _unclear(cells: Cells, flow: Flow, words: Words) -> list[str]:
    """The findings of the verdict for which many test labels are unclear."""
    asked = cells.findings if cells.primary_finding == MACRO else [cells.primary_finding]
    unclear = []
    for finding in asked:
        counts = flow.judged.get(finding, {})
        without = counts.get("label uncertain", 0) + counts.get("label unknown", 0)
        if without > MANY_UNCLEAR * counts.get(IN, 0):
            unclear.append(words.finding_name(finding))
    return [words.limit_unclear.format(findings=", ".join(unclear))] if unclear else []


def _where_from(run: Mapping[str, Any], words: Words) -> str:
    split = _data(run).get("split", {})
    if split.get("file"):
        return words.limit_given
    by = split.get("by", "patient")
    if by == "date":
        return words.limit_later
    return words.limit_same_place if by == "patient" else words.limit_other.format(by=by)


def _labels(result: Result, words: Words) -> str:
    """Where the reference comes from: the hospital's table, or a reading of the test studies."""
    reference = result.settings.get("reference")
    if not reference:
        return words.limit_labels
    who = reference["who"]
    codes = [who[name] for name in ("reader_1", "reader_2", "adjudicator") if name in who]
    return words.limit_reference.format(
        table=reference["table"],
        readers=", ".join(codes) or words.unknown_readers,
        blinded_to=who.get("blinded_to", words.unknown_blinding),
    )


def _small(result: Result, cells: Cells, words: Words) -> str:
    if cells.kind != "binary":
        return words.limit_target.format(n=int(result.primary["n_cases"]))
    if cells.primary_finding == MACRO:
        judged = [cells.measure(cells.own, "auroc", name) for name in cells.findings]
        few = sum(1 for cell in judged if cell is not None and cell.reason)
        return words.limit_many.format(n=len(cells.findings), no=few or words.no_finding)
    positive = int(result.primary["n_positive"])
    return words.limit_numbers.format(
        positive=positive,
        negative=int(result.primary["n_cases"]) - positive,
        finding=words.finding_name(cells.primary_finding),
    )


def _data(run: Mapping[str, Any]) -> Mapping[str, Any]:
    return run.get("data") or {}
