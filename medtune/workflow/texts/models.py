"""The models of texts that are judged: each reads the same cases."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.config.text_run import TextRun
from medtune.learning.hardware import Hardware
from medtune.learning.predict import last_features, score
from medtune.learning.probe_kinds import fit_kind
from medtune.learning.targets import NamedTargets
from medtune.learning.targets.named import values_of
from medtune.learning.task import Network
from medtune.tables.predictions import retrained
from medtune.text.cases import plain_texts
from medtune.text.controls import tfidf_classes
from medtune.workflow.scoring import rows
from medtune.workflow.texts.preparing import Prepared


@dataclass(frozen=True)
class Judged:
    """The texts that are scored.

    Attributes:
        run: what is judged.
        prepared: its texts.
        task: what is learned.
        hardware: where it runs.
    """

    run: TextRun
    prepared: Prepared
    task: NamedTargets
    hardware: Hardware

    @property
    def train(self) -> pd.DataFrame:
        """The cases that teach: probes and controls learn from the same ones."""
        return self.prepared.of("train")

    @property
    def cases(self) -> pd.DataFrame:
        """Calibration and test cases."""
        return self.prepared.of("calibration", "test")

    def table(self, name: str, scores: NDArray[np.float64]) -> pd.DataFrame:
        """Scores (N, C) of ``cases`` as rows of predictions."""
        cases = self.cases
        nothing = pd.Series([None] * len(cases), dtype=object)
        return rows(
            cases, self.prepared.splits, name, self.task.columns, scores, nothing,
            attributes=self.run.data.attributes,
        )  # fmt: skip


def fine_tuned(judged: Judged, network: Network, seed: int | None = None) -> pd.DataFrame:
    """The run's own model, or the same training with another seed."""
    said = score(
        judged.task, network, judged.prepared.samples(judged.cases, judged.task), judged.hardware
    )
    name = "fine_tuned" if seed is None else retrained("fine_tuned", seed)
    return judged.table(name, judged.task.table(said))


def with_local_head(judged: Judged, network: Network, name: str) -> pd.DataFrame:
    """A local head on the features of a network that was not taught.

    Args:
        judged: the texts.
        network: with the run's own starting weights, or random ones.
        name: of the model.
    """
    run, task, prepared = judged.run, judged.task, judged.prepared
    train = judged.train

    def seen(cases: pd.DataFrame) -> NDArray[np.float64]:
        return last_features(network, prepared.samples(cases, task), judged.hardware)

    learnt_from, groups = seen(train), train["group_id"].to_numpy(str)
    values, asked = values_of(train, task.targets), seen(judged.cases)
    found = [
        fit_kind(
            target.kind,
            len(target.classes or [""]),
            learnt_from,
            values[:, place],
            groups,
            seed=run.training.seed,
        )(asked)
        for place, target in enumerate(task.targets.values())
    ]
    return judged.table(name, np.concatenate(found, axis=1))


def tfidf(judged: Judged) -> pd.DataFrame:
    """Word counts and a logistic regression."""
    prepared, targets = judged.prepared, judged.task.targets
    parts = [judged.train, prepared.of("tune"), judged.cases]
    said = [plain_texts(prepared.messages.loc[part["case_id"]].tolist()) for part in parts]
    values = [values_of(part, targets) for part in parts[:2]]
    found = [
        tfidf_classes(
            said[0], values[0][:, place], said[1], values[1][:, place], said[2],
            len(target.classes or [""]),
        )
        for place, target in enumerate(targets.values())
    ]  # fmt: skip
    return judged.table("tfidf", np.concatenate(found, axis=1))


WORDS = {
    "frozen_backbone": "a local head on the untouched model's features",
    "tfidf": "word counts (control)",
    "random_weights": "random weights (control)",
}
