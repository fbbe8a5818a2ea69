"""Random small changes of a training film, as albumentations on float32 in [0, 1]."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"  # it asks the network for updates at import

import albumentations as A
import cv2

from medtune.vision.samples import Change

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
    pipeline.set_random_seed(seed % (1 << 32))
    nothing = {"image": np.broadcast_to(np.float32(0), (size, size, 1))}
    moved, exposed, bent = (drawn_by(one, nothing) for one in (affine, contrast, gamma))
    back = back_of(moved)
    grey = (exposed.get("alpha", 1.0), exposed.get("beta", 0.0), bent.get("gamma", 1.0))
    # the noise itself is as large as the film: only its strength is drawn here
    strength = noise.py_random.uniform(*noise.std_range) if noise.should_apply() else 0.0
    return Drawn(back, grey, strength, seed)


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

    def apply(film: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
        pipeline.set_random_seed(seed % (1 << 32))
        changed = pipeline(image=film[..., None])["image"]
        return np.clip(changed.reshape(film.shape), 0, 1).astype(np.float32)

    return apply
