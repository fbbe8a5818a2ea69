"""Page one: how many, three numbers, and decisions in natural frequencies."""

from __future__ import annotations

import re
from dataclasses import dataclass

from medtune.report.cells import MACRO, Cell, Cells
from medtune.report.frequencies import Frequencies, TwoByTwo, natural
from medtune.report.words import Words
from medtune.tables.results import Result

Tables = dict[tuple[str, str, str], TwoByTwo]


NUMBERS = 3  # on page one


@dataclass(frozen=True)
class Number:
    """One of the three numbers.

    Attributes:
        label: what it is.
        cell: the number.
        beside: what it is compared with, and the difference, each with its name.
        explained: what it means.
        rule: at which thresholds, in words.
        primary: whether the verdict is about this one.
    """

    label: str
    cell: Cell
    beside: list[tuple[str, Cell]]
    explained: str
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
    parts = re.split(r"( ?\([^()]*\)[.:;,]?)", answer)
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


def three_numbers(
    result: Result, cells: Cells, words: Words, first: tuple[str, ...] = ()
) -> list[Number]:
    """The primary measure, then what else of AUROC, sensitivity and specificity there is.

    Of targets what else there is of ``first``.

    For the mean over findings: of the fine-tuned model, of the other, and the difference.
    """
    finding, primary = cells.primary_finding, str(result.primary["measure"])
    rule = fair_rule(cells, finding)
    wanted = [(primary, str(result.primary["rule"]))]
    others = [("auroc", ""), ("sensitivity", rule), ("specificity", rule)]
    if cells.kind != "binary":
        others = [(measure, "") for measure in first]
    for measure, at in others:
        if measure != primary:
            wanted.append((measure, at))
    numbers: list[Number] = []
    for measure, at in wanted:
        if len(numbers) == NUMBERS:
            break
        own = cells.measure(cells.own, measure, finding, own_rule(cells, cells.own, finding, at))
        other = cells.measure(cells.other, measure, finding, at)
        difference = cells.difference(cells.other, measure, finding, at)
        if own is None or other is None or difference is None:
            continue
        named = [(words.model_name(cells.other), other), (words.difference, difference)]
        explained, said = words.explained[measure], words.at_rule[at]
        numbers.append(
            Number(words.measures[measure], own, named, explained, said, measure == primary)
        )
    if finding == MACRO and numbers:
        return _apart(numbers[0], words.model_name(cells.own), words)
    return numbers


def _apart(number: Number, own: str, words: Words) -> list[Number]:
    """One number with what is beside it, as three; the method names the findings of the mean."""
    mean = words.mean_over.format(measure=number.label)
    first = Number(own, number.cell, [], f"{mean}. {number.explained}", number.rule, False)
    (name, other), (_, gain) = number.beside
    return [
        first,
        Number(name, other, [], "", "", False),
        Number(words.difference_title, gain, [], words.of_judge(gain.method), "", True),
    ]


def pictures(cells: Cells, tables: Tables) -> list[Picture]:
    """The two models of the primary comparison for its finding; for the mean, every finding.

    None of targets, which have no two sides.
    """
    if cells.kind != "binary":
        return []
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
