"""What the same training with another seed would have given: a table, and a sentence."""

from __future__ import annotations

from medtune.report.cells import Cells
from medtune.report.front import own_rule
from medtune.report.printed import (
    printed,
    printed_difference,
    printed_difference_interval,
    printed_interval,
)
from medtune.report.tables import Row, Shown, Table, row
from medtune.report.words import Words
from medtune.tables.results import Result


def by_seed(result: Result, cells: Cells, words: Words) -> Table | None:
    """A row a seed, the judged one first, and what sums them up; None where there is one seed."""
    spread = result.spread
    if spread is None:
        return None
    measure = str(result.primary["measure"])
    rows = []
    for seed, verdict in zip(spread["seeds"], spread["verdicts"], strict=True):
        label = words.seed_judged.format(seed=seed) if seed == spread["judged"] else str(seed)
        kind = "strong" if seed == spread["judged"] else ""
        found = _pair(result, cells, f"seed={seed}")
        rows.append(row(label, [words.verdicts[verdict][1], *found], kind))
    if not spread["reason"]:
        sums = spread["measure"], spread["difference"]
        deviations = [_deviation(measure, each["standard_deviation"]) for each in sums]
        rows.append(Row(words.standard_deviation, ["", *deviations]))
        ends = [
            printed_interval(measure, sums[0]["min"], sums[0]["max"]),
            printed_difference_interval(measure, sums[1]["min"], sums[1]["max"]),
        ]
        rows.append(Row(words.least_and_greatest, ["", *ends]))
    caption = words.seeds_caption.format(
        finding=words.finding_title(cells.primary_finding),
        other=words.model_name(cells.other),
        judged=spread["judged"],
    )
    columns = [words.seed, words.verdict, words.measures[measure], words.difference_title]
    return Table(caption, columns, rows)


def another_seed(result: Result, words: Words) -> list[str]:
    """The sentence for page one; none where there is one seed or nothing can be judged."""
    spread = result.spread
    if spread is None or spread["reason"]:
        return []
    measure = str(result.primary["measure"])
    (own, *values), (gain, *gains) = (
        spread["measure"]["values"],
        spread["difference"]["values"],
    )
    between = printed_interval(measure, min(values), max(values))
    gained = printed_difference_interval(measure, min(gains), max(gains))
    if len(values) == 1:
        between, gained = printed(measure, values[0]), printed_difference(measure, gains[0])
    return [
        words.limit_seeds.format(
            seeds=", ".join(str(seed) for seed in spread["seeds"][1:]),
            measure=words.measures[measure],
            values=between,
            own=printed(measure, own),
            differences=gained,
            difference=printed_difference(measure, gain),
            n=len(spread["seeds"]),
            deviation=_deviation(measure, spread["measure"]["standard_deviation"]),
            deviation_of_difference=_deviation(measure, spread["difference"]["standard_deviation"]),
        )
    ]


def _pair(result: Result, cells: Cells, subgroup: str) -> list[Shown]:
    """The primary measure of one training, and its difference."""
    primary, finding = result.primary, cells.primary_finding
    measure, rule = str(primary["measure"]), str(primary["rule"])
    own = own_rule(cells, cells.own, finding, rule)
    return [
        cells.measure(cells.own, measure, finding, own, subgroup),
        cells.difference(cells.other, measure, finding, rule, subgroup),
    ]


def _deviation(measure: str, value: float) -> str:
    """A standard deviation in the unit of a difference; it has no sign."""
    return printed_difference(measure, value).removeprefix("+")
