"""A share of what one draft has, as the two numbers that are added up over drafts."""

from __future__ import annotations

import math
from dataclasses import dataclass

from medtune.evaluation.language import Mark


@dataclass(frozen=True)
class Share:
    """So many of so many.

    Attributes:
        numerator: those that are as asked.
        denominator: all that there are; 0 where the draft has none.
        nothing: why there is no value where there are none, such as "the draft cites nothing".
    """

    numerator: float
    denominator: float
    nothing: str

    @property
    def mark(self) -> Mark:
        """Numerator and denominator, see ``tables.marks``."""
        return self.numerator, self.denominator

    @property
    def value(self) -> float:
        """The share; NaN where there is nothing to share."""
        return self.numerator / self.denominator if self.denominator else math.nan

    @property
    def reason(self) -> str:
        """Why it is not estimable; empty where it is."""
        return "" if self.denominator else self.nothing
