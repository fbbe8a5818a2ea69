"""What other tools make of the twins: one picture, written in many ways.

Each tool is used as its documentation shows, and is scored kindly: MONAI's picture is turned back
before it is compared, and every tool whose output has no fixed range is stretched to its own
least and greatest value, which is right here, as the picture has both black and white.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom.pixels import apply_modality_lut, apply_voi_lut

from medtune.dicom import read_xray
from medtune.tables.schema import write_text
from tests.benchmarks.rig import RESULTS, circumstances, write_result
from tests.dicom.twins import TOLERANCE, TWINS, picture, shown, write_twins

Picture = NDArray[np.floating]
Read = Callable[[Path], Picture]

A_GREY_LEVEL = 1 / 255  # nobody sees less than one of 256 levels
PACKAGES = ("pydicom", "torchxrayvision", "monai", "SimpleITK", "imagecodecs", "pyjpegls",
            "pylibjpeg-openjpeg", "python-gdcm", "pylibjpeg-libjpeg")  # fmt: skip


def stretched(pixels: Picture) -> Picture:
    pixels = pixels.astype(np.float64)
    return (pixels - pixels.min()) / (pixels.max() - pixels.min())


def medtune_reads(peer) -> Read:
    return lambda path: read_xray(path).pixels


def pydicom_reads(peer) -> Read:
    def read(path: Path) -> Picture:
        dataset = pydicom.dcmread(path, force=True)
        return stretched(apply_voi_lut(apply_modality_lut(dataset.pixel_array, dataset), dataset))

    return read


def torchxrayvision_reads(peer) -> Read:
    xrv = peer("torchxrayvision")
    return lambda path: (xrv.utils.load_image(str(path))[0] + 1024) / 2048


def torchxrayvision_reads_with_voi(peer) -> Read:
    xrv = peer("torchxrayvision")
    return lambda path: (xrv.utils.read_xray_dcm(str(path), voi_lut=True) + 1024) / 2048


def monai_reads(peer) -> Read:
    transforms = peer("monai.transforms", "monai")
    load = transforms.LoadImage(reader="PydicomReader", image_only=True, force=True)
    scale = transforms.ScaleIntensity()
    return lambda path: np.asarray(scale(load(path))).T


def simpleitk_reads(peer) -> Read:
    sitk = peer("SimpleITK")
    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    return lambda path: stretched(sitk.GetArrayFromImage(sitk.ReadImage(str(path))).squeeze())


TOOLS: dict[str, Callable[..., Read]] = {
    "medtune": medtune_reads,
    "pydicom script": pydicom_reads,
    "torchxrayvision": torchxrayvision_reads,
    "torchxrayvision, voi_lut": torchxrayvision_reads_with_voi,
    "MONAI": monai_reads,
    "SimpleITK": simpleitk_reads,
}


@pytest.fixture(scope="module")
def twins(tmp_path_factory) -> tuple[Picture, dict[str, Path]]:
    levels = picture()
    return shown(levels), write_twins(tmp_path_factory.mktemp("twins"), levels)


@pytest.fixture(scope="module")
def columns() -> Iterator[dict[str, dict[str, float | str]]]:
    """Filled by the tests, a tool each; written when all tools were there."""
    found: dict[str, dict[str, float | str]] = {}
    yield found
    if list(found) == list(TOOLS):
        around = circumstances(PACKAGES)
        write_result("twins", {"what": "largest difference", "differences": found, **around})
        write_text(page(found, around["versions"]), RESULTS / "twins.md")


def difference(read: Read, path: Path, right: Picture) -> float | str:
    """Largest difference from the right picture, or how the tool fails."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pixels = read(path)
    except Exception as error:
        kind = type(error)
        return (
            kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
        )
    if pixels.shape != right.shape:
        return f"shape {pixels.shape}"
    return round(float(np.abs(pixels - right).max()), 6)


def is_right(found: float | str) -> bool:
    return not isinstance(found, str) and found <= A_GREY_LEVEL


def page(columns: dict[str, dict[str, float | str]], versions: dict[str, str | None]) -> str:
    """The table in Markdown."""
    right = [sum(map(is_right, found.values())) for found in columns.values()]
    failed = [sum(isinstance(one, str) for one in found.values()) for found in columns.values()]

    def cell(found: float | str) -> str:
        if isinstance(found, str):
            return found
        return f"{found:.4f}" if is_right(found) else f"**{found:.2f}**"

    lines = [
        "# What tools make of one radiograph written in many ways",
        "",
        "Largest difference from the right picture, of a range of 1; bold where it is more than "
        "one of 256 grey levels; the name of the exception where there is one. Every file shows "
        "the same simulated thorax, by the standard or as machines and archives are known to "
        "write.",
        "",
        f"| twin | {' | '.join(columns)} |",
        f"|---|{'---|' * len(columns)}",
        *(
            f"| {name} | {' | '.join(cell(found[name]) for found in columns.values())} |"
            for name in TWINS
        ),
        f"| **right, of {len(TWINS)}** | {' | '.join(map(str, right))} |",
        f"| **exceptions** | {' | '.join(map(str, failed))} |",
        "",
        "pydicom script: `pixel_array`, `apply_modality_lut`, `apply_voi_lut`, min-max. "
        "torchxrayvision: `utils.load_image`, and `utils.read_xray_dcm(voi_lut=True)`. MONAI: "
        "`LoadImage` with `PydicomReader`, `ScaleIntensity`, transposed back. SimpleITK: "
        "`ReadImage`, min-max. Without a decoder that pydicom lacks here (see the versions), "
        "pydicom and those who build on it raise.",
        "",
        "Versions: " + ", ".join(f"{name} {one or 'absent'}" for name, one in versions.items()),
        "",
    ]
    return "\n".join(lines)


@pytest.mark.bench
@pytest.mark.parametrize("tool", TOOLS)
def test_what_a_tool_makes_of_the_twins(twins, columns, peer, tool):
    right, paths = twins
    read = TOOLS[tool](peer)
    columns[tool] = {name: difference(read, path, right) for name, path in paths.items()}
    print(f"\n{tool}: {sum(map(is_right, columns[tool].values()))} of {len(paths)} right")
    if tool == "medtune":
        assert max(columns[tool].values()) <= TOLERANCE
