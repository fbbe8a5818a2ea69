"""Disease as fluid where there was air: consolidation, effusion and nodule.

Every lesion takes the place of aerated lung, so that it darkens no film and is no thicker than
the lung it lies in. Sizes and densities are drawn from wide ranges: some are plain, some subtle.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import cv2
import numpy as np

from medtune.phantom.anatomy import Thorax
from medtune.phantom.body import Array

Finding = Literal["pneumonia", "effusion", "nodule"]
FINDINGS: tuple[Finding, ...] = ("pneumonia", "effusion", "nodule")


def pneumonia(thorax: Thorax, rng: np.random.Generator) -> Array:
    """Patchy consolidation: one to three patches of 2.5 to 5.5 cm radius in one lung (or both).

    A patch fills 2.5 to 9 cm of the ray's lung at its middle, in flecks of about half a centimetre.

    Returns:
        Fluid in place of air, float32 (H, W), cm.
    """
    film = thorax.film
    strength = np.float32(rng.uniform(2.5, 9.0))
    both = rng.random() < 0.2
    side = thorax.right if rng.random() < 0.5 else thorax.left
    centres = _places(thorax, side, rng, int(rng.integers(1, 4)))
    if both:
        other = thorax.left if side is thorax.right else thorax.right
        centres += _places(thorax, other, rng, 1)
    envelope = film.blank()
    for x, y in centres:
        a, b = rng.uniform(2.5, 5.5, 2)
        distance = ((film.x - x) / np.float32(a)) ** 2 + ((film.y - y) / np.float32(b)) ** 2
        np.maximum(envelope, np.exp(-distance * np.float32(1.4)), out=envelope)
    flecks = np.clip(np.float32(0.75) + np.float32(0.4) * _texture(thorax, rng, 0.45), 0, 1.6)
    filled: Array = np.minimum(strength * envelope * flecks, np.float32(0.9) * thorax.air)
    return filled


def effusion(thorax: Thorax, rng: np.random.Generator) -> Array:
    """Free fluid in one pleural space (in one of five both), from 2 to 9 cm high at the wall.

    The level is a meniscus: it climbs towards the chest wall.
    """
    film = thorax.film
    fluid = film.blank()
    first = int(rng.integers(2))
    for lung in (first, 1 - first) if rng.random() < 0.2 else (first,):
        mask, floor = (thorax.right, thorax.left)[lung], thorax.floors[lung]
        columns = film.x[0, mask.max(axis=0) > 0.5]
        if len(columns) == 0:
            continue
        wall = columns[0] if lung == 0 else columns[-1]
        angle = floor[np.argmin(np.abs(film.x[0] - wall))]
        height = np.float32(2.0 * 4.5 ** rng.uniform(0, 1))
        reach = np.float32(2.0) + np.float32(0.9) * height
        climb = np.exp(-np.abs(film.x - wall) / reach)
        level = angle - height * climb
        filled = np.clip((film.y - level) / np.float32(1.2), 0, 1)
        near = np.abs(film.x - columns.mean()) < np.ptp(columns) / 2 + 1.5
        fluid = np.maximum(fluid, thorax.air * filled * near)
    occupied: Array = np.minimum(np.float32(0.92) * film.soften(fluid, 0.12), thorax.air)
    return occupied


def nodule(thorax: Thorax, rng: np.random.Generator) -> Array:
    """One to three round nodules of 0.9 to 2.2 cm radius, as dense as water."""
    film = thorax.film
    fluid = film.blank()
    for _ in range(int(rng.integers(1, 4))):
        side = thorax.right if rng.random() < 0.5 else thorax.left
        radius = float(rng.uniform(0.9, 2.2))
        ((x, y),) = _places(thorax, side, rng, 1)
        window, chord = film.mound(np.array([x, y], dtype=np.float32), (radius, radius))
        fluid[window] += np.float32(2 * radius) * chord
    occupied: Array = np.minimum(fluid, np.float32(0.9) * thorax.air)
    return occupied


DRAW: dict[Finding, Callable[[Thorax, np.random.Generator], Array]] = {
    "pneumonia": pneumonia,
    "effusion": effusion,
    "nodule": nodule,
}


def _places(
    thorax: Thorax, lung: Array, rng: np.random.Generator, count: int
) -> list[tuple[float, float]]:
    """Points in a lung, film cm, where there is air for a lesion to take the place of.

    They are drawn as parts of the lung's area and of its breadth there, so that the same draw
    is the same place on the patient's next film and at another resolution.
    """
    open_lung = (lung > 0.5) & (thorax.air > 4.0)
    if not open_lung.any():
        open_lung = lung > 0.5
    filled = np.cumsum(open_lung.sum(axis=1)) / open_lung.sum()
    places = []
    for down, across in rng.random((count, 2)):
        row = int(np.searchsorted(filled, down, side="right"))
        columns = np.flatnonzero(open_lung[row])
        column = columns[int(across * len(columns))]
        places.append((float(thorax.film.x[0, column]), float(thorax.film.y[row, 0])))
    return places


def _texture(thorax: Thorax, rng: np.random.Generator, grain_cm: float) -> Array:
    """Smooth random field of mean 0 and standard deviation 1; the same at every resolution."""
    film = thorax.film
    coarse = max(4, round(film.width / grain_cm))
    field = cv2.GaussianBlur(rng.standard_normal((coarse, coarse), dtype=np.float32), (0, 0), 1.0)
    field = cv2.resize(field, (film.pixels, film.pixels), interpolation=cv2.INTER_CUBIC)
    normal: Array = (field - field.mean()) / field.std()
    return normal
