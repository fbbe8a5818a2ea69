"""Settings that the data suggest, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from medtune.config.model import FAST_PROBE
from medtune.config.run import Run

FEW = 150  # labelled studies that teach; below, a network of its own would learn them by heart
MANY = 2000
LEAST = 10  # patients with and without a finding, in tune, calibration and test
HEADS = (FAST_PROBE, "linear_probe")  # methods that teach the head alone
_HALF = 0.5


@dataclass(frozen=True)
class Advice:
    """One setting: what it is called, what it should be, and why."""

    setting: str
    value: Any
    why: str

    def line(self) -> str:
        """As the command line takes it, and why."""
        return f"--set {self.setting}={self.value}   # {self.why}"


def advise(run: Run, cases: pd.DataFrame, survey: pd.DataFrame) -> list[Advice]:
    """What should be set otherwise than it is.

    Args:
        run: as it is.
        cases: its cases, with their split.
        survey: kinds of films.
    """
    advice = [*_adaptation(run, cases), *_size(run, survey), *_calibration(run, cases)]
    return [each for each in advice if _now(run, each.setting) != each.value]


def _adaptation(run: Run, cases: pd.DataFrame) -> list[Advice]:
    learned = run.data.learned
    labelled = cases[(cases["split"] == "train") & cases[learned].notna().any(axis=1)]
    studies = int(labelled["study_id"].nunique())
    if studies < FEW:
        why = f"{studies} labelled studies teach; below {FEW} a linear head is the safe choice"
        return [] if run.model.adapt in HEADS else [Advice("model.adapt", FAST_PROBE, why)]
    advice = []
    if run.model.adapt in HEADS and studies >= MANY:
        why = f"{studies} labelled studies teach: enough for the whole network, head first"
        advice.append(Advice("model.adapt", "lp_ft", why))
    batch = 8 if studies < 300 else 16 if studies < MANY else 32
    if run.training.batch_size > 4 * batch:
        why = f"{studies} studies make few steps an epoch with batches of {run.training.batch_size}"
        advice.append(Advice("training.batch_size", batch, why))
    return advice


def _size(run: Run, survey: pd.DataFrame) -> list[Advice]:
    """An image size above that of the films invents pixels."""
    if run.model.run_folder is not None:
        return []  # its weights know films of their own size
    sizes = survey["size"].str.extract(r"(\d+) x (\d+)").astype("float64").max(axis=1)
    if sizes.dropna().empty:
        return []
    films = survey["films"]
    small = films[sizes < run.model.image_size].sum() / films.sum()
    largest = int(sizes.iloc[int(films.to_numpy().argmax())])
    if small <= _HALF or largest < 32:
        return []
    why = f"{100 * small:.0f} % of the films are smaller than {run.model.image_size} pixels"
    return [Advice("model.image_size", largest - largest % 32, why)]


def _calibration(run: Run, cases: pd.DataFrame) -> list[Advice]:
    """Splits that are too small to set a threshold or to judge by."""
    split = run.data.split
    if split.by != "patient" or split.file is not None:
        return []
    for name in ("calibration", "test"):
        part = cases[cases["split"] == name]
        if part.empty:
            continue
        for finding in run.data.findings:
            positive = part.loc[part[finding] == 1, "group_id"].nunique()
            everywhere = cases.loc[cases[finding] == 1, "group_id"].nunique()
            if positive < LEAST <= everywhere * 0.3:
                share = round(min(0.3, LEAST * 1.5 / everywhere), 2)
                if share > getattr(split, name):
                    why = f"only {positive} patients of it have {finding}; {LEAST} are the least"
                    train = round(split.train - share + getattr(split, name), 2)
                    return [
                        Advice(f"data.split.{name}", share, why),
                        Advice("data.split.train", train, "the shares add up to 1"),
                    ]
    return []


def _now(run: Run, setting: str) -> Any:
    value: Any = run
    for part in setting.split("."):
        value = getattr(value, part)
    return value
