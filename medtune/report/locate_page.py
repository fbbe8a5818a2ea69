"""The page of ``medtune locate``: chosen films, and where the network looked."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from medtune.report.locate_words import LOCATE_ENGLISH, LocateWords
from medtune.report.page import template
from medtune.report.printed import between, marked, printed, printed_in
from medtune.report.words import ENGLISH, Words

ALIKE = 0.5  # mean rank correlation from which on the maps do not hang on what was learnt


@dataclass(frozen=True)
class Overlap:
    """How maps and what a person drew lie to one another.

    Attributes:
        hits, n, low, high: films whose brightest place lies inside, of how many, with an interval.
        chance: mean share of the film that was drawn.
        share: mean share of the map inside.
        kind: box or mask.
        left_out: films whose drawing is not used, by why.
    """

    hits: int
    n: int
    low: float
    high: float
    chance: float
    share: float
    kind: Literal["box", "mask"] = "box"
    left_out: Mapping[str, Sequence[str]] = field(default_factory=dict)


def sentences(
    likeness: Sequence[float], overlap: Overlap | None, said: LocateWords = LOCATE_ENGLISH
) -> list[str]:
    """What was found about the maps themselves."""
    return [*_sanity(likeness, said), *_overlap(overlap, said)]


def _overlap(overlap: Overlap | None, said: LocateWords) -> list[str]:
    """How the maps lie to what was drawn, and which drawings are not used."""
    if overlap is None:
        return []
    ends = (printed("prevalence", end) for end in (overlap.low, overlap.high))
    interval = f" {between()} ".join(ends)
    says = said.overlap_says.format(
        drawn=said.drawn[overlap.kind],
        hits=overlap.hits,
        n=overlap.n,
        interval=interval,
        chance=printed("prevalence", overlap.chance),
        share=printed("prevalence", overlap.share),
    )
    left_out = [
        said.left_out.format(
            drawn=said.drawn[overlap.kind], n=len(films), films=", ".join(films), reason=reason
        )
        for reason, films in sorted(overlap.left_out.items())
    ]
    return [says, *left_out]


def _sanity(likeness: Sequence[float], said: LocateWords) -> list[str]:
    """Of the films that have both maps; without any there is no verdict."""
    both = [value for value in likeness if math.isfinite(value)]
    without = [said.sanity_without.format(n=len(likeness) - len(both))]
    if not both:
        return [*without, said.sanity_none]
    mean = sum(both) / len(both)
    says = said.sanity_says.format(
        mean=marked(f"{mean:.2f}"),
        least=marked(f"{min(both):.2f}"),
        greatest=marked(f"{max(both):.2f}"),
        n=len(both),
    )
    return [
        says,
        *(without if len(both) < len(likeness) else []),
        said.sanity_alike if mean >= ALIKE else said.sanity_differ,
    ]


def locate_html(
    cases: Sequence[Mapping[str, Any]],
    pictures: Mapping[str, tuple[bytes, bytes]],
    *,
    title: str,
    finding: str,
    method: str,
    each: int,
    seed: int,
    likeness: Sequence[float],
    overlap: Overlap | None,
    simulated: bool,
    words: Words = ENGLISH,
    said: LocateWords = LOCATE_ENGLISH,
) -> str:
    """The page as one HTML file that needs nothing else.

    Args:
        cases: case_id, group and score of each, in order.
        pictures: PNG of the film and of the film with its map, by case_id.
        title: name of the run.
        finding: that was asked about.
        method: grad_cam or rollout.
        each: cases of each group, at most.
        seed: of the draw among the right decisions.
        likeness: of each map to that of shuffled weights; NaN where one of them is empty.
        overlap: with what a person drew, where there was something.
        simulated: whether the films are.
        words: of the language.
        said: what this page says besides, in the same language.
    """
    with printed_in(words.printing):
        return template("locate.html").render(
            words=words,
            said=said,
            title=title,
            simulated=simulated,
            finding=words.finding_name(finding),
            method=said.methods[method].format(finding=words.finding_name(finding)),
            rule=said.rule.format(each=each, seed=seed),
            sanity=_sanity(likeness, said),
            drawn="" if overlap is None else said.overlap.format(drawn=said.drawn[overlap.kind]),
            overlap=_overlap(overlap, said),
            groups={
                name: [
                    {**case, "score": printed("auroc", float(case["score"]))}
                    for case in cases
                    if case["group"] == name
                ]
                for name in said.groups
            },
            images={
                name: [base64.b64encode(png).decode() for png in pair]
                for name, pair in pictures.items()
            },
        )
