"""Batches of randomly changed films: from the store, by albumentations, and from MONAI's cache."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import albumentations as A
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from medtune.films.store import Decoded
from medtune.learning.batches import Batches
from medtune.vision.augment import change_generic, generic
from tests.benchmarks import data

FILMS, SIZE, BATCH = 256, 224, 32
WHITE = np.float32(65535)


@pytest.fixture(scope="module")
def decoded(tmp_path_factory) -> Decoded:
    return data.write_store(tmp_path_factory.mktemp("store"), FILMS, SIZE)


def ours(decoded: Decoded) -> Callable[[], Iterator[torch.Tensor]]:
    """Epochs as training draws them, each film from a seed of its own."""
    films = data.films_of(decoded, change_generic())
    batches = Batches(films, films, batch_size=BATCH, seed=0, stage="full")

    def epoch() -> Iterator[torch.Tensor]:
        batches.begin(0)
        return (batch.inputs[:, :, 0] for batch in batches.train_dataloader())

    return epoch


def known() -> A.Compose:
    """The same changes, all of them the library's own."""
    *others, noisy = generic().transforms
    return A.Compose([*others, A.GaussNoise(std_range=noisy.std_range, p=noisy.p)])


def albumentations(pixels: NDArray[np.uint16]) -> Iterator[torch.Tensor]:
    """The same transforms as their library applies them: no seeds, and nothing of a loader."""
    pipeline, order = known(), np.random.default_rng(0).permutation(FILMS)
    for start in range(0, FILMS, BATCH):
        films = np.empty((BATCH, 1, SIZE, SIZE), np.float32)
        for place, row in enumerate(order[start : start + BATCH]):
            film = (pixels[row] / WHITE)[..., None]
            films[place, 0] = pipeline(image=film)["image"][..., 0]
        yield torch.from_numpy(np.clip(films, 0, 1, out=films))


def monai_transforms(transforms, pixels: NDArray[np.uint16]):
    """The same ranges and probabilities in MONAI's words; what is not random, it has in memory."""
    affine, exposed, bent, noisy = generic().transforms
    turn, move = math.radians(affine.rotate[1]), affine.translate_percent["x"][1] * SIZE

    def clamped(film: torch.Tensor) -> torch.Tensor:
        return film.clamp(0, 1)

    return transforms.Compose(
        [
            lambda row: torch.from_numpy(pixels[row] / WHITE)[None],
            transforms.RandAffine(
                prob=affine.p,
                rotate_range=turn,
                translate_range=(move, move),
                scale_range=(affine.scale["x"][1] - 1,) * 2,
                mode="bilinear",
                padding_mode="zeros",
            ),
            transforms.RandScaleIntensity(exposed.contrast_limit[1], prob=exposed.p),
            transforms.RandShiftIntensity(exposed.brightness_limit[1], prob=exposed.p),
            clamped,
            transforms.RandAdjustContrast(
                prob=bent.p, gamma=tuple(limit / 100 for limit in bent.gamma_limit)
            ),
            transforms.RandGaussianNoise(prob=noisy.p, std=noisy.std_range[1]),
            clamped,
        ]
    )


@pytest.mark.bench
@pytest.mark.filterwarnings("ignore")
def test_changed_batches_come_faster_than_by_albumentations_and_from_monais_cache(
    decoded, peer, ratio
):
    monai, transforms = peer("monai.data", "monai"), peer("monai.transforms", "monai")
    pixels = decoded.pixels
    tracked = monai.get_track_meta()
    monai.set_track_meta(False)  # which is MONAI's faster way
    try:
        cached = monai.CacheDataset(
            range(FILMS), transform=monai_transforms(transforms, pixels), progress=False
        )
        loader = monai.DataLoader(cached, batch_size=BATCH, shuffle=True)
        ways = {
            "medtune": ours(decoded),
            "albumentations": lambda: albumentations(pixels),
            "monai": lambda: iter(loader),
        }
        plain = torch.from_numpy(pixels / WHITE)
        grey = {}
        for name, batches in ways.items():
            films = torch.cat(list(batches()))
            assert films.shape == (FILMS, 1, SIZE, SIZE)
            assert films.dtype == torch.float32
            assert 0 <= films.min() < films.max() <= 1
            grey[name] = (films.mean(dim=(1, 2, 3)).std(), films.mean(), films.std())
        assert grey["medtune"][0] > 3 * plain.mean(dim=(1, 2)).std()
        for name in ("albumentations", "monai"):
            for found, expected in zip(grey["medtune"], grey[name], strict=True):
                assert float(found) == pytest.approx(float(expected), rel=0.25), name
        ratio(
            "loader-augmented",
            f"an epoch of {FILMS} films of {SIZE} x {SIZE} turned, zoomed, moved, brightened and "
            f"with noise, batches of {BATCH}; MONAI from memory",
            {name: (lambda way=way: sum(len(films) for films in way()))
             for name, way in ways.items()},
            {"albumentations": 0.55, "monai": 0.125},
            packages=("albumentations", "monai", "torch", "numpy"),
            clock="cpu",
        )  # fmt: skip
    finally:
        monai.set_track_meta(tracked)
