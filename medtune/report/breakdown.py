"""Tables that break the result down: by finding, by group of patients, by refusal, by step."""

from __future__ import annotations

from medtune.report.cells import MACRO, Cell, Cells
from medtune.report.claim import Claim
from medtune.report.flow import OF_SPLIT, Flow
from medtune.report.front import Picture, fair_rule, own_rule
from medtune.report.tables import Row, Shown, Table, row
from medtune.report.words import Words

REFUSED = "refusals=wrong"
# other trainings, other ways to count, sensitivity rows: no attribute of patients
NOT_OF_PATIENTS = ("refusals", "seed", "unit", "labels", "reference")


def by_finding(cells: Cells, level: str, words: Words) -> Table:
    """One row a finding: the two models of the primary comparison, and their difference."""
    own, other = words.model_name(cells.own), words.model_name(cells.other)
    auroc = words.measures["auroc"]
    columns = [
        words.finding,
        words.present_of,
        f"{auroc}: {own}",
        f"{auroc}: {other}",
        words.difference_title,
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


def attributes_of(cells: Cells) -> list[str]:
    """The attributes of patients by which there are groups."""
    named = [name.partition("=")[0] for name in cells.subgroups if "=" in name]
    return [name for name in dict.fromkeys(named) if name not in NOT_OF_PATIENTS]


def by_group(cells: Cells, finding: str, words: Words) -> list[Table]:
    """A table an attribute, a row a group of patients."""
    attributes = attributes_of(cells)
    columns = [
        "",
        words.present_of,
        f"{words.measures['auroc']}: {words.model_name(cells.own)}",
        f"{words.measures['auroc']}: {words.model_name(cells.other)}",
        words.difference_title,
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
            rows.append(row(words.level_name(value) if value else words.gap, shown))
        if rows:
            caption = words.subgroups_caption.format(
                finding=words.finding_title(finding),
                attribute=words.attribute_name(attribute),
            )
            tables.append(Table(caption, columns, rows))
    return tables


def share_by_group(
    cells: Cells,
    measure: str,
    finding: str,
    rule: str,
    caption: str,
    columns: list[str],
    words: Words,
) -> Table | None:
    """One share of the fine-tuned model's studies, a row a group of patients; None without groups.

    Args:
        cells: of the result.
        measure: the share.
        finding: the finding.
        rule: of the measure.
        caption: of the table.
        columns: words over group, patients and share.
        words: of the language.
    """
    rows: list[Row] = []
    last = ""
    for subgroup in cells.subgroups:
        cell = cells.measure(cells.own, measure, finding, rule, subgroup)
        attribute, _, value = subgroup.partition("=")
        if cell is None or not value:
            continue
        if attribute != last:
            rows.append(Row(words.attribute_title(attribute), [], kind="group"))
            last = attribute
        patients = words.absent if cell.n_groups is None else str(cell.n_groups)
        shown: list[Shown] = [patients] if cell.reason else [patients, cell]
        rows.append(Row(words.level_name(value), shown, cell.reason))
    return Table(caption, columns, rows) if rows else None


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
    caption = words.refused_caption.format(finding=words.finding_title(finding))
    return Table(caption, columns, rows)


def claim_by_finding(claim: Claim, own: str, words: Words) -> Table:
    """The rows of the claim where there are several comparisons: one a finding and rule."""
    rows = []
    for each in claim.comparisons:
        for place, rule in enumerate(each.rules):
            found: list[Shown] = [row_[place] for row_ in each.rows.values()]
            name = words.finding_name(each.finding)
            rows.append(
                row(name, [words.model_name(each.model), words.rules[rule], *found,
                           each.verdicts[place]])
            )  # fmt: skip
    columns = [words.finding, words.compared_with, words.threshold]
    columns += [*words.claim_rows.values(), words.claim_says_data]
    caption = words.claim_many_caption.format(own=words.model_in_text(own))
    return Table(caption, columns, rows)


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


def _present(cell: Cell) -> str:
    return "" if cell.n_cases is None else f"{cell.n_positive} / {cell.n_cases}"
