"""What the test split of a run can show, before anything is trained: for ``medtune check``."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

import pandas as pd

from medtune.config.primary import PRIMARY_MEASURES
from medtune.config.run import Run
from medtune.evaluation.planning import Needed, half_width, needed

TEST = "test"


@dataclass(frozen=True)
class Size:
    """What the test patients can show of one finding.

    Attributes:
        finding: its name.
        positive: patients with it in a test study.
        negative: patients with a test study without it.
        rate: sensitivity or specificity, which the threshold has to reach.
        wanted: how high.
        within: half the width of its interval; NaN where nobody counts for it.
        measure: the primary measure, where a study is planned for this finding.
        gain: that it is planned to show; None where none is planned.
        power: the chance of showing it.
        needed: patients that this needs.
    """

    finding: str
    positive: int
    negative: int
    rate: str
    wanted: float
    within: float
    measure: str = ""
    gain: float | None = None
    power: float | None = None
    needed: Needed | None = None

    @property
    def enough(self) -> bool:
        """Whether as many patients are there as the plan needs."""
        asked = self.needed or Needed(None, None)
        return self.positive >= (asked.positive or 0) and self.negative >= (asked.negative or 0)

    def lines(self) -> Iterator[str]:
        """For a person."""
        counts = f"{self.positive} patients with it, {self.negative} without"
        tells = "" if math.isnan(self.within) else (
            f"; a {self.rate} of {self.wanted:g} is known to ± {self.within:.3f}"
        )  # fmt: skip
        yield f"  {self.finding}: {counts}{tells}"
        if self.needed is None:
            return
        asked = (("with", self.needed.positive), ("without", self.needed.negative))
        wanted = " and ".join(f"{n} {which} it" for which, n in asked if n is not None)
        verdict = "enough" if self.enough else "TOO FEW"
        yield (
            f"    planned: a gain of {self.gain:g} in {self.measure} with {self.power:.0%} power "
            f"needs {wanted}: {verdict}"
        )

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        plain = asdict(self)
        plain["within"] = None if math.isnan(self.within) else self.within
        return {**plain, "enough": None if self.needed is None else self.enough}


def sizes(run: Run, cases: pd.DataFrame) -> list[Size]:
    """What the test split can show of each finding.

    Args:
        run: its plan and operating points.
        cases: group_id, split, and the findings (1 present, 0 absent, empty unknown).
    """
    evaluation, found = run.evaluation, []
    for finding in run.data.findings:
        part = cases[cases["split"] == TEST]
        patients = part["group_id"]
        positive, negative = (
            int(patients[(part[finding] == value).fillna(False)].nunique()) for value in (1, 0)
        )
        target = evaluation.target_of(finding)
        rate = "sensitivity" if target.sensitivity is not None else "specificity"
        size = Size(
            finding,
            positive,
            negative,
            rate,
            float(getattr(target, rate)),
            half_width(target, positive, negative, evaluation.level),
        )
        found.append(_with_plan(size, run))
    return found


def _with_plan(size: Size, run: Run) -> Size:
    planned, primary = run.evaluation.planned, run.evaluation.primary
    if planned is None or primary.finding not in (None, size.finding):
        return size
    measure = primary.measure or PRIMARY_MEASURES["binary"][0]
    ratio = size.negative / size.positive if size.positive and size.negative else 1.0
    asked = needed(planned, measure, negatives_per_positive=ratio, level=run.evaluation.level)
    return replace(size, measure=measure, gain=planned.gain, power=planned.power, needed=asked)
