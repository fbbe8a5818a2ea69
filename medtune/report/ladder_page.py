"""The ladder on one HTML page that needs nothing else: the answer, one plot, one table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from medtune.report.ladder_figure import ladder_figure
from medtune.report.ladder_words import ENGLISH as LADDER_ENGLISH
from medtune.report.ladder_words import LadderWords
from medtune.report.page import template
from medtune.report.printed import SPACE, between, marked, printed_in, printed_p
from medtune.report.words import ENGLISH, Words

Said = Mapping[str, Any]


def ladder_html(answer: Said, *, words: Words = ENGLISH, said: LadderWords = LADDER_ENGLISH) -> str:
    """The page; the same for the same answer, byte for byte.

    Args:
        answer: what ``ladder.json`` holds.
        words: of the language.
        said: what this page says besides, in the same language.
    """
    with printed_in(words.printing):
        return _html(in_language(answer, words, said), words, said)


def in_language(answer: Said, words: Words, said: LadderWords) -> Said:
    """The same answer, with the reasons and warnings that the ladder gives in English told."""
    names = replace(words, said_by_the_judge={**words.said_by_the_judge, **said.warnings})

    def told(value: Any, name: str = "") -> Any:
        if isinstance(value, str) and name in ("reason", "note", "warnings"):
            return names.of_judge(value)
        if isinstance(value, list):
            return [told(each, name) for each in value]
        if isinstance(value, dict):
            return {key: told(each, key) for key, each in value.items()}
        return value

    found: Said = told(dict(answer))
    return found


def _html(answer: Said, words: Words, said: LadderWords) -> str:
    rungs = [{**rung, "cost": cost_of(rung, said)} for rung in answer["rungs"]]
    kind = answer["utility"]["kind"]
    label = f"{answer['finding']}: {utility_of(answer, said)}"
    figure = ladder_figure(rungs, kind, answer["chosen"], words=said, label=label)
    step, cost, *others = said.columns
    return template("ladder.html").render(
        words=words,
        said=said,
        answer=answer,
        simulated=answer["simulated"],
        figure=figure,
        sentence=answer_of(answer, said),
        test=words_of_test(answer, said),
        chosen_on=said.chosen_on[answer["choose_by"]].format(
            cases=answer["n_cases"],
            patients=answer["n_groups"],
            positive=answer["n_positive"],
            folds=answer["folds"],
        ),
        rule=said.rule.format(
            least=marked(f"{answer['least_gain']:g}"),
            alpha=marked(f"{1 - answer['level']:.2g}"),
            level=_share(answer["level"]),
        ),
        columns=[step, cost, said.column[kind], *others],
        rows=[_row(rung, answer["chosen"], said) for rung in rungs],
        use="" if answer["model"] is None else said.use.format(folder=answer["model"]),
    )


def answer_of(answer: Said, said: LadderWords = LADDER_ENGLISH) -> str:
    """The answer in words."""
    chosen = answer["chosen"]
    if answer["reason"]:
        return said.untold.format(reason=answer["reason"])
    if answer["fine_tune"]:
        return said.teach.format(rung=said.rungs[chosen])
    unjudged = _unjudged(answer, said)
    if chosen not in said.cheap:
        return said.untold.format(reason=unjudged) if unjudged else said.stay
    used = next(rung["labelled_studies"] for rung in answer["rungs"] if rung["name"] == chosen)
    sentences = [said.cheap[chosen]]
    if not used:
        sentences.append(said.without_labels)
    if unjudged:
        sentences.append(said.unjudged.format(reason=unjudged))
    return " ".join(sentences)


def _unjudged(answer: Said, said: LadderWords) -> str:
    """Why none of what was fine-tuned could be judged; empty where something was, or none asked."""
    taught = [
        rung["utility"]["reason"] and f"{said.rungs[rung['name']]}: {rung['utility']['reason']}"
        for rung in answer["rungs"]
        if rung["name"] in said.rungs and rung["name"] not in ("shipped", *said.cheap)
    ]
    return "; ".join(taught) if all(taught) else ""


def words_of_test(answer: Said, said: LadderWords = LADDER_ENGLISH) -> str:
    """How the chosen rung did on test, in words."""
    test = answer["test"]
    if test["reason"]:
        return said.not_tested.format(reason=test["reason"])
    if test["utility"]["reason"]:
        return said.not_tested.format(reason=test["utility"]["reason"])
    counted = {"cases": test["n_cases"], "patients": test["n_groups"]}
    utility = utility_of(answer, said)
    auroc = _plain(test["auroc"])
    if test["first"] == answer["chosen"]:
        value = _plain(test["utility"])
        text = said.tested_alone.format(**counted, utility=utility, value=value)
        return f"{text} {said.ranking_stays.format(auroc=auroc)}"
    first = said.rungs[test["first"]]
    gain = _signed(test["gain"], said)
    text = said.tested.format(**counted, gain=gain, first=first, utility=utility)
    if test["auroc_gain"]["reason"]:
        return f"{text} {said.ranking_stays.format(auroc=auroc)}"
    moved = said.ranking.format(
        auroc=auroc,
        first_auroc=_plain(test["first_auroc"]),
        moved=_signed(test["auroc_gain"], said),
    )
    cut = test["error_cut"]
    return f"{text} {moved}" + ("" if cut["reason"] else " " + said.cut.format(cut=_percent(cut)))


def utility_of(answer: Said, said: LadderWords = LADDER_ENGLISH) -> str:
    """The declared utility in words."""
    utility = answer["utility"]
    return said.utilities[utility["kind"]].format(at=_share(utility["at"]))


def cost_of(rung: Said, said: LadderWords = LADDER_ENGLISH) -> str:
    """What a rung costs, in words."""
    labels = rung["labelled_studies"]
    parts = [said.cost["labels"].format(labels=labels) if labels else said.cost["nothing"]]
    if rung["minutes"]:
        minutes = rung["minutes"]
        told = (
            f"{minutes:.0f}" if minutes >= 10 else f"{minutes:.1f}" if minutes >= 0.1 else "< 0.1"
        )
        parts.append(said.cost["time"].format(minutes=marked(told)))
    return ", ".join(parts)


def _row(rung: Said, chosen: str, said: LadderWords) -> dict[str, str | bool | list[str]]:
    utility, gain = rung["utility"], rung["gain"]
    held = rung["against"] and not utility["reason"]  # its reason is said once
    against = said.rungs[rung["against"]] if held else ""
    p_value = rung["p_adjusted"]
    notes = [rung["note"]] if rung["note"] else []
    if rung["short_of"]:
        better, p_short = said.rungs[rung["short_of"]], printed_p(rung["p_short"])
        notes.append(said.short_of.format(rung=better, p_value=p_short))
    return {
        "name": said.rungs[rung["name"]],
        "chosen": rung["name"] == chosen,
        "cost": rung["cost"],
        "utility": said.not_climbed.format(reason=utility["reason"])
        if utility["reason"]
        else _plain(utility),
        "notes": notes,
        "against": against,
        "gain": ("" if not against else gain["reason"]) if gain["reason"] else _signed(gain, said),
        "p_value": "" if p_value is None else printed_p(p_value),
        "auroc": "" if rung["auroc"]["reason"] else _plain(rung["auroc"]),
    }


def _share(value: float) -> str:
    return f"{100 * value:g}{SPACE}%"


def _plain(estimate: Said) -> str:
    low, value, high = (marked(f"{estimate[end]:.3f}") for end in ("low", "value", "high"))
    return f"{value} ({low} {between()} {high})"


def _signed(estimate: Said, said: LadderWords) -> str:
    if estimate["reason"]:
        return said.nothing.format(reason=estimate["reason"])
    low, value, high = (marked(f"{estimate[end]:+.3f}") for end in ("low", "value", "high"))
    return f"{value} ({low} {between()} {high})"


def _percent(estimate: Said) -> str:
    value, low, high = (100 * estimate[end] for end in ("value", "low", "high"))
    return f"{value:.0f} % ({low:.0f} {between()} {high:.0f} %)"
