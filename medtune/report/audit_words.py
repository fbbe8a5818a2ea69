"""What the page of the label audit says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from medtune.report.names import fixed


@dataclass(frozen=True)
class AuditWords:
    """The sentences of one language; the defaults are English."""

    name: str = "Label audit"
    suspected: str = (
        "Some labels are contradicted by their films more often than chance explains. A person has "
        "to look at each of them: label or network, one of the two is wrong."
    )
    no_suspicion: str = (
        "No suspicion beyond chance: where films contradict their labels, chance explains it, or a "
        "network that does not see every finding. That is not a proof that all labels are right."
    )
    not_told: str = (
        "It cannot be told whether labels are wrong: of every finding there are too few patients, "
        "or the network hardly sees it."
    )
    says: str = (
        "A frozen network with a linear head, which had learnt from other patients only, said of "
        "each film whether the finding is there. A suspect is a label that is more likely wrong "
        "than right by that; a network that misses what is hard to see takes right labels for "
        "wrong, so the chances given here are the network's and not a reader's."
    )
    fill: str = (
        "Look at the film in the original where the picture is too small, and write into {sheet} "
        "in the column 'verdict': right, wrong or cannot tell."
    )
    splits: str = "Only films of train and tune are here; calibration and test were not looked at."
    shares: str = "How many labels are wrong"
    shares_hint: str = (
        "Estimated share of wrong labels among those that say present and those that say absent, "
        "with 95 % intervals. Wrong is what the film contradicts, in the eyes of this network."
    )
    columns: tuple[str, ...] = ("Finding", "Labelled", "Labels", "Of them wrong", "Suspects")
    given: Mapping[str, str] = fixed(present="present", absent="absent")
    to: str = "to"
    none: str = "no suspicion beyond chance"
    order: str = "The most suspected first. The chance that a label is wrong is an estimate."
    labelled: str = "labelled {given}"
    sure: str = "{sure} % likely wrong · by the film, {score} % likely present"
    alt: str = "Film that is suspected: {finding} is labelled {given}"
    away: str = "Not pictured: this film may carry burned-in text, or pictures are switched off."


AUDIT_ENGLISH = AuditWords()
