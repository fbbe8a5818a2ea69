"""Whether models say passages of training texts word for word, beside passages nobody learnt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from medtune.tables.marks import COLUMNS as MARKS_COLUMNS
from medtune.text.generic import documents_of
from medtune.text.legal.extraction import Passage, passages_of, probed, tries
from medtune.text.legal.overlap import Overlaps
from medtune.text.likelihood import Teller
from medtune.text.template import Tokens
from medtune.workflow.chats.models import Judged, Marked
from medtune.workflow.progress import Tell

# The texts that passages are of, as targets of the tables, by split.
SIDES: Mapping[str, str] = {"train": "training texts", "test": "test texts"}
BY_HEART, OFTEN = "extracted", "extractable"


@dataclass(frozen=True)
class Side:
    """Passages of one split.

    Attributes:
        passages: that are asked for; their numbers are places in ``cases``.
        cases: the split's.
        long: how many of its texts are long enough.
        approved: passages that were drawn, and are wholly of approved clauses.
    """

    passages: list[Passage]
    cases: pd.DataFrame
    long: int
    approved: int


def passages_in(judged: Judged) -> dict[str, Side]:
    """The passages that models are asked for, by split; no model is asked anything.

    Raises:
        DataError: the bank of approved clauses cannot be read.
    """
    drafts = judged.run.evaluation.drafts
    bank = [] if drafts is None or drafts.bank is None else documents_of(drafts.bank)
    approved = Overlaps(bank, {})
    return {split: _side(judged, split, approved) for split in SIDES}


def by_heart_of(
    judged: Judged, networks: Mapping[str, Teller], sides: Mapping[str, Side], tell: Tell
) -> Marked:
    """Let models go on with the passages.

    Args:
        judged: the conversations.
        networks: by name.
        sides: see ``passages_in``.
        tell: takes lines for a person.
    """
    how = judged.run.evaluation.by_heart
    assert how is not None
    rows: list[list[object]] = []
    said: dict[str, dict[str, dict[str, int]]] = {name: {} for name in networks}
    for split, side in sides.items():
        case, group = side.cases["case_id"], side.cases["group_id"]
        for name, network in networks.items():
            if side.passages:
                tell(f"{name} is asked for {len(side.passages)} passages of {SIDES[split]}")
            what = probed(network, side.passages, judged.hardware)
            found = {
                BY_HEART: [one.matched == how.suffix for one in what],
                OFTEN: [tries(one.log_likelihood) <= how.tries for one in what],
            }
            for measure, each in found.items():
                rows += [
                    [case[p.text], group[p.text], name, SIDES[split], measure, float(yes), 1.0]
                    for p, yes in zip(side.passages, each, strict=True)
                ]
            said[name][split] = {measure: sum(each) for measure, each in found.items()}
    settings = {
        "prefix": how.prefix,
        "suffix": how.suffix,
        "tries": how.tries,
        "passages": {split: len(side.passages) for split, side in sides.items()},
        "long": {split: side.long for split, side in sides.items()},
        "approved": {split: side.approved for split, side in sides.items()},
        "said": said,
    }
    return Marked(pd.DataFrame(rows, columns=list(MARKS_COLUMNS)), settings)


def about_by_heart(settings: Mapping[str, Any], own: str) -> list[str]:
    """What a reader has to know of it, in sentences.

    Args:
        settings: of ``Marked``.
        own: the name of the fine-tuned model.
    """
    prefix, suffix, asked = settings["prefix"], settings["suffix"], settings["passages"]
    said = []
    for split, count in asked.items():
        if not count and not settings["approved"][split]:
            said.append(
                f"No text of the {split} split has an answer of {prefix + suffix} tokens, so that "
                "nothing could be asked for there: set 'evaluation.by_heart.prefix' and 'suffix' "
                "lower."
            )
    if any(asked.values()):
        told = "; ".join(
            f"{_counted(settings['said'], split)} of {count} passages of {SIDES[split]}"
            for split, count in asked.items()
            if count
        )
        said.append(
            f"Given a text as far as a place at least {prefix} tokens into its answer, models say "
            f"the next {suffix}, the most probable token each time. Word for word as the text has "
            f"them: {told}. Nobody taught them the test texts: what is right there stands in the "
            "request or is a phrase that everybody's texts have, and what is right in training "
            "texts beyond that was learnt by heart."
        )
    if asked["train"]:
        often = settings["said"][own]["train"][OFTEN]
        said.append(
            f"The most probable token alone is too few questions: of the {asked['train']} passages "
            f"of training texts {often} would come out of the fine-tuned model with a chance of "
            f"one half where {settings['tries']} continuations are drawn. Other questions bring "
            "out others, and what was not brought out is not proven forgotten."
        )
    if aside := sum(settings["approved"].values()):
        said.append(
            f"{aside} more passages were not asked for: they are wholly of approved clauses, which "
            "may be said again."
        )
    return said


def _counted(said: Mapping[str, Mapping[str, Mapping[str, int]]], split: str) -> str:
    return ", ".join(f"{name} {found[split][BY_HEART]}" for name, found in said.items())


def _side(judged: Judged, split: str, approved: Overlaps) -> Side:
    """The passages of one split, each at a random place of the longest answer of its text."""
    how, prepared = judged.run.evaluation.by_heart, judged.prepared
    assert how is not None
    cases = prepared.of(split)
    texts = [until_longest_answer(prepared.talks.of(name)) for name in cases["case_id"]]
    drawn = passages_of(
        texts,
        prefix=how.prefix,
        suffix=how.suffix,
        most=how.passages,
        seed=judged.run.evaluation.seed,
    )
    kept = [one for one in drawn if not _stands_in(approved, prepared.tokenizer, one)]
    long = sum(len(said) >= how.prefix + how.suffix for _, said in texts)
    return Side(kept, cases, long, len(drawn) - len(kept))


def _stands_in(bank: Overlaps, tokenizer: Any, one: Passage) -> bool:
    """Whether all that is asked for is approved; its first and last word may be cut."""
    text = str(tokenizer.decode(one.suffix, skip_special_tokens=True))
    found = bank.of(" ".join(text.split()[1:-1]))
    return found.runs > 0 and found.wanted == found.runs


def until_longest_answer(tokens: Tokens) -> tuple[list[int], list[int]]:
    """What is read before the longest answer of a conversation that is learnt, and that answer."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], tokens.learnt.astype(np.int8), [0]])))
    spans = edges.reshape(-1, 2).tolist() or [[0, 0]]
    start, end = max(spans, key=lambda span: span[1] - span[0])
    return tokens.ids[:start].tolist(), tokens.ids[start:end].tolist()
