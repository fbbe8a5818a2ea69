"""Lay one film onto another by their fingerprints, and measure how much of them agrees.

A copy was perhaps cropped a little, or the border that was left out differs: each side of the one
film may then lie a little outside or inside of that of the other, which is a scale and a shift
along each axis. They are found by Gauss-Newton steps (Lucas and Kanade 1981; Baker and Matthews,
IJCV 2004) with weights that ignore tiles that do not fit, such as covered corners.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Layers = NDArray[np.float32]  # (P, n, n)
Places = NDArray[np.float32]  # (P, 4): scale and shift along x, scale and shift along y

_TILES = 6  # a side that are compared
_FURTHEST = 0.3  # of half a side
_STEP = 0.08
_SPARED = 0.25  # of the energy may disagree: four covered corners, a line of text
_LEAST = 0.4  # of a tile must lie on both films


def nowhere(count: int) -> Places:
    """The places of films that lie on each other as they are."""
    return np.tile(np.array([1, 0, 1, 0], np.float32), (count, 1))


def register(first: Layers, second: Layers, places: Places, blurs: tuple[float, ...]) -> Places:
    """Find where the second films lie on the first.

    Args:
        first: (P, n, n) layers.
        second: (P, n, n).
        places: where to begin; not changed.
        blurs: one Gauss-Newton step each, on layers blurred by so many cells.
    """
    places = places.copy()
    size = first.shape[1]
    axis = _axis(size)
    blurred: dict[float, tuple[Layers, Layers]] = {}
    for blur in blurs:
        if blur not in blurred:
            blurred = {blur: (_smooth(first, blur), _smooth(second, blur))}
        one, two = blurred[blur]
        warped, inside = warp(one, places)
        down, across = np.gradient(warped, axis=(1, 2))
        slopes = np.stack(
            [
                across * axis / places[:, 0, None, None],
                across / places[:, 0, None, None],
                down * axis[:, None] / places[:, 2, None, None],
                down / places[:, 2, None, None],
            ],
            axis=1,
        )
        slopes *= size / 2
        weights = _weights(warped, two, inside)
        gain = _sum(weights * warped * two) / (_sum(weights * warped * warped) + 1e-6)
        gain = np.clip(gain, 0.3, 3.0)[:, None, None]
        residual = (two - gain * warped).reshape(len(one), -1, 1)
        slopes = (slopes * gain[:, None]).reshape(len(one), 4, -1)
        weighted = slopes * weights.reshape(len(one), 1, -1)
        normal = weighted @ slopes.transpose(0, 2, 1)
        damping = 0.0025 * np.trace(normal, axis1=1, axis2=2) + 1e-3
        normal += damping[:, None, None] * np.eye(4, dtype=np.float32)
        step = np.linalg.solve(normal, weighted @ residual)[:, :, 0]
        places += np.clip(step, -_STEP, _STEP)
        places[:, ::2] = np.clip(places[:, ::2], 1 - _FURTHEST, 1 + _FURTHEST)
        places[:, 1::2] = np.clip(places[:, 1::2], -_FURTHEST, _FURTHEST)
    return places


def agreement(first: Layers, second: Layers, places: Places) -> NDArray[np.float32]:
    """Correlation of registered layers where they agree best, (P,) in [-1, 1].

    The worst tiles are left out, up to a quarter of the energy.

    Args:
        first: (P, n, n) layers.
        second: (P, n, n).
        places: of the second on the first.
    """
    warped, inside = warp(first, places)
    area = _sum(inside)[:, None, None] + 1e-6
    one = (warped - _sum(warped * inside)[:, None, None] / area) * inside
    two = (second - _sum(second * inside)[:, None, None] / area) * inside
    one = one / np.sqrt(_sum(one * one) + 1e-9)[:, None, None]
    two = two / np.sqrt(_sum(two * two) + 1e-9)[:, None, None]
    parts = [_tiles(one * two), _tiles(one * one), _tiles(two * two)]
    share = _tiles(inside) / (first.shape[1] // _TILES) ** 2
    parts = [part * (share > _LEAST) for part in parts]
    both, ones, twos = parts
    gain = np.ones((len(both), 1), np.float32)
    kept = np.ones_like(both)
    for _ in range(2):  # the worst tiles depend on the gain, and the gain on what is kept
        misfit = ones / gain + twos * gain - 2 * both
        order = np.argsort(-misfit, axis=1, kind="stable")
        energy = np.take_along_axis(ones / gain + twos * gain, order, axis=1)
        spared = np.cumsum(energy, axis=1) <= _SPARED * energy.sum(axis=1, keepdims=True)
        np.put_along_axis(kept, order, (~spared).astype(np.float32), axis=1)
        energies = [(part * kept).sum(axis=1, keepdims=True) + 1e-9 for part in (ones, twos)]
        gain = np.sqrt(energies[0] / energies[1])
    scale = np.sqrt((ones * kept).sum(axis=1) * (twos * kept).sum(axis=1))
    return np.asarray((both * kept).sum(axis=1) / (scale + 1e-9), np.float32)


def warp(layers: Layers, places: Places) -> tuple[Layers, Layers]:
    """The layers as they lie at the places, and 1 where they cover the other film, 0 elsewhere."""
    size = layers.shape[1]
    across, inside_x = sampling(places[:, 0], places[:, 1], size)
    down, inside_y = sampling(places[:, 2], places[:, 3], size)
    warped = np.asarray(down @ layers @ across.transpose(0, 2, 1), np.float32)
    return warped, np.asarray(inside_y[:, :, None] * inside_x[:, None, :], np.float32)


def _axis(size: int) -> NDArray[np.float32]:
    """Centres of the cells, from -1 at the one side of the film to 1 at the other."""
    return ((np.arange(size, dtype=np.float32) + 0.5) / size * 2 - 1).astype(np.float32)


def sampling(
    scale: NDArray[np.float32], shift: NDArray[np.float32], size: int
) -> tuple[Layers, NDArray[np.float32]]:
    """Matrices (P, n, n) that sample lines by cubic convolution (Keys 1981); (P, n) 1 inside."""
    centre = ((scale[:, None] * _axis(size) + shift[:, None] + 1) * size - 1) / 2
    away = np.abs(centre[:, :, None] - np.arange(size, dtype=np.float32))
    near = (1.5 * away - 2.5) * away * away + 1
    far = ((-0.5 * away + 2.5) * away - 4) * away + 2
    weights = np.where(away < 1, near, np.where(away < 2, far, 0)).astype(np.float32)
    inside = (centre > -0.5) & (centre < size - 0.5)
    return weights, inside.astype(np.float32)


def _smooth(layers: Layers, blur: float) -> Layers:
    if blur == 0:
        return layers
    place = np.arange(layers.shape[1], dtype=np.float32)
    kernel = np.exp(-0.5 * ((place[:, None] - place) / blur) ** 2)
    kernel /= kernel.sum(axis=1, keepdims=True)
    return np.asarray(kernel @ layers @ kernel.T, np.float32)


def _weights(warped: Layers, second: Layers, inside: Layers) -> Layers:
    """Less where a tile fits worse than most of the others do (Cauchy weights)."""
    scale = np.sqrt(
        (_sum(warped * warped * inside) + 1e-6) / (_sum(second * second * inside) + 1e-6)
    )
    misfit = (second * scale[:, None, None] - warped) ** 2 * inside
    tiles = _tiles(misfit) / (_tiles(inside) + 1e-3)
    usual = np.median(tiles, axis=1, keepdims=True) + 1e-6
    weights = np.asarray(1 / (1 + (tiles / usual) ** 2), np.float32)
    return _spread(weights, warped.shape[1]) * inside


def _tiles(layers: Layers) -> NDArray[np.float32]:
    """Sums over tiles, (P, tiles). Cells beyond a whole number of tiles go to the outer ones."""
    starts = np.arange(_TILES) * layers.shape[1] // _TILES
    rows = np.add.reduceat(layers, starts, axis=1)
    return np.add.reduceat(rows, starts, axis=2).reshape(len(layers), -1)


def _spread(tiles: NDArray[np.float32], size: int) -> Layers:
    """Each cell the value of its tile."""
    cell = np.searchsorted(np.arange(_TILES) * size // _TILES, np.arange(size), side="right") - 1
    square = tiles.reshape(-1, _TILES, _TILES)
    return np.asarray(square[:, cell[:, None], cell], np.float32)


def _sum(layers: Layers) -> NDArray[np.float32]:
    return np.asarray(layers.sum(axis=(1, 2)), np.float32)
