"""What a ladder found: written as tables, as ``ladder.json`` and as one page."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from medtune.evaluation.estimate import Estimate
from medtune.evaluation.rungs import Choice, Step
from medtune.report.ladder_page import answer_of, cost_of, ladder_html, words_of_test
from medtune.report.languages import LADDERS, words_of
from medtune.run_folder import LadderFolder
from medtune.tables.results import DIFFERENCE_COLUMNS, declare_differences, declare_measures
from medtune.tables.schema import write_table, write_text
from medtune.workflow.climb import Climb
from medtune.workflow.evaluate import simulated
from medtune.workflow.ladder_test import Tested

SCHEMA_VERSION = 1
ENRICHED = (
    "The sample was enriched on purpose: net benefits, and thresholds taken for them, hold for the "
    "share of patients with the finding in this sample, not in routine care."
)


@dataclass(frozen=True)
class Answer:
    """The answer of a ladder.

    Attributes:
        home: where its files lie.
        content: what ``ladder.json`` holds.
    """

    home: LadderFolder
    content: dict[str, Any]

    @property
    def chosen(self) -> str:
        """Name of the chosen rung."""
        return str(self.content["chosen"])

    @property
    def fine_tune(self) -> bool:
        """Whether the answer is to fine-tune."""
        return bool(self.content["fine_tune"])

    def lines(self) -> list[str]:
        """For a person."""
        lines = [answer_of(self.content), words_of_test(self.content)]
        for rung in self.content["rungs"]:
            worth = rung["utility"]
            said = worth["reason"] or f"{worth['value']:.3f}"
            note = f"; {rung['note']}" if rung["note"] else ""
            mark = "*" if rung["name"] == self.chosen else " "
            lines.append(f"{mark} {rung['name']}: {said} ({cost_of(rung)}){note}")
        lines += [f"Note: {warning}" for warning in self.content["warnings"]]
        return [*lines, f"On one page: {self.home.page}"]

    def as_dict(self) -> dict[str, Any]:
        """The same, for machines."""
        return {**self.content, "page": str(self.home.page)}


def write_answer(climb: Climb, choice: Choice, tested: Tested) -> Answer:
    """Write the tables and the page; ``ladder.json`` last: with it the ladder is finished."""
    content = _content(climb, choice, tested)
    tables = climb.home.prepared
    write_table(declare_measures(_measures(climb, choice, tested)), tables.measures)
    write_table(declare_differences(_differences(climb, choice, tested)), tables.differences)
    language = climb.run.report.language
    page = ladder_html(content, words=words_of(language), said=LADDERS[language])
    write_text(page, climb.home.page)
    write_text(json.dumps(content, indent=1, allow_nan=False), climb.home.answer)
    return Answer(climb.home, content)


def read_answer(home: LadderFolder) -> Answer:
    """A ladder that is finished."""
    return Answer(home, json.loads(home.answer.read_text(encoding="utf-8")))


def _content(climb: Climb, choice: Choice, tested: Tested) -> dict[str, Any]:
    run, said = climb.run, climb.run.ladder
    result = tested.result
    test: dict[str, Any] = {"reason": tested.reason, "first": tested.first}
    if result is not None:
        test |= {
            name: _plain(value) if isinstance(value, Estimate) else value
            for name, value in vars(result).items()
        }
    folder = tested.folder
    return {
        "schema_version": SCHEMA_VERSION,
        "run": run.name,
        "site": run.site_name,
        "finding": climb.finding,
        "utility": asdict(climb.utility),
        "choose_by": said.choose_by,
        "folds": said.folds,
        "level": run.evaluation.level,
        "resamples": run.evaluation.resamples,
        "seed": run.evaluation.seed,
        "least_gain": said.least_gain,
        "chosen": choice.chosen,
        "fine_tune": not choice.reason and choice.chosen in said.teach,
        "reason": choice.reason,
        "n_cases": choice.n_cases,
        "n_groups": choice.n_groups,
        "n_positive": choice.n_positive,
        "left_out": choice.left_out,
        "rungs": [_rung(step) for step in choice.steps],
        "test": test,
        "threshold": tested.threshold if math.isfinite(tested.threshold) else None,
        "threshold_note": tested.note,
        "model": None if folder is None else f"{climb.home.rungs.name}/{folder.path.name}",
        "sealed_test": tested.sealed,
        "warnings": _warnings(climb, tested),
        "simulated": simulated(climb.choosing.films),
    }


def _warnings(climb: Climb, tested: Tested) -> list[str]:
    looks = len(tested.sealed.get("looks", []))
    found = [f"The threshold for use: {tested.note}."] if tested.note else []
    if climb.run.data.sampling == "enriched" and climb.utility.kind == "net_benefit":
        found.append(ENRICHED)
    if looks > 1:
        found.append(f"This was look number {looks} at this test split.")
    departed = tested.sealed.get("departures", [])
    if departed:
        named = ", ".join(each["setting"] for each in departed)
        found.append(f"Not as declared before the test was first looked at: {named}.")
    return found


def _rung(step: Step) -> dict[str, Any]:
    return {
        "name": step.name,
        "rule": step.rule,
        "minutes": step.minutes,
        "labelled_studies": step.labels,
        "utility": _plain(step.utility),
        "auroc": _plain(step.auroc),
        "against": step.against,
        "gain": _plain(step.gain),
        "p_adjusted": None if math.isnan(step.p_adjusted) else step.p_adjusted,
        "auroc_gain": _plain(step.auroc_gain),
        "better": step.better,
        "short_of": step.short_of,
        "p_short": None if math.isnan(step.p_short) else step.p_short,
        "note": step.note,
    }


def _plain(estimate: Estimate) -> dict[str, Any]:
    """An estimate as JSON: numbers that are none are null."""
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in asdict(estimate).items()
    }


def _measures(climb: Climb, choice: Choice, tested: Tested) -> pd.DataFrame:
    rows = []
    for step in choice.steps:
        counts = (choice.n_cases, choice.n_groups, choice.n_positive)
        for measure, found in ((climb.utility.kind, step.utility), ("auroc", step.auroc)):
            rule = _rule(measure, step.rule)
            rows.append(_row(climb, step.name, measure, climb.run.ladder.choose_by, rule, found,
                             counts))  # fmt: skip
    result = tested.result
    if result is not None:
        counts = (result.n_cases, result.n_groups, result.n_positive)
        chosen = choice.step
        both = [(chosen, result.utility, result.auroc)]
        first = next(step for step in choice.steps if step.name == tested.first)
        if first.name != chosen.name:
            both.append((first, result.first_utility, result.first_auroc))
        for step, worth, area in both:
            for measure, found in ((climb.utility.kind, worth), ("auroc", area)):
                rule = _rule(measure, step.rule)
                rows.append(_row(climb, step.name, measure, "test", rule, found, counts))
                if step.name == chosen.name and rule:
                    rows[-1]["threshold"] = tested.threshold
    return pd.DataFrame(rows)


def _rule(measure: str, rule: str) -> str:
    """No threshold is in an AUROC, nor in a point of the ROC curve."""
    return rule if measure == "net_benefit" else ""


def _row(
    climb: Climb,
    model: str,
    measure: str,
    split: str,
    rule: str,
    found: Estimate,
    counts: tuple[int, int, int],
) -> dict[str, Any]:
    return {
        "model": model,
        "measure": measure,
        "target": climb.finding,
        "split": split,
        "rule": rule,
        "subgroup": "all",
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "level": climb.run.evaluation.level,
        "method": found.method or None,
        "n_cases": counts[0],
        "n_groups": counts[1],
        "n_positive": counts[2],
        "threshold": math.nan,
        "reason": found.reason or None,
    }


def _differences(climb: Climb, choice: Choice, tested: Tested) -> pd.DataFrame:
    """Paired differences; p values on the cases that chose are adjusted by Holm."""
    rows = []

    def add(
        measure: str,
        split: str,
        rule: str,
        model: str,
        other: str,
        found: Estimate,
        p_value: float,
        counts: tuple[int, int, int],
    ) -> None:
        row = _row(climb, model, measure, split, rule, found, counts)
        rows.append({**row, "compared_with": other, "difference": row["value"], "p_value": p_value})

    counts = (choice.n_cases, choice.n_groups, choice.n_positive)
    by = climb.run.ladder.choose_by
    for step in choice.steps:
        if step.against:
            rule = _rule(climb.utility.kind, step.rule)
            kind = climb.utility.kind
            add(kind, by, rule, step.name, step.against, step.gain, step.p_adjusted, counts)
            moved = step.auroc_gain
            add("auroc", by, "", step.name, step.against, moved, moved.p_value, counts)
    result = tested.result
    if result is not None and tested.first != choice.chosen:
        counts = (result.n_cases, result.n_groups, result.n_positive)
        rule = _rule(climb.utility.kind, choice.step.rule)
        for measure, of, found in (
            (climb.utility.kind, rule, result.gain),
            ("auroc", "", result.auroc_gain),
            ("auroc_error_relative", "", result.error_cut),
        ):
            add(measure, "test", of, choice.chosen, tested.first, found, found.p_value, counts)
    return pd.DataFrame(rows, columns=list(DIFFERENCE_COLUMNS))
