"""Refer to a radiologist: from which scores on, how many, who, and how right the rest is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from medtune.report import figures as draw
from medtune.report.breakdown import share_by_group
from medtune.report.cells import CONTROLS, Cells
from medtune.report.figures import Line
from medtune.report.printed import printed_threshold
from medtune.report.tables import Row, Shown, Table, row
from medtune.report.words import Words
from medtune.tables.results import Result

RULE = "refer"


@dataclass(frozen=True)
class Referred:
    """What is printed of one finding.

    Attributes:
        finding: its name.
        promise: the bounds in words.
        cuts: from which scores on each model decides, a row a model.
        table: what that did on the judged studies.
        groups: who is referred by the fine-tuned model, a row a group of patients.
        figure: the risk-coverage curves, as SVG; empty where there are none.
        caption: of the figure.
    """

    finding: str
    promise: str
    cuts: Table
    table: Table
    groups: Table | None
    figure: str
    caption: str


def referred(result: Result, cells: Cells, level: str, words: Words) -> list[Referred]:
    """Every finding for which bounds were declared.

    Args:
        result: what was found.
        cells: of the result.
        level: printed.
        words: of the language.
    """
    by_finding: dict[str, dict[str, Mapping[str, Any]]] = {}
    for told in result.settings.get("referrals", []):
        if told["model"] not in CONTROLS:
            by_finding.setdefault(told["target"], {})[told["model"]] = told
    return [
        _finding(result, cells, finding, told, level, words) for finding, told in by_finding.items()
    ]


def _finding(
    result: Result,
    cells: Cells,
    finding: str,
    told: Mapping[str, Mapping[str, Any]],
    level: str,
    words: Words,
) -> Referred:
    models = [model for model in cells.models if model in told]
    first = told[models[0]]
    name = words.finding_name(finding)
    bounds = [
        said.format(bound=words.percent(first[side]["bound"]), finding=name)
        for side, said in (("absent", words.bound_absent), ("present", words.bound_present))
        if first[side]["bound"] is not None
    ]
    columns = [
        measure
        for measure in ("referred", "wrong_absent", "wrong_present")
        if any(cells.measure(model, measure, finding, RULE) for model in models)
    ]
    rows = [
        row(
            words.model_name(model),
            [cells.measure(model, measure, finding, RULE) for measure in columns],
        )
        for model in models
    ]
    table = Table(
        words.referred_caption.format(finding=words.finding_title(finding), level=level),
        [words.model, *(words.measures[measure] for measure in columns)],
        rows,
    )
    return Referred(
        finding=name,
        promise=words.promise.format(
            bounds=words.bounds_and.join(bounds),
            confidence=words.percent(first["confidence"]),
            patients=first["calibration_patients"],
        ),
        cuts=_cuts(models, told, finding, words),
        table=table,
        groups=share_by_group(
            cells,
            "referred",
            finding,
            RULE,
            words.who_caption.format(
                finding=words.finding_title(finding), own=words.model_in_text(cells.own)
            ),
            list(words.who_columns),
            words,
        ),
        **_figure(result, cells, models, finding, words),
    )


def _cuts(
    models: list[str], told: Mapping[str, Mapping[str, Any]], finding: str, words: Words
) -> Table:
    rows = []
    for model in models:
        shown: list[Shown] = []
        for side in ("absent", "present"):
            cut = told[model][side]
            if cut["reason"]:
                shown += [words.absent, words.of_judge(cut["reason"])]
            else:
                of = words.cut_of.format(decided=cut["decided"], wrong=cut["wrong"])
                shown += [printed_threshold(float(cut["score"])), of]
        rows.append(Row(words.model_name(model), shown))
    caption = words.cuts_caption.format(finding=words.finding_title(finding))
    return Table(caption, list(words.cuts_columns), rows)


def _figure(
    result: Result, cells: Cells, models: list[str], finding: str, words: Words
) -> dict[str, str]:
    curves = result.curves[(result.curves["target"] == finding) & (result.curves["curve"] == RULE)]
    lines = [
        Line(model, words.model_name(model), cells.role(model))
        for model in models
        if (curves["model"] == model).any()
    ]
    if not lines:
        return {"figure": "", "caption": ""}
    caption = words.risk_caption.format(finding=words.finding_name(finding))
    svg = draw.risk_coverage(
        curves,
        lines,
        name=f"risk-{cells.findings.index(finding)}",
        axes=(words.share_decided, words.share_wrong),
        label=caption,
    )
    return {"figure": svg, "caption": caption}
