import pandas as pd
import pytest

from medtune.errors import DataError
from medtune.report.flow import flow
from medtune.tables.results import Result

from .conftest import gathered


def test_counts_close(gain: Result) -> None:
    way = flow(gain.flow)
    for above, step in zip(way.steps, way.steps[1:], strict=False):
        lost = sum(loss.count.films for loss in step.lost)
        assert above.kept.films == step.kept.films + lost
        assert step.unaccounted == 0
    dealt = [count.films for _, count in way.splits]
    dealt += [loss.count.films for loss in way.split_losses]
    assert sum(dealt) == way.steps[-1].kept.films
    assert way.unaccounted == 0
    assert way.not_closing == []


def test_the_whole_way_is_there(gain: Result) -> None:
    way = flow(gain.flow)
    assert [(step.name, step.kept.films) for step in way.steps] == [
        ("read", 900),
        ("included", 850),
        ("labelled", 800),
    ]
    assert [loss.reason for loss in way.steps[1].lost] == ["modality CT", "view unknown"]
    assert way.steps[0].lost[0].count.studies is None
    assert [name for name, _ in way.splits] == ["train", "tune", "calibration", "test"]
    assert dict(way.splits)["test"].patients == 240
    assert way.judged["opacity"]["judged"] == 240


def test_films_that_vanish_are_told() -> None:
    table = gathered()
    table.loc[table["reason"] == "modality CT", "films"] = 33
    table.loc[table["split"] == "tune", "films"] = 88
    way = flow(table)
    assert way.steps[1].unaccounted == 7
    assert way.unaccounted == 12


def test_a_judgement_that_does_not_close_is_told(no_gain: Result) -> None:
    table = no_gain.flow.copy()
    assert flow(table).not_closing == []
    assert flow(table).judged["opacity"]["label unknown"] > 0
    table.loc[table["step"] == "label unknown", "studies"] += 1
    assert flow(table).not_closing == ["opacity"]


def test_survives_the_way_through_a_csv(gain: Result) -> None:
    table = gain.flow.convert_dtypes()
    assert flow(table) == flow(gain.flow)


def test_a_step_that_keeps_nothing_is_refused() -> None:
    table = gathered()
    table = table[~((table["step"] == "labelled") & table["reason"].isna())]
    with pytest.raises(DataError, match="labelled"):
        flow(pd.DataFrame(table))
