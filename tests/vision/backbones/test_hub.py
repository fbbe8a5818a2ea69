from __future__ import annotations

from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import save_file

from medtune.config import Model
from medtune.errors import WeightsError
from medtune.vision.backbones import build
from medtune.vision.backbones.hub import NotFetchedError, from_hugging_face, from_link, hash_in


def test_what_is_in_the_cache_is_had_without_the_network(
    tmp_path: Path, monkeypatch, hub, no_network
):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    torch.manual_seed(0)
    network = timm.create_model("resnet10t")
    (tmp_path / "there").mkdir()
    save_file(network.state_dict(), tmp_path / "there" / "model.safetensors")
    hub("timm/resnet10t.c3_in1k", tmp_path / "there")
    body = build(Model(backbone="timm/resnet10t", weights="pretrained", image_size=64)).body
    torch.testing.assert_close(
        body.state_dict()["layer4.0.conv1.weight"], network.state_dict()["layer4.0.conv1.weight"]
    )
    assert no_network == []


def test_what_is_nowhere_is_an_error_that_names_the_file(monkeypatch, hub, no_network):
    with pytest.raises(NotFetchedError, match=r"model\.safetensors of the repository a/b"):
        from_hugging_face("a/b", ["model.safetensors"])
    with pytest.raises(WeightsError) as caught:
        build(Model(backbone="timm/resnet10t", weights="pretrained", image_size=64))
    assert "weights/timm-resnet10t.safetensors" in str(caught.value)
    assert "medtune weights fetch timm/resnet10t" in str(caught.value)


def test_a_file_behind_a_link_is_fetched_once_and_compared(tmp_path: Path, no_network):
    right = tmp_path / "source" / "net-03ba204e.pth"  # SHA-256 of b"a\n" is 87428fc5...
    right.parent.mkdir()
    right.write_bytes(b"a\n")
    assert hash_in(str(right)) == "03ba204e"
    with pytest.raises(NotFetchedError, match="starts with 03ba204e"):
        from_link(right.as_uri(), tmp_path / "kept")
    assert not list((tmp_path / "kept").iterdir())
    named = tmp_path / "source" / "net-87428fc5.pth"
    named.write_bytes(b"a\n")
    kept = from_link(named.as_uri(), tmp_path / "kept")
    assert kept.read_bytes() == b"a\n"
    named.unlink()
    assert from_link(named.as_uri(), tmp_path / "kept") == kept
    assert no_network == []


def test_a_name_without_a_hash_has_none():
    assert hash_in("https://host/resnet18.pth") == ""
    assert hash_in("https://host/resnet18-something.pth") == ""
