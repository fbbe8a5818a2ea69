from __future__ import annotations

import imagecodecs
import numpy as np
import pytest

from medtune.dicom.codestream import read_codestream

PICTURE = np.arange(40 * 24, dtype=np.uint16).reshape(40, 24)
STREAMS = {
    "jpeg": (imagecodecs.jpeg8_encode(PICTURE.astype(np.uint8)), 8),
    "lossless": (imagecodecs.ljpeg_encode(PICTURE, bitspersample=12), 12),
    "jpegls": (imagecodecs.jpegls_encode(PICTURE), 16),
    "j2k": (imagecodecs.jpeg2k_encode(PICTURE, codecformat="j2k", bitspersample=10), 10),
    "jp2": (imagecodecs.jpeg2k_encode(PICTURE, codecformat="jp2", bitspersample=10), 10),
}


@pytest.mark.parametrize("kind", STREAMS)
def test_shape_and_precision(kind):
    data, precision = STREAMS[kind]
    head = read_codestream(bytes(data))
    assert (head.rows, head.columns, head.samples) == (40, 24, 1)
    assert (head.precision, head.signed, head.ended) == (precision, False, True)


@pytest.mark.parametrize("kind", STREAMS)
def test_every_beginning_of_a_stream_is_read_or_is_none(kind):
    data = bytes(STREAMS[kind][0])
    whole = read_codestream(data)
    for end in range(0, len(data) - 4, 7):
        head = read_codestream(data[:end])
        assert head is None or (head.rows == whole.rows and not head.ended)


def test_a_signed_codestream_says_so():
    data = imagecodecs.jpeg2k_encode(PICTURE.astype(np.int16), codecformat="j2k")
    assert read_codestream(bytes(data)).signed


def test_fill_to_an_even_length_does_not_hide_the_end():
    data = bytes(STREAMS["jpegls"][0])
    assert read_codestream(data + b"\0").ended
    assert not read_codestream(data[:-2]).ended
