from __future__ import annotations

from pathlib import Path

import pytest
import torch
from monai.networks import nets

from medtune.config import Model
from medtune.errors import WeightsError
from medtune.vision.backbones import build


def test_a_squeeze_and_excitation_network_reads_a_file_of_three_channels(tmp_path: Path):
    torch.manual_seed(0)
    network = nets.SEResNet50(spatial_dims=2, in_channels=3, num_classes=7).eval()
    torch.save(network.state_dict(), tmp_path / "se.pth")
    model = Model(backbone="monai/SEResNet50", weights=str(tmp_path / "se.pth"), image_size=64)
    backbone = build(model).eval()
    films = torch.rand(2, 1, 1, 64, 64, generator=torch.Generator().manual_seed(0))
    normal = backbone.normalisation
    three = ((films[:, 0] - normal.mean) / normal.deviation).expand(-1, 3, -1, -1)
    network.last_linear = torch.nn.Identity()
    with torch.no_grad():
        torch.testing.assert_close(backbone(films), network(three), rtol=1e-3, atol=1e-4)


def test_networks_without_published_weights_say_so():
    with pytest.raises(WeightsError, match="no pretrained 2-D weights of ResNet18"):
        build(Model(backbone="monai/ResNet18", weights="pretrained", image_size=64))
