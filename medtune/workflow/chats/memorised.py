"""What of its training texts a model keeps: passages by heart, and secrets of an audit model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from medtune.text.likelihood import Teller
from medtune.workflow.chats.by_heart import Side, about_by_heart, by_heart_of, passages_in
from medtune.workflow.chats.canaries import (
    AUDIT,
    Planted,
    about_canaries,
    exposures_of,
    planted_in,
    taught_canaries,
)
from medtune.workflow.chats.models import Judged
from medtune.workflow.progress import Tell


@dataclass(frozen=True)
class Questions:
    """What models are asked.

    Attributes:
        sides: passages, by split.
        planted: secrets, and the texts that tell them; None: there are none.
        audit: the model that was taught those texts.
    """

    sides: Mapping[str, Side]
    planted: Planted | None
    audit: Teller | None


@dataclass(frozen=True)
class Memorised:
    """What came of it.

    Attributes:
        marks: see ``tables.marks``.
        settings: counts for the result, by what was asked; no word of a text.
        said: what a reader has to know, in sentences.
    """

    marks: pd.DataFrame
    settings: dict[str, Any]
    said: list[str]


def questions_in(judged: Judged, tell: Tell) -> Questions | None:
    """Draw passages, plant secrets and teach the audit model; None where no run asks for it.

    Raises:
        DataError: too few texts have room for a secret, or the bank cannot be read.
    """
    if judged.run.evaluation.by_heart is None:
        return None
    sides, planted = passages_in(judged), planted_in(judged)
    audit = None if planted is None else taught_canaries(judged, planted, tell)
    return Questions(sides, planted, audit)


def memorised(
    judged: Judged, own: str, networks: Mapping[str, Teller], questions: Questions, tell: Tell
) -> Memorised:
    """Ask the models.

    Args:
        judged: the conversations.
        own: the name of the fine-tuned model.
        networks: it and others that are asked for passages, by name.
        questions: see ``questions_in``.
        tell: takes lines for a person.
    """
    passages = by_heart_of(judged, networks, questions.sides, tell)
    parts, settings = [passages.marks], {"by_heart": passages.settings}
    said = about_by_heart(passages.settings, own)
    if questions.planted is not None and questions.audit is not None:
        tell("asking for planted secrets")
        both = {own: networks[own], AUDIT: questions.audit}
        found = exposures_of(judged, both, questions.planted)
        parts.append(found.marks)
        settings["canaries"] = found.settings
        said += about_canaries(found.settings, own)
    return Memorised(pd.concat(parts, ignore_index=True), settings, said)
