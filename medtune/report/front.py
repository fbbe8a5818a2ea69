"""Page one: how many, three numbers, and decisions in natural frequencies."""

from __future__ import annotations

import re
from dataclasses import dataclass

from medtune.report.cells import MACRO, Cell, Cells
from medtune.report.frequencies import Frequencies, TwoByTwo, natural
from medtune.report.words import Words
from medtune.tables.results import Result

Tables = dict[tuple[str, str, str], TwoByTwo]


@dataclass(frozen=True)
class Number:
    """One of the three numbers.

    Attributes:
        label: the measure, and the finding's mean where it is one.
        explained: what it means.
        own: the fine-tuned model's.
        other: the compared model's.
        difference: fine-tuned minus compared, paired.
        rule: at which thresholds, in words.
        primary: whether the verdict is about this one.
    """

    label: str
    explained: str
    own: Cell | None
    other: Cell | None
    difference: Cell | None
    rule: str
    primary: bool


@dataclass(frozen=True)
class Picture:
    """One model's decisions on a round number of studies, or why there are none."""

    model: str
    role: str
    finding: str
    frequencies: Frequencies | None
    reason: str


def parts_of_answer(answer: str) -> list[tuple[str, bool]]:
    """The answer cut where its parentheses are, so that the figures can be set smaller.

    Returns:
        Text and whether it stands in parentheses; together they are the answer.
    """
    parts = re.split(r"( ?\([^()]*\))", answer)
    return [(part, part.lstrip().startswith("(")) for part in parts if part]


def fair_rule(cells: Cells, finding: str) -> str:
    """The threshold rule of the headline: the site's for both models where both have one.

    Else the shipped one, where the other model came with a threshold.
    """
    site = cells.difference(cells.other, "sensitivity", finding, "site")
    shipped = cells.difference(cells.other, "sensitivity", finding, "shipped")
    if (site is None or site.reason) and shipped is not None and not shipped.reason:
        return "shipped"
    return "site"


def own_rule(cells: Cells, model: str, finding: str, rule: str) -> str:
    """The rule at which a model stands in a difference by ``rule``.

    By 'shipped' the fine-tuned model keeps the site's threshold, unless it has none.
    """
    if rule != "shipped" or model != cells.own:
        return rule
    site = cells.measure(model, "sensitivity", finding, "site")
    return "site" if site is not None and not site.reason else "shipped"


def three_numbers(result: Result, cells: Cells, words: Words) -> list[Number]:
    """The primary measure, then what else of AUROC, sensitivity and specificity there is."""
    finding = cells.primary_finding
    primary = str(result.primary["measure"])
    rule = fair_rule(cells, finding)
    wanted = [(primary, str(result.primary["rule"]))]
    for measure, at in (("auroc", ""), ("sensitivity", rule), ("specificity", rule)):
        if measure != primary:
            wanted.append((measure, at))
    numbers = []
    for measure, at in wanted[:3]:
        label = words.measures[measure]
        own = cells.measure(cells.own, measure, finding, own_rule(cells, cells.own, finding, at))
        if own is None:
            continue
        numbers.append(
            Number(
                label=words.mean_over.format(measure=label) if finding == MACRO else label,
                explained=words.explained[measure],
                own=own,
                other=cells.measure(cells.other, measure, finding, at),
                difference=cells.difference(cells.other, measure, finding, at),
                rule=words.at_rule[at],
                primary=measure == primary,
            )
        )
    return numbers


def pictures(cells: Cells, tables: Tables) -> list[Picture]:
    """The two models of the primary comparison for its finding; for the mean, every finding."""
    if cells.primary_finding == MACRO:
        return [_picture(cells, tables, cells.own, finding) for finding in cells.findings]
    finding = cells.primary_finding
    return [_picture(cells, tables, model, finding) for model in (cells.own, cells.other)]


def _picture(cells: Cells, tables: Tables, model: str, finding: str) -> Picture:
    rule = own_rule(cells, model, finding, fair_rule(cells, finding))
    judged = cells.measure(model, "sensitivity", finding, rule)
    table = tables.get((model, finding, rule))
    if judged is None or judged.reason or table is None or not table.total:
        reason = judged.reason if judged is not None else ""
        return Picture(model, cells.role(model), finding, None, reason)
    return Picture(model, cells.role(model), finding, natural(table), "")
