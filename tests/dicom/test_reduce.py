from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medtune.dicom import Showing, open_xray, read_xray
from medtune.dicom.reduce import look_up, reduced


def area_average(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    """Word for word, in float64."""

    def weights(many: int, few: int) -> np.ndarray:
        edges = np.arange(few + 1) * many / few
        at = np.arange(many)
        shares = np.minimum(edges[1:, None], at + 1) - np.maximum(edges[:-1, None], at)
        return shares.clip(0) * few / many

    rows, columns = pixels.shape
    return weights(rows, height) @ pixels.astype(np.float64) @ weights(columns, width).T


@settings(max_examples=60, deadline=None)
@given(
    rows=st.integers(2, 150),
    columns=st.integers(2, 150),
    bits=st.sampled_from([8, 16]),
    data=st.data(),
)
def test_it_is_the_exact_area_average_of_what_the_table_shows(rows, columns, bits, data):
    height = data.draw(st.integers(1, rows))
    width = data.draw(st.integers(1, columns))
    rng = np.random.default_rng(rows * 1000 + columns)
    cells = rng.integers(0, 1 << bits, (rows, columns)).astype(f"u{bits // 8}")
    table = rng.random(1 << bits).astype(np.float32)
    wanted = area_average(table[cells], height, width)
    np.testing.assert_allclose(reduced(table, cells, height, width), wanted, atol=1e-5)
    np.testing.assert_array_equal(look_up(table, cells), table[cells])


def test_a_larger_picture_is_interpolated():
    cells = np.arange(16, dtype=np.uint8).reshape(4, 4)
    table = np.linspace(0, 1, 256, dtype=np.float32)
    assert reduced(table, cells, 8, 8).shape == (8, 8)
    assert reduced(table, cells, 8, 2).shape == (8, 2)


def test_a_window_is_applied_before_the_average_and_not_after(write):
    stripes = np.tile(np.array([0, 4000], np.uint16), (64, 32))
    path = write(stripes, BitsStored=12, WindowCenter=1000, WindowWidth=500)
    # averages of 2000 would be white, beyond the window; half of the stripes are black
    np.testing.assert_allclose(open_xray(path).reduced(8, 8), 0.5, atol=1e-5)


@pytest.mark.parametrize("prefer_lut", [True, False])
def test_without_a_window_percentiles_are_shown_and_padding_is_no_part_of_them(
    write, ramp, prefer_lut
):
    twelve_in_sixteen = ramp.copy()
    twelve_in_sixteen[:8] = 65535  # a border that the file calls padding
    path = write(twelve_in_sixteen, PixelPaddingValue=65535)
    as_stored = read_xray(path).pixels
    assert as_stored[8:].max() < 0.07
    shown = open_xray(path, Showing(prefer_lut=prefer_lut, without_window="percentile"))
    pixels = shown.full()
    assert (pixels[:8] == 0).all()
    assert pixels[8:].min() == 0
    assert pixels[8:].max() == 1
    low, high = np.percentile(ramp[8:], [0.5, 99.5])
    middle = (ramp[32, 0] - low) / (high - low)
    assert pixels[32, 0] == pytest.approx(middle, abs=0.002)
    assert any("percentiles 0.5 and 99.5" in note for note in shown.notes)


def test_a_window_is_chosen_by_its_name_in_order_of_preference(write, ramp):
    path = write(
        ramp, BitsStored=12, WindowCenter=[1000, 2000], WindowWidth=[500, 3000],
        WindowCenterWidthExplanation=["HARD", "NORMAL"],
    )  # fmt: skip
    by_name = open_xray(path, Showing(("STANDARD", "NORMAL")))
    np.testing.assert_array_equal(by_name.full(), read_xray(path, window=2).pixels)
    neither = open_xray(path, Showing(("STANDARD", "SOFT")))
    np.testing.assert_array_equal(neither.full(), read_xray(path, window=1).pixels)
    assert neither.notes[-1].startswith("window 1 of 2")
