"""The features of a run's films, kept in the work folder beside the store."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import nn

from medtune.films.preprocessing import Preprocessing
from medtune.films.store import Decoded
from medtune.learning.feature_files import FeatureFiles
from medtune.learning.features import digest_of, features
from medtune.learning.hardware import Hardware
from medtune.learning.task import Samples
from medtune.vision.samples import Films


@dataclass(frozen=True)
class Seeing:
    """A backbone that sees films: each picture once, whoever asks.

    Attributes:
        work: the run's work folder.
        decoded: the store that the films are in.
        spec: how they were prepared.
        backbone: its weights do not change as long as this is used.
        hardware: where it runs.
    """

    work: Path
    decoded: Decoded
    spec: Preprocessing
    backbone: nn.Module
    hardware: Hardware

    @cached_property
    def folder(self) -> Path:
        """Of these features, and no others."""
        return self.work / "features" / digest_of(self.backbone, self.hardware, self.spec.digest)

    def __call__(self, samples: Samples) -> NDArray[np.float64]:
        """Films (N) as features (N, width), computed where they are not on disk."""
        assert isinstance(samples, Films)
        pictures = self.decoded.rows.loc[samples.case_id, "digest"].astype(str).tolist()
        return features(self.backbone, samples, self.hardware, FeatureFiles(self.folder, pictures))
