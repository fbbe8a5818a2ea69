"""The bones of a thorax as thickness on the film: ribs, spine, clavicles, shoulder blades."""

from __future__ import annotations

import numpy as np

from medtune.phantom.body import Array, Body, Pose
from medtune.phantom.outline import Film, smooth

RIBS = 10
# outer border of a lung, apex to base: (part of the half width, part of the height)
WALL = np.array(
    [
        (0.20, 0.11), (0.27, 0.035), (0.42, 0.0), (0.60, 0.035), (0.76, 0.14), (0.88, 0.32),
        (0.955, 0.55), (0.99, 0.78), (1.0, 1.0), (1.0, 1.15),
    ],
    dtype=np.float32,
)  # fmt: skip


def bones(body: Body, pose: Pose, film: Film) -> Array:
    """Thickness of bone that a ray passes, float32 (H, W), cm of a young man's bone."""
    back, front = _ribs(body, pose)
    ribs = _tube(film, back, 1.25, 0.36) + _tube(film, front, 1.35, 0.26)
    clavicles = _tube(film, _clavicles(body, pose), 1.35, 0.6)
    total = ribs + clavicles + _spine(body, pose, film) + _shoulders(body, pose, film)
    return film.soften(total * np.float32(body.bone), 0.06)


def _course(side: int, points: list[tuple[float, float, float]]) -> Array:
    """A smooth curve in space on the right (-1) or the left (1) side of the body."""
    mirrored = np.array([side, 1, 1], dtype=np.float32)
    return smooth(np.array(points, dtype=np.float32) * mirrored)


def _tube(film: Film, curves: list[Array], width: float, thickness: float) -> Array:
    """Long bones: cortex seen edge-on is denser than marrow seen face-on."""
    outer, inner = film.stroke(curves, width), film.stroke(curves, 0.55 * width)
    return np.float32(thickness) * (np.float32(1.7) * outer - np.float32(0.7) * inner)


def _ribs(body: Body, pose: Pose) -> tuple[list[Array], list[Array]]:
    """Posterior ribs, which run almost level, and anterior ribs, which fall to the sternum."""
    back, front = [], []
    height, slope, deep = body.lung_height, body.rib_slope, body.depth / 21
    for number in range(RIBS):
        top = (0.015 + 0.092 * number) * height
        reach = body.half_width * float(
            np.interp(top + 0.14 * height, WALL[2:, 1] * height, WALL[2:, 0])
        )
        fall = slope * np.clip(reach / body.half_width, 0.5, 1.0) * height / 24
        course = [
            (0.13, 0.0, -7.5), (0.36, -0.1, -8.2), (0.62, 0.6, -7.0), (0.84, 2.1, -4.6),
            (0.97, 3.7, -2.0), (1.01, 5.2, 0.0), (0.97, 6.9, 2.4), (0.86, 8.4, 4.8),
            (0.70, 9.6, 7.0), (0.54, 10.3, 8.4),
        ]  # fmt: skip
        for side in (-1, 1):
            points = _course(side, [(x * reach, top + y * fall, z * deep) for x, y, z in course])
            curve = pose.place(points[:, :2], points[:, 2])
            half = len(curve) * 5 // 9
            back.append(curve[: half + 1])
            if number < RIBS - 2:
                front.append(curve[half:])
    return back, front


def _clavicles(body: Body, pose: Pose) -> list[Array]:
    raised = 0.05 if pose.view == "AP" else 0.0  # the tube looks down on them from nearby
    height, wide = body.lung_height, body.half_width
    curves = []
    for side in (-1, 1):
        course = [(0.13, 0.155, 7.0), (0.32, 0.115, 7.5), (0.55, 0.095, 6.0), (0.82, 0.035, 2.0),
                  (1.12, -0.03, -1.0)]  # fmt: skip
        points = _course(side, [(x * wide, (y - raised) * height, z) for x, y, z in course])
        curves.append(pose.place(points[:, :2], points[:, 2]))
    return curves


def _spine(body: Body, pose: Pose, film: Film) -> Array:
    """Vertebral bodies with the discs between them, a little bent in the old."""
    level = np.linspace(-0.3, 1.5, 30, dtype=np.float32) * body.lung_height
    bend = 0.25 * np.sin(level / 9 + body.vessels % 7) * (1 + max(0, body.age - 50) / 40)
    course = pose.place(np.stack([bend, level], axis=1), -5.0)
    middle = np.interp(film.y[:, 0], course[:, 1], course[:, 0]).astype(np.float32)[:, None]
    along = np.interp(film.y[:, 0], course[:, 1], level).astype(np.float32)[:, None]
    off = np.abs(film.x - middle)
    column = np.clip((np.float32(1.85) - off) / np.float32(0.3), 0, 1)
    phase = np.cos(along * np.float32(2 * np.pi / (0.092 * body.lung_height)))
    vertebra = np.float32(0.8) + np.float32(0.25) * np.clip(phase * 2, -1, 1)
    pedicle = np.exp(-((off - np.float32(1.2)) ** 2) / np.float32(0.12)) * np.clip(phase, 0, 1)
    process = np.exp(-((off / np.float32(0.35)) ** 2)) * np.clip(-phase, 0, 1)
    bone: Array = column * vertebra + np.float32(0.4) * (pedicle + process)
    return bone


def _shoulders(body: Body, pose: Pose, film: Film) -> Array:
    """Shoulder blades, turned out of the lungs in PA only, and the heads of the humeri."""
    start = body.half_width * (0.8 if pose.view == "AP" else 0.99)
    height = body.lung_height
    blade = [(0.0, 0.10), (3.4, 0.045), (6.0, 0.03), (6.3, 0.14), (4.4, 0.3), (2.2, 0.47),
             (1.4, 0.5), (0.6, 0.32), (0.0, 0.10)]  # fmt: skip
    total = film.blank()
    for side in (-1, 1):
        border = np.array([(side * (start + x), y * height) for x, y in blade], dtype=np.float32)
        outline = pose.place(smooth(border), -8.0)
        total += np.float32(0.16) * film.fill(outline)
        total += np.float32(0.22) * film.stroke([outline], 0.45)
        turn = np.linspace(0, 2 * np.pi, 24, dtype=np.float32)
        head = np.stack([np.cos(turn), np.sin(turn)], axis=1) * np.float32(2.3)
        head += np.array([side * (start + 7.6), 0.085 * height], dtype=np.float32)
        total += np.float32(1.3) * film.fill(pose.place(head, -3.0))
        shaft = np.array(
            [(side * (start + 8.2), 0.1 * height), (side * (start + 10.5), 0.75 * height)],
            dtype=np.float32,
        )
        total += _tube(film, [pose.place(shaft, -1.0)], 2.4, 0.8)
    return total
