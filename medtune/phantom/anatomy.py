"""A thorax on the film: how much soft tissue, air and bone each ray passes."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from medtune.phantom.body import Array, Body, Pose
from medtune.phantom.outline import Film, smooth
from medtune.phantom.skeleton import WALL, bones

GENERATIONS = 5
# how high the diaphragm stands: (part of the half width, part of the dome's height)
DOME = np.array(
    [(0.0, 0.62), (0.15, 0.74), (0.35, 0.94), (0.55, 1.0), (0.72, 0.87), (0.86, 0.58),
     (0.95, 0.25), (1.02, -0.05)],
    dtype=np.float32,
)  # fmt: skip


@dataclass(frozen=True)
class Thorax:
    """Thickness maps, each float32 (H, W) in centimetres along the ray.

    Attributes:
        soft: of soft tissue, as if the lungs were empty.
        bone: of bone.
        air: of aerated lung; fluid takes its place.
        right, left: 0 to 1, where the lungs are.
        floors: (W,) film position of the right and the left diaphragm under each column, cm.
        film: the grid.
    """

    soft: Array
    bone: Array
    air: Array
    right: Array
    left: Array
    floors: tuple[Array, Array]
    film: Film


def thorax(body: Body, pose: Pose, pixels: int) -> Thorax:
    """Project a body onto a film of ``pixels`` rows and columns."""
    film = Film(pixels, pose.width)
    lungs, floors = [], []
    air = film.blank()
    for side in (-1, 1):
        lung = film.fill(_lung(body, pose, side))
        floor = _floor(body, pose, film, side)
        edge = (floor[None, :] - film.y) / np.float32(0.3)
        above = np.clip(edge + np.float32(0.5), 0, 1)
        # behind the dome the lung reaches deeper: the recess
        recess = np.float32(0.3) * np.exp(np.minimum(edge, 0) * np.float32(0.3 / 1.7))
        lungs.append(lung * above)
        floors.append(floor)
        inside = cv2.distanceTransform((lung > 0.5).astype(np.uint8), cv2.DIST_L2, 3)
        air += _rounded(inside / np.float32(film.per_cm), 6.0) * lung * np.maximum(above, recess)
    air *= np.float32(0.78 * body.depth)
    air = np.maximum(air - _heart(body, pose, film, floors), 0)
    air = np.maximum(air - _vessels(body, pose, film) * (lungs[0] + lungs[1]), 0)
    soft = _trunk(body, pose, film) - air
    soft -= _airways(body, pose, film) + _stomach(body, pose, film, floors[1])
    return Thorax(
        soft=np.maximum(soft, 0),
        bone=bones(body, pose, film),
        air=air,
        right=lungs[0],
        left=lungs[1],
        floors=(floors[0], floors[1]),
        film=film,
    )


def _rounded(inside: Array, radius: float) -> Array:
    """Chord of a body with a round edge, 0 to 1, at a distance inside its outline."""
    rim = 1 - np.minimum(inside / np.float32(radius), 1)
    chord: Array = np.sqrt(1 - rim * rim)
    return chord


def _lung(body: Body, pose: Pose, side: int) -> Array:
    """Outline of a lung, drawn down into the abdomen; the diaphragm cuts it."""
    wall = smooth(WALL)
    medial = smooth([(0.15, 1.15), (0.15, 0.9), (0.13, 0.6), (0.155, 0.4), (0.17, 0.2),
                     (0.20, 0.11)])  # fmt: skip
    outline = np.concatenate([wall, medial])
    scale = np.array([side * body.half_width, body.lung_height], dtype=np.float32)
    return pose.place(outline * scale)


def _floor(body: Body, pose: Pose, film: Film, side: int) -> Array:
    """Film position of one diaphragm under each column, (W,) cm."""
    height = body.domes[0 if side < 0 else 1]
    base = body.lung_height - (1 - pose.inspiration) * 9.0
    curve = smooth(DOME) * np.array([side * body.half_width, -height], dtype=np.float32)
    curve[:, 1] += np.float32(base)
    placed = pose.place(curve)
    order = np.argsort(placed[:, 0])
    floor = np.interp(film.x[0], placed[order, 0], placed[order, 1])
    narrow: Array = floor.astype(np.float32)
    return narrow


def _heart(body: Body, pose: Pose, film: Film, floors: list[Array]) -> Array:
    """Heart and great vessels: how much lung they take the place of, cm."""
    height, wide = body.lung_height, 2 * body.half_width * body.heart
    base = body.lung_height - (1 - pose.inspiration) * 9.0 - 0.8 * body.domes[1]
    stretch = 1 + 0.25 * (1 - pose.inspiration)  # lies broader when the diaphragm is high
    magnified = pose.source / (pose.source - (9.0 if pose.view == "PA" else 17.0))

    def at(x: float, y: float, forward: float) -> Array:
        placed: Array = pose.place(np.array([[x, y]], dtype=np.float32), forward)[0]
        return placed

    deep = 0.55 * body.depth
    knob = body.aorta
    # left ventricle, right atrium, base, superior cava, aortic knob, pulmonary trunk, aorta
    organs = [
        (deep, at(0.19 * wide, base - 2.6, 4.0), 0.52 * wide * stretch, 4.9, 0.45),
        (deep, at(-0.09 * wide, base - 4.2, 3.0), 0.23 * wide * stretch, 5.2, 0.0),
        (deep, at(0.07 * wide, base - 6.0, 3.0), 0.26 * wide, 6.0, -0.2),
        (5.0, at(-1.2, 0.32 * height, 2.0), 1.9, 6.0, 0.0),
        (
            6.0,
            at(1.6 + 0.45 * knob, 0.27 * height, -1.0),
            1.2 + 0.55 * knob,
            1.3 + 0.45 * knob,
            0.0,
        ),
        (4.0, at(2.3, 0.40 * height, 2.0), 1.7, 2.3, 0.4),
        (2.5, at(1.7 + 0.3 * knob, 0.62 * height, -5.0), 1.2, 9.0, 0.0),
    ]
    total = film.blank()
    for thick, centre, across, down, turn in organs:
        window, chord = film.mound(centre, (across * magnified, down * magnified), turn)
        np.maximum(total[window], np.float32(thick) * chord, out=total[window])
    return total


def _vessels(body: Body, pose: Pose, film: Film) -> Array:
    """Pulmonary vessels: a tree of forks from each hilum, thinner at each; cm of blood."""
    rng = np.random.default_rng(body.vessels)
    roots = 7
    side = np.repeat([-1.0, 1.0], roots)
    angle = np.tile(np.linspace(-1.35, 1.45, roots), 2) + rng.normal(0, 0.12, 2 * roots)
    start = np.stack(
        [side * 0.24 * body.half_width, np.full(2 * roots, 0.43 * body.lung_height)], axis=1
    )
    start += rng.normal(0, 0.35, start.shape)
    depth = rng.normal(0, 1.5, len(side))
    total = film.blank()
    width, length = 0.75, 3.0
    for _ in range(GENERATIONS):
        heading = np.stack([side * np.cos(angle), np.sin(angle)], axis=1)
        reach = length * rng.uniform(0.7, 1.3, (len(side), 1))
        middle = start + 0.5 * reach * heading + rng.normal(0, 0.12, start.shape) * length / 2
        end = start + reach * heading
        points = np.stack([start, middle, end], axis=1)
        placed = pose.place(points.reshape(-1, 2).astype(np.float32), np.repeat(depth, 3))
        total += np.float32(1.0 * width) * film.stroke(placed.reshape(-1, 3, 2), width)
        fork = rng.uniform(0.2, 0.6, len(side))
        angle = np.concatenate([angle + fork, angle - fork * rng.uniform(0.4, 1, len(side))])
        side, depth = np.tile(side, 2), np.tile(depth, 2) + rng.normal(0, 1.2, 2 * len(side))
        start = np.tile(end, (2, 1))
        width, length = 0.66 * width, 0.8 * length
    return film.soften(total, 0.07)


def _trunk(body: Body, pose: Pose, film: Film) -> Array:
    """Soft tissue of neck, shoulders, chest wall, breasts and abdomen, lungs not yet taken out."""
    side = body.half_width + 2.0 + body.fat
    broad = max(19.5, side + 2.5)
    half = np.array(
        [(5.2, -9), (5.3, -4.5), (6.3, -2.8), (9.5, -1.2), (14.5, 0.4), (broad - 1, 3.0),
         (broad + 2.0, 7.0), (broad + 2.6, 12.0), (broad + 2.0, 14.5), (side + 0.9, 13.5),
         (side, 16.0), (side - 0.3, 22.0), (side + 0.2, 28.0), (side + 0.5, 40.0)],
        dtype=np.float32,
    )  # fmt: skip
    curve = smooth(half)
    mirrored = curve[::-1] * np.array([-1, 1], dtype=np.float32)
    outline = film.fill(pose.place(np.concatenate([curve, mirrored])))
    inside = cv2.distanceTransform((outline > 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    inside = inside / np.float32(film.per_cm)
    level = pose.place(np.array([[0, -4], [0, 10]], dtype=np.float32))[:, 1]
    thick = np.interp(film.y[:, 0], level, [0.55, 1.0]).astype(np.float32)[:, None]
    total = np.float32(body.depth + 1.4 * body.fat) * thick * _rounded(inside, 8.0)
    for sign in (-1.0, 1.0):
        if body.breast:
            place = np.array([[sign * 0.56 * body.half_width, 0.76 * body.lung_height]])
            centre = pose.place(place.astype(np.float32), 9.0)[0]
            radius = 0.44 * body.half_width
            for reach, half in (
                (8.0, film.y < centre[1]),
                (2.6 + 0.7 * body.breast, film.y >= centre[1]),
            ):
                window, chord = film.mound(centre, (radius, reach))
                total[window] += np.float32(body.breast) * chord * half[window[0]]
    return film.soften(total, 0.1)


def _airways(body: Body, pose: Pose, film: Film) -> Array:
    """Trachea and main bronchi, cm of air."""
    fork = 0.31 * body.lung_height
    trachea = pose.place(np.array([[0, -9], [0.1, 2], [0.3, fork]], dtype=np.float32), -2.0)
    bronchi = [
        pose.place(smooth([(0.3, fork), (side * 1.6, fork + 1.4), (side * 3.2, fork + 2.6)]))
        for side in (-1, 1)
    ]
    air = np.float32(1.5) * film.stroke([trachea], 1.7)
    air = np.maximum(air, np.float32(0.9) * film.stroke(bronchi, 1.1))
    return film.soften(air, 0.15)


def _stomach(body: Body, pose: Pose, film: Film, floor: Array) -> Array:
    """Air in the stomach under the left diaphragm, in two patients of three; cm."""
    if body.vessels % 3 == 0:
        return film.blank()
    place = np.array([[0.45 * body.half_width, body.lung_height]], dtype=np.float32)
    centre = pose.place(place)[0]
    below = np.interp(centre[0], film.x[0], floor)
    radii = (2.0 + body.vessels % 5 * 0.35, 1.3)
    centre[1] = below + radii[1] + 0.7
    window, chord = film.mound(centre, radii)
    air = film.blank()
    air[window] = np.float32(4.0) * chord
    return air
