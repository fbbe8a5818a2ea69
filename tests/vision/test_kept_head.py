"""``model.head: kept``: what a finished run knows of a finding is where a training begins."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from medtune.config import Model
from medtune.errors import WeightsError
from medtune.films.preprocessing import Preprocessing
from medtune.vision.probes import probes
from medtune.vision.trained import load, must_start_alike, start
from tests.vision.exported import FINDINGS, finished

BACKBONE, SIZE = "timm/test_efficientnet", 64
SPEC = Preprocessing(SIZE)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return finished(tmp_path_factory.mktemp("runs") / "small", BACKBONE, SIZE)


def model(weights: str, **changed) -> Model:
    settings = {"backbone": BACKBONE, "weights": weights, "image_size": SIZE, "head": "kept"}
    return Model(**settings, **changed)


def said(network: torch.nn.Module) -> torch.Tensor:
    films = torch.from_numpy(np.concatenate(probes(SIZE)))[:, None]
    with torch.no_grad():
        return network.eval()(films)


def test_the_same_findings_in_another_order_are_scored_as_by_the_run(run: Path):
    theirs = load(run).network
    ours = start(model(str(run)), 2, SPEC, findings=FINDINGS[::-1])
    assert ours.knows
    torch.testing.assert_close(said(ours), said(theirs)[:, [1, 0]])
    assert said(ours).std(dim=0).min() > 0


def test_a_finding_that_the_run_does_not_know_begins_at_no_opinion(run: Path):
    ours = start(model(str(run)), 3, SPEC, findings=["nodule", FINDINGS[1], "fracture"])
    logits = said(ours)
    torch.testing.assert_close(logits[:, 1], said(load(run).network)[:, 1])
    assert logits[:, [0, 2]].count_nonzero() == 0


def test_without_the_setting_and_for_random_weights_the_head_is_new(run: Path):
    new = Model(backbone=BACKBONE, weights=str(run), image_size=SIZE)
    for network in (
        start(new, 2, SPEC, findings=FINDINGS),
        start(model(str(run)), 2, SPEC),  # a control, which fits its own
        start(model(str(run)), 2, SPEC, findings=FINDINGS, random=True),
    ):
        assert not network.knows
        assert said(network).count_nonzero() == 0


def test_a_run_without_any_of_the_findings_is_refused_before_anything_is_done(run: Path):
    with pytest.raises(WeightsError, match=r"small learnt effusion, .*none of nodule, mass\. Name"):
        must_start_alike(model(str(run)), SPEC, ["nodule", "mass"])
    must_start_alike(model(str(run)), SPEC, ["nodule", FINDINGS[0]])


def test_a_file_of_weights_has_no_head_to_keep(tmp_path: Path):
    file = tmp_path / "weights.safetensors"
    with pytest.raises(WeightsError, match=r"no folder of one\. Write 'model.head: new'") as error:
        must_start_alike(model(str(file)), SPEC, FINDINGS)
    assert str(tmp_path) not in str(error.value)
