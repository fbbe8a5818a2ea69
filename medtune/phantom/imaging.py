"""From a thorax to stored values: attenuation, scatter, blur, quanta, response, quantisation.

Beer and Lambert's law with one effective energy, scatter as a broad blur of the primary,
Poisson-distributed quanta, and a console that finds the exposed range, applies its
characteristic curve and stores integers. Coefficients are those of water and bone near 60 keV
(NIST XCOM, rounded), bone less what of it is marrow.
"""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from medtune.films.physics import Response, blurred, counted, open_field
from medtune.films.physics.lead import LEAD, drawn_text
from medtune.phantom.anatomy import Thorax
from medtune.phantom.body import Array
from medtune.phantom.equipment import Equipment

WATER_PER_CM = 0.20
BONE_PER_CM = 0.48
LUNG_DENSITY = 0.26  # of aerated lung, relative to water
SCATTER = 0.9  # scatter behind the lungs without a grid, relative to the primary there
GRID_PASSES = 0.25
DIRECT_BEAM = -1.4  # log exposure, relative to that behind the lungs, of rays that met no body
FINEST_GRID = 300  # a thorax is drawn on at least this many pixels, then binned to the detector's


def drawing_pixels(size: int) -> int:
    """Rows of the grid on which a thorax is drawn for a detector of ``size`` rows."""
    return size * math.ceil(FINEST_GRID / size)


def attenuation(thorax: Thorax, fluid: Array | None = None) -> Array:
    """Natural logarithm of incoming over transmitted quanta, float32 (H, W).

    Args:
        thorax: thickness maps.
        fluid: what took the place of air, cm.
    """
    water = thorax.soft + np.float32(LUNG_DENSITY) * thorax.air
    if fluid is not None:
        water = water + np.float32(1 - LUNG_DENSITY) * fluid
    total: Array = np.float32(WATER_PER_CM) * water + np.float32(BONE_PER_CM) * thorax.bone
    return total


def expose(
    depth: Array, equipment: Equipment, rng: np.random.Generator, *, size: int, width_cm: float
) -> NDArray[Any]:
    """Take the film.

    Args:
        depth: attenuation, float32 on the drawing grid.
        equipment: the machine.
        rng: of this film: quanta, exposure, collimation and marker.
        size: rows and columns of the detector.
        width_cm: of the field.

    Returns:
        Stored values, uint16 (size, size), in the machine's polarity and bits.
    """
    millimetres = 10 * width_cm / len(depth)
    leaf = _collimator(len(depth), equipment, rng)
    lead = _marker(len(depth), equipment, rng)
    beam = np.exp(-depth - np.float32(LEAD) * lead) * leaf
    beam = blurred(beam, equipment.focal_blur_mm / millimetres)
    primary: Array = cv2.resize(beam, (size, size), interpolation=cv2.INTER_AREA)
    seen = depth[::4, ::4]
    behind_lungs = math.exp(-float(np.percentile(seen[seen > 0.5], 20)))
    signal = (primary + _scatter(primary, equipment)) / behind_lungs
    spacing = 10 * width_cm / size
    quanta = equipment.quanta * spacing**2 * rng.uniform(0.8, 1.25)  # exposure varies a little
    read = counted(signal, quanta, equipment.electronic_noise, rng)
    read = blurred(read, equipment.detector_blur_mm / spacing)
    exposed = cv2.resize(leaf, (size, size), interpolation=cv2.INTER_AREA) > 0.5
    shown = _develop(np.log(np.maximum(read, 1) / np.float32(quanta)), exposed, equipment)
    return _store(shown, equipment)


def _scatter(primary: Array, equipment: Equipment) -> Array:
    """Scattered quanta: a broad cloud, worked out on a coarse grid."""
    coarse = cv2.resize(primary, (32, 32), interpolation=cv2.INTER_AREA)
    cloud = cv2.GaussianBlur(coarse, (0, 0), 4.0)
    # open air scatters nothing: the cloud is as bright as the body's own transmission
    cloud = np.minimum(cloud, np.float32(4 * np.median(coarse)))
    share = SCATTER * (GRID_PASSES if equipment.grid else 1.0)
    smooth: Array = cv2.resize(cloud, primary.shape[::-1], interpolation=cv2.INTER_CUBIC)
    return np.float32(share) * np.maximum(smooth, 0)


def _develop(log_signal: Array, exposed: NDArray[np.bool_], equipment: Equipment) -> Array:
    """The console: find the exposed range, add local contrast, apply the characteristic curve.

    Returns:
        Shown value in about [0, 1], white = dense; the shutter is black.
    """
    dense = -log_signal
    body = dense[exposed & (dense > DIRECT_BEAM)]
    low, high = np.percentile(body, [2, 98]) if body.size else (-1.0, 1.0)
    value = (dense - np.float32(low)) / np.float32(max(high - low, 1e-3))
    value = np.clip(value, -0.3, 1.15)
    value = value + np.float32(equipment.detail) * (value - blurred(value, len(value) / 22))
    steep = equipment.contrast if equipment.response == "sigmoid" else 0.0
    value = Response(contrast=steep, gamma=equipment.gamma).shown(value)
    shown: Array = np.where(exposed, value, 0).astype(np.float32)
    return shown


def _store(shown: Array, equipment: Equipment) -> NDArray[Any]:
    """Quantise, in the machine's window and polarity."""
    top = (1 << equipment.bits) - 1
    low, high = equipment.window
    stored = np.clip(np.rint((low + shown * (high - low)) * top), 0, top)
    if equipment.polarity == "MONOCHROME1":
        stored = top - stored
    whole: NDArray[Any] = stored.astype(np.uint16)
    return whole


def window_of(equipment: Equipment) -> tuple[float, float]:
    """Centre and width of the LINEAR window that shows exactly [0, 1] (PS3.3 C.11.2.1.2.1)."""
    top = (1 << equipment.bits) - 1
    low, high = (part * top for part in equipment.window)
    if equipment.polarity == "MONOCHROME1":
        low, high = top - high, top - low
    return round((low + high) / 2 + 0.5, 1), round(high - low + 1, 1)


def _collimator(pixels: int, equipment: Equipment, rng: np.random.Generator) -> Array:
    """1 where the beam passes; the leaves' edges are straight, their places random."""
    visible = rng.random(4) < equipment.collimated
    depth = np.rint(rng.uniform(0.01, 0.06, 4) * pixels).astype(int) * visible
    return open_field((pixels, pixels), (depth[0], depth[1], depth[2], depth[3]))


def _marker(pixels: int, equipment: Equipment, rng: np.random.Generator) -> Array:
    """A lead letter in an upper corner, on the side that it names: 0 to 1."""
    across = rng.uniform(0.08, 0.13)
    across = across if equipment.marker == "R" else 1 - across - 0.05
    corner = (round(across * pixels), round(rng.uniform(0.11, 0.2) * pixels))
    scale = pixels / 320 * rng.uniform(0.6, 0.8)
    thick = max(1, round(pixels / 200))
    return drawn_text((pixels, pixels), equipment.marker, corner, scale, thick)
