"""What a table is, and the tables of one finding: every model, every count, every difference."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from medtune.report.cells import CONTROLS, MACRO, Cell, Cells
from medtune.report.front import Tables
from medtune.report.printed import printed_threshold
from medtune.report.words import Words

# What a fine-tuned model is held against controls in, beside the primary measure.
AGAINST_CONTROLS = ("auroc", "edit_effort_characters", "edit_effort_words")
AT_A_TIME = 6  # models side by side on a printed page
Shown = Cell | str | None

AT_A_THRESHOLD = ("sensitivity", "specificity", "ppv", "npv", "accuracy", "balanced_accuracy")
OF_PROBABILITIES = ("brier", "calibration_slope", "calibration_intercept")
GROUPS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("ranking", "", ("auroc", "average_precision")),
    ("site", "site", AT_A_THRESHOLD),
    ("probability", "", OF_PROBABILITIES),
    ("recalibrated", "recalibrated", OF_PROBABILITIES),
)


@dataclass(frozen=True)
class Row:
    """A row: its label and cells; ``reason`` where all cells share it; ``kind`` for its looks."""

    label: str
    cells: list[Shown]
    reason: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Table:
    """A table with its caption; the first column is the rows' label."""

    caption: str
    columns: list[str]
    rows: list[Row] = field(default_factory=list)


def row(label: str, cells: list[Shown], kind: str = "") -> Row:
    """A row; where every number of it is missing for one reason, that is said once."""
    numbers = [cell for cell in cells if isinstance(cell, Cell)]
    reasons = {cell.reason for cell in numbers}
    if len(numbers) > 1 and len(reasons) == 1 and (reason := reasons.pop()):
        kept = [cell for cell in cells if isinstance(cell, str)]
        return Row(label, list(kept), reason, kind)
    return Row(label, cells, "", kind)


def with_every_model(cells: Cells, finding: str, level: str, words: Words) -> list[Table]:
    """Measures down, models across; several tables where the models do not fit side by side."""
    models = [m for m in cells.models if cells.measure(m, "auroc", finding) is not None]
    own, others = models[:1], models[1:]
    parts = [others[i : i + AT_A_TIME - 1] for i in range(0, len(others), AT_A_TIME - 1)]
    about = cells.measure(models[0], "auroc", finding)
    assert about is not None
    words_of = words.comparison_mean_caption if finding == MACRO else words.comparison_caption
    caption = words_of.format(
        finding=words.finding_title(finding),
        n=about.n_cases,
        patients=about.n_groups,
        positive=about.n_positive,
        level=level,
    )
    return [
        Table(
            caption,
            [words.measure, *(words.model_name(model) for model in own + part)],
            _measure_rows(cells, own + part, finding, words),
        )
        for part in parts or [[]]
    ]


def _measure_rows(cells: Cells, models: list[str], finding: str, words: Words) -> list[Row]:
    rows: list[Row] = []
    for name, rule, measures in GROUPS:
        found = [
            (measure, [cells.measure(model, measure, finding, rule) for model in models])
            for measure in measures
        ]
        found = [(measure, row_) for measure, row_ in found if any(row_)]
        if not found:
            continue
        rows.append(Row(words.groups[name], [], kind="group"))
        if rule == "site":
            rows.append(Row(words.threshold, [_threshold(cell) for cell in found[0][1]]))
        rows += [row(words.measures[measure], list(row_)) for measure, row_ in found]
    return rows


def at_shipped_threshold(cells: Cells, finding: str, words: Words) -> Table | None:
    """The models that came with a threshold, judged at it."""
    rows = []
    for model in cells.models:
        found = [cells.measure(model, name, finding, "shipped") for name in AT_A_THRESHOLD]
        if any(found):
            rows.append(row(words.model_name(model), [_threshold(found[0]), *found]))
    columns = [words.model, words.threshold, *(words.measures[name] for name in AT_A_THRESHOLD)]
    caption = words.shipped_caption.format(finding=words.finding_title(finding))
    return Table(caption, columns, rows) if rows else None


def _threshold(cell: Cell | None) -> str | None:
    if cell is None or not math.isfinite(cell.threshold):
        return None
    return printed_threshold(cell.threshold)


def all_differences(
    cells: Cells,
    finding: str,
    primary: tuple[str, str, str],
    mark: str,
    level: str,
    words: Words,
) -> Table:
    """The paired differences for one finding; only the declared one is not exploratory.

    Of the controls only AUROC, edit effort and the primary measure: their one question is whether
    the fine-tuned model is above them.

    Args:
        cells: of the result.
        finding: the finding.
        primary: (compared_with, measure, rule) of the primary comparison.
        mark: what stands beside the primary comparison.
        level: printed.
        words: of the language.
    """
    rows: list[Row] = []
    last = ""
    for key, cell in cells.differences(finding):
        other, measure, rule = key
        if other in CONTROLS and measure not in (*AGAINST_CONTROLS, primary[1]):
            continue
        if other != last:
            rows.append(Row(words.model_name(other), [], kind="group"))
            last = other
        declared = key == primary and finding == cells.primary_finding
        label = ", ".join(filter(None, (words.measures[measure], words.rules[rule])))
        kind = "strong" if declared else ""
        if cell.reason:
            rows.append(Row(label, [], cell.reason, kind))
            continue
        beside = mark if declared else words.exploratory
        shown: list[Shown] = [
            cell.text,
            cell.interval,
            cell.p_value,
            words.of_judge(cell.method),
            beside,
        ]
        rows.append(Row(label, shown, "", kind))
    columns = [column.format(level=level) for column in words.difference_columns]
    caption = words.differences_caption.format(
        finding=words.finding_title(finding), own=words.model_in_text(cells.own)
    )
    return Table(caption, columns, rows)


def counts(cells: Cells, tables: Tables, finding: str, words: Words) -> Table | None:
    """The 2 x 2 tables as counts: the overall ones are never suppressed."""
    rows = [
        Row(
            words.model_name(model),
            [words.rules[rule], *(f"{n}" for n in (t.found, t.missed, t.alarms, t.cleared))],
        )
        for model in cells.models
        for rule in ("site", "shipped")
        if (t := tables.get((model, finding, rule))) is not None
    ]
    caption = words.two_by_two_caption.format(finding=words.finding_title(finding))
    return Table(caption, list(words.two_by_two_columns), rows) if rows else None
