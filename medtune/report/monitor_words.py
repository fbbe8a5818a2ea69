"""What the page of ``medtune monitor`` says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from medtune.report.names import fixed


@dataclass(frozen=True)
class MonitorWords:
    """The sentences of one language; the defaults are English."""

    name: str = "Monitoring"
    verdicts: Mapping[str, str] = fixed(
        steady="No need to look again: nothing that was compared moved beyond chance and by much.",
        watch="Keep an eye on it: something moved beyond chance, though not by much.",
        look_again="Look again: the report may not hold for what comes in now.",
        not_judged="Too few patients to say anything: wait for more.",
    )
    few_judged: str = (
        "The report's test set has too few patients ({old}; {fewest} are needed) to compare "
        "anything with: no number of new ones changes that."
    )
    levels: Mapping[str, str] = fixed(
        steady="steady", watch="moved a little", look_again="moved much", not_judged="not judged"
    )
    patients: str = "{new} new patients, against {old} patients of the report's test set."
    says: str = (
        "New films, their headers and their scores are held against the test films of the report. "
        "A patient counts as one. Chance is ruled out by dealing the patients anew to old and new, "
        "over all quantities together; how far two histograms are apart is the population "
        "stability index (PSI): below 0.1 little, from 0.25 on much."
    )
    no_labels: str = (
        "No new film has a label: whether the model still finds what is there cannot be told from "
        "inputs and scores alone."
    )
    moved: str = "What moved"
    nothing: str = "Nothing."
    number: str = "{quantity}: median {old} then, {new} now"
    category: str = "{quantity}: {most} {old} then, {new} now"
    measured: str = "{target}, {measure}: {old} then, {new} now"
    every: str = "Everything that was compared"
    every_caption: str = "Largest first within each level; p is adjusted for all of them (Holm)."
    columns: tuple[str, ...] = ("Quantity", "", "PSI", "KS", "p", "Then", "Now")
    unusual: str = (
        "{flagged} of {patients} new patients have a film unlike those that taught; declared were "
        "at most {declared}."
    )
    unlike: str = (
        "{flagged} of {patients} new patients have a film unlike those measured at {site};"
    )
    unlike_before: str = "of the report's test patients {flagged} of {patients} had one"
    unlike_unknown: str = "the report's test films were not held against this profile."
    unlike_why: str = "In what they are unlike, each patient once: {why}."
    unlike_reasons: Mapping[str, str] = fixed(
        greys="greys", detail="fine detail", view="a view that nobody measured there"
    )
    few: str = "(not shown)"
    labels: str = "With labels"
    labels_caption: str = (
        "Measures of the new labelled films with 95 % intervals by patient, against the report's."
    )
    labels_columns: tuple[str, ...] = ("Finding", "Measure", "", "Then", "Now", "p")
    refused: str = "Refused: {films} films, {reason}"
    missing: str = "Only one of the two has it, so it was not compared: {names}."
    of: str = "{most} {share}"


MONITOR_ENGLISH = MonitorWords()
