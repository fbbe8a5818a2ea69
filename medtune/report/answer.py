"""The question and its answer in the language of the report, from what the judge found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from medtune.report.cells import MACRO
from medtune.report.printed import marked
from medtune.report.words import Words
from medtune.tables.results import LOWER_IS_BETTER, Result

OWN = "fine_tuned"


def question_in(result: Result, words: Words) -> str:
    """The question; in English the judge's own, word for word."""
    primary = result.primary
    finding = str(primary["finding"])
    return words.asked.format(
        own=_model(str(primary["model"]), words),
        other=_model(str(primary["compared_with"]), words),
        measure=words.in_answer[str(primary["measure"])],
        finding=words.macro if finding == MACRO else finding,
    )


def answer_in(result: Result, words: Words) -> str:
    """The answer; in English the judge's own, word for word."""
    primary = result.primary
    model, measure = str(primary["model"]), str(primary["measure"])
    own, other = _model(model, words), _model(str(primary["compared_with"]), words)
    if result.verdict == "not_estimable":
        reason = words.of_judge(str(primary["not_estimable"]))
        return words.cannot_be_judged.format(own=own, other=other, reason=reason)
    unit = _unit(result)
    after = f" {unit}" if unit else ""
    lower = measure in LOWER_IS_BETTER
    smallest = marked(f"{primary['smallest_detectable_gain']:.3f}") + after
    detectable = words.detectable.format(smallest=smallest)
    by = ""
    if primary["margin"] > 0:
        by = words.by_more.format(margin=marked(f"{primary['margin']:g}") + after)
    figures = words.figures.format(
        measure=words.in_answer[measure],
        difference=marked(f"{primary['difference']:+.3f}") + after,
        lower=words.lower_is_better if lower else "",
        level=marked(f"{100 * float(primary['level']):g}"),
        low=marked(f"{primary['low']:+.3f}"),
        high=marked(f"{primary['high']:+.3f}") + after,
        n=primary["n_cases"],
        patients=primary["n_groups"],
    )
    begins = own[:1].upper() + own[1:] if model == OWN else own
    failed = result.control_passed is False
    if result.verdict == "gain":
        text = words.is_better.format(own=begins, other=other, by=by)
        text += words.but_thumbnail if failed else ""
        text += f" ({figures}; {detectable})"
    elif result.verdict == "worse":
        text = f"{words.is_worse.format(own=begins, other=other)} ({figures})"
    else:
        best = -float(primary["low"]) if lower else float(primary["high"])
        text = f"{words.no_gain.format(by=by, other=other)} ({figures})"
        text += words.excluded_above.format(
            high=marked(f"{best:.3f}") + after, detectable=detectable
        )
    if primary["non_inferior"] is not None:
        loss = words.loss_excluded if primary["non_inferior"] else words.loss_not_excluded
        margin = marked(f"{primary['non_inferiority_margin']:g}") + after
        text += loss.format(margin=margin)
    if failed and result.verdict != "gain":
        text += words.nor_thumbnail.format(own=own)
    if result.control_passed is None and model == OWN:
        text += words.thumbnail_unknown.format(reason=_why_unknown(result, words))
    return text + "."


def _model(model: str, words: Words) -> str:
    kind, colon, _ = model.partition(":")
    return words.in_answer.get("shipped" if kind == "shipped" and colon else model, model)


def _unit(result: Result) -> str:
    if result.primary["measure"] != "mae":
        return ""
    targets: Mapping[str, Any] = result.settings.get("targets") or {}
    return str((targets.get(str(result.primary["finding"])) or {}).get("unit") or "")


def _why_unknown(result: Result, words: Words) -> str:
    """Why the control could not be judged."""
    primary, table = result.primary, result.differences
    found = table[
        (table["measure"] == primary["measure"])
        & (table["target"] == primary["finding"])
        & (table["rule"] == primary["rule"])
        & (table["subgroup"] == "all")
        & (table["compared_with"] == result.settings.get("control", "thumbnail"))
    ]
    reason = None if found.empty else found.iloc[0]["reason"]
    if not isinstance(reason, str) or not reason:
        return words.not_judged_alike
    return words.of_judge(reason)
