"""The time from a file to 224 pixels, against the usual ways, and its peak of memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cv2
import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.encaps import get_frame
from pydicom.pixels import apply_modality_lut, apply_voi_lut

from medtune.dicom import Place, open_xray, read_xray

SIZE = 224
ONE_THREAD = 1


def small(path: Path) -> np.ndarray:
    """What the store does: the longer side at 224 pixels."""
    film = open_xray(Place(path))
    rows, columns = film.cells.shape
    scale = SIZE / max(rows, columns)
    return film.reduced(round(rows * scale), round(columns * scale))


def usual(path: Path) -> np.ndarray:
    """pydicom's functions one after the other, min-max to [0, 1], and the inversion by hand."""
    dataset = pydicom.dcmread(path)
    shown = apply_voi_lut(apply_modality_lut(dataset.pixel_array, dataset), dataset)
    shown = (shown - shown.min()) / (shown.max() - shown.min())
    return (1 - shown).astype(np.float32)


def usual_small(path: Path) -> np.ndarray:
    shown = usual(path)
    rows, columns = shown.shape
    scale = SIZE / max(rows, columns)
    return cv2.resize(
        shown, (round(columns * scale), round(rows * scale)), interpolation=cv2.INTER_AREA
    )


def exact(path: Path) -> np.ndarray:
    """The chain and the area average in float64, by their definitions."""
    shown = read_xray(path).pixels.astype(np.float64)
    rows, columns = shown.shape
    scale = SIZE / max(rows, columns)

    def weights(many: int, few: int) -> np.ndarray:
        edges = np.arange(few + 1) * many / few
        at = np.arange(many)
        shares = np.minimum(edges[1:, None], at + 1) - np.maximum(edges[:-1, None], at)
        return shares.clip(0) * few / many

    return weights(rows, round(rows * scale)) @ shown @ weights(columns, round(columns * scale)).T


@pytest.mark.bench
def test_native_films_take_a_fifth_of_the_usual_ways(pictures, ratio, peer):
    monai = peer("monai.transforms", "monai")
    path = pictures["native"]
    np.testing.assert_allclose(read_xray(path).pixels, usual(path), atol=1e-6)
    np.testing.assert_allclose(small(path), exact(path), atol=1e-5)
    theirs = monai.Compose(
        [
            monai.LoadImage(reader="PydicomReader", image_only=True, ensure_channel_first=True),
            monai.Resize((SIZE, SIZE), mode="area"),
            monai.ScaleIntensity(),
        ]
    )
    ratio(
        "decode-native",
        "a native 2500 x 2048 film of 12 bits to 224 pixels",
        {
            "medtune": lambda: small(path),
            "pydicom": lambda: usual_small(path),
            "monai": lambda: theirs(str(path)),
        },
        {"pydicom": 0.20, "monai": 0.20},
        packages=("pydicom", "monai", "numpy", "opencv-python-headless"),
    )


@pytest.mark.bench
@pytest.mark.parametrize(
    ("kind", "goal"), [("jpeg_lossless", 1.25), ("jpeg_ls", 1.25), ("jpeg_8bit", 1.6)]
)
def test_compressed_films_take_little_more_than_the_fastest_decoder_alone(
    pictures, ratio, peer, kind: str, goal: float
):
    sdl = peer("dicomsdl")
    path = pictures[kind]
    np.testing.assert_allclose(small(path), exact(path), atol=1e-5)
    dataset = pydicom.dcmread(path)
    stream = get_frame(dataset.PixelData, 0, number_of_frames=1)
    codec = imagecodecs.jpegls_decode if kind == "jpeg_ls" else imagecodecs.jpeg8_decode
    whole = np.asarray(codec(stream))
    decoders = {"imagecodecs": lambda: codec(stream)}
    try:
        np.testing.assert_array_equal(sdl.open(str(path)).pixelData(), whole)
        decoders["dicomsdl"] = lambda: sdl.open(str(path)).pixelData()
    except (AssertionError, RuntimeError):
        pass  # it does not decode this kind, or not to the same values
    ratio(
        f"decode-{kind.replace('_', '-')}",
        f"{kind.replace('_', ' ')} to 224 pixels, against decoding alone",
        {"medtune": lambda: small(path), **decoders},
        dict.fromkeys(decoders, goal),
        packages=("imagecodecs", "dicomsdl", "numpy", "opencv-python-headless"),
    )


PEAK = """
import json, sys
from medtune.dicom import Place, open_xray
from pathlib import Path
small, large = (Place(Path(path)) for path in sys.argv[1:])
def memory(what):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what)) * 1024
open_xray(small).reduced(224, 184)
Path("/proc/self/clear_refs").write_text("5")  # the peak of what was loaded is forgotten
before = memory("VmRSS")
open_xray(large).reduced(224, 184)
print(json.dumps(memory("VmHWM") - before))
"""


@pytest.mark.bench
def test_the_peak_of_memory_is_at_most_three_times_the_stored_film(pictures, tmp_path: Path):
    dataset = pydicom.dcmread(pictures["native"])
    dataset.Rows, dataset.Columns = 256, 256
    dataset.PixelData = dataset.PixelData[: 2 * 256 * 256]
    dataset.save_as(tmp_path / "small.dcm")
    peaks = [
        json.loads(
            subprocess.run(
                [sys.executable, "-c", PEAK, str(tmp_path / "small.dcm"), str(pictures["native"])],
                capture_output=True, text=True, check=True,
            ).stdout
        )
        for _ in range(3)
    ]  # fmt: skip
    stored = 2 * 2500 * 2048
    print(f"\npeak {max(peaks) / 1e6:.1f} MB for a film of {stored / 1e6:.1f} MB")
    assert max(peaks) <= 3 * stored
