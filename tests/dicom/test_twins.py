"""One picture, written in many ways, is one picture when it is read."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from medtune.dicom import read_header, read_xray
from medtune.dicom.decoders import SYNTAXES
from tests.dicom.twins import TOLERANCE, TWINS, picture, shown, write_twins

LOSSY = {f"1.2.840.10008.1.2.4.{n}" for n in (50, 51, 53, 55, 81, 91, 203)}
NO_ENCODER = {"1.2.840.10008.1.2.4.202"}  # HTJ2K with a fixed order of packets


@pytest.fixture(scope="module")
def twins(tmp_path_factory):
    levels = picture()
    return shown(levels), write_twins(tmp_path_factory.mktemp("twins"), levels)


@pytest.mark.parametrize("name", TWINS)
def test_every_twin_shows_the_picture(twins, name):
    right, paths = twins
    image = read_xray(paths[name])
    assert image.pixels.shape == right.shape
    assert np.abs(image.pixels - right).max() <= TOLERANCE
    assert not any("contradiction" in note for note in image.notes)


def test_no_two_twins_are_further_apart_than_the_tolerance(twins):
    _, paths = twins
    pixels = np.stack([read_xray(path).pixels for path in paths.values()])
    apart = float((pixels.max(axis=0) - pixels.min(axis=0)).max())
    print(f"\n{len(paths)} twins: at most {apart:.6f} of the range apart, 1/{1 / apart:.0f}")
    assert apart <= TOLERANCE


def test_the_picture_is_a_thorax_of_256_levels_that_cannot_be_turned_unnoticed(twins):
    right, _ = twins
    assert len(np.unique(right)) > 200
    assert (right.min(), right.max()) == (0, 1)
    assert right.shape[0] != right.shape[1]
    assert right.size % 2
    for turned in (right[::-1], right[:, ::-1], 1 - right):
        assert np.abs(turned - right).max() > 0.5


def test_the_twins_are_different_files_and_have_every_lossless_syntax(twins):
    _, paths = twins
    assert len(paths) >= 24
    digests = {hashlib.sha256(path.read_bytes()).digest() for path in paths.values()}
    assert len(digests) == len(paths)
    syntaxes = {read_header(path).facts.transfer_syntax for path in paths.values()}
    assert syntaxes - {""} == set(SYNTAXES) - LOSSY - NO_ENCODER
