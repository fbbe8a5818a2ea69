"""The page of an exported language model: its model card, and how to use it without medtune."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from string import Template

from medtune.text.card import Card
from medtune.text.exported import TOLERANCE
from medtune.text.licence import UNKNOWN
from medtune.text.ngrams import BUCKETS, counted_ngrams

CLASSIFY = "classify.py"


@dataclass(frozen=True)
class About:
    """What every page says.

    Attributes:
        card: of the model.
        base: name of the language model that it was made of.
        licence: of that.
        texts: digest of the redacted texts.
        weights: SHA-256 of the run's weights.
        difference: the largest of a logit.
        digests: name of each file to its SHA-256.
    """

    card: Card
    base: str
    licence: str
    texts: str
    weights: str
    difference: float
    digests: Mapping[str, str]

    def words(self) -> dict[str, str]:
        """For a page."""
        card = self.card
        return {
            "name": card.name,
            "site": card.site,
            "task": card.task,
            "version": card.version,
            "base": self.base,
            "licence": self.licence if self.licence != UNKNOWN else "unknown: nobody states it",
            "licence_field": json.dumps(self.licence),
            "files": "\n".join(f"| {name} | `{digest}` |" for name, digest in self.digests.items()),
            "tolerance": f"{TOLERANCE:g}",
            "difference": f"{self.difference:.1g}",
            "counts": ", ".join(
                f"{name} {count['texts']} texts of {count['groups']} groups"
                for name, count in card.counts.items()
            ),
            "texts": self.texts,
            "cases": card.cases_sha256,
            "splits": card.splits_sha256,
            "weights": self.weights,
            "redact": ", ".join(card.redact) or "nothing",
        }


def page_of_answers(about: About, system: str | None, gguf: str) -> str:
    """The page of a model that answers.

    Args:
        about: what every page says.
        system: the message that every conversation of the training began with.
        gguf: how there is, or can be, a GGUF file.
    """
    turns = [{"role": "user", "content": "Where is my order?"}]
    said = ""
    if system is not None:
        turns.insert(0, {"role": "system", "content": system})
        said = (
            "- **Every conversation** that taught it began with one system message, which stands "
            "in the code below.\n"
        )
    return _page("exported_answers.md").substitute(
        about.words(),
        system=said,
        turns=json.dumps(turns, ensure_ascii=False),
        served=json.dumps(about.card.name) if " " in about.card.name else about.card.name,
        most_tokens=about.card.max_tokens,
        gguf=gguf,
    )


def page_of_intents(about: About, target: str) -> str:
    """The page of a model that reads.

    Args:
        about: what every page says.
        target: of its classes.
    """
    card = about.card
    cut = card.answers.get(target)
    if cut is None:
        alone = "no bar was declared (`evaluation.answer_alone`): a person answers all."
    elif cut["score"] is None:
        alone = f"never: {cut['reason']}."
    else:
        alone = (
            f"from a probability of {cut['score']:.4g} on. Of questions like those of the "
            f"calibration split, at least {cut['precision']:g} of the customers that are answered "
            f"are answered rightly, with confidence {cut['confidence']:g}."
        )
    return _page("exported_intents.md").substitute(
        about.words(), outputs=len(card.declared[target].classes or []), alone=alone
    )


def code_of_intents() -> str:
    """The program beside a model that reads."""
    counted = f"BUCKETS = {BUCKETS}\n\n\n{inspect.getsource(counted_ngrams).rstrip()}"
    return _page("classify.py.txt").substitute(ngrams=counted)


def _page(name: str) -> Template:
    return Template((files("medtune.text") / name).read_text(encoding="utf-8"))
