from __future__ import annotations

import importlib.util
import sys
import warnings
from pathlib import Path

import pytest
import torch
from torch import nn

from medtune.config import Model
from medtune.errors import InputError, WeightsError
from medtune.vision.backbones import build
from medtune.vision.backbones.pickled import read_network

needs_xrv = pytest.mark.skipif(
    importlib.util.find_spec("torchxrayvision") is None, reason="the extra [xrv] is not installed"
)


@pytest.fixture(scope="module")
def dense() -> nn.Module:
    """torchxrayvision's DenseNet as its authors pickle it, with random weights."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torchxrayvision as xrv
    torch.manual_seed(0)
    network = xrv.models.DenseNet(weights=None).eval()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
    with torch.no_grad():
        network.features.conv0.weight /= 500  # else a film of -1024 to 1024 saturates everything
    return network


@needs_xrv
@pytest.mark.parametrize("kind", ["whole, old", "whole", "tensors"])
def test_published_files_give_torchxrayvisions_own_features(
    tmp_path: Path, dense: nn.Module, kind: str
):
    path = tmp_path / "published.pt"
    content = dense.state_dict() if kind == "tensors" else dense
    torch.save(content, path, _use_new_zipfile_serialization=kind != "whole, old")
    model = Model(backbone="xrv/densenet121-res224-all", weights=str(path), image_size=64)
    backbone = build(model).eval()
    films = torch.rand(2, 1, 1, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = dense.features2(1024 * (2 * films[:, 0] - 1))
        torch.testing.assert_close(backbone(films), expected, rtol=1e-3, atol=1e-4)


@needs_xrv
def test_a_name_that_is_none_says_what_was_meant():
    with pytest.raises(InputError, match="Did you mean 'xrv/densenet121-res224-nih'"):
        build(Model(backbone="xrv/densenet121-res224-nhi", weights="none"))


def test_without_the_extra_the_pip_line_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "torchxrayvision", None)
    with pytest.raises(InputError, match=r"pip install 'medtune\[xrv\]'"):
        build(Model(backbone="xrv/densenet121-res224-all", weights="none"))


class RunsCode:
    def __reduce__(self):
        return (print, ("this must never run",))


class MakesANetwork:
    """Its constructor could be told to load another file."""

    def __reduce__(self):
        return (nn.Linear, (2, 2))


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("evil", [RunsCode(), MakesANetwork()])
def test_a_pickled_network_never_runs_code(tmp_path: Path, capsys, evil: object, zipped: bool):
    good = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm2d(3))
    path = tmp_path / "network.pt"
    torch.save(good, path, _use_new_zipfile_serialization=zipped)
    found = read_network(path, [])
    assert found is not None
    assert set(found) == set(good.state_dict())
    good.evil = evil
    torch.save(good, path, _use_new_zipfile_serialization=zipped)
    assert read_network(path, []) is None
    assert "never" not in capsys.readouterr().out


def test_a_torchscript_program_is_not_opened_as_a_network(tmp_path: Path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TorchScript is on its way out
        torch.jit.script(nn.Linear(2, 2)).save(tmp_path / "program.pt")
    assert read_network(tmp_path / "program.pt", []) is None


@needs_xrv
def test_a_file_that_could_run_code_says_how_to_convert_it(tmp_path: Path):
    torch.save({"a": RunsCode()}, tmp_path / "evil.pt")
    model = Model(backbone="xrv/densenet121-res224-all", weights=str(tmp_path / "evil.pt"))
    with pytest.raises(WeightsError, match="medtune weights fetch xrv/NAME"):
        build(model)
