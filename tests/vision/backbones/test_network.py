from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from medtune.config import Model
from medtune.errors import InputError, WeightsError
from medtune.learning.weights import read_state, save_weights
from medtune.vision.backbones import build

FILMS = torch.rand(2, 1, 1, 64, 64, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    "name",
    [
        "timm/mobilenetv3_small_050",
        "timm/vit_tiny_patch16_224",
        "monai/DenseNet121",
        "monai/EfficientNet-B0",
        "monai/ResNet18",
    ],
)
def test_a_backbone_by_name_takes_films_and_gives_features(name: str):
    backbone = build(Model(backbone=name, weights="none", image_size=64)).eval()
    features = backbone(FILMS)
    assert features.shape == (2, backbone.width)
    assert (features[0] - features[1]).abs().max() > 1e-3 * features.abs().max()


def test_random_weights_repeat_and_leave_the_global_randomness_alone():
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    model = Model(backbone="timm/resnet10t", weights="none", image_size=64)
    one, same, other = build(model, seed=1), build(model, seed=1), build(model, seed=2)
    assert torch.equal(torch.rand(1), expected)
    first = [next(iter(b.parameters())) for b in (one, same, other)]
    assert torch.equal(first[0], first[1])
    assert not torch.equal(first[0], first[2])


@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
def test_three_channel_weights_give_the_same_features_on_one_channel(tmp_path: Path, suffix: str):
    import timm

    torch.manual_seed(0)
    colour = timm.create_model("resnet10t", num_classes=7).eval()
    path = tmp_path / f"colour{suffix}"
    if suffix == ".pth":
        torch.save({"state_dict": colour.state_dict()}, path)
    else:
        save_file(colour.state_dict(), path, metadata={"mean": "0.4", "std": "0.2"})
    backbone = build(Model(backbone="timm/resnet10t", weights=str(path), image_size=64)).eval()
    mean, deviation = backbone.normalisation.mean, backbone.normalisation.deviation
    if suffix == ".safetensors":
        assert (mean, deviation) == pytest.approx((0.4, 0.2))
    else:
        assert mean == pytest.approx(np.mean([0.485, 0.456, 0.406]))
    three = ((FILMS[:, 0] - mean) / deviation).expand(-1, 3, -1, -1)
    with torch.no_grad():
        expected = colour.forward_head(colour.forward_features(three), pre_logits=True)
        torch.testing.assert_close(backbone(FILMS), expected, rtol=1e-4, atol=1e-4)


def test_a_name_that_is_none_says_what_was_meant():
    with pytest.raises(InputError, match="Did you mean 'timm/resnet"):
        build(Model(backbone="timm/resnet1O", weights="none"))
    with pytest.raises(InputError, match="Did you mean 'monai/DenseNet121'"):
        build(Model(backbone="monai/DensNet121", weights="none"))


def test_weights_of_another_network_are_refused_by_name(tmp_path: Path):
    save_weights(torch.nn.Linear(2, 2), tmp_path / "other.safetensors", {})
    model = Model(backbone="timm/resnet10t", weights=str(tmp_path / "other.safetensors"))
    with pytest.raises(WeightsError, match=r"other\.safetensors does not fit.*missing"):
        build(model)


def test_missing_hub_weights_say_file_source_hash_and_place(monkeypatch):
    import timm

    make = timm.create_model

    def offline(name, pretrained=False, **options):
        if pretrained:
            raise ConnectionError
        return make(name, **options)

    monkeypatch.setattr(timm, "create_model", offline)
    with pytest.raises(WeightsError) as caught:
        build(Model(backbone="timm/resnet18", weights="pretrained", image_size=64))
    for said in ("model.safetensors", "timm/resnet18", "SHA-256", "weights/timm-resnet18"):
        assert said in str(caught.value)


class RunsCode:
    def __reduce__(self):
        return (print, ("this must never run",))


def test_a_file_of_weights_never_runs_code(tmp_path: Path, capsys):
    torch.save({"a": RunsCode()}, tmp_path / "evil.pth")
    with pytest.raises(WeightsError, match="could run code"):
        read_state(tmp_path / "evil.pth")
    (tmp_path / "cut.safetensors").write_bytes(b"\x00" * 5)
    with pytest.raises(WeightsError, match="damaged"):
        read_state(tmp_path / "cut.safetensors")
    assert "never" not in capsys.readouterr().out
