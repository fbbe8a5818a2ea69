"""Borders of genuine films: found where they are, and never more than a border taken off."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from medtune.dicom import read_xray
from medtune.films.collimation import Box, collimated_box

# Looked at one by one: 48 of the 322 films have a border that is found.
NIH_CUT = 48


@cache
def nih(folder: Path) -> list[np.ndarray]:
    return [read_xray(path).pixels for path in sorted(folder.rglob("*")) if path.is_file()]


def inside(box: Box | None, picture: np.ndarray) -> tuple[int, int, int, int]:
    return box or (0, picture.shape[0], 0, picture.shape[1])


def area(box: Box | None, picture: np.ndarray) -> float:
    top, bottom, left, right = inside(box, picture)
    return (bottom - top) * (right - left) / picture.size


def test_adult_films_keep_their_bodies(real_data):
    films = nih(real_data / "xray/nih/images")
    boxes = [collimated_box(film) for film in films]
    left = np.array([area(box, film) for box, film in zip(boxes, films, strict=True)])
    assert left.min() > 0.6
    assert (left < 0.8).sum() <= 5
    assert abs(sum(box is not None for box in boxes) - NIH_CUT) <= 3


def test_children_s_films_without_borders_are_left(real_data):
    """In most of them a body stands in dark air at both sides."""
    paths = sorted((real_data / "xray/guangzhou/images").rglob("*.dcm"))[::4]
    films = [read_xray(path).pixels for path in paths]
    left = np.array([area(collimated_box(film), film) for film in films])
    assert left.min() > 0.85
    assert (left < 1).mean() < 0.03


def test_small_copies_lose_no_more_than_their_films(real_data):
    for film in nih(real_data / "xray/nih/images")[::3]:
        whole = np.array(inside(collimated_box(film), film)) / 4
        small = cv2.resize(film, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
        lost = (np.array(inside(collimated_box(small), small)) - whole) * (1, -1, 1, -1)
        assert lost.max() <= 2


@pytest.mark.parametrize(("level", "noise"), [(1.0, 0.0), (0.5, 0.02)], ids=["white", "grey"])
def test_planted_borders_are_cut_back_within_two_pixels(real_data, level, noise):
    errors = []
    for number, film in enumerate(nih(real_data / "xray/nih/images")[::4]):
        if collimated_box(film) is not None:
            continue  # what would be found behind the planted border is its own
        rng = np.random.default_rng(number)
        widths = (rng.uniform(0.02, 0.15, 4) * 512 * (rng.random(4) < 0.5)).astype(int)
        picture = cv2.copyMakeBorder(film, *widths.tolist(), cv2.BORDER_CONSTANT, value=np.nan)
        border = np.clip(level + noise * rng.standard_normal(picture.shape), 0, 1)
        picture = np.where(np.isnan(picture), border, picture).astype(np.float32)
        top, bottom, left, right = inside(collimated_box(picture), picture)
        found = np.array([top, picture.shape[0] - bottom, left, picture.shape[1] - right])
        errors += (found - widths).tolist()
    wrong = np.abs(errors) > 2
    assert len(errors) > 200
    assert wrong.mean() <= 0.03  # films that have a thin border of their own, of the same grey
    assert max(errors) <= 8
