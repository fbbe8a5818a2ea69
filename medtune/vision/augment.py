"""Random small changes of a training film, as albumentations on float32 in [0, 1]."""

from __future__ import annotations

import os

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


def change(pipeline: A.Compose) -> Change:
    """A pipeline as a function of the film and a seed alone."""

    def apply(film: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
        pipeline.set_random_seed(seed % (1 << 32))
        changed = pipeline(image=film[..., None])["image"]
        return np.clip(changed.reshape(film.shape), 0, 1).astype(np.float32)

    return apply
