"""Features: the same whether computed or read, whatever was interrupted or damaged."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from medtune.learning import feature_files
from medtune.learning.feature_files import FeatureFiles
from medtune.learning.features import digest_of, features
from medtune.learning.hardware import Hardware
from tests.learning.small import CPU, Blobs, StoppedError, network

BF16 = Hardware("cpu", "bf16", "CPU")


@pytest.fixture(autouse=True)
def small_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feature_files, "CHUNK", 16)


class Counting(Blobs):
    """Samples that remember which of them were looked at, and can break down."""

    def __init__(self, cases: int, *, until: int | None = None) -> None:
        super().__init__(cases, 1)
        self.asked: list[int] = []
        self.until = until

    def __getitems__(self, draws: Sequence[int]):
        if self.until is not None and len(self.asked) >= self.until:
            raise StoppedError
        self.asked += draws
        return super().__getitems__(draws)


def names(cases: int) -> list[str]:
    return [f"picture {case}" for case in range(cases)]


def test_they_are_what_the_backbone_says_in_evaluation_mode():
    own, samples = network(), Blobs(70, 1)
    found = features(own.backbone, samples, CPU)
    assert not own.backbone.training
    with torch.no_grad():
        expected = own.backbone(torch.from_numpy(samples.inputs))
    assert found.shape == (70, 8)
    np.testing.assert_allclose(found, expected.numpy(), atol=1e-6)


def test_bf16_is_taken_where_the_hardware_is_said_to_have_it():
    exact, narrow = (features(network().backbone, Blobs(40, 1), h) for h in (CPU, BF16))
    apart = np.abs(narrow - exact).max() / np.abs(exact).max()
    assert 1e-5 < apart < 2e-2


def test_what_is_on_disk_is_not_computed_again(tmp_path: Path):
    own, samples = network(), Counting(50)
    first = features(own.backbone, samples, CPU, FeatureFiles(tmp_path, names(50)))
    assert samples.asked == list(range(50))
    turned = FeatureFiles(tmp_path, names(50)[::-1])
    again = features(own.backbone, Counting(50, until=0), CPU, turned)
    np.testing.assert_array_equal(again, first[::-1])
    more = Counting(60)
    features(own.backbone, more, CPU, FeatureFiles(tmp_path, names(60)))
    assert more.asked == list(range(50, 60))


def test_a_picture_that_comes_twice_is_seen_once(tmp_path: Path):
    samples = Counting(4)
    kept = FeatureFiles(tmp_path, ["a", "b", "a", "b"])
    found = features(network().backbone, samples, CPU, kept)
    assert samples.asked == [0, 1]
    np.testing.assert_array_equal(found[:2], found[2:])


def test_an_interruption_costs_no_more_than_a_file_and_changes_nothing(tmp_path: Path):
    own = network()
    whole = features(own.backbone, Counting(50), CPU, FeatureFiles(tmp_path / "a", names(50)))
    cut = FeatureFiles(tmp_path / "b", names(50))
    with pytest.raises(StoppedError):
        features(own.backbone, Counting(50, until=32), CPU, cut)
    samples = Counting(50)
    again = features(own.backbone, samples, CPU, FeatureFiles(tmp_path / "b", names(50)))
    assert samples.asked == list(range(32, 50))
    np.testing.assert_array_equal(again, whole)
    written = [sorted(p.name for p in (tmp_path / folder).iterdir()) for folder in "ab"]
    assert written[0] == written[1]
    assert len(written[0]) == 4


@pytest.mark.parametrize("how", ["changed", "cut", "empty"])
def test_a_damaged_file_is_not_believed(tmp_path: Path, how: str):
    own = network()
    whole = features(own.backbone, Counting(50), CPU, FeatureFiles(tmp_path, names(50)))
    file = sorted(tmp_path.iterdir())[0]
    content = bytearray(file.read_bytes())
    content[-3] ^= 64
    file.write_bytes({"changed": content, "cut": content[:-20], "empty": b""}[how])
    samples = Counting(50)
    again = features(own.backbone, samples, CPU, FeatureFiles(tmp_path, names(50)))
    assert len(samples.asked) in (2, 16)  # the cases of one file
    np.testing.assert_array_equal(again, whole)
    assert features(own.backbone, Counting(50, until=0), CPU, FeatureFiles(tmp_path, names(50)))[
        0, 0
    ] == pytest.approx(whole[0, 0])


def test_their_name_hangs_on_whatever_changes_them():
    def other(change) -> str:
        own = network().backbone
        change(own)
        return digest_of(own, CPU, "spec")

    with torch.no_grad():
        digests = {
            "as it is": other(lambda body: None),
            "weight": other(lambda body: body.stem.weight[0, 0, 0, 0].add_(1e-6)),
            "buffer": other(lambda body: body.norm.running_mean.add_(1)),
            "structure": other(lambda body: setattr(body.stem, "padding_mode", "reflect")),
            "layer": other(lambda body: setattr(body, "drop", nn.Identity())),
            "precision": digest_of(network().backbone, BF16, "spec"),
            "preparation": digest_of(network().backbone, CPU, "another"),
        }
    assert len(set(digests.values())) == len(digests)
    assert digests["as it is"] == digest_of(network().backbone.eval(), CPU, "spec")
