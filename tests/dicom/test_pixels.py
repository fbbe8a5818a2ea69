from __future__ import annotations

import imagecodecs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.uid import RLELossless

from medtune.dicom import read_xray
from medtune.dicom.opening import open_dataset
from medtune.dicom.pixels import render
from medtune.errors import UnreadableFile
from tests.dicom.conftest import lut, make

WINDOW = {"BitsStored": 12, "WindowCenter": 2000, "WindowWidth": 2400}


def reason(path, **options) -> str:
    with pytest.raises(UnreadableFile) as caught:
        read_xray(path, **options)
    assert str(path.parent) not in str(caught.value)
    return caught.value.reason


def test_dtype_range_and_direction(write, ramp):
    image = read_xray(write(ramp, **WINDOW))
    assert image.pixels.dtype == np.float32
    assert image.pixels.shape == (64, 64)
    assert (image.pixels.min(), image.pixels.max()) == (0, 1)
    assert image.notes == ("window 1 of 1: center 2000 width 2400 LINEAR",)


@pytest.mark.parametrize("shape", [None, "INVERSE"])
def test_the_same_film_in_both_polarities_is_one_film(write, ramp, shape):
    """MONOCHROME1 of the mirrored values, window mirrored with them (C.11.2.1.2 counts c - 0.5)."""
    two = read_xray(write(ramp, **WINDOW))
    tags = {} if shape is None else {"PresentationLUTShape": shape}
    # mirrored values 4095 - x; a LINEAR window around c has its centre at 4095 - c + 1
    one = read_xray(
        write(
            4095 - ramp,
            PhotometricInterpretation="MONOCHROME1",
            **{**WINDOW, "WindowCenter": 4096 - 2000},
            **tags,
        )
    )
    np.testing.assert_allclose(one.pixels, two.pixels, atol=1e-6)
    assert one.notes[-1] == "inverted once: MONOCHROME1"


def test_inversion_is_over_the_output_range_not_over_this_pictures_maximum(write, ramp):
    dark = (ramp // 8).astype(np.uint16)  # uses an eighth of the range
    image = read_xray(write(dark, BitsStored=12, PhotometricInterpretation="MONOCHROME1"))
    assert image.pixels.min() == pytest.approx(1 - 511 / 4095)
    assert image.pixels.max() == 1


@pytest.mark.parametrize(
    ("photometric", "shape", "inverted"),
    [("MONOCHROME2", "INVERSE", True), ("MONOCHROME1", "IDENTITY", False)],
)
def test_a_contradiction_of_polarity_follows_the_shape_and_is_noted(
    write, ramp, photometric, shape, inverted
):
    tags = {"PhotometricInterpretation": photometric, "PresentationLUTShape": shape}
    image = read_xray(write(ramp, BitsStored=12, **tags))
    assert image.pixels[0, 0] == int(inverted)
    assert image.notes[-1].endswith("contradiction")


def reference(stored, center, width, function, slope, intercept, inverted):
    """The formulas of C.11.1.1.2 and C.11.2.1.2/3, word for word, in float64."""
    x = stored.astype(np.float64) * slope + intercept
    if function == "SIGMOID":
        with np.errstate(over="ignore"):
            y = 1 / (1 + np.exp(-4 * (x - center) / width))
    else:
        c, w = (center - 0.5, width - 1) if function == "LINEAR" else (center, width)
        y = np.where(x <= c - w / 2, 0, np.where(x > c + w / 2, 1, (x - c) / max(w, 1e-9) + 0.5))
    return 1 - y if inverted else y


@settings(max_examples=60, deadline=None)
@given(
    bits=st.integers(8, 16),
    signed=st.booleans(),
    center=st.floats(-3000, 6000).map(lambda value: round(value, 2)),
    width=st.floats(1, 8000).map(lambda value: round(value, 2)),
    function=st.sampled_from(["LINEAR", "LINEAR_EXACT", "SIGMOID"]),
    slope=st.sampled_from([1, 0.5, 2.25, -1]),
    intercept=st.sampled_from([0, -1024, 100.5]),
    inverted=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_the_chain_equals_a_float64_reference(
    bits, signed, center, width, function, slope, intercept, inverted, seed
):
    rng = np.random.default_rng(seed)
    low, high = (-(1 << (bits - 1)), 1 << (bits - 1)) if signed else (0, 1 << bits)
    stored = rng.integers(low, high, (16, 16)).astype(np.int16 if signed else np.uint16)
    wanted = reference(stored, center, width, function, slope, intercept, inverted)
    dataset = make(
        stored,
        BitsStored=bits,
        WindowCenter=center,
        WindowWidth=width,
        VOILUTFunction=function,
        RescaleSlope=slope,
        RescaleIntercept=intercept,
        PhotometricInterpretation="MONOCHROME1" if inverted else "MONOCHROME2",
    )
    if wanted.astype(np.float32).min() == wanted.astype(np.float32).max():
        with pytest.raises(UnreadableFile, match="constant"):
            render(dataset)
        return
    np.testing.assert_allclose(render(dataset).pixels, wanted, atol=1e-6)


def test_dirty_high_bits_are_not_part_of_the_value(write, ramp):
    clean = read_xray(write(ramp, **WINDOW)).pixels
    dirty = read_xray(write(ramp | 0xA000, **WINDOW)).pixels
    np.testing.assert_array_equal(clean, dirty)


def test_values_below_a_high_bit_that_is_not_the_usual_one(write, ramp):
    clean = read_xray(write(ramp, **WINDOW)).pixels
    shifted = read_xray(write((ramp << 4).astype(np.uint16), HighBit=15, **WINDOW))
    np.testing.assert_array_equal(clean, shifted.pixels)
    assert "high bit 15: values shifted down" in shifted.notes


def test_signed_values_in_fewer_bits_than_their_cells(write, ramp):
    signed = (ramp.astype(np.int32) - 2048).astype(np.int16)
    # two's complement of 12 bits with nothing above: the cell itself looks positive
    cells = (signed.astype(np.int32) & 0xFFF).astype(np.uint16)
    image = read_xray(write(cells, BitsStored=12, PixelRepresentation=1))
    np.testing.assert_allclose(image.pixels, ramp / 4095, atol=1e-6)


def test_padding_is_black_in_both_polarities_whatever_the_window(write, ramp):
    for photometric in ("MONOCHROME1", "MONOCHROME2"):
        image = read_xray(
            write(ramp, PixelPaddingValue=4000, PhotometricInterpretation=photometric, **WINDOW)
        )
        assert image.pixels.ravel()[4000] == 0
        assert image.pixels.ravel()[3999] == (photometric == "MONOCHROME2")


def test_padding_range_is_judged_on_stored_values_before_the_rescale(write, ramp):
    tags = {"RescaleSlope": 1, "RescaleIntercept": -1024, "BitsStored": 12}
    plain = read_xray(write(ramp, **tags)).pixels.ravel()
    image = read_xray(write(ramp, PixelPaddingValue=100, PixelPaddingRangeLimit=50, **tags))
    pixels = image.pixels.ravel()
    assert (pixels[50:101] == 0).all()
    np.testing.assert_array_equal(pixels[101:], plain[101:])
    np.testing.assert_array_equal(pixels[:50], plain[:50])
    assert "padding 50 to 100 is black" in image.notes


def test_padding_of_the_other_sign_is_the_same_bits(write, ramp):
    stored = ramp.astype(np.int16)
    stored[0, :10] = -2000
    dataset = make(stored, PhotometricInterpretation="MONOCHROME1")
    dataset.add_new("PixelPaddingValue", "US", 65536 - 2000)
    assert (render(dataset).pixels[0, :10] == 0).all()


def test_padding_beyond_the_bits_stored_does_not_blacken_real_values(write, ramp):
    """65535 in a 12-bit film is a marked cell; masked to 12 bits it would be the value 4095."""
    cells = ramp.copy()
    cells[0, 0] = 65535
    pixels = read_xray(write(cells, BitsStored=12, PixelPaddingValue=65535)).pixels
    assert pixels[0, 0] == 0
    assert pixels[63, 63] == 1


def test_windows_are_chosen_by_number_or_name_or_refused(write, ramp):
    path = write(
        ramp,
        BitsStored=12,
        WindowCenter=[2000, 1200],
        WindowWidth=[2400, 800],
        WindowCenterWidthExplanation=["NORMAL", "Hard"],
    )
    second = read_xray(path, window=2)
    assert second.notes == ("window 2 of 2: center 1200 width 800 LINEAR",)
    np.testing.assert_array_equal(read_xray(path, window="hard").pixels, second.pixels)
    assert reason(path, window=3) == "no_such_window"
    assert reason(path, window="SOFT") == "no_such_window"


@pytest.mark.parametrize(
    "tags",
    [
        {"WindowCenter": 2000, "WindowWidth": 0},
        {"WindowCenter": 2000, "WindowWidth": 0.5},
        {"WindowCenter": 2000, "WindowWidth": -100, "VOILUTFunction": "SIGMOID"},
        {"WindowCenter": "", "WindowWidth": ""},
        {"WindowCenter": 2000},
    ],
)
def test_an_ill_formed_window_gives_the_full_range_and_a_note(write, ramp, tags):
    image = read_xray(write(ramp, BitsStored=12, **tags))
    np.testing.assert_allclose(image.pixels, ramp / 4095, atol=1e-6)
    assert "full range of stored values" in image.notes[-1]


def test_lut_before_window_unless_asked_otherwise(write, ramp):
    gamma = np.rint((np.arange(4096) / 4095) ** 2 * 1023)
    path = write(ramp, VOILUTSequence=[lut(0, 10, gamma, "GAMMA")], **WINDOW)
    by_lut = read_xray(path)
    np.testing.assert_allclose(by_lut.pixels.ravel(), gamma / 1023, atol=1e-6)
    by_window = read_xray(path, prefer_lut=False)
    named = read_xray(path, window="gamma", prefer_lut=False)
    np.testing.assert_array_equal(named.pixels, by_lut.pixels)
    no_lut = read_xray(write(ramp, "other.dcm", **WINDOW))
    np.testing.assert_array_equal(by_window.pixels, no_lut.pixels)


def test_a_table_that_leaves_half_of_its_bits_unused_is_scaled_by_its_own_maximum(write, ramp):
    table = np.arange(4096)  # 12 bits of values in a table of 16
    image = read_xray(write(ramp, BitsStored=12, VOILUTSequence=[lut(0, 16, table)]))
    np.testing.assert_allclose(image.pixels, ramp / 4095, atol=1e-6)
    assert any("4095 is white" in note for note in image.notes)


def test_modality_lut_of_12_bits_then_window(write, ramp):
    table = 4095 - np.arange(4096)
    image = read_xray(write(ramp, ModalityLUTSequence=[lut(0, 12, table)], **WINDOW))
    np.testing.assert_allclose(
        image.pixels, reference(4095 - ramp, 2000, 2400, "LINEAR", 1, 0, False), atol=1e-6
    )


def test_a_table_that_begins_at_a_negative_value(write, ramp):
    """Its VR says US or SS, whatever the pixels are: -2048 can stand there as 63488."""
    signed = (ramp.astype(np.int32) - 2048).astype(np.int16)
    table = np.rint((np.arange(4096) / 4095) ** 2 * 4095)
    image = read_xray(write(signed, BitsStored=12, VOILUTSequence=[lut(-2048, 12, table)]))
    np.testing.assert_allclose(image.pixels.ravel(), table / 4095, atol=1e-6)


def test_a_damaged_modality_lut_is_refused_and_a_damaged_voi_lut_noted(write, ramp):
    short = lut(0, 12, np.arange(4096))
    short.LUTDescriptor = [60000, 0, 12]
    assert reason(write(ramp, BitsStored=12, ModalityLUTSequence=[short])) == "bad_lut"
    image = read_xray(write(ramp, BitsStored=12, VOILUTSequence=[short]))
    assert image.notes == ("VOI LUT 1 of 1 ill-formed: full range of stored values",)


COMPRESSED = {
    "1.2.840.10008.1.2.4.70": lambda a: imagecodecs.ljpeg_encode(a, bitspersample=16),
    "1.2.840.10008.1.2.4.80": imagecodecs.jpegls_encode,
    "1.2.840.10008.1.2.4.90": lambda a: imagecodecs.jpeg2k_encode(
        a, reversible=True, codecformat="j2k", bitspersample=12
    ),
}


@pytest.mark.parametrize("syntax", COMPRESSED)
def test_lossless_syntaxes_equal_the_native_film(write, ramp, syntax):
    frame = COMPRESSED[syntax](ramp)
    image = read_xray(write(frame, Rows=64, Columns=64, syntax=syntax, **WINDOW))
    assert image.notes[0].startswith("decoded by imagecodecs")
    np.testing.assert_array_equal(image.pixels, read_xray(write(ramp, **WINDOW)).pixels)


def test_run_length_encoding_equals_the_native_film(tmp_path, write, ramp):
    dataset = make(ramp, **WINDOW)
    dataset.compress(RLELossless, encoding_plugin="pydicom", generate_instance_uid=False)
    dataset.save_as(tmp_path / "rle.dcm", enforce_file_format=True)
    image = read_xray(tmp_path / "rle.dcm")
    assert image.notes[0] == "decoded by imagecodecs DICOMRLE"
    np.testing.assert_array_equal(image.pixels, read_xray(write(ramp, **WINDOW)).pixels)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_run_length_encoded_colour_equals_the_native_picture(tmp_path, write, kind):
    top = np.iinfo(kind).max
    rgb = np.random.default_rng(0).integers(0, top, (7, 5, 3), endpoint=True).astype(kind)
    tags = {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB", "PlanarConfiguration": 0}
    dataset = make(rgb, **tags)
    dataset.compress(RLELossless, encoding_plugin="pydicom", generate_instance_uid=False)
    dataset.save_as(tmp_path / "rle.dcm", enforce_file_format=True)
    image = read_xray(tmp_path / "rle.dcm")
    assert image.notes[0] == "decoded by imagecodecs DICOMRLE"
    np.testing.assert_array_equal(image.pixels, read_xray(write(rgb, **tags)).pixels)


def test_twelve_bit_lossy_jpeg_decodes(write):
    y, x = np.mgrid[:64, :64]
    smooth = (2048 + 1500 * np.sin(x / 9) * np.cos(y / 11)).astype(np.uint16)
    frame = imagecodecs.jpeg8_encode(smooth, level=98, bitspersample=12)
    path = write(frame, Rows=64, Columns=64, BitsStored=12, syntax="1.2.840.10008.1.2.4.51")
    np.testing.assert_allclose(read_xray(path).pixels, smooth / 4095, atol=0.01)


@pytest.mark.parametrize("codec", ["jpegls", "jpeg2k"])
def test_signed_values_in_an_unsigned_codestream(write, ramp, codec):
    """A sign that the codestream does not know (pydicom issues 2009 and 1149)."""
    values = ramp.astype(np.int32) - 2048
    cells = (values & 0xFFF).astype(np.uint16)
    syntax = {"jpegls": "1.2.840.10008.1.2.4.80", "jpeg2k": "1.2.840.10008.1.2.4.90"}[codec]
    path = write(
        COMPRESSED[syntax](cells),
        Rows=64,
        Columns=64,
        BitsStored=12,
        PixelRepresentation=1,
        syntax=syntax,
    )
    np.testing.assert_allclose(read_xray(path).pixels, ramp / 4095, atol=1e-6)


def test_bits_stored_that_the_codestream_proves_wrong(write, ramp):
    wide = (ramp * 16).astype(np.uint16)
    frame = imagecodecs.jpegls_encode(wide)
    syntax = "1.2.840.10008.1.2.4.80"
    image = read_xray(write(frame, Rows=64, Columns=64, BitsStored=12, syntax=syntax))
    np.testing.assert_allclose(image.pixels, wide / 65535, atol=1e-6)
    assert any("stream taken" in note for note in image.notes)


def test_colour_becomes_luminance(write):
    rgb = np.zeros((8, 8, 3), np.uint8)
    rgb[0, 0], rgb[0, 1], rgb[0, 2] = (255, 0, 0), (0, 255, 0), (255, 255, 255)
    tags = {"SamplesPerPixel": 3, "PlanarConfiguration": 0}
    image = read_xray(write(rgb, PhotometricInterpretation="RGB", **tags))
    np.testing.assert_allclose(image.pixels[0, :4], [0.299, 0.587, 1, 0], atol=1e-6)
    assert "colour: RGB turned into luminance" in image.notes
    luma = read_xray(write(rgb, PhotometricInterpretation="YBR_FULL", **tags)).pixels
    np.testing.assert_allclose(luma[0, :4], [1, 0, 1, 0])


def test_frames(write, ramp):
    path = write(
        np.concatenate([ramp, ramp[::-1]]), Rows=64, Columns=64, NumberOfFrames=2, BitsStored=12
    )
    assert reason(path) == "multi_frame"
    assert reason(path, frame=2) == "no_such_frame"
    np.testing.assert_array_equal(
        read_xray(path, frame=1).pixels, read_xray(path, frame=0).pixels[::-1]
    )


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"Rows": 65}, "truncated"),
        ({"Rows": 0}, "bad_geometry"),
        ({"Columns": None}, "bad_geometry"),
        ({"BitsStored": 20, "HighBit": 19}, "bad_geometry"),
        ({"Rows": 65535, "Columns": 65535}, "too_large"),
        ({"NumberOfFrames": 10**9}, "too_large"),
        ({"BitsAllocated": 32, "Rows": 32}, "unsupported_pixels"),
        ({"PhotometricInterpretation": "CMYK"}, "unsupported_pixels"),
        ({"PhotometricInterpretation": None}, "unsupported_pixels"),
        ({"PixelData": None}, "no_pixels"),
        ({"syntax": "1.2.840.10008.1.2.4.100"}, "unsupported_syntax"),
    ],
)
def test_what_is_refused_and_why(tmp_path, ramp, tags, expected):
    dataset = make(ramp, **tags)
    if "syntax" in tags:
        dataset.PixelData = b"\xfe\xff\x00\xe0\0\0\0\0\xfe\xff\x00\xe0\4\0\0\0abcd"
        dataset["PixelData"].is_undefined_length = True
    dataset.save_as(tmp_path / "film.dcm", enforce_file_format=True)
    assert reason(tmp_path / "film.dcm") == expected


def test_a_film_of_one_grey_is_refused(write):
    assert reason(write(np.full((8, 8), 7, np.uint16))) == "constant"


def test_a_codestream_that_is_not_what_the_header_says_is_not_decoded(write, ramp):
    frame = imagecodecs.jpegls_encode(ramp)
    tags = {"Columns": 64, "BitsStored": 12, "syntax": "1.2.840.10008.1.2.4.80"}
    assert reason(write(frame, Rows=32, **tags)) == "bad_geometry"
    assert reason(write(frame[: len(frame) // 2], Rows=64, **tags)) == "truncated"
    broken = frame[:60] + bytes(200) + frame[260:]
    assert reason(write(broken, Rows=64, **tags)) == "undecodable"


def test_a_cut_jpeg_is_not_filled_up_with_grey(write):
    """libjpeg itself would return a picture whose lower half is invented."""
    picture = np.random.default_rng(0).integers(0, 256, (64, 64)).astype(np.uint8)
    frame = imagecodecs.jpeg8_encode(picture)
    tags = {"Rows": 64, "Columns": 64, "BitsAllocated": 8, "BitsStored": 8}
    syntax = "1.2.840.10008.1.2.4.50"
    assert read_xray(write(frame, syntax=syntax, **tags)).pixels.shape == (64, 64)
    assert reason(write(frame[: len(frame) // 2], syntax=syntax, **tags)) == "truncated"


def test_big_endian_files(tmp_path, write, ramp):
    dataset = make(ramp.astype(">u2"), syntax="1.2.840.10008.1.2.2", **WINDOW)
    dataset.save_as(tmp_path / "big.dcm", enforce_file_format=True)
    np.testing.assert_array_equal(
        read_xray(tmp_path / "big.dcm").pixels, read_xray(write(ramp, **WINDOW)).pixels
    )


def test_render_works_on_a_file_that_is_open(write, ramp):
    path = write(ramp, **WINDOW)
    dataset, _ = open_dataset(path, pixels=True)
    np.testing.assert_array_equal(render(dataset).pixels, read_xray(path).pixels)
