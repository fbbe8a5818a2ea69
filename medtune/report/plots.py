"""Which figures a result has, and what stands below them."""

from __future__ import annotations

from dataclasses import dataclass

from medtune.report import figures as draw
from medtune.report import outcome_figures, trade_offs
from medtune.report.breakdown import attributes_of
from medtune.report.cells import MACRO, Cells
from medtune.report.claim import Claim
from medtune.report.figures import Bar, Line
from medtune.report.frequencies import tables_of
from medtune.report.front import fair_rule, own_rule
from medtune.report.kinds import confusion
from medtune.report.names import HIDDEN
from medtune.report.printed import printed
from medtune.report.words import Words
from medtune.tables.results import LOWER_IS_BETTER, Result


@dataclass(frozen=True)
class Captioned:
    """A figure and its caption."""

    svg: str
    caption: str


def figures(
    result: Result, cells: Cells, examined: Claim, level: str, words: Words
) -> dict[str, Captioned]:
    """Every figure that can be drawn, by name: roc, rocs, precision_recall, calibration, decision,
    forest, findings, groups, claim.

    Of targets confusion or agreement, in place of those of findings.

    Args:
        result: what was found.
        cells: of the result.
        examined: the rows of the claim.
        level: printed.
        words: of the language.
    """
    found = {
        "roc": _roc(result, cells, words),
        "calibration": _calibration(result, cells, level, words),
        "rocs": _rocs(result, cells, words),
        "forest": _forest(result, cells, level, words),
        "findings": _by_finding(cells, level, words),
        "precision_recall": _precision_recall(result, cells, words),
        "decision": _decision(result, cells, words),
        "groups": _groups(result, cells, level, words),
        "claim": _claim(examined, level, words),
        "confusion": _confusion(result, cells, words),
        "agreement": _agreement(result, cells, words),
    }
    return {name: figure for name, figure in found.items() if figure is not None}


def _line(cells: Cells, model: str, words: Words) -> Line:
    return Line(model, words.model_name(model), cells.role(model))


def _roc(result: Result, cells: Cells, words: Words) -> Captioned | None:
    finding = cells.primary_finding
    curves = result.curves[(result.curves["target"] == finding) & (result.curves["curve"] == "roc")]
    lines = [_line(cells, model, words) for model in cells.models]
    lines = [line for line in lines if (curves["model"] == line.model).any()]
    if not lines:
        return None
    tables = tables_of(result.settings)
    rule = fair_rule(cells, finding)
    points, values = {}, {}
    for line in lines:
        area = cells.measure(line.model, "auroc", finding)
        values[line.model] = area.text if area is not None else ""
        table = tables.get((line.model, finding, own_rule(cells, line.model, finding, rule)))
        if table is not None and line.role != "control":
            points[line.model] = (
                table.alarms / (table.alarms + table.cleared),
                table.found / (table.found + table.missed),
            )
    caption = words.roc_caption.format(finding=words.finding_name(finding))
    said = "; ".join(f"{line.label}: AUROC {values[line.model]}" for line in lines)
    axes = (words.false_positive_rate, words.true_positive_rate)
    svg = draw.roc(curves, lines, points=points, values=values, axes=axes,
                   label=f"{caption} {said}.")  # fmt: skip
    return Captioned(svg, caption)


def _rocs(result: Result, cells: Cells, words: Words) -> Captioned | None:
    """One small panel a finding, where there are several."""
    curves = result.curves[result.curves["curve"] == "roc"]
    titles = {}
    for finding in cells.findings:
        area = cells.measure(cells.own, "auroc", finding)
        if area is not None and area.text and (curves["target"] == finding).any():
            titles[finding] = f"{words.finding_name(finding)}  {area.text}"
    if len(cells.findings) < 2 or not titles:
        return None
    lines = [_line(cells, model, words) for model in (cells.own, cells.other)]
    caption = words.roc_many_caption.format(own=lines[0].label, other=lines[1].label)
    said = f"{caption} AUROC: {'; '.join(titles.values())}."
    return Captioned(draw.roc_grid(curves, titles, lines, label=said), caption)


def _precision_recall(result: Result, cells: Cells, words: Words) -> Captioned | None:
    finding = cells.primary_finding
    curves = result.curves[result.curves["target"] == finding]
    curves = curves[curves["curve"] == "precision_recall"]
    lines = [_line(cells, model, words) for model in cells.models if cells.role(model) != "control"]
    lines = [line for line in lines if (curves["model"] == line.model).any()]
    share = cells.measure(cells.own, "prevalence", finding)
    if not lines or share is None or share.reason:
        return None
    values = {}
    for line in lines:
        area = cells.measure(line.model, "average_precision", finding)
        values[line.model] = area.text if area is not None else ""
    caption = words.precision_recall_caption.format(finding=words.finding_name(finding))
    name = words.measures["average_precision"]
    said = "; ".join(f"{line.label}: {name} {values[line.model]}" for line in lines)
    svg = trade_offs.precision_recall(
        curves,
        lines,
        prevalence=share.value,
        prevalence_words=words.prevalence_line.format(share=share.text),
        values=values,
        axes=(words.recall, words.precision),
        label=f"{caption} {said}.",
    )
    return Captioned(svg, caption)


def _decision(result: Result, cells: Cells, words: Words) -> Captioned | None:
    finding = cells.primary_finding
    curves = result.curves[result.curves["target"] == finding]
    curves = curves[curves["curve"] == "decision"]
    lines = [_line(cells, model, words) for model in cells.models if cells.role(model) != "control"]
    lines = [line for line in lines if (curves["model"] == line.model).any()]
    if not lines:
        return None
    caption = words.decision_caption.format(finding=words.finding_name(finding))
    svg = trade_offs.decision(
        curves,
        lines,
        references=(words.treat_all, words.treat_none),
        axes=(words.act_at, words.net_benefit),
        label=f"{caption} {', '.join(line.label for line in lines)}.",
    )
    return Captioned(svg, caption)


def _groups(result: Result, cells: Cells, level: str, words: Words) -> Captioned | None:
    """The gain in every group of patients; what is too small keeps its row and has no number."""
    finding = cells.primary_finding
    if finding not in cells.findings:
        return None
    measure = "auroc" if cells.kind == "binary" else cells.primary_measure
    whole = cells.difference(cells.other, measure, finding)
    if whole is None:
        return None
    bars = [Bar(words.all_patients, whole, "own", strong=True)]
    for attribute in attributes_of(cells):
        bars.append(Bar(words.attribute_title(attribute), None, "own", strong=True))
        for subgroup in cells.subgroups:
            name, _, value = subgroup.partition("=")
            cell = cells.difference(cells.other, measure, finding, "", subgroup)
            if name == attribute and value and cell is not None:
                hidden = cell.reason.startswith(HIDDEN)
                label = words.level_name(value)
                if cell.n_cases is not None:
                    label = f"{label} ({cell.n_cases})"
                bars.append(Bar(label, cell, "own", instead=words.not_shown if hidden else ""))
    if not any(bar.cell is not None and bar.cell.text for bar in bars[1:]):
        return None
    caption = words.groups_forest_caption.format(
        measure=words.measures[measure],
        own=words.model_in_text(cells.own),
        other=words.model_name(cells.other),
        finding=words.finding_name(finding),
        level=level,
    )
    svg = draw.forest(bars, name="groups", not_estimable=words.not_estimable,
                      label=_said(caption, bars))  # fmt: skip
    return Captioned(svg, caption)


def _calibration(result: Result, cells: Cells, level: str, words: Words) -> Captioned | None:
    finding = cells.primary_finding
    curves = result.curves[
        (result.curves["target"] == finding) & (result.curves["curve"] == "calibration")
    ]
    lines = [_line(cells, model, words) for model in (cells.own, cells.other)]
    lines = [line for line in lines if (curves["model"] == line.model).any()]
    share = cells.measure(cells.own, "prevalence", finding)
    if not lines or share is None or share.reason:
        return None
    caption = words.calibration_caption.format(finding=words.finding_name(finding), level=level)
    svg = draw.calibration(
        curves,
        lines,
        prevalence=share.value,
        axes=(words.mean_score, words.observed),
        prevalence_words=words.prevalence_line.format(share=share.text),
        label=caption,
    )
    return Captioned(svg, caption)


def _forest(result: Result, cells: Cells, level: str, words: Words) -> Captioned | None:
    """The primary measure against every other model."""
    measure, rule = str(result.primary["measure"]), str(result.primary["rule"])
    finding = cells.primary_finding
    bars = [
        Bar(words.model_name(model), cell, cells.role(model), strong=model == cells.other)
        for model in cells.models
        if (cell := cells.difference(model, measure, finding, rule)) is not None
    ]
    if not any(bar.cell is not None and bar.cell.text for bar in bars):
        return None
    lower = measure in LOWER_IS_BETTER
    caption = (words.forest_caption_lower if lower else words.forest_caption).format(
        own=words.model_in_text(cells.own),
        measure=words.measures[measure],
        finding=words.finding_name(finding),
        level=level,
    )
    svg = draw.forest(bars, name="forest", not_estimable=words.not_estimable,
                      label=_said(caption, bars))  # fmt: skip
    return Captioned(svg, caption)


def _by_finding(cells: Cells, level: str, words: Words) -> Captioned | None:
    """AUROC against the compared model, finding by finding."""
    bars = [
        Bar(words.finding_name(finding), cell, "own", strong=finding == cells.primary_finding)
        for finding in [*cells.findings, MACRO]
        if (cell := cells.difference(cells.other, "auroc", finding)) is not None
    ]
    if len(bars) < 2 or not any(bar.cell is not None and bar.cell.text for bar in bars):
        return None
    caption = words.findings_forest_caption.format(
        own=words.model_in_text(cells.own), other=words.model_name(cells.other), level=level
    )
    svg = draw.forest(bars, name="findings", not_estimable=words.not_estimable,
                      label=_said(caption, bars))  # fmt: skip
    return Captioned(svg, caption)


def _confusion(result: Result, cells: Cells, words: Words) -> Captioned | None:
    """Of the two models compared, for the target of the verdict."""
    target = cells.primary_finding
    lines = [_line(cells, model, words) for model in (cells.own, cells.other)]
    found = [(line, confusion(result.curves, line.model, target)) for line in lines]
    tables = [(line, counts) for line, counts in found if counts is not None]
    if not tables or len(cells.classes(target)) > outcome_figures.MOST:
        return None
    caption = words.confusion_caption.format(finding=words.finding_name(target))
    svg = outcome_figures.confusion(
        tables, cells.classes(target), axes=(words.said_class, words.true_class), label=caption
    )
    return Captioned(svg, caption)


def _agreement(result: Result, cells: Cells, words: Words) -> Captioned | None:
    """Of the two models compared, for the amount of the verdict."""
    target, curves = cells.primary_finding, result.curves
    curves = curves[(curves["target"] == target) & (curves["curve"] == "agreement")]
    limits, lines = {}, []
    for model in (cells.own, cells.other):
        found = [cells.measure(model, m, target) for m in ("limit_low", "bias", "limit_high")]
        if all(cell is not None and cell.text for cell in found):
            low, bias, high = (cell.value for cell in found if cell is not None)
            limits[model] = low, bias, high
            lines.append(_line(cells, model, words))
    if curves.empty or not lines:
        return None
    unit = str(cells.targets[target]["unit"])
    x, y = (axis.format(unit=unit) for axis in words.agreement_axes)
    caption = words.agreement_caption.format(finding=words.finding_name(target))
    said = "; ".join(
        f"{line.label}: {printed('bias', limits[line.model][1], unit)}" for line in lines
    )
    label = f"{caption} {words.measures['bias']}: {said}."
    svg = outcome_figures.agreement(curves, lines, limits, axes=(x, y), label=label)
    return Captioned(svg, caption)


def _claim(examined: Claim, level: str, words: Words) -> Captioned | None:
    """The three rows at each threshold rule, where the claim is about one finding and model."""
    if len(examined.comparisons) != 1 or not examined.generic:
        return None
    first = examined.comparisons[0]
    bars = []
    for measure, row in first.rows.items():
        strong = measure == "accuracy_relative"
        label, role = words.claim_rows[measure], "own" if strong else "further"
        if measure == "auroc_error_relative":  # no threshold is in it: the same for each rule
            bars.append(Bar(label, row[0], role))
            continue
        bars += [
            Bar(f"{label} ({words.rules[rule]})", cell, role, strong)
            for rule, cell in zip(first.rules, row, strict=True)
        ]
    if not any(bar.cell is not None and bar.cell.text for bar in bars):
        return None
    caption = words.claim_forest_caption.format(level=level)
    svg = draw.forest(bars, name="claim", lines=(0.0, 15.0), scale=100.0,
                      not_estimable=words.not_estimable, label=_said(caption, bars))  # fmt: skip
    return Captioned(svg, caption)


def _said(caption: str, bars: list[Bar]) -> str:
    """The figure for those who do not see it."""
    rows = [
        f"{bar.label}: " + (f"{bar.cell.text} ({bar.cell.interval})" if bar.cell.text else "-")
        for bar in bars
        if bar.cell is not None
    ]
    return f"{caption} {'; '.join(rows)}."
