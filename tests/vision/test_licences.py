"""Where weights come from, and what may be done with them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from medtune.config import Model
from medtune.vision.catalogue import USES, catalogue
from medtune.vision.licences import ALLOWS, NOTHING_KNOWN, Origin, published


def model(weights: str = "pretrained", backbone: str = "timm/resnet10t") -> Model:
    return Model(backbone=backbone, weights=weights)


@pytest.mark.parametrize(
    ("backbone", "origin"),
    [
        ("timm/mobilenetv2_100", Origin("mobilenetv2", "Apache-2.0", "clinical use")),
        ("timm/mobilenetv2_100.ra_in1k", Origin("mobilenetv2", "Apache-2.0", "clinical use")),
        ("timm/convnextv2_tiny", Origin("convnextv2-tiny", "CC-BY-NC-4.0", "non-commercial")),
        ("timm/eva_x_tiny_patch16", Origin("eva-x-tiny", "MIT", "clinical use")),
        ("torchvision/densenet121", None),
        # not on the shelf: what timm states, and what is known to follow from it
        ("timm/resnet10t", Origin("timm/resnet10t.c3_in1k", "apache-2.0", "clinical use")),
        ("timm/convnextv2_nano", Origin("timm/convnextv2_nano.fcmae_ft_in22k_in1k",
                                        "cc-by-nc-4.0", "non-commercial")),
        ("timm/mobileone_s0", Origin("timm/mobileone_s0.apple_in1k", "mobileone-license")),
        ("timm/hf-hub:somebody/network", Origin("timm/hf-hub:somebody/network")),
        ("monai/ResNet18", Origin("monai/ResNet18")),
    ],
)  # fmt: skip
def test_the_hubs_weights_have_the_licence_of_the_shelf_or_of_timm(backbone, origin):
    found = published(model(backbone=backbone))
    if origin is None:
        entry = next(one for one in catalogue() if one.backbone == backbone)
        origin = Origin(entry.name, entry.licence, entry.use)
    assert found == origin


def test_weights_that_cannot_be_fetched_lend_no_licence_to_another_file_of_their_network():
    assert published(model(backbone="timm/vit_base_patch14_dinov2")).weights == "dinov2-base"


def test_random_weights_need_no_licence():
    assert published(model("none")).warning is None
    assert "none is needed" in published(model("none")).words


def test_a_file_has_the_licence_that_it_states_and_else_none(tmp_path: Path):
    said = {
        "both": {"weights": "net", "licence": "CC-BY-NC-4.0", "use": "non-commercial"},
        "licence": {"licence": "MIT"},
        "nonsense": {"licence": "MIT", "use": "whatever you like"},
        "nothing": {},
    }
    for name, facts in said.items():
        save_file({"a": torch.zeros(1)}, tmp_path / f"{name}.safetensors", metadata=facts)
    found = {name: published(model(str(tmp_path / f"{name}.safetensors"))) for name in said}
    assert found["both"] == Origin("net", "CC-BY-NC-4.0", "non-commercial")
    assert found["licence"] == Origin("licence.safetensors", "MIT", "clinical use")
    assert found["nonsense"] == Origin("nonsense.safetensors", "MIT", "unknown")
    assert found["nothing"] == Origin("nothing.safetensors")
    (tmp_path / "old.pth").write_bytes(b"")
    assert published(model(str(tmp_path / "old.pth"))) == Origin("old.pth")


def test_a_folder_of_the_hubs_has_the_licence_of_its_config(tmp_path: Path):
    config = {"architecture": "resnet10t", "pretrained_cfg": {"license": "cc-by-nc-4.0"}}
    (tmp_path / "config.json").write_text(json.dumps(config))
    assert published(model(str(tmp_path))) == Origin(
        tmp_path.name, "cc-by-nc-4.0", "non-commercial"
    )
    (tmp_path / "config.json").write_text('{"architecture": "resnet10t"}')
    assert published(model(str(tmp_path))).licence == "unknown"


def test_what_limits_the_use_is_a_warning_and_nothing_else_is():
    for use in (*USES, "unknown"):
        warning = Origin("net", "X-1", use).warning
        assert (warning is not None) == (use in ("research only", "non-commercial"))
        if warning is not None:
            assert "net" in warning
            assert "X-1" in warning
            assert use in warning
    assert NOTHING_KNOWN.warning is None
    assert set(ALLOWS.values()) <= set(USES)
