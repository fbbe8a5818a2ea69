"""What a file of a trained language model says of itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from medtune.config.model import RUN_WEIGHTS
from medtune.config.targets import Target
from medtune.errors import WeightsError
from medtune.learning.targets import NamedTargets
from medtune.learning.weights import read_card

FORMAT = "text 1"


@dataclass(frozen=True)
class Card:
    """What is needed to use the weights, beside architecture and tokenizer in the run's folder.

    Attributes:
        name: of the run.
        site: the company whose texts it learnt from.
        task: as the run has it.
        targets: by name, as ``config.targets.Target`` has them; none where it answers.
        max_tokens: of a text.
        redact: kinds of identifiers that were replaced before it read a text.
        tokenizer_sha256: of the tokenizer that it learnt with.
        ngrams: tokens of the longest run that its head sees too; 0: none.
        by_hand: target to the class that is left to a person.
        answers: target to the cut from which on a class is said without a person, with its bar.
        version: of medtune.
        cases_sha256: of the run's ``cases.parquet``.
        splits_sha256: of its ``splits.parquet``.
        counts: split to how many texts and groups of it were used.
    """

    name: str
    site: str
    task: str
    targets: dict[str, dict[str, Any]]
    max_tokens: int
    redact: list[str]
    tokenizer_sha256: str
    ngrams: int = 0
    by_hand: dict[str, str] = field(default_factory=dict)
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    version: str = ""
    cases_sha256: str = ""
    splits_sha256: str = ""
    counts: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def declared(self) -> dict[str, Target]:
        """Its targets."""
        return {name: Target.model_validate(said) for name, said in self.targets.items()}

    @property
    def learns(self) -> NamedTargets:
        """What its outputs mean."""
        return NamedTargets(self.declared)


def card_of(folder: Path) -> Card:
    """The card of a finished run's model.

    Raises:
        WeightsError: the run is not finished, or its card is not whole.
    """
    path = folder / RUN_WEIGHTS
    if not path.exists():
        raise WeightsError(
            f"The run {folder.name} has no {RUN_WEIGHTS}: it is not finished. "
            "'medtune train' goes on with it."
        )
    content = read_card(path)
    if content.pop("format", None) != FORMAT:
        raise WeightsError(f"{folder.name} holds no language model of this version of medtune.")
    try:
        card = Card(**content)
        if card.targets:
            _ = card.learns
    except (KeyError, TypeError, ValueError) as error:
        raise WeightsError(f"The card of the run {folder.name} is not whole.") from error
    return card
