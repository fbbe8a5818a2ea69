"""What another seed would have given, as it is printed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from medtune.config import Evaluation, Primary
from medtune.evaluation import evaluate
from medtune.report.cells import Cells
from medtune.report.render import report_html
from medtune.report.seeds import another_seed, by_seed
from medtune.report.words import ENGLISH
from medtune.tables.predictions import retrained
from medtune.tables.results import Result

from .conftest import ENVIRONMENT, RUN, SETTINGS, STRENGTH, predictions
from .page import Page

SEEDS = (7, 1, 2)


def judged(seeds: tuple[int, ...], measure: str = "auroc", share: float = 0.35) -> Result:
    strength = STRENGTH | {retrained("fine_tuned", s): 3.0 - s for s in seeds[1:]}
    table = predictions(strength, prevalence=(share,), test=160)
    settings = Evaluation(**SETTINGS, primary=Primary(measure=measure))
    return evaluate(table, settings, seeds=seeds)


@pytest.fixture(scope="module")
def thrice() -> Result:
    return judged(SEEDS)


def page(result: Result) -> Page:
    run = RUN | {"training": RUN["training"] | {"more_seeds": [1, 2]}}
    return Page(report_html(result, title="x", run=run, environment=ENVIRONMENT))


def test_a_row_a_seed_and_what_sums_them_up(thrice: Result) -> None:
    found = page(thrice)
    rows = found.table("the same training with each declared seed")
    assert [row[0] for row in rows[1:]] == [
        "7 (judged)", "1", "2", "Standard deviation", "Least and greatest",
    ]  # fmt: skip
    spread = thrice.spread
    assert spread is not None
    for row, value, gain in zip(
        rows[1:4], spread["measure"]["values"], spread["difference"]["values"], strict=True
    ):
        assert row[2].startswith(f"{value:.3f} ")
        assert row[3].startswith(f"{gain:+.3f} ")
    assert [row[1] for row in rows[1:4]] == [
        ENGLISH.verdicts[verdict][1] for verdict in spread["verdicts"]
    ]
    assert rows[4][2] == f"{spread['measure']['standard_deviation']:.3f}"
    assert rows[5][2] == f"{spread['measure']['min']:.3f} to {spread['measure']['max']:.3f}"
    assert "more seeds" in found.text


def test_page_one_says_what_another_seed_would_have_given(thrice: Result) -> None:
    (said,) = another_seed(thrice, ENGLISH)
    spread = thrice.spread
    assert spread is not None
    own, *others = spread["measure"]["values"]
    assert said.startswith("Trained with another seed (1, 2) it would have been AUROC ")
    assert f"{min(others):.3f} to {max(others):.3f} instead of {own:.3f}, and" in said
    front = page(thrice).text.partition(ENGLISH.claim)[0]
    assert said in front


def test_seeds_are_no_group_of_patients(thrice: Result) -> None:
    assert not [caption for caption, _ in page(thrice).tables if "by seed" in caption]


def test_with_one_other_seed_there_is_no_range(thrice: Result) -> None:
    twice = judged(SEEDS[:2], "sensitivity")
    (said,) = another_seed(twice, ENGLISH)
    assert twice.spread is not None
    value = 100 * twice.spread["measure"]["values"][1]
    assert f"(1) it would have been Sensitivity {value:.1f}\u00a0% instead of" in said
    assert "points, of the difference" in said


def test_a_reason_stands_where_nothing_can_be_judged() -> None:
    rare = judged(SEEDS, share=0.02)
    assert another_seed(rare, ENGLISH) == []
    rows = page(rare).table("the same training with each declared seed")
    assert len(rows) == 1 + len(SEEDS)
    assert all("at least 10 of each" in row[-1] for row in rows[1:])


def test_one_training_has_no_such_table(gain: Result) -> None:
    assert by_seed(gain, Cells(gain), ENGLISH) is None
    assert another_seed(replace(gain, spread=None), ENGLISH) == []
    assert ENGLISH.seeds not in page(gain).text
