"""Features of films are computed once, also for a network that pools them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from medtune.films.preprocessing import Preprocessing
from medtune.films.store import Decoded
from medtune.learning.task import Network
from medtune.vision.samples import Films
from medtune.vision.studies import Studies
from medtune.workflow.seeing import Seeing
from tests.learning.small import CPU, Body

SIZE = 12
FILMS = pd.DataFrame({
    "study_id": ["s1", "s2", "s2", "s3", "s3", "s3"], "case_id": [f"c{i}" for i in range(6)],
})  # fmt: skip
CASES = pd.DataFrame({"case_id": ["s3", "s1", "s2"]})


@pytest.mark.parametrize("how", ["mean", "max", "attention"])
def test_features_kept_of_films_are_pooled_as_the_network_pools_them(tmp_path: Path, how: str):
    pixels = np.random.default_rng(0).integers(0, 65535, (6, SIZE, SIZE)).astype(np.uint16)
    rows = pd.DataFrame({"row": range(6), "digest": [f"d{i}" for i in range(6)]},
                        index=FILMS["case_id"].tolist())  # fmt: skip
    decoded = Decoded(pixels, rows)
    torch.manual_seed(0)
    network = Network(Body(), 2, how).eval()
    if how == "attention":
        torch.nn.init.normal_(network.pool.weigh.weight, std=2)
    nothing = np.zeros((3, 2), np.float32)
    studies = Studies(decoded, CASES, FILMS, nothing, nothing > 0)
    seeing = Seeing(tmp_path, decoded, Preprocessing(SIZE), network, CPU)
    found = seeing(studies)
    with torch.inference_mode():
        expected = network.features(*studies.__getitems__(range(3)).seen).numpy()
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)
    assert expected.std() > 0.01
    files = list(tmp_path.rglob("*.safetensors"))
    alone = np.zeros((6, 2), np.float32)
    each = seeing(Films(decoded, FILMS, alone, alone > 0))
    assert list(tmp_path.rglob("*.safetensors")) == files  # nothing was computed again
    if how == "max":
        np.testing.assert_array_equal(found[2], each[1:3].max(axis=0))
