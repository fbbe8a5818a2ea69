"""The report's tables: every model, every finding, every group, every difference."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from medtune.report.cells import MACRO, Cell, Cells
from medtune.report.flow import OF_SPLIT, Flow
from medtune.report.front import Picture, Tables, fair_rule, own_rule
from medtune.report.printed import printed_threshold
from medtune.report.words import Words

AT_A_TIME = 6  # models side by side on a printed page
REFUSED = "refusals=wrong"
Shown = Cell | str | None

GROUPS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("ranking", "", ("auroc", "average_precision")),
    (
        "site",
        "site",
        ("sensitivity", "specificity", "ppv", "npv", "accuracy", "balanced_accuracy"),
    ),
    (
        "shipped",
        "shipped",
        ("sensitivity", "specificity", "ppv", "npv", "accuracy", "balanced_accuracy"),
    ),
    ("probability", "", ("brier", "calibration_slope", "calibration_intercept")),
    ("recalibrated", "recalibrated", ("brier", "calibration_slope", "calibration_intercept")),
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
    caption = words.comparison_caption.format(
        finding=words.finding_name(finding).capitalize(),
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
        if rule in ("site", "shipped"):
            rows.append(Row(words.threshold, [_threshold(cell) for cell in found[0][1]]))
        rows += [row(words.measures[measure], list(row_)) for measure, row_ in found]
    return rows


def _threshold(cell: Cell | None) -> str | None:
    if cell is None or not math.isfinite(cell.threshold):
        return None
    return printed_threshold(cell.threshold)


def by_finding(cells: Cells, level: str, words: Words) -> Table:
    """One row a finding: the two models of the primary comparison, and their difference."""
    own, other = words.model_name(cells.own), words.model_name(cells.other)
    auroc = words.measures["auroc"]
    columns = [
        words.finding,
        words.present_of,
        f"{auroc}: {own}",
        f"{auroc}: {other}",
        words.difference.capitalize(),
        words.measures["sensitivity"],
        words.measures["specificity"],
    ]
    rows = []
    for finding in [*cells.findings, MACRO]:
        ranked = cells.measure(cells.own, "auroc", finding)
        if ranked is None:
            continue
        rule = own_rule(cells, cells.own, finding, fair_rule(cells, finding))
        shown: list[Shown] = [
            _present(ranked) if finding != MACRO else "",
            ranked,
            cells.measure(cells.other, "auroc", finding),
            cells.difference(cells.other, "auroc", finding),
            cells.measure(cells.own, "sensitivity", finding, rule),
            cells.measure(cells.own, "specificity", finding, rule),
        ]
        kind = "strong" if finding == cells.primary_finding else ""
        rows.append(row(words.finding_name(finding), shown, kind))
    return Table(words.findings_caption.format(level=level), columns, rows)


def by_group(cells: Cells, finding: str, words: Words) -> list[Table]:
    """A table an attribute, a row a group of patients."""
    attributes = dict.fromkeys(
        name.partition("=")[0] for name in cells.subgroups if "=" in name and name != REFUSED
    )
    columns = [
        "",
        words.present_of,
        f"{words.measures['auroc']}: {words.model_name(cells.own)}",
        f"{words.measures['auroc']}: {words.model_name(cells.other)}",
        words.difference.capitalize(),
        words.measures["sensitivity"],
        words.measures["specificity"],
    ]
    tables = []
    for attribute in attributes:
        rows = []
        for subgroup in cells.subgroups:
            name, _, value = subgroup.partition("=")
            ranked = cells.measure(cells.own, "auroc", finding, "", subgroup)
            if name != attribute or ranked is None:
                continue
            rule = own_rule(cells, cells.own, finding, fair_rule(cells, finding))
            shown: list[Shown] = [
                _present(ranked),
                ranked,
                cells.measure(cells.other, "auroc", finding, "", subgroup),
                cells.difference(cells.other, "auroc", finding, "", subgroup),
                cells.measure(cells.own, "sensitivity", finding, rule, subgroup),
                cells.measure(cells.own, "specificity", finding, rule, subgroup),
            ]
            rows.append(row(value, shown))
        if rows:
            caption = words.subgroups_caption.format(
                finding=words.finding_name(finding).capitalize(),
                attribute=attribute.replace("_", " "),
            )
            tables.append(Table(caption, columns, rows))
    return tables


def worst_case(cells: Cells, finding: str, words: Words) -> Table | None:
    """Each model that refused studies, with every refusal counted as wrong."""
    wanted = [("auroc", "")] + [
        (measure, rule)
        for rule in ("site", "shipped")
        for measure in ("sensitivity", "specificity", "accuracy")
    ]
    found = {
        model: [cells.measure(model, m, finding, rule, REFUSED) for m, rule in wanted]
        for model in cells.models
    }
    found = {model: shown for model, shown in found.items() if any(shown)}
    if not found:
        return None
    kept = [i for i in range(len(wanted)) if any(shown[i] for shown in found.values())]
    columns = [words.model] + [
        ", ".join(filter(None, (words.measures[wanted[i][0]], words.rules[wanted[i][1]])))
        for i in kept
    ]
    rows = [row(words.model_name(m), [shown[i] for i in kept]) for m, shown in found.items()]
    caption = words.refused_caption.format(finding=words.finding_name(finding).capitalize())
    return Table(caption, columns, rows)


def all_differences(
    cells: Cells, finding: str, primary: tuple[str, str, str], level: str, words: Words
) -> Table:
    """Every paired difference for one finding; only the declared one is not exploratory.

    Args:
        cells: of the result.
        finding: the finding.
        primary: (compared_with, measure, rule) of the primary comparison.
        level: printed.
        words: of the language.
    """
    rows = []
    for key, cell in cells.differences(finding):
        other, measure, rule = key
        declared = key == primary and finding == cells.primary_finding
        name = ", ".join(filter(None, (words.measures[measure], words.rules[rule])))
        label = words.model_name(other)
        mark = words.primary if declared else words.exploratory
        kind = "strong" if declared else ""
        if cell.reason:
            rows.append(Row(label, [name, mark], cell.reason, kind))
        else:
            shown: list[Shown] = [name, mark, cell.text, cell.interval, cell.p_value, cell.method]
            rows.append(Row(label, shown, "", kind))
    columns = [column.format(level=level) for column in words.difference_columns]
    caption = words.differences_caption.format(finding=words.finding_name(finding).capitalize())
    return Table(caption, columns, rows)


def counts(cells: Cells, tables: Tables, finding: str, words: Words) -> Table:
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
    caption = words.two_by_two_caption.format(finding=words.finding_name(finding).capitalize())
    return Table(caption, list(words.two_by_two_columns), rows)


def _present(cell: Cell) -> str:
    return "" if cell.n_cases is None else f"{cell.n_positive} / {cell.n_cases}"


def frequency_table(pictures: list[Picture], words: Words) -> Table:
    """Natural frequencies of the fine-tuned model, one finding a row."""
    rows = []
    for picture in pictures:
        f, name = picture.frequencies, words.finding_name(picture.finding)
        if f is None:
            rows.append(Row(name, [], picture.reason))
            continue
        missed = words.few if f.hidden_miss else str(f.missed)
        alarms = words.few if f.hidden_alarm else str(f.alarms)
        rows.append(Row(name, [str(f.of), str(f.positive), str(f.found), missed, alarms]))
    caption = words.frequency_caption.format(model=words.model_name(pictures[0].model))
    return Table(caption, list(words.frequency_columns), rows)


def judged_studies(flow: Flow, words: Words) -> Table:
    """The studies of the judged split, finding by finding; a row that does not close says so."""
    rows = []
    for finding, counted in flow.judged.items():
        label = words.finding_name(finding)
        if finding in flow.not_closing:
            label += f" ({words.not_closing})"
        rows.append(Row(label, [str(counted[step]) for step in OF_SPLIT]))
    columns = [words.finding, *(words.flow_judged[step] for step in OF_SPLIT)]
    return Table(words.flow_judged_caption, columns, rows)
