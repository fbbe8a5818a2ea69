from __future__ import annotations

import json
from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import save_file
from torch import nn

from medtune.config import Model
from medtune.errors import InputError, WeightsError
from medtune.vision.backbones import build
from medtune.vision.card import Card


def published(name: str, seed: int = 0, **options) -> nn.Module:
    """A network of three channels and 1000 classes; its positions are random, not zero."""
    torch.manual_seed(seed)
    network = timm.create_model(name, num_classes=1000, **options).eval()
    positions = getattr(network, "pos_embed", None)
    if isinstance(positions, nn.Parameter):
        nn.init.normal_(positions, std=0.5)
    return network


def features(network: nn.Module, films: torch.Tensor, backbone) -> torch.Tensor:
    """What a three-channel network makes of films, after the backbone's normalisation."""
    normal = backbone.normalisation
    three = ((films[:, 0] - normal.mean) / normal.deviation).expand(-1, 3, -1, -1)
    with torch.no_grad():
        return network.forward_head(network.forward_features(three), pre_logits=True)


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("vit_tiny_patch16_224", 96),
        ("vit_tiny_patch16_224", 320),
        ("cait_xxs24_224", 96),
        ("eva02_tiny_patch14_224", 98),
        ("deit3_small_patch16_224", 64),
    ],
)
def test_a_transformer_of_another_size_resizes_its_positions_as_timm_does(
    tmp_path: Path, name: str, size: int
):
    torch.save(published(name).state_dict(), tmp_path / "own.pth")
    backbone = build(
        Model(backbone=f"timm/{name}", weights=str(tmp_path / "own.pth"), image_size=size)
    ).eval()
    films = torch.rand(2, 1, 1, size, size, generator=torch.Generator().manual_seed(1))
    expected = timm.create_model(name, img_size=size, num_classes=1000).eval()
    state = torch.load(tmp_path / "own.pth")
    prefix = 0 if name.startswith("cait") else 1
    state["pos_embed"] = timm.layers.resample_abs_pos_embed(
        state["pos_embed"],
        list(expected.patch_embed.grid_size),
        num_prefix_tokens=0 if "deit3" in name else prefix,
    )
    expected.load_state_dict(state)
    with torch.no_grad():
        found = backbone(films)
    torch.testing.assert_close(found, features(expected, films, backbone), rtol=1e-3, atol=1e-4)


def test_a_size_that_is_no_whole_number_of_patches_names_those_that_are():
    with pytest.raises(InputError, match=r"patches of 14 x 14.*take 490 or 504"):
        build(Model(backbone="timm/vit_small_patch14_dinov2", weights="none", image_size=500))


def test_dinov2_is_read_under_its_authors_names(tmp_path: Path):
    """With registers: the class token's position is apart, and the mask token is left out."""
    name = "vit_small_patch14_reg4_dinov2"
    network = published(name, img_size=98)
    state = dict(network.state_dict())
    authors = {k: v for k, v in state.items() if k not in ("reg_token", "cls_token", "pos_embed")}
    authors["register_tokens"] = state["reg_token"]
    authors["mask_token"] = torch.zeros(1, state["cls_token"].shape[-1])
    # timm adds the class token's position to the class token
    authors["cls_token"] = state["cls_token"] / 2
    authors["pos_embed"] = torch.cat([state["cls_token"] / 2, state["pos_embed"]], dim=1)
    torch.save(authors, tmp_path / "authors.pth")
    backbone = build(
        Model(backbone=f"timm/{name}", weights=str(tmp_path / "authors.pth"), image_size=98)
    ).eval()
    films = torch.rand(1, 1, 1, 98, 98, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        found = backbone(films)
    torch.testing.assert_close(found, features(network, films, backbone), rtol=1e-4, atol=1e-5)


def test_eva_x_is_read_under_its_authors_names(tmp_path: Path):
    """Their own loader names the tensors so: EVA-02's masked pretraining with patches of 16."""
    options = {"patch_size": 16, "ref_feat_shape": (14, 14), "img_size": 96}
    network = published("eva02_tiny_patch14_224", **options)
    authors = {}
    for key, value in network.state_dict().items():
        if key.startswith("head"):
            continue
        for ours, theirs in (("fc_norm", "norm"), ("fc1_g", "w1"), ("fc1_x", "w2"), ("fc2", "w3")):
            key = key.replace(ours, theirs) if ours != "fc_norm" or key[:7] == ours else key
        authors[key] = value
    authors |= {
        "mask_token": torch.zeros(1, 1, 192),
        "lm_head.weight": torch.zeros(512, 192),
        "lm_head.bias": torch.zeros(512),
        "rope.freqs_cos": torch.zeros(36, 64),
    }
    torch.save({"model": authors}, tmp_path / "eva_x_tiny_patch16_merged520k_mim.pt")
    path = tmp_path / "eva_x_tiny_patch16_merged520k_mim.pt"
    model = Model(backbone="timm/eva_x_tiny_patch16", weights=str(path), image_size=96)
    backbone = build(model).eval()
    assert backbone.normalisation.mean == pytest.approx(0.49185243)
    films = torch.rand(2, 1, 1, 96, 96, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        found = backbone(films)
    torch.testing.assert_close(found, features(network, films, backbone), rtol=1e-4, atol=1e-5)
    other = model.model_copy(update={"backbone": "timm/eva_x_small_patch16"})
    with pytest.raises(WeightsError, match="another shape"):
        build(other)


def test_a_tensor_that_is_missing_is_never_left_at_random(tmp_path: Path):
    state = published("vit_tiny_patch16_224").state_dict()
    del state["blocks.3.mlp.fc1.bias"]
    torch.save(state, tmp_path / "less.pth")
    model = Model(
        backbone="timm/vit_tiny_patch16_224", weights=str(tmp_path / "less.pth"), image_size=64
    )
    with pytest.raises(WeightsError, match=r"1 tensors are missing \(first: blocks\.3\.mlp\.fc1"):
        build(model)


def snapshot(folder: Path, name: str, **config) -> Path:
    folder.mkdir()
    save_file(published(name).state_dict(), folder / "model.safetensors")
    said = {"architecture": name, "pretrained_cfg": {"mean": [0.3] * 3, "std": [0.1] * 3}}
    (folder / "config.json").write_text(json.dumps(said | config))
    return folder


def test_a_folder_of_the_hubs_says_its_network_and_grey_values(tmp_path: Path):
    folder = snapshot(tmp_path / "mine", "resnet10t")
    model = Model(backbone="timm/resnet10t", weights=str(folder), image_size=64)
    assert model.run_folder is None
    normal = build(model).normalisation
    assert (normal.mean, normal.deviation) == pytest.approx((0.3, 0.1))
    other = Model(backbone="timm/resnet18", weights=str(folder), image_size=64)
    with pytest.raises(WeightsError, match="holds weights of timm/resnet10t"):
        build(other)
    changed = snapshot(tmp_path / "changed", "resnet10t", model_args={"stem_type": "deep"})
    with pytest.raises(WeightsError, match=r"changes the network \(stem_type\)"):
        build(Model(backbone="timm/resnet10t", weights=str(changed), image_size=64))
    (folder / "config.json").write_text('{"architectures": ["Dinov2Model"]}')
    with pytest.raises(WeightsError, match="written by transformers"):
        build(model)


def test_the_card_of_a_trained_model_never_needs_the_hub(tmp_path: Path, hub):
    from medtune.vision.backbones import card_name

    hub("hospital/net", snapshot(tmp_path / "net", "resnet10t"))
    model = Model(backbone="timm/hf-hub:hospital/net", image_size=64)
    backbone = build(model)
    assert backbone.normalisation.mean == pytest.approx(0.3)
    assert card_name(model.backbone) == "timm/resnet10t"
    assert card_name("timm/resnet18.a1_in1k") == "timm/resnet18.a1_in1k"
    assert Card.__dataclass_fields__["backbone"]
