from __future__ import annotations

import numpy as np
import pytest

from medtune.dicom.hidden import hidden_plane
from medtune.errors import UnreadableFile


@pytest.fixture
def letter() -> np.ndarray:
    plane = np.zeros((64, 64), bool)
    plane[10:40, 20:25] = True
    return plane


def test_an_overlay_in_the_high_bits_is_found(write, ramp, letter):
    stored = ramp | (letter.astype(np.uint16) << 12)
    np.testing.assert_array_equal(hidden_plane(write(stored, BitsStored=12)), letter)


def test_an_overlay_below_the_value_is_found(write, ramp, letter):
    stored = (ramp << 4) | letter.astype(np.uint16)
    path = write(stored, BitsStored=12, HighBit=15)
    np.testing.assert_array_equal(hidden_plane(path), letter)


def test_an_overlay_in_one_of_several_frames_is_found(write, ramp, letter):
    frames = np.stack([ramp, ramp | (letter.astype(np.uint16) << 13)])
    path = write(frames, BitsStored=12, NumberOfFrames=2, Rows=64, Columns=64)
    np.testing.assert_array_equal(hidden_plane(path), letter)


def test_bits_that_are_the_same_everywhere_hide_nothing(write, ramp):
    assert hidden_plane(write(ramp, BitsStored=12)) is None
    assert hidden_plane(write(ramp | 0xF000, BitsStored=12)) is None
    assert hidden_plane(write(ramp, BitsStored=16)) is None


def test_signs_and_padding_hide_nothing(write, ramp):
    signed = ramp.astype(np.int16) - 2048
    assert hidden_plane(write(signed, BitsStored=12)) is None
    masked = (signed.view(np.uint16) & 0x0FFF).view(np.int16)  # not extended: legal too
    assert hidden_plane(write(masked, BitsStored=12)) is None
    padded = ramp.copy()
    padded[:4] = 63536
    assert hidden_plane(write(padded, BitsStored=12)) is not None
    assert hidden_plane(write(padded, BitsStored=12, PixelPaddingValue=63536)) is None


def test_what_cannot_be_decoded_is_refused(write, ramp):
    path = write(ramp, BitsStored=12, Rows=65)
    with pytest.raises(UnreadableFile, match="truncated"):
        hidden_plane(path)
