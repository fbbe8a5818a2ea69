from __future__ import annotations

import warnings
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from medtune.errors import WeightsError
from medtune.vision.foreign_models import load_generic

xrv = pytest.importorskip("torchxrayvision", reason="the extra [xrv] is not installed")


@pytest.fixture(scope="module")
def dense() -> nn.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.manual_seed(0)
        network = xrv.models.DenseNet(weights=None).eval()
    with torch.no_grad():
        network.features.conv0.weight /= 500
        network.classifier.weight *= 3
        network.classifier.bias.copy_(torch.linspace(-4, 0, 18))
    return network


def test_a_file_called_after_its_weights_is_a_generic_model(tmp_path: Path, dense: nn.Module):
    """It decides as torchxrayvision does, which shows its operating points as 0.5."""
    path = tmp_path / "densenet121-res224-all.safetensors"
    save_file(dense.state_dict(), path)
    model = load_generic(path)
    said = xrv.models.model_urls["all"]
    assert model.card.name == "densenet121-res224-all"
    assert model.card.findings == said["labels"]
    assert model.card.preprocessing.image_size == 224
    assert model.card.preprocessing.fit == "crop"
    films = torch.rand(8, 1, 1, 224, 224, generator=torch.Generator().manual_seed(0))
    films *= torch.linspace(0.2, 1, 8)[:, None, None, None, None]
    with torch.no_grad():
        scores = model.network(films).sigmoid()
        logits = dense(1024 * (2 * films[:, 0] - 1))
        torch.testing.assert_close(scores, logits.sigmoid(), rtol=1e-3, atol=1e-4)
        shown = xrv.models.op_norm(scores, torch.tensor(said["op_threshs"]))
    points = torch.tensor([model.card.thresholds[finding] for finding in model.card.findings])
    present = scores >= points
    assert torch.equal(present, shown >= 0.5)
    assert 0 < present.float().mean() < 1


def test_outputs_that_were_never_taught_are_left_out(tmp_path: Path, dense: nn.Module):
    save_file(dense.state_dict(), tmp_path / "densenet121-res224-rsna.safetensors")
    card = load_generic(tmp_path / "densenet121-res224-rsna.safetensors").card
    assert card.findings == ["Pneumonia", "Lung Opacity"]
    assert set(card.thresholds) == set(card.findings)


def test_weights_of_unknown_or_other_meaning_are_refused(tmp_path: Path, dense: nn.Module):
    save_file(dense.state_dict(), tmp_path / "mine.safetensors")
    with pytest.raises(WeightsError, match="Nobody knows what the outputs"):
        load_generic(tmp_path / "mine.safetensors")
    points = torch.tensor(xrv.models.model_urls["all"]["op_threshs"])
    state = dense.state_dict() | {"op_threshs": points}
    save_file(state, tmp_path / "densenet121-res224-nih.safetensors")
    with pytest.raises(WeightsError, match="its operating points are others"):
        load_generic(tmp_path / "densenet121-res224-nih.safetensors")
    headless = {k: v for k, v in dense.state_dict().items() if not k.startswith("classifier")}
    save_file(headless, tmp_path / "densenet121-res224-all.safetensors")
    with pytest.raises(WeightsError, match="has no head"):
        load_generic(tmp_path / "densenet121-res224-all.safetensors")
