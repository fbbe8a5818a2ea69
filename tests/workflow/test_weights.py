"""The shelf, without the network: a hub's cache that a test filled."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest
import timm
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from medtune.config import Model
from medtune.errors import InputError, WeightsError
from medtune.vision.backbones import build
from medtune.vision.catalogue import USES, catalogue
from medtune.workflow.weights import weights_fetch, weights_list, weights_verify


@pytest.fixture
def cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The hub's cache with the weights of timm/resnet10t alone."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    home = tmp_path / "hub" / "models--timm--resnet10t.c3_in1k"
    (home / "refs").mkdir(parents=True)
    (home / "refs" / "main").write_text("0" * 40)
    (home / "snapshots" / ("0" * 40)).mkdir(parents=True)
    torch.manual_seed(0)
    file = home / "snapshots" / ("0" * 40) / "model.safetensors"
    save_file(timm.create_model("resnet10t").state_dict(), file)
    return file


def test_what_is_fetched_can_be_started_from_and_verified(cached: Path, tmp_path: Path):
    done = weights_fetch("timm/resnet10t", tmp_path / "weights")
    assert done.path == tmp_path / "weights" / "timm-resnet10t.safetensors"
    assert done.sha256 == hashlib.sha256(done.path.read_bytes()).hexdigest()
    with safe_open(done.path, "pt") as handle:
        assert handle.metadata()["backbone"] == "timm/resnet10t"
    given = Model(backbone="timm/resnet10t", weights=str(done.path), image_size=64)
    from_file, from_hub = build(given), build(given.model_copy(update={"weights": "pretrained"}))
    assert from_file.normalisation.mean == pytest.approx(from_hub.normalisation.mean)
    for name, value in from_hub.state_dict().items():
        assert torch.equal(value, from_file.state_dict()[name]), name
    assert weights_verify(tmp_path / "weights").files == ("timm-resnet10t.safetensors",)
    assert weights_verify(done.path).files == ("timm-resnet10t.safetensors",)
    checked = subprocess.run(
        ["sha256sum", "--check", "SHA256SUMS"], cwd=tmp_path / "weights", capture_output=True
    )
    assert checked.returncode == 0
    assert weights_fetch("timm/resnet10t", tmp_path / "weights") == done
    assert len((tmp_path / "weights/SHA256SUMS").read_text().splitlines()) == 1


def test_what_is_not_as_it_was_is_named(cached: Path, tmp_path: Path):
    folder = tmp_path / "weights"
    path = weights_fetch("timm/resnet10t", folder).path
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(WeightsError, match=r"timm-resnet10t\.safetensors: differs"):
        weights_verify(folder)
    path.write_bytes(whole)
    (folder / "slipped-in.pth").write_bytes(b"")
    with pytest.raises(WeightsError, match=r"(?s)slipped-in.pth: is not in .*1 of 2 files"):
        weights_verify(folder)
    (folder / "slipped-in.pth").unlink()
    path.unlink()
    with pytest.raises(WeightsError, match=r"timm-resnet10t\.safetensors: is missing"):
        weights_verify(folder)
    (folder / "SHA256SUMS").write_text("nonsense\n")
    with pytest.raises(WeightsError, match="SHA256SUMS, line 1"):
        weights_verify(folder)
    (folder / "SHA256SUMS").unlink()
    with pytest.raises(WeightsError, match="no SHA256SUMS beside the weights"):
        weights_verify(folder)


def test_what_cannot_be_fetched_writes_nothing(cached: Path, tmp_path: Path):
    with pytest.raises(WeightsError, match=r"cannot be fetched.*Nothing was written") as caught:
        weights_fetch("resnet50", tmp_path / "weights")
    assert "\n" not in str(caught.value)
    with pytest.raises(WeightsError, match="ark-plus cannot be fetched by a program: ask for"):
        weights_fetch("ark-plus", tmp_path / "weights")
    with pytest.raises(InputError, match="Did you mean 'resnet50'"):
        weights_fetch("resnet5O", tmp_path / "weights")
    with pytest.raises(InputError, match="'keras/x' is no backbone"):
        weights_fetch("keras/x", tmp_path / "weights")
    assert not (tmp_path / "weights").exists()


def test_the_shelf_is_whole():
    shelf = weights_list()
    assert len({one.name for one in shelf}) == len(shelf) > 20
    for one in shelf:
        assert one.use in USES
        assert one.licence
        assert one.note
        assert one.fetch or one.how
        if one.backbone is not None:
            Model(backbone=one.backbone)
    assert {one.use for one in shelf} == set(USES)


def test_what_timm_says_of_licences_is_what_the_shelf_says():
    for one in catalogue():
        door, _, name = (one.backbone or "").partition("/")
        if door != "timm" or not one.fetch or "eva_x" in name:
            continue
        settings = timm.get_pretrained_cfg(name)
        assert settings is not None
        assert settings.license is not None
        plain = settings.license.lower().replace("dinov3-license", "dinov3 licence (meta)")
        assert one.licence.lower() == plain, name
        assert settings.input_size[-1] == one.pixels, name


@pytest.mark.parametrize("name", ["mobilenetv2", "efficientnet-b0", "eva-x-tiny"])
def test_parameters_are_counted(name: str):
    one = next(one for one in catalogue() if one.name == name)
    assert one.backbone is not None
    network = build(Model(backbone=one.backbone, weights="none", image_size=64))
    counted = sum(p.numel() for p in network.parameters()) / 1e6
    assert counted == pytest.approx(one.parameters, abs=0.006)
