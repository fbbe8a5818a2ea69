from hypothesis import given
from hypothesis import strategies as some

from medtune.report.frequencies import TwoByTwo, natural, tables_of

counts = some.integers(min_value=0, max_value=5000)


@given(counts, counts, counts, counts)
def test_the_four_always_add_up_and_are_the_nearest(
    found: int, missed: int, alarms: int, cleared: int
) -> None:
    if found + missed + alarms + cleared == 0:
        return
    table = TwoByTwo(found, missed, alarms, cleared)
    f = natural(table)
    assert f.found + f.missed == f.positive
    assert f.alarms + f.cleared == f.negative
    assert f.positive + f.negative == f.of
    assert min(f.found, f.missed, f.alarms, f.cleared) >= 0
    for shown, true in ((f.found, found), (f.positive, found + missed)):
        assert abs(shown - f.of * true / table.total) <= 0.5
    for shown, true in ((f.missed, missed), (f.alarms, alarms), (f.cleared, cleared)):
        assert abs(shown - f.of * true / table.total) <= 1.0
    assert f.hidden_miss == (f.missed == 0 and missed > 0)
    assert f.hidden_alarm == (f.alarms == 0 and alarms > 0)


@given(counts, counts, some.integers(0, 5000), some.integers(0, 5000))
def test_two_models_on_the_same_studies_share_the_number_with_the_finding(
    positive: int, negative: int, found: int, alarms: int
) -> None:
    if not positive + negative:
        return
    first = TwoByTwo(positive, 0, 0, negative)
    found, alarms = min(found, positive), min(alarms, negative)
    second = TwoByTwo(found, positive - found, alarms, negative - alarms)
    assert natural(first).positive == natural(second).positive
    assert natural(first).of == natural(second).of


def test_rare_findings_are_counted_in_a_thousand() -> None:
    assert natural(TwoByTwo(30, 6, 100, 864)).of == 1000
    assert natural(TwoByTwo(864, 100, 6, 30)).of == 1000
    assert natural(TwoByTwo(100, 13, 10, 177)).of == 100


def test_a_threshold_without_a_table_has_none() -> None:
    base = {"model": "fine_tuned", "target": "opacity", "rule": "site", "threshold": None}
    assert tables_of({"thresholds": [base | {"reason": "no calibration cases"}]}) == {}
    assert tables_of({}) == {}
