from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torchvision

from medtune.config import Model
from medtune.errors import InputError, WeightsError
from medtune.vision.backbones import build


def films(size: int) -> torch.Tensor:
    return torch.rand(2, 1, 1, size, size, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("name", "head", "size"),
    [("resnet18", "fc", 64), ("mobilenet_v3_small", "classifier.3", 64)],
)
def test_published_weights_give_the_same_features_on_one_channel(
    tmp_path: Path, name: str, head: str, size: int
):
    torch.manual_seed(0)
    network = torchvision.models.get_model(name, weights=None).eval()
    torch.save(network.state_dict(), tmp_path / "colour.pth")
    model = Model(
        backbone=f"torchvision/{name}", weights=str(tmp_path / "colour.pth"), image_size=size
    )
    backbone = build(model).eval()
    assert backbone.normalisation.mean == pytest.approx((0.485 + 0.456 + 0.406) / 3)
    place, _, last = head.rpartition(".")
    setattr(network.get_submodule(place), last, torch.nn.Identity())
    normal = backbone.normalisation
    three = ((films(size)[:, 0] - normal.mean) / normal.deviation).expand(-1, 3, -1, -1)
    with torch.no_grad():
        torch.testing.assert_close(backbone(films(size)), network(three), rtol=1e-3, atol=1e-4)


def test_a_transformer_resizes_its_positions(tmp_path: Path):
    network = torchvision.models.get_model("vit_b_32", weights=None)
    torch.save(network.state_dict(), tmp_path / "vit.pth")
    model = Model(backbone="torchvision/vit_b_32", weights=str(tmp_path / "vit.pth"), image_size=96)
    backbone = build(model)
    assert backbone.body.encoder.pos_embedding.shape == (1, 1 + 3 * 3, 768)
    with pytest.raises(InputError, match="100 x 100"):
        build(model.model_copy(update={"image_size": 100, "weights": "none"}))


def test_names_and_weights_that_are_none():
    with pytest.raises(InputError, match="Did you mean 'torchvision/resnet50'"):
        build(Model(backbone="torchvision/resnet5O", weights="none"))
    with pytest.raises(InputError, match="There are: IMAGENET1K_V1, IMAGENET1K_V2"):
        build(Model(backbone="torchvision/resnet50.BEST", weights="none"))


def test_weights_come_from_the_cache_or_are_an_error(tmp_path: Path, monkeypatch, no_network):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    model = Model(backbone="torchvision/resnet18", weights="pretrained", image_size=64)
    with pytest.raises(WeightsError, match=r"18-f37072fd\.pth; SHA-256: starts with f37072fd"):
        build(model)
    torch.manual_seed(0)
    network = torchvision.models.resnet18(weights=None)
    torch.save(network.state_dict(), tmp_path / "checkpoints" / "resnet18-f37072fd.pth")
    attempts = len(no_network)
    body = build(model).body
    assert torch.equal(body.layer1[0].conv1.weight, network.layer1[0].conv1.weight)
    assert len(no_network) == attempts


# the same code as a smaller one, with gigabytes of parameters
LARGE = ("_h_14", "_l_", "128gf", "32gf", "16gf", "_large", "vgg1")
NETWORKS = [
    name
    for name in torchvision.models.list_models(module=torchvision.models)
    if not any(large in name for large in LARGE)
]


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_every_classification_network_takes_a_film(name: str):
    size = 224 if "maxvit" in name or name.startswith("vit_") else 128
    backbone = build(Model(backbone=f"torchvision/{name}", weights="none", image_size=size)).eval()
    with torch.no_grad():
        assert backbone(films(size)).shape == (2, backbone.width)
