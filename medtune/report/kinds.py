"""The tables of a target of classes, grades or amounts: what a finding's tables are to it."""

from __future__ import annotations

import pandas as pd

from medtune.report.breakdown import REFUSED, attributes_of
from medtune.report.cells import MACRO, Cells
from medtune.report.tables import AT_A_TIME, Row, Table, row
from medtune.report.words import Words
from medtune.tables.results import Result

# By kind: the numbers of page one (the first three that there are), and all that is measured of a
# target, apart where it is measured of other cases.
FIRST = {
    "multiclass": ("answered_right", "macro_auroc", "accuracy", "balanced_accuracy"),
    "ordinal": ("quadratic_weighted_kappa", "accuracy", "within_one_accuracy"),
    "continuous": ("mae", "r_squared", "correlation"),
    "text": (
        "bits_per_byte",
        "right_answer_first",
        "edit_effort_characters",
        "term_recall",
        "chrf",
    ),
}
NO_MEAN = ("continuous", "text")  # of several targets: each is another thing
OF_GROUPS = {
    "multiclass": ("macro_auroc", "accuracy"),
    "ordinal": FIRST["ordinal"][:2],
    "continuous": FIRST["continuous"][:2],
    "text": ("bits_per_byte", "bits_per_byte"),
}
MEASURED: dict[str, tuple[tuple[str, ...], ...]] = {
    "multiclass": (
        (
            "macro_auroc",
            "accuracy",
            "balanced_accuracy",
            "majority_accuracy",
            "answered_right",
            "answered",
            "answer_precision",
            "answered_throughout",
        ),
    ),
    "ordinal": ((*FIRST["ordinal"], "majority_accuracy"),),
    "continuous": (("mae", "bias", "limit_low", "limit_high", "r_squared", "correlation"),),
    "text": (
        ("bits_per_byte",),
        ("right_answer_first",),
        ("edit_effort_characters", "edit_effort_words"),
        ("chrf", "rouge_l", "term_recall", "identifiers_said"),
        (
            "terms_defined",
            "terms_used",
            "references_resolve",
            "citations_unknown",
            "clause_recall",
            "clause_precision",
            "house_style",
            "bank_overlap",
            "others_overlap",
            "others_facts",
        ),
        ("extracted", "extractable"),
        ("canary_exposure",),
    ),
}


def of_every_model(cells: Cells, target: str, level: str, words: Words) -> list[Table]:
    """Measures down, models across; of classes each one's AUROC against the others below."""
    parts = [_together(cells, target, asked, level, words) for asked in MEASURED[cells.kind]]
    return [table for part in parts for table in part]


def _together(
    cells: Cells, target: str, asked: tuple[str, ...], level: str, words: Words
) -> list[Table]:
    """Measures of the same cases; no table where no model has them."""
    first = next((m for m in asked for one in cells.models if cells.measure(one, m, target)), None)
    if first is None:
        return []
    models = [m for m in cells.models if cells.measure(m, first, target) is not None]
    about = cells.measure(models[0], first, target)
    assert about is not None
    alone = target != cells.primary_finding and about.n_cases == about.n_groups
    caption = (words.ungrouped_caption if alone else words.target_caption).format(
        finding=words.finding_title(target),
        n=about.n_cases,
        patients=about.n_groups,
        level=level,
    )
    own, others = models[:1], models[1:]
    parts = [others[i : i + AT_A_TIME - 1] for i in range(0, len(others), AT_A_TIME - 1)]
    return [
        Table(
            caption,
            [words.measure, *(words.model_name(model) for model in own + part)],
            _measures(cells, own + part, target, asked, words),
        )
        for part in parts or [[]]
    ]


def _measures(
    cells: Cells, models: list[str], target: str, asked: tuple[str, ...], words: Words
) -> list[Row]:
    rows = []
    for measure in asked:
        found = [cells.measure(model, measure, target) for model in models]
        if any(found):
            rows.append(row(words.measures[measure], list(found)))
    if cells.kind == "multiclass" and target != MACRO:
        rows.append(Row(words.each_class, [], kind="group"))
        for name in cells.classes(target):
            areas = [cells.measure(model, "auroc", f"{target}={name}") for model in models]
            n = next((cell.n_positive for cell in areas if cell is not None), None)
            rows.append(row(words.class_of.format(name=name, n=n), list(areas)))
    return rows


def by_target(cells: Cells, level: str, words: Words) -> Table:
    """One row a target: the two models of the primary comparison, and their difference."""
    measure = cells.primary_measure
    columns = [
        words.target,
        *(f"{words.measures[measure]}: {words.model_name(m)}" for m in (cells.own, cells.other)),
        words.difference_title,
    ]
    rows = []
    for target in [*cells.findings, MACRO]:
        own = cells.measure(cells.own, measure, target)
        if own is None:
            continue
        other = cells.measure(cells.other, measure, target)
        gain = cells.difference(cells.other, measure, target)
        kind = "strong" if target == cells.primary_finding else ""
        rows.append(row(words.finding_name(target), [own, other, gain], kind))
    return Table(words.targets_caption.format(level=level), columns, rows)


def by_group_of_patients(cells: Cells, target: str, words: Words) -> list[Table]:
    """A table an attribute, a row a group of patients."""
    measure, second = OF_GROUPS[cells.kind]
    names = words.measures
    columns = [
        "",
        words.judged_studies,
        *(f"{names[measure]}: {words.model_name(m)}" for m in (cells.own, cells.other)),
        words.difference_title,
        names[second],
    ]
    tables = []
    for attribute in attributes_of(cells):
        rows = []
        for subgroup in cells.subgroups:
            name, _, value = subgroup.partition("=")
            own = cells.measure(cells.own, measure, target, "", subgroup)
            beside = cells.measure(cells.own, second, target, "", subgroup)
            if name != attribute or own is None or beside is None:
                continue
            n = "" if own.n_cases is None else str(own.n_cases)
            other = cells.measure(cells.other, measure, target, "", subgroup)
            gain = cells.difference(cells.other, measure, target, "", subgroup)
            rows.append(
                row(words.level_name(value) if value else words.gap, [n, own, other, gain, beside])
            )
        if rows:
            caption = words.subgroups_caption.format(
                finding=words.finding_title(target), attribute=words.attribute_name(attribute)
            )
            tables.append(Table(caption, columns, rows))
    return tables


def refused_wrong(cells: Cells, target: str, words: Words) -> Table | None:
    """Each model that refused studies, with every refusal counted as a wrong class."""
    rows = [
        row(words.model_name(model), [cell])
        for model in cells.models
        if (cell := cells.measure(model, "accuracy", target, "", REFUSED)) is not None
    ]
    caption = words.refused_caption.format(finding=words.finding_title(target))
    columns = [words.model, words.measures["accuracy"]]
    return Table(caption, columns, rows) if rows else None


def confusions(result: Result, cells: Cells, target: str, words: Words) -> list[Table]:
    """True classes down, said classes across, counts of studies: of the two models compared."""
    tables = []
    for model in (cells.own, cells.other):
        counts = confusion(result.curves, model, target)
        if counts is None:
            continue
        classes = cells.classes(target)
        rows = [
            Row(name, [str(counts.at[place, said]) for said in range(len(classes))])
            for place, name in enumerate(classes)
        ]
        caption = words.confusion_table_caption.format(
            finding=words.finding_title(target), model=words.model_name(model)
        )
        tables.append(Table(caption, [words.true_class, *classes], rows))
    return tables


def confusion(curves: pd.DataFrame, model: str, target: str) -> pd.DataFrame | None:
    """Studies by place of the true class (rows) and of the said one (columns)."""
    found = curves[
        (curves["curve"] == "confusion") & (curves["model"] == model) & (curves["target"] == target)
    ]
    if found.empty:
        return None
    table = found.pivot(index="x", columns="y", values="n")
    return (
        table.set_axis(table.index.astype(int))
        .set_axis(table.columns.astype(int), axis=1)
        .astype(int)
    )
