"""The time of reading one large film against the usual way with pydicom."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.pixels import apply_modality_lut, apply_voi_lut

from medtune.dicom import read_xray


def usual(path: Path) -> np.ndarray:
    """pydicom's functions one after the other, min-max to [0, 1], and the inversion by hand."""
    dataset = pydicom.dcmread(path)
    shown = apply_voi_lut(apply_modality_lut(dataset.pixel_array, dataset), dataset)
    shown = (shown - shown.min()) / (shown.max() - shown.min())
    return (1 - shown).astype(np.float32)


@pytest.mark.bench
def test_reading_takes_a_fraction_of_the_usual_way(pictures, ratio):
    path = pictures["native"]
    np.testing.assert_allclose(read_xray(path).pixels, usual(path), atol=1e-6)
    ratio(
        "decode-native",
        "reading a native 2500 x 2048 film of 12 bits",
        {"medtune": lambda: read_xray(path), "pydicom": lambda: usual(path)},
        {"pydicom": 0.2},
        packages=("pydicom", "numpy"),
    )
