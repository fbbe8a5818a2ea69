"""Who is radiographed, and how they stand: the parameters of a thorax and of its projection.

The numbers are round figures of adult anatomy, chosen to look right on a chest film; they are no
measurements of anyone. Lengths are in centimetres, at the patient.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Sex = Literal["F", "M"]
View = Literal["PA", "AP"]
Array = NDArray[np.float32]


@dataclass(frozen=True)
class Body:
    """One patient's thorax; the same on every film of theirs.

    Attributes:
        sex, age: F or M; years.
        half_width, lung_height, depth: of the rib cage.
        fat: soft tissue outside the rib cage.
        breast: thickness of the breasts, 0 for men.
        heart: cardiothoracic ratio.
        aorta: how far the aortic knob stands out.
        bone: mineral relative to a young man's.
        rib_slope: how steeply ribs fall, 1 is usual.
        domes: how high the right and the left diaphragm stand above the costophrenic angle.
        vessels: seed of the branching of the pulmonary vessels.
    """

    sex: Sex
    age: int
    half_width: float
    lung_height: float
    depth: float
    fat: float
    breast: float
    heart: float
    aorta: float
    bone: float
    rib_slope: float
    domes: tuple[float, float]
    vessels: int


@dataclass(frozen=True)
class Pose:
    """How the patient stands before the detector on one film.

    Attributes:
        view: PA (chest to the detector, tube far) or AP (back to the detector, tube near).
        source: distance of the focal spot from the detector.
        turn: rotation about the long axis, radians.
        tilt: rotation in the film's plane, radians.
        shift: displacement on the film, to the right and downwards.
        inspiration: 1 is a full breath, 0.6 a poor one.
        width: of the detector's field.
    """

    view: View
    source: float
    turn: float
    tilt: float
    shift: tuple[float, float]
    inspiration: float
    width: float = 37.0

    def place(self, points: Array, forward: float | Array = 0.0) -> Array:
        """Project points of the body onto the film.

        Args:
            points: (N, 2), to the patient's left and downwards from the apices of the lungs.
            forward: how far they lie before the middle of the chest.

        Returns:
            (N, 2) in film centimetres, from its upper left corner.
        """
        to_detector = 13.0 - forward if self.view == "PA" else 13.0 + forward
        magnification = self.source / (self.source - to_detector)
        x = (points[:, 0] * np.cos(self.turn) + forward * np.sin(self.turn)) * magnification
        y = (points[:, 1] - 15.0) * magnification
        cosine, sine = np.cos(self.tilt), np.sin(self.tilt)
        left = self.width / 2 + self.shift[0] + x * cosine - y * sine
        down = self.width / 2 + 0.8 + self.shift[1] + x * sine + y * cosine
        return np.stack([left, down], axis=1).astype(np.float32)


def draw_body(rng: np.random.Generator, sex: Sex, age: int, body_mass_index: float) -> Body:
    """Draw a thorax: men are larger, the old have less bone, larger hearts and longer aortas."""
    man = sex == "M"
    scale = (1.0 if man else 0.91) * rng.normal(1.0, 0.04)
    old = np.clip((age - 20) / 60, 0, 1.2)
    mass = np.clip((body_mass_index - 22) / 10, -0.6, 2.0)
    dome = 3.6 * scale * rng.normal(1.0, 0.15)
    return Body(
        sex=sex,
        age=age,
        half_width=float(13.9 * scale * rng.normal(1.0, 0.03)),
        lung_height=float(24.5 * scale * rng.normal(1.0, 0.05)),
        depth=float((20.5 + 3.5 * mass + 1.5 * old) * scale * rng.normal(1.0, 0.04)),
        fat=float(np.clip(1.6 + 1.6 * mass + rng.normal(0, 0.3), 0.6, 6.0)),
        breast=0.0 if man else float(np.clip(2.2 + 1.2 * mass + rng.normal(0, 0.7), 0.4, 5.5)),
        heart=float(np.clip(0.44 + 0.06 * old + 0.03 * mass + rng.normal(0, 0.03), 0.36, 0.62)),
        aorta=float(np.clip(0.6 + 1.1 * old + rng.normal(0, 0.25), 0.2, 2.4)),
        bone=float((1.0 if man else 0.88) * (1.05 - 0.3 * old) * rng.normal(1.0, 0.06)),
        rib_slope=float(rng.normal(1.0, 0.12)),
        domes=(float(dome * 1.08), float(dome * rng.normal(0.9, 0.06))),
        vessels=int(rng.integers(2**31)),
    )


def draw_pose(rng: np.random.Generator, view: View) -> Pose:
    """Draw how a patient is placed: at the bedside (AP) crooked, near the tube, half a breath."""
    bedside = view == "AP"
    return Pose(
        view=view,
        source=115.0 if bedside else 180.0,
        turn=float(rng.normal(0, 0.09 if bedside else 0.03)),
        tilt=float(rng.normal(0, 0.035 if bedside else 0.012)),
        shift=(float(rng.normal(0, 0.9)), float(rng.normal(0, 0.9))),
        inspiration=float(np.clip(rng.normal(0.8 if bedside else 0.95, 0.07), 0.55, 1.05)),
    )
