"""Every network knows the order of its layers, and takes adapters that can be merged."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from medtune.config import Model
from medtune.learning.adapt import Teach
from medtune.learning.adapt.adapters import insert, merge
from medtune.learning.task import Batch, Network
from medtune.vision.backbones import build

slow = pytest.mark.slow
NETWORKS = [
    "timm/mobilenetv2_035",
    "timm/vit_tiny_patch16_224",
    "monai/DenseNet121",
    pytest.param("timm/resnet18", marks=slow),
    pytest.param("timm/convnext_atto", marks=slow),
    pytest.param("timm/swin_tiny_patch4_window7_224", marks=slow),
    pytest.param("timm/efficientnet_b0", marks=slow),
    pytest.param("timm/eva02_tiny_patch14_224", marks=slow),
    pytest.param("monai/ResNet18", marks=slow),
    pytest.param("monai/EfficientNet-B0", marks=slow),
]
FIRST = {
    "timm/mobilenetv2_035": "body.conv_stem.weight",
    "timm/vit_tiny_patch16_224": "body.patch_embed.proj.weight",
    "monai/DenseNet121": "body.features.conv0.weight",
}


def backbone(name: str) -> nn.Module:
    size = 224 if "224" in name else 64
    return build(Model(backbone=name, weights="none", image_size=size)).eval()


@pytest.mark.parametrize("name", NETWORKS)
def test_blocks_and_depths_name_every_parameter_once(name: str) -> None:
    made = backbone(name)
    parameters = sorted(n for n, _ in made.named_parameters())
    blocks, depths = made.blocks(), made.depths()
    assert sorted(n for block in blocks for n in block) == parameters
    assert sorted(depths) == parameters
    assert len(blocks) >= 4
    assert all(blocks)
    assert sorted(set(depths.values())) == list(range(max(depths.values()) + 1))
    assert max(depths.values()) + 1 >= len(blocks)
    # the finer order does not contradict the coarser one
    ends = [max(depths[n] for n in block) for block in blocks]
    assert ends == sorted(ends)
    if name in FIRST:
        assert FIRST[name] in blocks[0]
        assert depths[FIRST[name]] == 0


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("dora", [False, pytest.param(True, marks=slow)])
def test_adapters_change_the_outputs_and_can_be_merged(name: str, dora: bool) -> None:
    made = backbone(name)
    size = 224 if "224" in name else 64
    network = Network(made, 1).eval()
    films = torch.rand(2, 1, 1, size, size, generator=torch.Generator().manual_seed(0))
    batch = Batch(films, torch.zeros(2, 1), torch.ones(2, 1, dtype=torch.bool), ["a", "b"])
    teach = Teach(lambda: iter([batch]), lambda net, b: (net(b.inputs).sum(), b.known.sum()))
    names = set(network.state_dict())
    with torch.no_grad():
        before = network.backbone(films)
        adapters = insert(network, teach, rank=4, dora=dora, seed=0)
        network.eval()
        scale = float(before.abs().max())
        torch.testing.assert_close(network.backbone(films), before, atol=1e-5 * scale, rtol=0)
    network.backbone(films).sum().backward()
    assert all(a.grad is not None for a in adapters), "an adapter that is never called"
    with torch.no_grad():
        for adapter in adapters:
            adapter.add_(0.02 * torch.randn(adapter.shape))
        unmerged = network.backbone(films)
        merge(network)
        network.eval()
        merged = network.backbone(films)
    scale = float(unmerged.abs().max())
    assert float((unmerged - before).abs().max()) > 1e-3 * scale
    torch.testing.assert_close(merged, unmerged, atol=1e-5 * max(1.0, scale), rtol=0)
    assert set(network.state_dict()) == names


def test_a_run_file_that_averages_adapters_is_refused(tmp_path: Path) -> None:
    from medtune.config.run import Run

    data = {"images": tmp_path, "labels": tmp_path / "l.csv", "findings": ["a"]}
    with pytest.raises(ValueError, match="the average of adapters is not"):
        Run.model_validate(
            {
                "name": "r", "data": data, "model": {"backbone": "timm/x", "adapt": "lora"},
                "training": {"keep": "swa"},
            }
        )  # fmt: skip
