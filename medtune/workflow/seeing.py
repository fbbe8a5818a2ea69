"""The features of a run's films, kept in the work folder beside the store."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from medtune.films.preprocessing import Preprocessing
from medtune.films.store import Decoded
from medtune.learning.feature_files import FeatureFiles
from medtune.learning.features import digest_of, features
from medtune.learning.hardware import Hardware
from medtune.learning.task import Network, Samples
from medtune.vision.samples import Films
from medtune.vision.studies import Studies


@dataclass(frozen=True)
class Seeing:
    """A network that sees films: each picture once, whoever asks.

    Attributes:
        work: the run's work folder.
        decoded: the store that the films are in.
        spec: how they were prepared.
        network: the weights of its backbone do not change as long as this is used.
        hardware: where it runs.
    """

    work: Path
    decoded: Decoded
    spec: Preprocessing
    network: Network
    hardware: Hardware

    @cached_property
    def folder(self) -> Path:
        """Of these features, and no others."""
        digest = digest_of(self.network.backbone, self.hardware, self.spec.digest)
        return self.work / "features" / digest

    def __call__(self, samples: Samples) -> NDArray[np.float64]:
        """Cases (N) as the head sees them, (N, width); computed where they are not on disk."""
        if isinstance(samples, Studies):
            return self._pooled(samples)
        assert isinstance(samples, Films)
        pictures = self.decoded.rows.loc[samples.case_id, "digest"].astype(str).tolist()
        kept = FeatureFiles(self.folder, pictures)
        return features(self.network.backbone, samples, self.hardware, kept)

    def _pooled(self, studies: Studies) -> NDArray[np.float64]:
        """Features of studies: those of their films, pooled as the network does it."""
        if len(studies) == 0:
            return np.zeros((0, int(self.network.backbone.width)))  # type: ignore[arg-type]
        there = studies.there
        each = self(studies.films)
        views = np.zeros((*there.shape, each.shape[1]))
        views[there] = each
        assert self.network.pool is not None
        pool = copy.deepcopy(self.network.pool).to("cpu", torch.float64)
        with torch.inference_mode():
            pooled: NDArray[np.float64] = pool(
                torch.from_numpy(views), torch.from_numpy(there)
            ).numpy()
        return pooled
