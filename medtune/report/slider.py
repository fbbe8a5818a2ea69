"""What if: another operating point, another share of patients with the finding (page script)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import pandas as pd

from medtune.report.cells import Cells
from medtune.report.front import fair_rule, own_rule
from medtune.report.printed import printed, printed_threshold
from medtune.report.tables import Row, Table
from medtune.report.words import Words
from medtune.tables.results import Result

OF = 1000  # patients that are counted
ON_PAPER = (0.80, 0.90, 0.95, 0.98)  # sensitivities of the table that stands for the slider
LEAST, MOST = 0.001, 0.9  # shares of patients with the finding
CURVES = ("threshold_at", "sensitivity_at", "specificity_at")


@dataclass(frozen=True)
class Slider:
    """The two sliders, their data, and a table of the same for paper.

    Attributes:
        findings: place in the data and name of each finding.
        models: what the two models are called.
        data: for the script, JSON that may stand within a ``script`` element.
        start: place of the finding that is shown first.
        at: place of the sensitivity at which it begins.
        places: how many sensitivities there are.
        prevalence: share of the judged studies with that finding, in tenths of a per cent.
        table: a few operating points of that finding, at that share.
    """

    findings: list[tuple[int, str]]
    models: list[str]
    data: str
    start: int
    at: int
    places: int
    prevalence: int
    table: Table


def slider(result: Result, cells: Cells, words: Words) -> Slider | None:
    """The operating points of the two models of the primary comparison; None without any.

    Args:
        result: what was found.
        cells: of the result.
        words: of the language.
    """
    curves = result.curves[result.curves["curve"].isin(CURVES)]
    findings = [f for f in cells.findings if not curves[curves["target"] == f].empty]
    if not findings:
        return None
    data = [_finding(curves, cells, finding) for finding in findings]
    primary = cells.primary_finding
    start = findings.index(primary) if primary in findings else 0
    models = [cells.own, cells.other]
    first = data[start]
    text = json.dumps(
        {
            "of": OF,
            "findings": data,
            "names": [words.finding_name(finding) for finding in findings],
            "words": {
                "patients": words.slider_patients,
                "does": words.slider_does,
                "called": words.slider_called,
                "none_called": words.slider_none_called,
                "threshold": words.slider_threshold,
                "picture": words.picture_label,
                "models": [words.model_name(model) for model in models],
                "decimal": words.decimal,
            },
        },
        ensure_ascii=True,
        allow_nan=False,
    )
    return Slider(
        findings=[(place, words.finding_name(f)) for place, f in enumerate(findings)],
        models=[words.model_name(model) for model in models],
        data=text.replace("<", "\\u003c"),
        start=start,
        at=first["at"],
        places=len(first["wanted"]),
        prevalence=round(1000 * first["prevalence"]),
        table=_table(first, models, words, words.finding_title(findings[start])),
    )


def script() -> str:
    """The page's script."""
    return _file("slider.js")


@cache
def _file(name: str) -> str:
    return (resources.files("medtune.report") / "templates" / name).read_text(encoding="utf-8")


def _finding(curves: pd.DataFrame, cells: Cells, finding: str) -> dict[str, Any]:
    """Of one finding: sensitivities, and what reaches each, a list a model."""
    rows = curves[curves["target"] == finding]
    found: dict[str, list[list[float]]] = {name: [] for name in CURVES}
    wanted: list[float] = []
    said: list[list[str]] = []
    for model in (cells.own, cells.other):
        for name in CURVES:
            its = rows[(rows["model"] == model) & (rows["curve"] == name)].sort_values("x")
            wanted = [round(float(x), 4) for x in its["x"]] or wanted
            digits = 6 if name == "threshold_at" else 5
            found[name].append([round(float(y), digits) for y in its["y"]])
            if name == "threshold_at":
                said.append([printed_threshold(float(y)) for y in its["y"]])
    share = cells.measure(cells.own, "prevalence", finding)
    return {
        "wanted": wanted,
        "threshold": found["threshold_at"],
        "threshold_said": said,  # by one rule, on the page as in its tables
        "sensitivity": found["sensitivity_at"],
        "specificity": found["specificity_at"],
        "prevalence": 0.5 if share is None or share.reason else round(share.value, 4),
        "at": _reached(cells, finding, wanted),
    }


def _reached(cells: Cells, finding: str, wanted: list[float]) -> int:
    """Place of the sensitivity that the fine-tuned model has at its own threshold, or of 0.9.

    The next place below it, where the threshold is the same or has the same sensitivity.
    """
    rule = own_rule(cells, cells.own, finding, fair_rule(cells, finding))
    cell = cells.measure(cells.own, "sensitivity", finding, rule)
    here = 0.9 if cell is None or cell.reason else cell.value
    return max((place for place, x in enumerate(wanted) if x <= here + 1e-9), default=0)


def _table(first: dict[str, Any], models: list[str], words: Words, finding: str) -> Table:
    rows: list[Row] = []
    share = first["prevalence"]
    for number, model in enumerate(models):
        if not first["threshold"][number]:
            continue
        rows.append(Row(words.model_name(model), [], kind="group"))
        for wanted in ON_PAPER:
            place = first["wanted"].index(wanted)
            found, cleared = (first[k][number][place] for k in ("sensitivity", "specificity"))
            positive = round(OF * share)
            true = round(positive * found)
            false = round((OF - positive) * (1 - cleared))
            rows.append(
                Row(
                    words.percent(wanted),
                    [
                        printed_threshold(first["threshold"][number][place]),
                        printed("sensitivity", found),
                        printed("specificity", cleared),
                        str(true),
                        str(positive - true),
                        str(false),
                    ],
                )
            )
    caption = words.slider_caption.format(
        finding=finding, of=OF, share=printed("prevalence", share)
    )
    return Table(caption, list(words.slider_columns), rows)
