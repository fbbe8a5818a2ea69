"""Batches from medtune's store against those of litdata and of MONAI's cache, nothing augmented."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from medtune.films.store import Decoded
from medtune.learning.batches import in_order
from medtune.vision.samples import Films
from tests.benchmarks import data

FILMS, SIZE, BATCH = 2000, 224, 32


@pytest.fixture(scope="module")
def decoded(tmp_path_factory) -> Decoded:
    return data.write_store(tmp_path_factory.mktemp("store"), FILMS, SIZE)


@pytest.fixture(scope="module")
def pixels(decoded) -> NDArray[np.uint16]:
    return decoded.pixels


@pytest.fixture(scope="module")
def films(decoded) -> Films:
    return data.films_of(decoded)


def same_films(ours: Iterable[torch.Tensor], theirs: Iterable[torch.Tensor]) -> bool:
    """Whether both give the same batches, film by film."""
    pairs = zip(ours, theirs, strict=True)
    return all(torch.allclose(a.squeeze(), b.squeeze(), atol=1e-6) for a, b in pairs)


def drain(batches: Iterable[torch.Tensor]) -> None:
    for _ in batches:
        pass


def batches_of(films: Films) -> Iterable[torch.Tensor]:
    return (batch.inputs for batch in in_order(films, BATCH))


@pytest.mark.bench
@pytest.mark.filterwarnings("ignore")
def test_batches_come_three_times_as_fast_as_from_litdata(films, pixels, peer, ratio, tmp_path):
    litdata = peer("litdata")
    cache = peer("litdata.streaming.cache", "litdata").Cache(str(tmp_path), chunk_bytes="64MB")
    for row in range(FILMS):
        cache[row] = {"film": np.array(pixels[row]), "target": row % 2}
    cache.done()
    cache.merge()

    def theirs() -> Iterable[torch.Tensor]:
        dataset = litdata.StreamingDataset(str(tmp_path), shuffle=False)
        loader = litdata.StreamingDataLoader(dataset, batch_size=BATCH, shuffle=False)
        return (batch["film"].float().div_(65535) for batch in loader)

    assert same_films(batches_of(films), theirs())
    ratio(
        "loader-litdata",
        "an epoch of 2000 films of 224 x 224, batches of 32",
        {"medtune": lambda: drain(batches_of(films)), "litdata": lambda: drain(theirs())},
        {"litdata": 1 / 3},
        packages=("litdata", "torch", "numpy"),
        repetitions=7,
    )


@pytest.mark.bench
@pytest.mark.filterwarnings("ignore")
def test_batches_come_from_disk_as_fast_as_from_monais_memory(films, pixels, peer, ratio):
    monai = peer("monai.data", "monai")
    items = [
        {"film": torch.from_numpy(pixels[row].astype(np.float32) / 65535), "target": row % 2}
        for row in range(FILMS)
    ]
    cached = monai.CacheDataset(items, transform=lambda item: item, progress=False)
    loader = monai.DataLoader(cached, batch_size=BATCH)

    def theirs() -> Iterable[torch.Tensor]:
        return (batch["film"] for batch in loader)

    assert same_films(batches_of(films), theirs())
    ratio(
        "loader-monai",
        "an epoch of 2000 films of 224 x 224, batches of 32, MONAI from memory",
        {"medtune": lambda: drain(batches_of(films)), "monai": lambda: drain(theirs())},
        {"monai": 1.0},
        packages=("monai", "torch", "numpy"),
        repetitions=7,
    )
