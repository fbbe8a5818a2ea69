"""Tables of who was judged, and of what the result would be if it were counted otherwise."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from medtune.report.cells import Cells
from medtune.report.printed import marked, printed
from medtune.report.tables import Row, Shown, Table, row
from medtune.report.words import Words
from medtune.tables.results import Result

OTHERWISE = ("unit", "labels")
REFERENCE = "reference"
APART = 0.1  # standardised difference above which groups are usually called unbalanced


def baseline(result: Result, words: Words) -> Table | None:
    """Patients by attribute, a column a split; None where they were not counted.

    Args:
        result: what was found; its settings hold the rows of ``evaluation.baseline``.
        words: of the language.
    """
    told: list[Mapping[str, Any]] = result.settings.get("baseline") or []
    if not told:
        return None
    columns = list(dict.fromkeys(str(each["column"]) for each in told))
    compared = any(_is_number(each["difference"]) for each in told)
    by_row: dict[tuple[str, str], dict[str, Mapping[str, Any]]] = {}
    for each in told:
        by_row.setdefault((each["attribute"], each["level"]), {})[each["column"]] = each
    rows: list[Row] = []
    last = ""
    for (attribute, level), found in by_row.items():
        if attribute and attribute != last:
            last = attribute
            if level:
                rows.append(Row(words.attribute_title(attribute), [], kind="group"))
        shown: list[Shown] = [_shown(found.get(name), words) for name in columns]
        if compared:
            apart = [each["difference"] for each in found.values()]
            number = next((value for value in apart if _is_number(value)), math.nan)
            shown.append(marked(f"{number:+.2f}".replace("-", "−")) if _is_number(number) else "")
        label = level if attribute else words.all_patients
        if attribute and not level:
            label = words.median_of.format(attribute=words.attribute_title(attribute))
        rows.append(Row(words.level_name(label), shown))
    finding_of = {each["column"]: words.finding_name(each["finding"]) for each in told}
    titles = [
        words.baseline_columns.get(name, words.splits.get(name, name)).format(
            finding=finding_of[name]
        )
        for name in columns
    ]
    caption = words.baseline_caption + (f" {words.baseline_difference}" if compared else "")
    return Table(caption, ["", *titles, *([words.apart] if compared else [])], rows)


def _is_number(value: Any) -> bool:
    return isinstance(value, float) and math.isfinite(value)


def _shown(each: Mapping[str, Any] | None, words: Words) -> str:
    if each is None:
        return words.absent
    if each["reason"]:
        return words.not_shown
    if _is_number(each["value"]):
        return words.quartiles.format(**{k: f"{each[k]:g}" for k in ("value", "low", "high")})
    if each["attribute"] and _is_number(each["share"]):
        return f"{each['patients']} ({printed('prevalence', each['share'])})"
    return str(each["patients"])


def otherwise(cells: Cells, finding: str, words: Words) -> Table | None:
    """The ranking with other units, and with some labels turned round; None without such rows.

    Args:
        cells: of the result.
        finding: the finding.
        words: of the language.
    """
    measure = "auroc" if cells.kind == "binary" else cells.primary_measure
    rows = []
    for subgroup in dict.fromkeys(("all", *cells.subgroups)):
        if subgroup != "all" and subgroup.partition("=")[0] not in OTHERWISE:
            continue
        own = cells.measure(cells.own, measure, finding, "", subgroup)
        if own is None:
            continue
        other = cells.measure(cells.other, measure, finding, "", subgroup)
        gain = cells.difference(cells.other, measure, finding, "", subgroup)
        n = "" if own.n_cases is None else str(own.n_cases)
        label = words.as_judged if subgroup == "all" else words.otherwise_name(subgroup)
        rows.append(row(label, [n, own, other, gain], "strong" if subgroup == "all" else ""))
    if len(rows) < 2:
        return None
    columns = [
        "",
        words.judged_studies,
        f"{words.measures[measure]}: {words.model_name(cells.own)}",
        f"{words.measures[measure]}: {words.model_name(cells.other)}",
        words.difference_title,
    ]
    caption = words.otherwise_caption.format(finding=words.finding_title(finding))
    return Table(caption, columns, rows)


def against_the_truth(cells: Cells, finding: str, words: Words) -> Table | None:
    """Sensitivity and specificity if the reference errs as is known; None where it is not known.

    Args:
        cells: of the result.
        finding: the finding.
        words: of the language.
    """
    subgroup = next((s for s in cells.subgroups if s.partition("=")[0] == REFERENCE), None)
    if subgroup is None:
        return None
    rows = []
    for model in cells.models:
        for rule in ("site", "shipped"):
            shown: list[Shown] = [
                cells.measure(model, measure, finding, rule, where)
                for measure in ("sensitivity", "specificity")
                for where in ("all", subgroup)
            ]
            if any(shown):
                rows.append(row(f"{words.model_name(model)}, {words.rules[rule]}", shown))
    found, cleared = subgroup.partition("=")[2].split("/")
    caption = words.truth_caption.format(
        finding=words.finding_title(finding), found=marked(found), cleared=marked(cleared)
    )
    heads = [
        words.truth_columns[place].format(measure=words.measures[measure])
        for measure in ("sensitivity", "specificity")
        for place in (0, 1)
    ]
    return Table(caption, ["", *heads], rows) if rows else None
