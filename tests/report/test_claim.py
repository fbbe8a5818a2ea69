from dataclasses import replace

import pytest

from medtune.report.cells import Cell, Cells
from medtune.report.claim import ROWS, claim, supported
from medtune.report.words import ENGLISH
from medtune.tables.results import Result


def cell(low: float, high: float, reason: str = "") -> Cell:
    return Cell("x", "y", reason, "", "", (low + high) / 2, low, high, 10, 10, 5)


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.16, 0.40, "claim_supported"),
        (0.15, 0.40, "claim_supported"),
        (0.14, 0.40, "claim_open"),
        (-0.20, 0.15, "claim_open"),
        (-0.20, 0.14, "claim_excluded"),
    ],
)
def test_the_interval_decides_and_not_the_estimate(low: float, high: float, said: str) -> None:
    assert supported(cell(low, high), ENGLISH) == getattr(ENGLISH, said)


def test_without_a_number_there_is_a_reason() -> None:
    assert "too few" in supported(cell(0, 1, "too few patients"), ENGLISH)


def test_three_rows_at_both_thresholds(gain: Result) -> None:
    found = claim(Cells(gain), ENGLISH)
    assert found.generic
    (each,) = found.comparisons
    assert (each.model, each.rules) == ("shipped:elsewhere", ["shipped", "site"])
    assert tuple(each.rows) == ROWS
    table = gain.differences
    for measure, row in each.rows.items():
        for rule, shown in zip(each.rules, row, strict=True):
            at = "" if measure == "auroc_error_relative" else rule
            true = table[
                (table["measure"] == measure)
                & (table["rule"] == at)
                & (table["compared_with"] == "shipped:elsewhere")
                & (table["subgroup"] == "all")
            ].iloc[0]
            assert shown.value == true["difference"]
            assert (shown.low, shown.high) == (true["low"], true["high"])


def test_a_local_head_is_not_called_generic(no_gain: Result) -> None:
    found = claim(Cells(no_gain), ENGLISH)
    assert not found.generic
    assert [each.model for each in found.comparisons] == ["frozen_backbone"]


def test_for_many_findings_only_those_that_can_be_judged(findings: Result) -> None:
    found = claim(Cells(findings), ENGLISH)
    assert len(found.comparisons) == 10
    assert found.without_threshold == ["shipped:elsewhere"]


def test_a_single_finding_that_cannot_be_judged_says_why(not_estimable: Result) -> None:
    (each,) = claim(Cells(not_estimable), ENGLISH).comparisons
    assert all("positive" in verdict for verdict in each.verdicts)


def test_order_of_rows_in_the_result_does_not_matter(gain: Result) -> None:
    turned = replace(gain, differences=gain.differences.iloc[::-1].reset_index(drop=True))
    assert claim(Cells(turned), ENGLISH) == claim(Cells(gain), ENGLISH)
