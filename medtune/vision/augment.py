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
            A.GaussNoise(std_range=(0.005, 0.02), p=0.3),
        ]
    )


STILL = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))


@dataclass(frozen=True)
class Drawn:
    """What ``generic`` draws for one film.

    Attributes:
        back: (2, 3) from a pixel (x, y, 1) of the changed film to its place in the film.
        grey: contrast (factor), brightness (addend) and gamma (exponent), in this order.
        noise: its standard deviation.
        seed: of the noise.
    """

    back: Sequence[Sequence[float]] = STILL
    grey: tuple[float, float, float] = (1.0, 0.0, 1.0)
    noise: float = 0.0
    seed: int = 0


def draw(pipeline: A.Compose, seed: int, size: int) -> Drawn:
    """The parameters with which ``change`` would change a film, without the film.

    Args:
        pipeline: as ``generic`` gives it.
        seed: the film's.
        size: its pixels a side.
    """
    affine, contrast, gamma, noise = pipeline.transforms
    # numpy's stream, which costs as much as all the rest, is that of the noise alone
    begin(pipeline, seed, pipeline.random_generator)
    back = _moved(affine, size)
    factor, addend, exponent, strength = 1.0, 0.0, 1.0, 0.0
    uniform = contrast.py_random.uniform  # one stream for all
    if contrast.should_apply():
        factor += uniform(*contrast.contrast_limit)
        addend = uniform(*contrast.brightness_limit)
    if gamma.should_apply():
        exponent = uniform(*gamma.gamma_limit) / 100
    if noise.should_apply():  # the noise itself is as large as the film: its strength alone
        strength = uniform(*noise.std_range)
    return Drawn(back, (factor, addend, exponent), strength, seed)


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
    noise = np.empty(0, np.float32)

    def apply(film: Film, seed: int, to: Film | None = None) -> Film:
        nonlocal noise
        if noise.shape != film.shape:
            noise = np.empty_like(film)
        to = np.empty_like(film) if to is None else to
        change_as_drawn(film, draw(pipeline, seed, film.shape[-1]), to, noise)
        return to

    return apply


def change_as_drawn(film: Film, drawn: Drawn, to: Film, noise: Film) -> None:
    """What the transforms of ``generic`` do, each in place after the one before.

    Args:
        film: (S, S) in [0, 1].
        drawn: what they have drawn.
        to: (S, S), what the film becomes.
        noise: (S, S), written over.
    """
    contrast, brightness, gamma = drawn.grey
    if drawn.back is STILL:
        np.copyto(to, film)
    else:
        back, how = np.array(drawn.back), cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        cv2.warpAffine(film, back, film.shape[::-1], to, how, cv2.BORDER_CONSTANT, 0)
    if contrast != 1 or brightness != 0:
        np.multiply(to, np.float32(contrast), out=to)
        np.add(to, np.float32(brightness), out=to)
        np.clip(to, 0, 1, out=to)
    if gamma != 1:
        cv2.pow(to, gamma, to)
    if drawn.noise:
        # the pattern of albumentations: OpenCV's of a number that it draws first
        cv2.setRNGSeed(int(np.random.default_rng(drawn.seed % (1 << 32)).integers(0, 1 << 16)))
        np.add(to, cv2.randn(noise, 0, drawn.noise), out=to)
        np.clip(to, 0, 1, out=to)
