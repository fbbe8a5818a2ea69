from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from medtune.config import Model
from medtune.errors import InputError
from medtune.learning.task import Network
from medtune.vision.backbones import build
from medtune.vision.saliency import inside, likeness, maps, method_of, randomised

SIZE = 64


def network(name: str, views: str | None = None) -> Network:
    model = Model(backbone=name, weights="none", image_size=SIZE)
    made = Network(build(model, seed=3), 2, views)  # type: ignore[arg-type]
    torch.manual_seed(0)
    torch.nn.init.normal_(made.head.weight)
    return made.eval()


def films(n: int = 2) -> torch.Tensor:
    return torch.rand(n, 1, 1, SIZE, SIZE, generator=torch.Generator().manual_seed(1))


@pytest.fixture(scope="module")
def cnn() -> Network:
    pytest.importorskip("captum", reason="captum is not installed: medtune[saliency]")
    return network("timm/resnet10t")


@pytest.fixture(scope="module")
def vit() -> Network:
    return network("timm/test_vit")


def test_each_kind_of_network_has_its_method(cnn: Network, vit: Network) -> None:
    assert (method_of(cnn), method_of(vit)) == ("grad_cam", "rollout")
    with pytest.raises(InputError, match="one film at a time"):
        method_of(network("timm/test_vit", "mean"))


@pytest.mark.parametrize("which", ["cnn", "vit"])
def test_a_map_has_the_films_size_and_a_top_of_one(
    which: str, request: pytest.FixtureRequest
) -> None:
    made: Network = request.getfixturevalue(which)
    before = {name: value.clone() for name, value in made.state_dict().items()}
    found = maps(made, films(), 0)
    assert found.shape == (2, SIZE, SIZE)
    assert found.min() >= 0
    assert found.max(axis=(1, 2)) == pytest.approx([1, 1])
    assert all(torch.equal(before[name], value) for name, value in made.state_dict().items())
    np.testing.assert_array_equal(found, maps(made, films(), 0))


class Patches(nn.Module):
    """The mean of each of 8 x 8 patches, and the mean of these: what speaks for it is known."""

    width = 1

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(1, 1, SIZE // 8, stride=SIZE // 8, bias=False)
        nn.init.constant_(self.patches.weight, 1 / (SIZE // 8) ** 2)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return self.patches(inputs[:, 0]).mean((2, 3))


def test_grad_cam_lies_where_what_speaks_for_the_output_is() -> None:
    pytest.importorskip("captum", reason="captum is not installed: medtune[saliency]")
    made = Network(Patches(), 2).eval()
    with torch.no_grad():
        made.head.weight.copy_(torch.tensor([[1.0], [-1.0]]))
    film = torch.zeros(1, 1, 1, SIZE, SIZE)
    film[..., 8:16, 40:48] = 1
    found = maps(made, film, 0)[0]
    assert found[12, 44] == 1
    far = found.copy()
    far[0:24, 32:56] = 0  # interpolation spreads it over the patches beside
    assert far.max() == 0
    assert maps(made, film, 1).max() == 0  # all of it speaks against this one


def test_rollout_is_a_flow_that_adds_up(vit: Network) -> None:
    fused = [block.attn.fused_attn for block in vit.backbone.body.blocks]
    found = maps(vit, films(), 0)
    np.testing.assert_array_equal(found, maps(vit, films(), 1))  # it knows no finding
    assert [block.attn.fused_attn for block in vit.backbone.body.blocks] == fused


def test_an_empty_map_is_like_nothing() -> None:
    one = np.stack([np.zeros((4, 4)), np.arange(16.0).reshape(4, 4)])
    found = likeness(one, one[[1, 1]])
    assert np.isnan(found[0])
    assert found[1] == pytest.approx(1)


@pytest.mark.parametrize("which", ["cnn", "vit"])
def test_shuffled_weights_look_elsewhere(which: str, request: pytest.FixtureRequest) -> None:
    made: Network = request.getfixturevalue(which)
    other = randomised(made, 1)  # of seed 0 nothing speaks for the output: it has no map
    for (name, own), (_, theirs) in zip(
        made.named_parameters(), other.named_parameters(), strict=True
    ):
        assert torch.equal(own.flatten().sort().values, theirs.flatten().sort().values), name
    assert any(
        not torch.equal(a, b) for a, b in zip(made.parameters(), other.parameters(), strict=True)
    )
    own = maps(made, films(), 0)
    assert likeness(own, own) == pytest.approx([1, 1])
    assert (likeness(own, maps(other, films(), 0)) < 0.99).all()


def test_windows_of_attention_are_refused() -> None:
    made = network("timm/swin_tiny_patch4_window7_224")
    with pytest.raises(InputError, match="neither"):
        maps(made, films(1), 0)


def test_how_a_map_and_a_box_lie_to_one_another() -> None:
    found = np.zeros((3, 10, 10))
    found[0, 2, 2], found[0, 8, 8] = 1.0, 0.5
    found[1, 8, 8] = 1.0
    box = np.zeros((3, 10, 10), bool)
    box[:, :5, :5] = True
    hit, share, chance = inside(found, box)
    assert hit.tolist() == [True, False, False]
    assert share == pytest.approx([2 / 3, 0, 0])
    assert chance == pytest.approx([0.25] * 3)
