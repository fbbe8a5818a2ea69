"""The words of a report about texts: those about films, retold, and some of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from medtune.report.words import Words
from medtune.tables.nouns import retold

NO_DEVICE = (
    "For quality assurance and research. What a model says to a customer is its user's to answer "
    "for."
)
OF_ALL: Mapping[str, Any] = {
    "not_a_device": NO_DEVICE,
    "simulated": "Simulated data. The texts and customers of this report were made by a "
    "computer. Its numbers say nothing about any company.",
    "flow_counts": "{studies} texts · {patients} customers",
    "flow_steps": {"read": "Records read", "usable": "Records that can be used"},
    "not_pictured": "Texts are not shown here; their names lead to them in the private folder.",
}
# By the kind of what is judged: the control that it has, and what it cannot show.
OF_KIND: Mapping[str, Mapping[str, Any]] = {
    "multiclass": {
        "but_thumbnail": ", but not better than word counts with a logistic regression: this "
        "set cannot show that the model understands more than words",
        "nor_thumbnail": "; nor is {own} better than word counts with a logistic regression: "
        "this set cannot show that the model understands more than words",
        "thumbnail_unknown": "; whether it is better than word counts with a logistic "
        "regression could not be judged: {reason}",
        "control_failed": "not better than the word counts",
        "control_unknown": "word counts not judged",
        "control_passed": "better than the word counts",
        "limit_controls": "A model can be right for simple reasons. Word counts with a "
        "logistic regression understand nothing: what they reach, needs no language model.",
        "limit_retrospective": "Retrospective: nobody was answered by it. What is answered "
        "rightly without a person is an upper bound of the tickets that it saves: who is "
        "answered may ask again. Only a live trial can tell.",
        "limit_labels": "The labels are the company's own. Who gave them is not recorded; a "
        "wrong label counts against the model that is right.",
    },
    "text": {
        "but_thumbnail": ", but not better than the same network trained from scratch: this set "
        "cannot show that what its weights knew beforehand helps",
        "nor_thumbnail": "; nor is {own} better than the same network trained from scratch: this "
        "set cannot show that what its weights knew beforehand helps",
        "thumbnail_unknown": "; whether it is better than the same network trained from scratch "
        "could not be judged: {reason}",
        "control_failed": "not better than the same network from scratch",
        "control_unknown": "from scratch not judged",
        "control_passed": "better than the same network from scratch",
        "limit_controls": "Much of what is foreseen is spelling and form. A network of random "
        "weights, taught as long, knows nothing else: what it reaches, needs no pretrained model.",
        "limit_retrospective": "Retrospective: nobody was answered by it. Bits per byte say how "
        "well the answers that people gave are foreseen; whether an answer is right or helps, "
        "they do not say. Only a live trial can tell.",
        "limit_labels": "The reference is what the company's people answered. A poor answer of "
        "theirs counts against the model that would have said something better.",
        "labelled": "{train} + {choosing} conversations",
    },
}

# By what the result is about, where that is more than texts.
OF_ABOUT: Mapping[str, Mapping[str, Any]] = {
    "drafts": {
        "not_a_device": "For quality assurance and research. What is signed is its signer's to "
        "answer for, whoever drafted it.",
        "simulated": "Simulated data. The texts and matters of this report were made by a "
        "computer. Its numbers say nothing about any house.",
        "flow_counts": "{studies} texts · {patients} companies or matters",
        "limit_retrospective": "Retrospective: nobody drafted with it. Bits per byte say how well "
        "what the house finally wrote is foreseen, edit effort how much of a draft would have to "
        "be changed into that. Neither is time: what has to be changed must be found first. Only "
        "a live trial can tell.",
        "limit_labels": "The reference is what the house finally wrote. Another draft may have "
        "been as good: what differs from the reference counts as an edit.",
        "labelled": "{train} + {choosing} requests with their final texts",
    },
}


def about_texts(words: Words, kind: str, about: str = "texts") -> Words:
    """The same language about texts, or about a house's drafts.

    Args:
        words: of the language, about films.
        kind: of what is judged.
        about: see ``tables.nouns.RETOLD``.
    """
    told = {field.name: _retold(getattr(words, field.name), about) for field in fields(words)}
    told["language"] = words.language
    card = {
        **told["card"],
        "for_what": "For what, on which channel",
        "explained": "What the model goes by, and whether that is what was asked",
    }
    own = {**OF_ALL, **OF_KIND[kind], **OF_ABOUT.get(about, {}), "card": card}
    return replace(words, **told | own)


def _retold(value: Any, about: str) -> Any:
    if isinstance(value, str):
        return retold(value, about)
    if isinstance(value, tuple):
        return tuple(_retold(each, about) for each in value)
    if isinstance(value, Mapping):
        return {key: _retold(each, about) for key, each in value.items()}
    return value
