"""On real films: adults that were not seen before are usual, children and altered films are not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
import torch

from medtune.config.model import Model
from medtune.dicom import read_xray
from medtune.evaluation.unusual import usual_up_to
from medtune.learning.familiarity import fit_familiarity
from medtune.vision.backbones import build

SIDE = 224


def picture(path: Path) -> np.ndarray:
    """The whole film in a black square, as 'fit: pad' makes it."""
    film = read_xray(path).pixels
    scale = SIDE / max(film.shape)
    height, width = (max(1, round(side * scale)) for side in film.shape)
    small = cv2.resize(film, (width, height), interpolation=cv2.INTER_AREA)
    square = np.zeros((SIDE, SIDE), np.float32)
    top, left = (SIDE - height) // 2, (SIDE - width) // 2
    square[top : top + height, left : left + width] = small
    return square


ALTERED: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "inverted": lambda film: 1 - film,
    "upside down": lambda film: film[::-1],
    "a quarter turned": np.rot90,
    "blurred": lambda film: cv2.GaussianBlur(film, (0, 0), 4),
    "noisy": lambda film: np.clip(
        film + 0.1 * np.random.default_rng(0).normal(size=film.shape), 0, 1
    ),
}


@pytest.mark.slow
def test_adults_are_usual_and_children_and_altered_films_are_not(real_data: Path):
    weights = str(next((real_data / "weights").glob("mobilenetv2_100*.safetensors")))
    network = build(Model(backbone="timm/mobilenetv2_100", weights=weights, image_size=SIDE)).eval()

    @torch.inference_mode()
    def features(films: list[np.ndarray]) -> np.ndarray:
        rows = []
        for start in range(0, len(films), 32):
            batch = np.stack(films[start : start + 32]).astype(np.float32)
            rows.append(network(torch.from_numpy(batch)[:, None, None]).numpy())
        return np.concatenate(rows)

    random = np.random.default_rng(0)
    adults = sorted((real_data / "xray/nih").rglob("*.dcm"))
    children = sorted((real_data / "xray/guangzhou").rglob("*.dcm"))
    random.shuffle(adults)
    random.shuffle(children)
    films = [picture(path) for path in adults]
    seen = features(films)
    shape = fit_familiarity(seen[:190])
    assert shape is not None
    calibration = pd.Series(shape.distance(seen[190:260]))
    limit = usual_up_to(calibration, pd.Series(np.arange(len(calibration))), 0.05)

    def unusual(given: np.ndarray) -> float:
        return float((shape.distance(given) > limit.distance).mean())

    assert unusual(seen[260:]) < 0.15
    assert unusual(features([picture(path) for path in children[:60]])) > 0.85
    for name, change in ALTERED.items():
        assert unusual(features([change(film) for film in films[260:300]])) > 0.9, name
