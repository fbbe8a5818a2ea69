"""Random small changes of a training film, as albumentations on float32 in [0, 1]."""

from __future__ import annotations

import math
import os
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"  # it asks the network for updates at import

import albumentations as A
import cv2

from medtune.vision.samples import Change
from medtune.vision.windowed_noise import NO_NOISE, Window, WindowedNoise, field

Film = NDArray[np.float32]
Pipeline = A.Compose  # by this name outside, where albumentations has no door


def generic() -> A.Compose:
    """Changes that any chest film may have, whatever its site.

    Small rotation, shift and zoom (positioning), contrast and brightness (exposure), noise
    (dose). Never a flip: the heart is on the left.
    """
    return A.Compose(
        [
            A.Affine(
                rotate=(-7, 7),
                translate_percent=(-0.05, 0.05),
                scale=(0.92, 1.08),
                interpolation=cv2.INTER_LINEAR,
                border_mode=cv2.BORDER_CONSTANT,
                fill=0.0,
                p=0.9,
            ),
            A.RandomBrightnessContrast(brightness_limit=0.1, contrast_limit=0.15, p=0.7),
            A.RandomGamma(gamma_limit=(85, 115), p=0.5),
            WindowedNoise(std_range=(0.005, 0.02), p=0.3),
        ]
    )


STILL = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
_BLACK = 1e-30  # instead of 0, whose logarithm takes twice as long


@dataclass(frozen=True)
class Drawn:
    """What ``generic`` draws for one film.

    Attributes:
        back: (2, 3) from a pixel (x, y, 1) of the changed film to its place in the film.
        grey: contrast (factor), brightness (addend) and gamma (exponent), in this order.
        noise: what is added last.
    """

    back: Sequence[Sequence[float]] = STILL
    grey: tuple[float, float, float] = (1.0, 0.0, 1.0)
    noise: Window = NO_NOISE


def draw(pipeline: A.Compose, seed: int, size: int) -> Drawn:
    """The parameters with which ``change`` would change a film, without the film.

    Args:
        pipeline: as ``generic`` gives it.
        seed: the film's.
        size: its pixels a side.
    """
    affine, contrast, gamma, noise = pipeline.transforms
    # numpy's stream, which costs as much as all the rest, gives nothing to any of them
    begin(pipeline, seed, pipeline.random_generator)
    back = _moved(affine, size)
    factor, addend, exponent, window = 1.0, 0.0, 1.0, NO_NOISE
    uniform = contrast.py_random.uniform  # one stream for all
    if contrast.should_apply():
        factor += uniform(*contrast.contrast_limit)
        addend = uniform(*contrast.brightness_limit)
    if gamma.should_apply():
        exponent = uniform(*gamma.gamma_limit) / 100
    if noise.should_apply():
        window = noise.drawn(size, size)
    return Drawn(back, (factor, addend, exponent), window)


def seeded(pipeline: A.Compose, seed: int, numbers: np.random.Generator | None = None) -> None:
    """One stream of numbers for all transforms, which take theirs one after the other.

    ``set_random_seed`` gives each a stream of its own with the same numbers: what turns a film far
    would brighten it much, and only a film that everything else changes would get noise.

    Args:
        pipeline: whose next film is changed.
        seed: the film's.
        numbers: instead of numpy's stream of that seed, where nobody takes anything of it.
    """
    number = seed % (1 << 32)
    if numbers is None:
        numbers = np.random.default_rng(number)
    pipeline.set_random_state(numbers, random.Random(number))


def begin(pipeline: A.Compose, seed: int, numbers: np.random.Generator | None = None) -> None:
    """The streams of ``seeded`` as they are when the first transform draws."""
    seeded(pipeline, seed, numbers)
    pipeline.py_random.random()  # whether the pipeline runs at all


def _moved(affine: A.Affine, size: int) -> Sequence[Sequence[float]]:
    """``back_of`` what an ``A.Affine`` draws; its own way costs as much as moving a film."""
    if not affine.should_apply():
        return STILL
    uniform = affine.py_random.uniform
    right, down = (int(uniform(*affine.translate_percent[axis]) * size) for axis in "xy")
    for axis in "xy":
        uniform(*affine.shear[axis])  # drawn, and 0
    wide, tall = (uniform(*affine.scale[axis]) for axis in "xy")
    turn = math.radians(uniform(*affine.rotate))
    cos, sin, middle = math.cos(turn), math.sin(turn), (size - 1) / 2
    (a, b), (c, d) = (cos / wide, -sin / wide), (sin / tall, cos / tall)
    x, y = middle + right, middle + down
    return ((a, b, middle - a * x - b * y), (c, d, middle - c * x - d * y))


def drawn_by(transform: A.BasicTransform, nothing: dict[str, Any]) -> dict[str, Any]:
    """What a transform draws, in the order and by the generator in which it does so itself.

    Args:
        transform: of a pipeline whose seed was set.
        nothing: image, a picture of the film's shape.

    Returns:
        The parameters; empty where it leaves the film as it is.
    """
    if not transform.should_apply():
        return {}
    found = transform.update_transform_params(transform.get_params(), nothing)
    return {**found, **transform.get_params_dependent_on_data(found, nothing)}


def back_of(moved: dict[str, Any]) -> Sequence[Sequence[float]]:
    """From a pixel (x, y, 1) of the changed film to its place in the film, (2, 3).

    Args:
        moved: what an ``A.Affine`` has drawn.
    """
    return np.linalg.inv(moved["matrix"])[:2].tolist() if moved else STILL


def change(pipeline: A.Compose) -> Change:
    """A pipeline as a function of the film and a seed alone."""

    def apply(film: Film, seed: int, to: Film | None = None) -> Film:
        seeded(pipeline, seed)
        changed = pipeline(image=film[..., None])["image"]
        to = np.empty_like(film) if to is None else to
        return np.clip(changed.reshape(film.shape), 0, 1, out=to, casting="same_kind")

    return apply


def change_generic() -> Change:
    """``change(generic())`` to the rounding of float32, in a third of its time."""
    pipeline = generic()

    def apply(film: Film, seed: int, to: Film | None = None) -> Film:
        to = np.empty_like(film) if to is None else to
        change_as_drawn(film, draw(pipeline, seed, film.shape[-1]), to)
        return to

    return apply


def change_as_drawn(film: Film, drawn: Drawn, to: Film) -> None:
    """What the transforms of ``generic`` do, each in place after the one before.

    Args:
        film: (S, S) in [0, 1].
        drawn: what they have drawn.
        to: (S, S), what the film becomes.
    """
    contrast, brightness, gamma = drawn.grey
    black = 0 if gamma == 1 else _BLACK
    if drawn.back is STILL:
        np.copyto(to, film)
    else:
        back, how = np.array(drawn.back), cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        cv2.warpAffine(film, back, film.shape[::-1], to, how, cv2.BORDER_CONSTANT, black)
    if contrast != 1 or brightness != 0:
        cv2.addWeighted(to, contrast, to, 0, brightness, to)
        np.clip(to, black, 1, out=to)
    if gamma != 1:  # a power, which takes cv2.pow three times as long
        cv2.log(to, to)
        np.multiply(to, np.float32(gamma), out=to)
        cv2.exp(to, to)
    if drawn.noise.strength:
        height, width = film.shape
        window = field(height, width)[drawn.noise.of((height, width))]
        cv2.scaleAdd(window, drawn.noise.strength, to, to)
        np.clip(to, 0, 1, out=to)
