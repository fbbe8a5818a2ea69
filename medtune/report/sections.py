"""From a result to everything that stands in the report, in the order in which it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from medtune.report import plots
from medtune.report.answer import answer_in, question_in
from medtune.report.answering import Answered, answered
from medtune.report.breakdown import (
    by_finding,
    by_group,
    claim_by_finding,
    frequency_table,
    judged_studies,
    worst_case,
)
from medtune.report.cells import MACRO, Cells
from medtune.report.characteristics import against_the_truth, baseline, otherwise
from medtune.report.claim import Claim, claim
from medtune.report.flow import Flow, flow
from medtune.report.frequencies import tables_of
from medtune.report.front import Number, Picture, parts_of_answer, pictures, three_numbers
from medtune.report.kinds import (
    FIRST,
    NO_MEAN,
    by_group_of_patients,
    by_target,
    confusions,
    of_every_model,
    refused_wrong,
)
from medtune.report.limits import first_notes, limits
from medtune.report.printed import marked, printed, printed_difference
from medtune.report.record import Group, record
from medtune.report.referral import Referred, referred
from medtune.report.repeatability import Again, again
from medtune.report.sealed import Sealed, is_exploratory, sealed
from medtune.report.seeds import by_seed
from medtune.report.slider import Slider, slider
from medtune.report.spectrum import prevalence
from medtune.report.statements import Stated, is_final, stated
from medtune.report.tables import (
    Table,
    all_differences,
    at_shipped_threshold,
    counts,
    with_every_model,
)
from medtune.report.unlike import UnlikeSite, unlike_site
from medtune.report.unusual import Unusual, unusual
from medtune.report.words import Words
from medtune.tables.results import Result

EACH_APART = ("text",)  # of which each target is another question, with few tables
IN_FULL = 3  # up to so many findings each have all their tables; more have them in the CSV files


@dataclass(frozen=True)
class Front:
    """Page one."""

    question: str
    answer: list[tuple[str, bool]]
    verdict: str
    mark: str
    badge: str
    control: str
    control_fails: bool
    judged_on: str
    present: str
    taught_by: str
    numbers: list[Number]
    one_each: bool
    pictures: list[Picture]
    frequency_table: Table | None
    enriched: bool
    exploratory: bool
    limits: list[str]
    notes: list[str]
    more_notes: int


@dataclass(frozen=True)
class FindingTables:
    """All tables of one finding."""

    finding: str
    base: str
    every_model: list[Table]
    shipped: Table | None
    counts: Table | None
    groups: list[Table]
    refused: Table | None
    differences: Table
    confusions: list[Table] = field(default_factory=list)


@dataclass(frozen=True)
class WorstError:
    """A case that the fine-tuned model got most wrong."""

    case_id: str
    finding: str
    error: str
    score: str
    caption: str
    alt: str


@dataclass(frozen=True)
class Sections:
    """The report, before it is HTML."""

    level: str
    kind: str
    front: Front
    own: str
    other: str
    from_table: bool
    declared: list[str]
    planned: str
    full: list[FindingTables]
    slider: Slider | None
    baseline: Table | None
    prevalence: Table | None
    otherwise: list[Table]
    by_finding: Table | None
    by_seed: Table | None
    claim: Claim
    claim_table: Table | None
    figures: dict[str, plots.Captioned]
    referred: list[Referred]
    answered: list[Answered]
    unusual: Unusual | None
    unlike: UnlikeSite | None
    again: Again | None
    worst: list[WorstError]
    flow: Flow
    judged_table: Table
    sealed: Sealed | None
    record: list[Group]
    stated: list[Stated]
    final: bool
    warnings: list[str]


def sections(
    result: Result, *, run: Mapping[str, Any], environment: Mapping[str, Any], words: Words
) -> Sections:
    """Lay out the report.

    Args:
        result: what was found.
        run: the resolved run as plain values.
        environment: versions and digests.
        words: of the language.

    Raises:
        DataError: a row of the result has neither a value nor a reason.
    """
    cells = Cells(result)
    way = flow(result.flow)
    level = words.percent(float(result.settings["level"]))
    several = len(cells.findings) > 1
    in_full = [MACRO] if several and cells.kind not in NO_MEAN else []
    if len(cells.findings) <= IN_FULL or cells.kind in EACH_APART:
        in_full += cells.findings
    elif cells.primary_finding != MACRO:
        in_full.append(cells.primary_finding)
    examined = claim(cells, words)
    return Sections(
        level=level,
        kind=cells.kind,
        front=_front(result, cells, way, run, words),
        own=cells.own,
        other=cells.other,
        from_table="table" in run,
        declared=_declared(result, words),
        planned=_planned(result, words),
        full=[_tables(result, cells, finding, level, words) for finding in in_full],
        slider=slider(result, cells, words),
        baseline=baseline(result, words),
        prevalence=prevalence(result, level, words),
        otherwise=[
            table
            for of in (otherwise, against_the_truth)
            for finding in in_full
            if (table := of(cells, finding, words)) is not None
        ],
        by_finding=_by_finding(cells, level, words) if several else None,
        by_seed=by_seed(result, cells, words),
        claim=examined,
        claim_table=(
            claim_by_finding(examined, cells.own, words) if len(examined.comparisons) > 1 else None
        ),
        referred=referred(result, cells, level, words),
        answered=answered(result, cells, words),
        unusual=unusual(result, cells, words),
        unlike=unlike_site(result, cells, words),
        again=again(result, cells, words),
        figures=plots.figures(result, cells, examined, level, words),
        worst=_worst(result, cells, words),
        flow=way,
        judged_table=judged_studies(way, words),
        sealed=sealed(result, words),
        record=record(result, cells, run, environment, words),
        stated=stated(run, words),
        final=is_final(run),
        warnings=[words.of_judge(warning) for warning in result.warnings],
    )


def _front(result: Result, cells: Cells, way: Flow, run: Mapping[str, Any], words: Words) -> Front:
    mark, badge = words.verdicts[result.verdict]
    drawn = pictures(cells, tables_of(result.settings))
    notes, more = first_notes(result, cells)
    primary = result.primary
    n = int(primary["n_cases"])
    present = _present(cells, n, primary["n_positive"], words)
    labelled = result.settings.get("labelled_studies", {})
    taught_by = words.labelled.format(
        train=labelled.get("train", 0),
        choosing=labelled.get("tune", 0) + labelled.get("calibration", 0),
    )
    return Front(
        question=question_in(result, words),
        answer=parts_of_answer(answer_in(result, words)),
        verdict=result.verdict,
        mark=mark,
        badge=badge,
        control=_control(result, cells, words),
        control_fails=result.control_passed is False,
        judged_on=words.studies_of_patients.format(studies=n, patients=int(primary["n_groups"])),
        present=present,
        taught_by=taught_by if labelled else "",
        numbers=three_numbers(result, cells, words, FIRST.get(cells.kind, ())),
        one_each=n == int(primary["n_groups"]),
        pictures=drawn,
        frequency_table=(
            frequency_table(drawn, words) if drawn and cells.primary_finding == MACRO else None
        ),
        enriched=(run.get("data") or {}).get("sampling") == "enriched",
        exploratory=is_exploratory(result),
        limits=limits(result, cells, way, run, words),
        notes=[words.of_judge(note) for note in notes],
        more_notes=more,
    )


def _present(cells: Cells, n: int, positive: int | None, words: Words) -> str:
    """How many studies have the finding; of a target what it may be."""
    finding = words.finding_name(cells.primary_finding)
    if cells.kind != "binary":
        if cells.primary_finding == MACRO:
            return words.macro_target
        said = cells.targets[cells.primary_finding]
        return words.of_target[cells.kind].format(
            finding=finding, classes=", ".join(said["classes"]), unit=said["unit"]
        )
    assert positive is not None
    if cells.primary_finding == MACRO:
        return words.any_finding.format(positive=positive)
    share = printed("prevalence", positive / n) if n else words.absent
    return words.with_finding.format(positive=positive, share=share, finding=finding)


def _by_finding(cells: Cells, level: str, words: Words) -> Table:
    if cells.kind == "binary":
        return by_finding(cells, level, words)
    return by_target(cells, level, words)


def _control(result: Result, cells: Cells, words: Words) -> str:
    """How the thumbnail compares, and how far it gets: what the films give away without disease."""
    said = {
        True: words.control_passed,
        False: words.control_failed,
        None: words.control_unknown,
    }[result.control_passed]
    measure = str(result.primary["measure"])
    reached = cells.measure(
        str(result.settings.get("control", "thumbnail")),
        measure,
        cells.primary_finding,
        str(result.primary["rule"]),
    )
    if reached is None or reached.reason:
        return said
    return words.control_reaches.format(
        said=said, measure=words.measures[measure], value=reached.text
    )


def _declared(result: Result, words: Words) -> list[str]:
    """What was fixed before the test was opened, and what the study could have shown."""
    primary = result.primary
    measure = str(primary["measure"])
    said = [
        f"{words.measures[measure]}, {words.finding_name(str(primary['finding']))}",
        f"{words.model_name(str(primary['model']))} / "
        f"{words.model_name(str(primary['compared_with']))}",
        words.margin.format(margin=f"{primary['margin']:g}"),
    ]
    if primary.get("non_inferiority_margin"):
        said.append(words.non_inferiority.format(margin=f"{primary['non_inferiority_margin']:g}"))
    if primary.get("reason"):
        said.append(str(primary["reason"]))
    smallest = primary["smallest_detectable_gain"]
    if smallest == smallest:  # not NaN
        said.append(words.smallest.format(gain=printed_difference(measure, float(smallest))))
    return said


def _planned(result: Result, words: Words) -> str:
    """The study size that was planned, and what it came to; empty where none was."""
    plan = result.settings.get("planned")
    if plan is None:
        return ""
    asked = (
        (words.planned_with, plan["needed"]["positive"]),
        (words.planned_without, plan["needed"]["negative"]),
    )
    return words.planned_says.format(
        gain=marked(f"{plan['gain']:g}"),
        generic=marked(f"{plan['generic']:g}"),
        measure=words.measures[plan["measure"]],
        power=words.percent(float(plan["power"])),
        needed=words.planned_and.join(said.format(n=n) for said, n in asked if n is not None),
        **plan["judged"],
    )


def _tables(result: Result, cells: Cells, finding: str, level: str, words: Words) -> FindingTables:
    primary = result.primary
    declared = (str(primary["compared_with"]), str(primary["measure"]), str(primary["rule"]))
    mark = words.exploratory if is_exploratory(result) else words.primary
    share = cells.measure(cells.own, "prevalence", finding)
    majority = cells.measure(cells.own, "majority_accuracy", finding)
    base = ""
    if share is not None and majority is not None and share.text and majority.text:
        base = words.comparison_base.format(
            finding=words.finding_title(finding),
            share=share.text,
            majority=majority.text,
        )
    if cells.kind != "binary":
        return FindingTables(
            finding=finding,
            base="",
            every_model=of_every_model(cells, finding, level, words),
            shipped=None,
            counts=None,
            groups=by_group_of_patients(cells, finding, words),
            refused=refused_wrong(cells, finding, words),
            differences=all_differences(cells, finding, declared, mark, level, words),
            confusions=confusions(result, cells, finding, words),
        )
    return FindingTables(
        finding=finding,
        base=base,
        every_model=with_every_model(cells, finding, level, words),
        shipped=at_shipped_threshold(cells, finding, words),
        counts=counts(cells, tables_of(result.settings), finding, words),
        groups=by_group(cells, finding, words),
        refused=worst_case(cells, finding, words),
        differences=all_differences(cells, finding, declared, mark, level, words),
    )


def _worst(result: Result, cells: Cells, words: Words) -> list[WorstError]:
    found = []
    for row in result.worst.to_dict("records"):
        target, error = str(row["target"]), words.errors[str(row["error"])]
        finding = words.finding_name(target)
        if cells.kind == "binary":
            score = printed("auroc", float(row["score"]))
            caption = words.gallery_caption.format(finding=finding, score=score)
            alt = words.gallery_alt.format(error=error.lower(), finding=finding, score=score)
        else:
            score, truth = (_value(cells, target, row[name]) for name in ("score", "reference"))
            caption = words.said_for.format(finding=finding, said=score, truth=truth)
            alt = words.gallery_alt_target.format(finding=finding, said=score, truth=truth)
        found.append(WorstError(str(row["case_id"]), finding, error, score, caption, alt))
    return found


def _value(cells: Cells, target: str, value: float) -> str:
    """A class by its name, or an amount with its unit."""
    classes = cells.classes(target)
    return classes[int(value)] if classes else printed("mae", value, cells.targets[target]["unit"])
