"""What timm and MONAI do to a film that teaches where nobody says otherwise, film by film."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from medtune.vision.samples import Change

Film = NDArray[np.float32]


def timm_default(size: int) -> Change:
    """timm's ``create_transform`` for training with the defaults of its ``train.py``.

    A crop of 8 to 100 % of the film enlarged to its size, mirrored every second time, brightness
    and contrast changed by up to 40 %. Nothing goes through 8 bits: it takes tensors too.
    """
    from timm.data import create_transform

    transform = create_transform(size, is_training=True, interpolation="random", normalize=False)

    def apply(film: torch.Tensor, seed: int) -> torch.Tensor:
        random.seed(seed)  # where the crop comes from; the rest is torch's
        torch.manual_seed(seed)
        return transform(film.expand(3, -1, -1))[:1]  # a film is grey: all three are the same

    return change_by(apply)


def monai_default() -> Change:
    """The changes of MONAI's tutorial of classification (MedNIST); MONAI itself has no default.

    Turned by up to 15 degrees, mirrored left to right and zoomed by up to 10 %, each every second
    time.
    """
    from monai.transforms import Compose, RandFlip, RandRotate, RandZoom

    transform = Compose(
        [
            RandRotate(range_x=math.pi / 12, prob=0.5, keep_size=True),
            RandFlip(spatial_axis=1, prob=0.5),  # films here are (rows, columns)
            RandZoom(min_zoom=0.9, max_zoom=1.1, prob=0.5),
        ]
    )

    def apply(film: torch.Tensor, seed: int) -> torch.Tensor:
        transform.set_random_state(seed)
        return transform(film)

    return change_by(apply)


def change_by(apply: Callable[[torch.Tensor, int], Any]) -> Change:
    """A function of a tensor (1, S, S) and a seed as a ``Change``; other randomness goes on."""

    def change(film: Film, seed: int, to: Film | None = None) -> Film:
        before = random.getstate()
        with torch.random.fork_rng(devices=[]):
            found = apply(torch.from_numpy(film)[None], seed % (1 << 32))
        random.setstate(before)
        to = np.empty_like(film) if to is None else to
        return np.clip(np.asarray(found)[0], 0, 1, out=to)

    return change
