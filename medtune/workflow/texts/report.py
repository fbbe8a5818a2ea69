"""What ``medtune check`` found in texts: one page of plain words, and the same for machines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import pandas as pd

from medtune.tables.amounts import counted
from medtune.text.faults import Fault, told

MOST = 12  # lines of a list on the page; the JSON has all


@dataclass(frozen=True)
class TextReport:
    """What a run about texts would work with.

    Attributes:
        flow: texts and groups after each step, and what was lost in it.
        faults: of records that cannot be used.
        left_out: records or messages left out, by reason.
        redacted: identifiers replaced, by kind.
        splits: per split: texts, groups.
        classes: per class: texts in each split.
        tokens: of a text: least, quartiles, most, and all of the training split together.
        too_long: texts with more tokens than are read, by split.
        leaks: see ``tables.leaks``, and whether each is allowed.
        doubles: pairs of one text within one split.
        dropped: texts left out since a later split has them.
        problems: what has to be put right before anything is learnt.
        epochs: most passes over the training texts.
        again: other models that are taught as long, in words.
        answers: of what is answered, per split: answers, those of them that are not learnt since
            they do not fit whole, shortened texts, and those of which nothing fits.
        example: of what is answered, a training text with what is learnt marked.
    """

    flow: pd.DataFrame
    faults: list[Fault]
    left_out: dict[str, int]
    redacted: dict[str, int]
    splits: pd.DataFrame
    classes: pd.DataFrame
    tokens: dict[str, int]
    too_long: dict[str, int]
    leaks: pd.DataFrame
    doubles: int
    dropped: int
    problems: list[str] = field(default_factory=list)
    epochs: int = 1
    again: list[str] = field(default_factory=list)
    answers: pd.DataFrame = field(default_factory=pd.DataFrame)
    example: str = ""

    @property
    def stops(self) -> bool:
        """Whether ``train`` would be stopped by what was found."""
        leaking = not self.dropped and bool((self.leaks["stops"] & ~self.leaks["allowed"]).any())
        return bool(self.faults) or bool(self.problems) or leaking

    def lines(self) -> list[str]:
        """The report for a person."""
        return [*self._texts(), *self._tokens(), *self._splits(), *self._leaks()]

    def _texts(self) -> Iterator[str]:
        yield "Texts"
        for row in self.flow.to_dict("records"):
            if row["reason"] is None or pd.isna(row["reason"]):
                groups = "" if pd.isna(row["patients"]) else f" of {int(row['patients'])} groups"
                yield f"  {row['step']}: {int(row['films'])}{groups}"
            else:
                yield f"    cannot be used: {int(row['films'])} ({row['reason']})"
        yield from (f"  {line}" for line in told(self.faults))
        yield from (f"  left out: {count} ({why})" for why, count in self.left_out.items())
        found = ", ".join(f"[{kind}] {count}" for kind, count in self.redacted.items())
        yield f"  identifiers replaced: {found or 'none'}"

    def _tokens(self) -> Iterator[str]:
        if not self.tokens:
            return
        of = self.tokens
        yield "Tokens"
        yield (
            f"  a text has {of['median']} (half of them {of['lower']} to {of['upper']}, all "
            f"{of['least']} to {of['most']})"
        )
        yield (
            f"  the training texts have {of['train']}; at most {self.epochs} epochs are "
            f"{of['train'] * self.epochs} tokens"
        )
        if self.again:
            yield f"  as many again for each of {len(self.again)}: {', '.join(self.again)}"
        for name, count in self.too_long.items():
            yield (
                f"  {name}: {counted(count, 'text', 'is')} longer than is read, and the "
                "end left away"
            )
        for row in self.answers.to_dict("records"):
            yield f"  {row['split']}: {row['answers']} answers"
            if row["shortened"]:
                yield (
                    f"    {row['shortened']} texts are longer than is read: "
                    f"{row['unlearnt']} of their answers do not fit whole and are left aside; "
                    f"{row['left_out']} texts are left out, since no answer fits"
                )
        if self.example:
            yield "  What is learnt of the first training text stands between ⟦ and ⟧:"
            yield from (f"    {line}" for line in self.example.splitlines())

    def _splits(self) -> Iterator[str]:
        yield "Splits"
        for row in self.splits.to_dict("records"):
            yield (
                f"  {row['split']}: {counted(row['texts'], 'text')} of "
                f"{counted(row['groups'], 'group')}"
            )
        if len(self.classes):
            yield f"Classes: {len(self.classes)}"
            fewest = self.classes.sort_values("train", kind="stable").head(MOST)
            for row in fewest.to_dict("records"):
                counts = ", ".join(f"{n} {row[n]}" for n in self.classes.columns[1:])
                yield f"  {row['class']}: {counts}"
            if len(self.classes) > MOST:
                yield f"  ... {len(self.classes) - MOST} more, with more training texts"

    def _leaks(self) -> Iterator[str]:
        yield "Texts that stand in the data more than once"
        yield f"  within a split: {counted(self.doubles, 'pair')}"
        yield f"  across splits: {counted(len(self.leaks), 'pair')}"
        if self.dropped:
            yield f"    left out, since a later split has them: {self.dropped}"
        for row in self.leaks.head(MOST).to_dict("records"):
            word = "allowed" if row["allowed"] else "dropped" if self.dropped else "STOPS"
            yield f"    {word}: {row['leak']}: {row['words']}"
        if len(self.leaks) > MOST:
            yield f"    ... {len(self.leaks) - MOST} more"
        yield from (f"PROBLEM: {problem}" for problem in self.problems)

    def as_dict(self) -> dict[str, Any]:
        """The report for machines."""
        return {
            "stops": self.stops,
            "flow": _plain(self.flow),
            "faults": [asdict(fault) for fault in self.faults],
            "left_out": self.left_out,
            "redacted": self.redacted,
            "tokens": self.tokens,
            "too_long": self.too_long,
            "splits": _plain(self.splits),
            "classes": _plain(self.classes),
            "leaks": _plain(self.leaks),
            "doubles": self.doubles,
            "dropped": self.dropped,
            "problems": self.problems,
            "answers": _plain(self.answers),
            "example": self.example,
        }


def _plain(table: pd.DataFrame) -> list[dict[str, Any]]:
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]
