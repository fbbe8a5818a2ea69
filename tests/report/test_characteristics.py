from dataclasses import replace

from medtune.config import Evaluation
from medtune.evaluation import evaluate
from medtune.evaluation.baseline import baseline_rows
from medtune.report.cells import Cells
from medtune.report.characteristics import against_the_truth, baseline, otherwise
from medtune.report.words import ENGLISH
from medtune.tables.results import Result

from .conftest import SETTINGS, STRENGTH, predictions
from .page import Page
from .test_render import html


def test_the_baseline_has_a_column_a_split_and_result(gain: Result) -> None:
    table = baseline(gain, ENGLISH)
    assert table is not None
    assert table.columns[1:] == [
        "Train", "Calibration", "Test", "Test, with opacity", "Test, without opacity",
        ENGLISH.apart,
    ]  # fmt: skip
    rows = {row.label: row.cells for row in table.rows}
    assert rows["All patients"][:5] == ["240", "160", "240", "89", "151"]
    assert rows["F"][2] == "80 (33.3\u00a0%)"
    assert rows["rare"][:5] == [ENGLISH.not_shown] * 5
    assert rows["common"][:5] == [ENGLISH.not_shown] * 5


def test_the_columns_by_result_are_headed_with_the_finding_that_was_counted() -> None:
    both = predictions(STRENGTH, targets=("pneumonia", "effusion"), prevalence=(0.5, 0.2))
    result = evaluate(both, Evaluation(**SETTINGS))
    assert result.primary["finding"] == "macro"
    cases = both[(both["model"] == "fine_tuned") & (both["target"] == "pneumonia")]
    told = baseline_rows(
        cases.rename(columns={"reference": "pneumonia"}),
        attributes=[],
        finding="pneumonia",
        min_cell=10,
    )
    table = baseline(replace(result, settings=result.settings | {"baseline": told}), ENGLISH)
    assert table is not None
    assert table.columns[-2:] == ["Test, with pneumonia", "Test, without pneumonia"]
    present = cases[(cases["split"] == "test") & (cases["reference"] == 1)]
    assert table.rows[0].cells[-2] == str(present["group_id"].nunique())


def test_turned_labels_stand_beside_the_judged(gain: Result, no_gain: Result) -> None:
    table = otherwise(Cells(gain), "opacity", ENGLISH)
    assert table is not None
    labels = [row.label for row in table.rows]
    assert labels[0] == ENGLISH.as_judged
    assert labels[1:] == [f"{n}\u00a0% of the labels turned round" for n in (2, 5, 10)]
    several = otherwise(Cells(no_gain), "opacity", ENGLISH)
    assert several is not None
    assert "One study a patient, drawn at random" in [row.label for row in several.rows]


def test_groups_too_small_keep_their_row_in_the_forest(gain: Result) -> None:
    text = html(gain)
    figure = text[text.index('aria-label="AUROC of the fine-tuned model minus Generic') :]
    assert "rare" in Page(text).text
    assert ENGLISH.not_shown in figure[: figure.index("</svg>")]


def test_what_the_reference_is_known_to_miss_has_a_table() -> None:
    known = {"sensitivity": 0.9, "specificity": 0.95}
    result = evaluate(
        predictions(STRENGTH),
        Evaluation(**SETTINGS, reference_accuracy=known, subgroups=["sex"]),
        shipped_thresholds={("shipped:elsewhere", "opacity"): 0.5},
    )
    page = Page(html(result))
    rows = {row[0]: row[1:] for row in page.table("if the reference finds 0.9 of those")}
    models = [ENGLISH.model_name(name) for name in STRENGTH]
    assert {label.rpartition(",")[0] for label in rows if label} == set(models)
    generic = f"{ENGLISH.model_name('shipped:elsewhere')}, {ENGLISH.rules['shipped']}"
    assert generic in rows
    truth = result.measures[result.measures["subgroup"] == "reference=0.9/0.95"]
    shipped = truth[(truth["rule"] == "shipped") & (truth["measure"] == "sensitivity")].iloc[0]
    assert rows[generic][1].startswith(f"{100 * shipped['value']:.1f}")
    titles = [caption for caption, _ in page.tables]
    assert not any("reference" in title and "by reference" in title for title in titles)
    assert against_the_truth(Cells(evaluate(predictions(STRENGTH), Evaluation(**SETTINGS))),
                             "opacity", ENGLISH) is None  # fmt: skip
