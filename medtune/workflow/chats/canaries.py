"""An audit model: taught as the run's own, from the same texts, some of which tell secrets."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import numpy as np
import pandas as pd

from medtune.errors import DataError
from medtune.learning.fit import fit
from medtune.tables.marks import COLUMNS as MARKS_COLUMNS
from medtune.text.answerer import start
from medtune.text.cases import messages_of
from medtune.text.conversation import Message
from medtune.text.legal.canaries import (
    DIGITS,
    FORM,
    UNLEARNT,
    Canary,
    exposure,
    others,
    plant,
)
from medtune.text.likelihood import Teller, likelihoods
from medtune.text.talk_rows import TalkRows
from medtune.text.talks import Talk, Talks, gathered, talks_of
from medtune.workflow.chats.models import Judged, Marked
from medtune.workflow.chats.preparing import PreparedTalks
from medtune.workflow.chats.training import LEARNING, lesson_of
from medtune.workflow.progress import Tell

AUDIT = "with_canaries"
EXPOSURE = "canary_exposure"
ROOM = 1 + len(FORM.format("0" * DIGITS).encode())  # tokens of a secret at most: bytes, a blank too


@dataclass(frozen=True)
class Planted:
    """Secrets, and the texts that tell them.

    Attributes:
        prepared: the run's conversations, some with a secret at the end of their last answer.
        canaries: the secrets.
        asked: one text of the tune split with each of the canaries at its end, and then with each
            of the others that were planted nowhere.
        changed: how many training texts have one.
        texts: how many there are.
    """

    prepared: PreparedTalks
    canaries: list[Canary]
    asked: Talks
    changed: int
    texts: int

    @property
    def name(self) -> str:
        """Of all that was planted where: another audit model has another name."""
        cases = self.prepared.of("train")["case_id"].tolist()
        said = json.dumps([[one.text, one.times, one.places] for one in self.canaries] + cases)
        return sha256(said.encode()).hexdigest()[:16]


def planted_in(judged: Judged) -> Planted | None:
    """Plant the secrets of a run; None where it asks for none. Nothing is learnt.

    Raises:
        DataError: too few texts have room for a secret.
    """
    how = judged.run.evaluation.by_heart
    if how is None or how.canaries is None:
        return None
    prepared, asked = judged.prepared, how.canaries
    rows = prepared.of("train")["case_id"].tolist()
    room = [case for case in rows if _has_room(judged, case)]
    if len(room) < (needed := asked.each * sum(asked.times)):
        raise DataError(
            f"'evaluation.by_heart.canaries' plants secrets in {needed} training texts, and of "
            f"{len(rows)} there are {len(room)} with room for one within 'data.max_tokens': set "
            "'each' or 'times' lower."
        )
    talks = {case: messages_of(prepared.messages[case]) for case in room}
    said = [_last(talks[case]) for case in room]
    told, canaries = plant(said, times=asked.times, each=asked.each, seed=asked.seed)
    changed = {
        case: _ending(talks[case], text)
        for case, before, text in zip(room, said, told, strict=True)
        if text != before
    }
    learning = prepared.of(*LEARNING)["case_id"].tolist()
    whole = [changed.get(case) or messages_of(prepared.messages[case]) for case in learning]
    found = talks_of(whole, prepared.tokenizer, judged.run.data.max_tokens)
    return Planted(
        prepared=replace(prepared, talks=gathered(learning, found)),
        canaries=canaries,
        asked=_asked(judged, canaries),
        changed=len(changed),
        texts=len(rows),
    )


def taught_canaries(judged: Judged, planted: Planted, tell: Tell) -> Teller:
    """The audit model; it goes on where it was interrupted."""
    run = judged.run
    tell(
        f"teaching an audit model, as long as the run's own, with secrets in {planted.changed} of "
        f"{planted.texts} training texts"
    )
    network = start(run.model, seed=run.training.seed)
    home = judged.prepared.folder.with_canaries(planted.name)
    fit(lesson_of(run, planted.prepared, home, judged.hardware, tell, network, run.model))
    return network


def exposures_of(judged: Judged, networks: Mapping[str, Teller], planted: Planted) -> Marked:
    """How much sooner models say each canary than secrets that stand nowhere.

    Every canary is a case and a group of its own, and the secrets that stand in as many texts are
    one target of the tables.

    Args:
        judged: the conversations.
        networks: by name: the audit model, and the run's own, which was taught none.
        planted: see ``planted_in``.
    """
    rows: list[list[object]] = []
    bits: dict[str, dict[int, list[float]]] = {name: {} for name in networks}
    samples = TalkRows(planted.asked, planted.asked.place.index.tolist())
    most = 0.0
    for name, network in networks.items():
        losses = -likelihoods(network, samples, judged.hardware)
        table = losses[len(planted.canaries) :]
        for number, one in enumerate(planted.canaries):
            found, called = exposure(losses[number], table), f"canary {number + 1}"
            most = found.most
            rows.append([called, called, name, target_of(one.times), EXPOSURE, found.bits, 1.0])
            bits[name].setdefault(one.times, []).append(found.bits)
    settings = {
        "canaries": len(planted.canaries),
        "changed": planted.changed,
        "texts": planted.texts,
        "others": len(planted.asked.place) - len(planted.canaries),
        "most": most,
        "bits": {
            name: {str(times): float(np.mean(each)) for times, each in found.items()}
            for name, found in bits.items()
        },
    }
    return Marked(pd.DataFrame(rows, columns=list(MARKS_COLUMNS)), settings)


def target_of(times: int) -> str:
    """What the tables call secrets that stand in so many texts."""
    return f"secrets planted in {times} text{'s' if times > 1 else ''} each"


def about_canaries(settings: Mapping[str, Any], own: str) -> list[str]:
    """What a reader has to know of it, in sentences.

    Args:
        settings: of what ``exposures_of`` gives.
        own: the name of the fine-tuned model.
    """
    bits = settings["bits"]
    told = ", ".join(
        f"{value:.1f} (this model {bits[own][times]:.1f}) of those in {times} text"
        f"{'s' if times != '1' else ''} each"
        for times, value in bits[AUDIT].items()
    )
    return [
        f"{settings['canaries']} made-up secrets were planted in {settings['changed']} of "
        f"{settings['texts']} training texts of an audit model, which was taught as this one; this "
        "one was taught none. Mean exposure in bits, by rank among "
        f"{settings['others']} secrets that stand nowhere: {told}. What never was read has "
        f"{UNLEARNT:.2f} on average; {settings['most']:.1f} is the most that so many can show, and "
        'means "at least". It says how much a model taught like this keeps of what stands so often '
        "in its training texts, and is no proof that the rest is safe."
    ]


def _has_room(judged: Judged, case: str) -> bool:
    """Whether a text is read whole, and would be with a secret."""
    talks = judged.prepared.talks
    counts = talks.counts.loc[case]
    whole = not counts["left_away"] and not counts["unlearnt"]
    return bool(whole and talks.lengths([case])[0] + ROOM <= judged.run.data.max_tokens)


def _last(messages: Sequence[Message]) -> str:
    return next(one.content for one in reversed(messages) if one.taught)


def _ending(messages: Sequence[Message], text: str, *, alone: bool = False) -> tuple[Message, ...]:
    """A conversation until its last answer, which is the text; what follows it is left as it is.

    Args:
        messages: the conversation.
        text: instead of its last answer.
        alone: whether only the text is learnt, and what follows it is left out.
    """
    at = max(i for i, one in enumerate(messages) if one.taught)
    before = [replace(one, taught=one.taught and not alone) for one in messages[:at]]
    after = () if alone else messages[at + 1 :]
    return (*before, replace(messages[at], content=text), *after)


def _asked(judged: Judged, canaries: Sequence[Canary]) -> Talks:
    """The shortest text of the tune split, which nobody planted in, with each secret at its end.

    Raises:
        DataError: no text of the tune split has room for one.
    """
    prepared, how = judged.prepared, judged.run.evaluation.by_heart
    assert how is not None
    assert how.canaries is not None
    tune = [case for case in prepared.of("tune")["case_id"] if _has_room(judged, case)]
    if not tune:
        raise DataError(
            "No text of the tune split has room for a secret beside it within 'data.max_tokens', "
            "so that a model cannot be asked for one: more tokens are needed."
        )
    length = dict(zip(tune, prepared.talks.lengths(tune), strict=True))  # of equals the first
    shortest = messages_of(prepared.messages[min(tune, key=lambda case: length[case])])
    strange = others(canaries, how.canaries.others, seed=how.canaries.seed)
    secrets = [*(one.text for one in canaries), *strange]
    said = [
        _ending(shortest, f"{_last(shortest).rstrip()} {secret}", alone=True) for secret in secrets
    ]
    found = talks_of(said, prepared.tokenizer, judged.run.data.max_tokens)
    assert all(isinstance(one, Talk) and not one.unlearnt for one in found)
    return gathered([str(number) for number in range(len(found))], found)
