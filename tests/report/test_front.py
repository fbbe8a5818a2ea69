from dataclasses import replace

import pandas as pd
import pytest

from medtune.report.cells import Cells
from medtune.report.front import fair_rule, own_rule, parts_of_answer, three_numbers
from medtune.report.limits import first_notes
from medtune.report.words import ENGLISH
from medtune.tables.results import Result


def one(table: pd.DataFrame, **where: str) -> pd.Series:
    for column, value in ({"subgroup": "all"} | where).items():
        table = table[table[column] == value]
    assert len(table) == 1
    return table.iloc[0]


def test_each_number_stands_beside_the_other_models_and_their_difference(gain: Result) -> None:
    numbers = three_numbers(gain, Cells(gain), ENGLISH)
    assert [number.label for number in numbers] == ["AUROC", "Sensitivity", "Specificity"]
    assert [number.primary for number in numbers] == [True, False, False]
    for number, measure in zip(numbers, ("auroc", "sensitivity", "specificity"), strict=True):
        rule = "" if measure == "auroc" else "site"
        about = {"measure": measure, "rule": rule}
        (name, other), (_, difference) = number.beside
        assert name == "Generic model (elsewhere)"
        for cell, row, column in (
            (number.cell, one(gain.measures, model="fine_tuned", **about), "value"),
            (other, one(gain.measures, model="shipped:elsewhere", **about), "value"),
            (
                difference,
                one(gain.differences, compared_with="shipped:elsewhere", **about),
                "difference",
            ),
        ):
            assert (cell.value, cell.low, cell.high) == (row[column], row["low"], row["high"])


def test_the_declared_measure_comes_first(gain: Result) -> None:
    asked = replace(gain, primary=gain.primary | {"measure": "accuracy", "rule": "shipped"})
    numbers = three_numbers(asked, Cells(asked), ENGLISH)
    assert [number.label for number in numbers] == ["Accuracy", "AUROC", "Sensitivity"]
    # by the shipped rule the fine-tuned model keeps the site's threshold
    own = one(gain.measures, model="fine_tuned", measure="accuracy", rule="site")
    assert numbers[0].cell.value == own["value"]


def test_for_many_findings_the_three_are_both_means_and_their_difference(findings: Result) -> None:
    own, other, difference = three_numbers(findings, Cells(findings), ENGLISH)
    row = one(findings.measures, model="fine_tuned", measure="auroc", target="macro")
    assert own.cell.value == row["value"]
    row = one(findings.measures, model="shipped:elsewhere", measure="auroc", target="macro")
    assert other.cell.value == row["value"]
    assert difference.cell.value == findings.primary["difference"]
    assert [number.primary for number in (own, other, difference)] == [False, False, True]


def test_the_shipped_threshold_counts_where_the_site_has_none(gain: Result) -> None:
    assert fair_rule(Cells(gain), "opacity") == "site"
    table = gain.differences.copy()
    site = table["rule"] == "site"
    table.loc[site, "reason"] = "no calibration cases"
    without = Cells(replace(gain, differences=table))
    assert fair_rule(without, "opacity") == "shipped"
    assert own_rule(without, "fine_tuned", "opacity", "shipped") == "site"
    assert own_rule(without, "shipped:elsewhere", "opacity", "shipped") == "shipped"


@pytest.mark.parametrize(
    ("answer", "aside"),
    [
        ("Better (x, y).", [" (x, y)."]),
        ("No gain (x): above 1 are excluded (z); nor that.", [" (x):", " (z);"]),
        ("It cannot be judged.", []),
    ],
)
def test_figures_in_the_answer_are_set_apart(answer: str, aside: list[str]) -> None:
    parts = parts_of_answer(answer)
    assert "".join(text for text, _ in parts) == answer
    assert [text for text, is_aside in parts if is_aside] == aside


def test_page_one_has_the_notes_on_its_own_finding(findings: Result) -> None:
    about = ["finding_a: thin.", "finding_b: thin.", "Films were lost."]
    noted = replace(findings, warnings=about)
    assert first_notes(noted, Cells(noted)) == (["Films were lost."], 2)
    single = replace(noted, primary=noted.primary | {"finding": "finding_b"})
    assert first_notes(single, Cells(single)) == (["finding_b: thin.", "Films were lost."], 1)
