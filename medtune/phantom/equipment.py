"""What a radiograph was taken with: every property of a machine that the picture depends on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from medtune.dicom.write import SopClass, TransferSyntax


@dataclass(frozen=True)
class Equipment:
    """One X-ray machine and what its console makes of the signal.

    Attributes:
        manufacturer, model, station: for the header; the manufacturer begins with "Simulated".
        sop_class: DX (detector) or CR (storage plate).
        kvp: peak voltage of the tube, kV.
        grid: an anti-scatter grid takes away three quarters of the scatter.
        focal_blur_mm: standard deviation of the blur before the quanta are counted (focal spot,
            movement).
        detector_blur_mm: standard deviation of the blur after it (screen, plate reader): it
            smooths the noise as well.
        quanta: X-ray quanta counted in a square millimetre behind the lungs.
        electronic_noise: standard deviation of the reading, in quanta of a pixel.
        response: characteristic curve of the console: linear in log exposure, or sigmoid.
        gamma: exponent on the displayed value; above 1 the lungs come out darker.
        contrast: steepness of the sigmoid.
        detail: how much local contrast the console adds.
        polarity: MONOCHROME2 or MONOCHROME1.
        bits: bits stored.
        window: part of the stored range that the window shows, low and high.
        transfer_syntax: how the pixels are stored.
        collimated: chance of each side of a film that its border is visible.
        marker: text of the lead letter: R (patient's right) or L.
    """

    manufacturer: str
    model: str
    station: str
    sop_class: SopClass
    kvp: float
    grid: bool
    focal_blur_mm: float
    detector_blur_mm: float
    quanta: float
    electronic_noise: float
    response: Literal["log", "sigmoid"]
    gamma: float
    contrast: float
    detail: float
    polarity: Literal["MONOCHROME1", "MONOCHROME2"]
    bits: int
    window: tuple[float, float]
    transfer_syntax: TransferSyntax
    collimated: float
    marker: Literal["R", "L"]
