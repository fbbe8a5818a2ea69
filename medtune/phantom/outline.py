"""Drawing on the film: smooth curves, filled shapes and strokes, given in film centimetres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from medtune.phantom.body import Array

FRACTION = 4  # cv2 takes points in 1/16 pixel
STEPS = 8


@dataclass(frozen=True)
class Film:
    """The grid on which a thorax is drawn.

    Attributes:
        pixels: rows and columns.
        width: of the field, cm.
    """

    pixels: int
    width: float

    @property
    def per_cm(self) -> float:
        """Pixels a centimetre."""
        return self.pixels / self.width

    @cached_property
    def x(self) -> Array:
        """(1, pixels): centre of each column, cm."""
        centres: Array = ((np.arange(self.pixels, dtype=np.float32) + 0.5) / self.per_cm)[None, :]
        return centres

    @cached_property
    def y(self) -> Array:
        """(pixels, 1): centre of each row, cm."""
        return self.x.T

    def blank(self) -> Array:
        """An empty map."""
        return np.zeros((self.pixels, self.pixels), dtype=np.float32)

    def fill(self, curve: Array) -> Array:
        """A shape with smooth edges: float32 (H, W) of 0 to 1."""
        mask = np.zeros((self.pixels, self.pixels), dtype=np.uint8)
        cv2.fillPoly(mask, [self._points(curve)], 255, cv2.LINE_AA, FRACTION)
        return mask.astype(np.float32) / np.float32(255)

    def stroke(self, curves: Sequence[Array] | Array, width_cm: float) -> Array:
        """Open curves of one width, not added where they cross: float32 (H, W) of 0 to 1."""
        mask = np.zeros((self.pixels, self.pixels), dtype=np.uint8)
        thick = max(1, round(width_cm * self.per_cm))
        points = self._points(np.concatenate(curves))
        ends = np.cumsum([len(curve) for curve in curves])[:-1]
        cv2.polylines(mask, np.split(points, ends), False, 255, thick, cv2.LINE_AA, FRACTION)
        return mask.astype(np.float32) / np.float32(255)

    def mound(
        self, centre: Array, radii: tuple[float, float], turn: float = 0.0
    ) -> tuple[tuple[slice, slice], Array]:
        """Chord of an ellipsoid, 0 to 1, and the window of the film that holds it."""
        reach = max(radii)
        rows, columns = (
            slice(*np.clip(np.array([at - reach, at + reach + 1]) * self.per_cm, 0, self.pixels)
                  .astype(int).tolist())
            for at in (float(centre[1]), float(centre[0]))
        )  # fmt: skip
        x, y = self.x[:, columns] - centre[0], self.y[rows] - centre[1]
        cosine, sine = np.float32(np.cos(turn)), np.float32(np.sin(turn))
        along = (x * cosine + y * sine) / np.float32(radii[0])
        across = (y * cosine - x * sine) / np.float32(radii[1])
        chord: Array = np.sqrt(np.maximum(1 - along * along - across * across, 0))
        return (rows, columns), chord

    def soften(self, image: Array, sigma_cm: float) -> Array:
        """Gaussian blur."""
        blurred: Array = cv2.GaussianBlur(image, (0, 0), sigma_cm * self.per_cm)
        return blurred

    def _points(self, curve: Array) -> NDArray[np.int32]:
        points = (curve * np.float32(self.per_cm) - np.float32(0.5)) * np.float32(1 << FRACTION)
        whole: NDArray[np.int32] = np.rint(points).astype(np.int32).reshape(-1, 1, 2)
        return whole


def smooth(points: list[tuple[float, float]] | Array) -> Array:
    """A Catmull-Rom curve through points: (N, D) to (8 (N - 1) + 1, D)."""
    knots = np.asarray(points, dtype=np.float32)
    padded = np.concatenate([2 * knots[:1] - knots[1:2], knots, 2 * knots[-1:] - knots[-2:-1]])
    t = (np.arange(STEPS, dtype=np.float32) / STEPS)[None, :, None]
    a, b, c, d = (padded[i : len(padded) - 3 + i, None, :] for i in range(4))
    curve = 0.5 * (
        2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3
    )
    whole: Array = np.concatenate([curve.reshape(-1, knots.shape[1]), knots[-1:]])
    return whole
