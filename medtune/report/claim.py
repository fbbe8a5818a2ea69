"""The 15 % claim: three rows against the generic model, at its own and at the site's threshold."""

from __future__ import annotations

from dataclasses import dataclass

from medtune.report.cells import GENERIC, MACRO, Cell, Cells
from medtune.report.words import Words

CLAIM = 0.15
ROWS = ("accuracy", "accuracy_relative", "auroc_error_relative")


@dataclass(frozen=True)
class Row:
    """One way to say the gain; ``is_claim`` marks the relative accuracy."""

    label: str
    cell: Cell
    is_claim: bool


@dataclass(frozen=True)
class Comparison:
    """The three rows at one threshold rule, and what they say about the claim."""

    model: str
    finding: str
    rule: str
    rows: list[Row]
    verdict: str


@dataclass(frozen=True)
class Claim:
    """What is shown of the claim.

    Attributes:
        generic: whether a generic model was compared at all.
        comparisons: one a model and threshold rule.
        without_threshold: models that came without a threshold.
    """

    generic: bool
    comparisons: list[Comparison]
    without_threshold: list[str]


def claim(cells: Cells, words: Words) -> Claim:
    """Look for the claim's rows against each generic model, for the finding of the verdict.

    Where the verdict is about the mean over findings, each finding that can be judged is looked
    at. Without a generic model, the rows against the compared model stand in their place.
    """
    primary = cells.primary_finding
    findings = cells.findings if primary == MACRO else [primary]
    generic = [model for model in cells.models if model.startswith(GENERIC)]
    models = generic or [cells.other]
    comparisons, without = [], []
    for model in models:
        for finding in findings:
            for rule in ("shipped", "site"):
                found = _comparison(cells, model, finding, rule, words)
                if found is not None:
                    comparisons.append(found)
        if model in generic and all(
            cells.difference(model, "accuracy", finding, "shipped") is None for finding in findings
        ):
            without.append(model)
    if primary == MACRO:
        comparisons = [each for each in comparisons if not each.rows[1].cell.reason]
    return Claim(bool(generic), comparisons, without)


def _comparison(
    cells: Cells, model: str, finding: str, rule: str, words: Words
) -> Comparison | None:
    rows = []
    for measure in ROWS:
        at = "" if measure == "auroc_error_relative" else rule
        cell = cells.difference(model, measure, finding, at)
        if cell is None:
            return None
        rows.append(Row(words.claim_rows[measure], cell, measure == "accuracy_relative"))
    return Comparison(model, finding, rule, rows, supported(rows[1].cell, words))


def supported(cell: Cell, words: Words) -> str:
    """What the interval of the relative change of accuracy says about 15 %."""
    if cell.reason:
        return words.claim_not_estimable.format(reason=cell.reason)
    if cell.low >= CLAIM:
        return words.claim_supported
    return words.claim_excluded if cell.high < CLAIM else words.claim_open
