"""Batches from medtune's store against those of litdata and of MONAI's cache, nothing augmented."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.typing import NDArray

from medtune.films.store import Decoded
from medtune.learning.batches import in_order
from medtune.vision.samples import Films

FILMS, SIZE, BATCH = 2000, 224, 32


@pytest.fixture(scope="module")
def pixels(tmp_path_factory) -> NDArray[np.uint16]:
    """The store's array, on disk: smooth pictures with noise."""
    path = tmp_path_factory.mktemp("store") / "pixels.npy"
    rng = np.random.default_rng(0)
    array = np.lib.format.open_memmap(path, "w+", np.uint16, (FILMS, SIZE, SIZE))
    ramp = np.linspace(0, 60_000, SIZE)[:, None]
    for row in range(FILMS):
        array[row] = ramp + rng.integers(0, 5000, (SIZE, SIZE))
    array.flush()
    return np.load(path, mmap_mode="r")


@pytest.fixture(scope="module")
def films(pixels) -> Films:
    names = [f"case{row:04d}" for row in range(FILMS)]
    rows = pd.DataFrame({"row": np.arange(FILMS)}, index=pd.Index(names, name="case_id"))
    targets = (np.arange(FILMS) % 2).astype(np.float32)[:, None]
    cases = pd.DataFrame({"case_id": names})
    return Films(Decoded(pixels, rows), cases, targets, np.ones((FILMS, 1), bool))


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
