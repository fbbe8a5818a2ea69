"""The 15 % claim: three rows against the generic model, at its own and at the site's threshold."""

from __future__ import annotations

from dataclasses import dataclass

from medtune.report.cells import GENERIC, MACRO, Cell, Cells
from medtune.report.words import Words

CLAIM = 0.15
ROWS = ("accuracy", "accuracy_relative", "auroc_error_relative")


@dataclass(frozen=True)
class Comparison:
    """The three rows against one model, for one finding.

    Attributes:
        model: the other model.
        finding: the finding.
        rules: the threshold rules that there are: shipped, site.
        rows: by measure of ``ROWS``, a cell a rule; the cut of (1 - AUROC) is the same in each.
        verdicts: a rule each, what its interval of the relative accuracy says about 15 %.
    """

    model: str
    finding: str
    rules: list[str]
    rows: dict[str, list[Cell]]
    verdicts: list[str]


@dataclass(frozen=True)
class Claim:
    """What is shown of the claim.

    Attributes:
        generic: whether a generic model was compared at all.
        comparisons: one a model and finding.
        without_threshold: generic models that came without a threshold.
    """

    generic: bool
    comparisons: list[Comparison]
    without_threshold: list[str]


def claim(cells: Cells, words: Words) -> Claim:
    """Look for the claim's rows against each generic model, for the finding of the verdict.

    Where the verdict is about the mean over findings, each finding that can be judged is looked
    at. Without a generic model, the rows against the compared model stand in their place.
    """
    several = cells.primary_finding == MACRO
    findings = cells.findings if several else [cells.primary_finding]
    generic = [model for model in cells.models if model.startswith(GENERIC)]
    found = [
        each
        for model in generic or [cells.other]
        for finding in findings
        if (each := _comparison(cells, model, finding, words)) is not None
    ]
    if several:
        found = [e for e in found if not all(c.reason for c in e.rows["accuracy_relative"])]
    with_threshold = {each.model for each in found if "shipped" in each.rules}
    without = [model for model in generic if model not in with_threshold] if found else []
    return Claim(bool(generic), found, without)


def _comparison(cells: Cells, model: str, finding: str, words: Words) -> Comparison | None:
    rules = [
        rule
        for rule in ("shipped", "site")
        if cells.difference(model, "accuracy_relative", finding, rule) is not None
    ]
    rows = {}
    for measure in ROWS:
        at = ["" if measure == "auroc_error_relative" else rule for rule in rules]
        found = [cells.difference(model, measure, finding, rule) for rule in at]
        rows[measure] = [cell for cell in found if cell is not None]
    if not rules or any(len(row) < len(rules) for row in rows.values()):
        return None
    verdicts = [supported(cell, words) for cell in rows["accuracy_relative"]]
    return Comparison(model, finding, rules, rows, verdicts)


def supported(cell: Cell, words: Words) -> str:
    """What the interval of the relative change of accuracy says about 15 %."""
    if cell.reason:
        return words.claim_not_estimable.format(reason=words.of_judge(cell.reason))
    if cell.low >= CLAIM:
        return words.claim_supported
    return words.claim_excluded if cell.high < CLAIM else words.claim_open
