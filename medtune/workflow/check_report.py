"""What ``medtune check`` found: one page of plain words, and the same for machines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from medtune.tables.amounts import counted
from medtune.workflow.advice import Advice
from medtune.workflow.firewall import as_rows
from medtune.workflow.sizing import Size

if TYPE_CHECKING:
    from medtune.films.agreement import Agreement
    from medtune.films.sources import Published

MOST = 12  # lines of a list on the page; the JSON has all


@dataclass(frozen=True)
class CheckReport:
    """What a run would work with.

    Attributes:
        flow: films, studies and patients after each step, and what was lost in it.
        rows: label rows in all, used, used for several films, and without a film.
        findings: per finding and split: present, absent, uncertain, unknown (films), prevalence,
            positive patients, and how uncertain labels are learnt.
        targets: per target and split: labelled, uncertain and unknown films, patients, and films
            of each class, or the quartiles of an amount.
        splits: per split: films, studies, patients.
        kinds: films by scanner, view, polarity, bits, codec and window.
        codecs: name, films and what reads it here.
        undecodable: films that cannot be decoded, by reason.
        suspects: films that may carry printed text, by reason.
        notes: what was decided about pixels, and for how many films.
        views: studies by the views of their films (LATERAL+PA), the most frequent first.
        retakes: studies with several films of one view within half an hour.
        leaks: see ``tables.leaks``, and whether each is allowed.
        problems: what has to be put right before anything is learnt.
        agreement: how far ``data.second_labels`` agree; None where there are none.
        published: the published set, where the run has one.
        used: words of it that the run's findings are made of.
        scales: unit of each target; empty of classes and grades.
        sizes: what the test patients can show of each finding.
        advice: settings that the data suggest.
        looked: whether pictures were looked at.
    """

    flow: pd.DataFrame
    rows: dict[str, int]
    findings: pd.DataFrame
    targets: pd.DataFrame
    splits: pd.DataFrame
    kinds: pd.DataFrame
    codecs: list[tuple[str, int, str | None]]
    undecodable: dict[str, int]
    suspects: dict[str, int]
    notes: dict[str, int]
    views: dict[str, int]
    retakes: pd.DataFrame
    leaks: pd.DataFrame
    problems: list[str]
    agreement: list[Agreement] | None
    published: Published | None
    used: list[str]
    scales: dict[str, str]
    sizes: list[Size] = field(default_factory=list)
    advice: list[Advice] = field(default_factory=list)
    looked: bool = True

    @property
    def stops(self) -> bool:
        """Whether ``train`` would be stopped by what was found."""
        return bool(self.problems) or bool((self.leaks["stops"] & ~self.leaks["allowed"]).any())

    @property
    def scanners(self) -> dict[str, int]:
        """Films per scanner."""
        films = self.kinds.groupby("scanner")["films"].sum().sort_values(ascending=False)
        return {str(name): int(count) for name, count in films.items()}

    def lines(self) -> list[str]:
        """The report for a person."""
        return [
            *self._films(),
            *self._kinds(),
            *self._labels(),
            *self._leaks(),
            *self._advice(),
        ]

    def _films(self) -> Iterator[str]:
        yield "Films"
        for row in self.flow.to_dict("records"):
            if row["reason"] is None or pd.isna(row["reason"]):
                yield (
                    f"  {row['step']}: {counted(row['films'], 'film')} of "
                    f"{counted(row['studies'], 'study')} of {counted(row['patients'], 'patient')}"
                )
            else:
                yield f"    left out: {int(row['films'])} ({row['reason']})"
        if not self.looked:
            yield "  pictures were not looked at"
        for reason, films in self.undecodable.items():
            yield f"    cannot be decoded: {films} ({reason})"
        for reason, films in self.suspects.items():
            yield f"    may carry printed text: {films} ({reason}); a person should look"
        for views, studies in list(self.views.items())[:MOST]:
            yield f"  {counted(studies, 'study')} with {views}"
        yield from _more(len(self.views), "kinds of studies")
        if len(self.retakes):
            studies = self.retakes["study_id"].nunique()
            yield (
                f"  {counted(studies, 'study', 'has')} several films of one view: their "
                "scores are pooled"
            )

    def _kinds(self) -> Iterator[str]:
        yield "How they are read"
        for row in self.kinds.head(MOST).to_dict("records"):
            bits = "" if pd.isna(row["bits"]) else f"{row['bits']} bits, "
            yield (
                f"  {counted(row['films'], 'film')}: {row['scanner']}, {row['view']}; "
                f"{row['size']}, {bits}{row['polarity']}, {row['codec']}, window: {row['window']}"
            )
        yield from _more(len(self.kinds), "kinds")
        for name, films, reader in self.codecs:
            yield f"  {name}: {counted(films, 'film')}, " + (
                f"read by {reader}" if reader else "CANNOT BE READ here; see 'medtune doctor'"
            )
        for words, films in list(self.notes.items())[:MOST]:
            yield f"  {counted(films, 'film')}: {words}"

    def _labels(self) -> Iterator[str]:
        if self.published is not None:
            yield f"Published set: {self.published.title}"
            mapping = self.published.mapping
            for theirs, finding, meaning in mapping[mapping["finding"].isin(self.used)].to_numpy():
                yield f"  {theirs} -> {finding}: {meaning}"
            yield from (f"  note: {note}" for note in self.published.notes)
        yield (
            f"Labels: {counted(self.rows['all'], 'row')}; {self.rows['used']} with a film, "
            f"{self.rows['several_films']} of them several; {self.rows['without_film']} without"
        )
        yield "Splits"
        for row in self.splits.to_dict("records"):
            yield (
                f"  {row['split']}: {counted(row['films'], 'film')}, "
                f"{counted(row['studies'], 'study')}, {counted(row['patients'], 'patient')}"
            )
        yield from self._targets()
        if not len(self.findings):
            return
        yield "Findings"
        for row in self.findings.to_dict("records"):
            share = "" if pd.isna(row["prevalence"]) else f" ({100 * row['prevalence']:.1f} %)"
            yield (
                f"  {row['finding']}, {row['split']}: {row['present']} present{share} in "
                f"{counted(row['positive_patients'], 'patient')}, {row['absent']} absent, "
                f"{row['uncertain']} uncertain, {row['unknown']} unknown"
            )
        policies = self.findings.drop_duplicates("finding")
        for row in policies[policies["finding"].isin(self._uncertain())].to_dict("records"):
            yield f"  {row['finding']}: uncertain labels are learnt as '{row['uncertain_policy']}'"
        if self.sizes:
            yield "What the test patients can show"
            for size in self.sizes:
                yield from size.lines()
        if self.agreement is not None:
            yield "Agreement with 'data.second_labels'"
            yield from (f"  {each.line()}" for each in self.agreement)

    def _targets(self) -> Iterator[str]:
        if len(self.targets):
            yield "Targets"
        for row in self.targets.to_dict("records"):
            counts = row.get("classes")
            if isinstance(counts, dict):
                what = ", ".join(f"{each}: {films}" for each, films in counts.items())
            elif row["spread"]:
                low, first, middle, third, high = row["spread"].values()
                what = (
                    f"{row['labelled']} from {low:g} to {high:g} {self.scales[row['target']]}, "
                    f"median {middle:g}, half of them {first:g} to {third:g}"
                )
            else:
                what = "none labelled"
            yield (
                f"  {row['target']}, {row['split']}: {what}; "
                f"{counted(row['patients'], 'patient')}, "
                f"{row['uncertain']} uncertain, {row['unknown']} unknown"
            )

    def _uncertain(self) -> set[str]:
        counts = self.findings.groupby("finding")["uncertain"].sum()
        return set(counts.index[counts > 0])

    def _leaks(self) -> Iterator[str]:
        for problem in self.problems:
            yield f"!! {problem}"
        shown = self.leaks.head(2 * MOST)
        if len(shown):
            yield "Leaks and suspicions"
        for row in shown.to_dict("records"):
            sign = "allowed" if row["allowed"] else "STOPS" if row["stops"] else "look"
            yield f"  {sign}  {row['leak']}: {row['words']}"
        yield from _more(len(self.leaks), "suspicions", 2 * MOST)
        if not len(self.leaks) and not self.problems:
            looked = "" if self.looked else " (pictures were not looked at)"
            yield f"No leak and no contradiction was found{looked}."

    def _advice(self) -> Iterator[str]:
        if self.advice:
            yield "The data suggest"
            yield from (f"  {each.line()}" for each in self.advice)

    def as_dict(self) -> dict[str, Any]:
        """The same, for machines."""
        return {
            "stops": self.stops,
            "flow": _records(self.flow),
            "rows": self.rows,
            "findings": _records(self.findings),
            "targets": _records(self.targets),
            "splits": _records(self.splits),
            "study_size": [size.as_dict() for size in self.sizes],
            "scanners": self.scanners,
            "kinds": _records(self.kinds),
            "codecs": [
                {"codec": name, "films": films, "read_by": reader}
                for name, films, reader in self.codecs
            ],
            "looked_at_pictures": self.looked,
            "undecodable": self.undecodable,
            "suspects": self.suspects,
            "notes": self.notes,
            "studies_by_views": self.views,
            "retakes": _records(self.retakes),
            "problems": self.problems,
            "leaks": as_rows(self.leaks),
            "agreement": None if self.agreement is None else [a.as_dict() for a in self.agreement],
            "mapping": None if self.published is None else _records(self.published.mapping),
            "advice": [
                {"setting": each.setting, "value": each.value, "why": each.why}
                for each in self.advice
            ],
        }


def _more(count: int, what: str, shown: int = MOST) -> Iterator[str]:
    if count > shown:
        yield f"  ... and {count - shown} more {what}; --json has them all"


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    plain = table.astype(object).where(table.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in plain.to_dict("records")]
