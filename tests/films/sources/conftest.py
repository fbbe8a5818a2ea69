"""Every public set in small, written and read once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from medtune.films.sources import Published, read_source

from .miniatures import BUILDERS


@dataclass(frozen=True)
class Miniature:
    """A set in small: where it lies, what is expected of it, what was read; do not write there."""

    folder: Path
    expected: pd.DataFrame
    published: Published


@pytest.fixture(scope="session")
def miniature(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Miniature]:
    @cache
    def make(name: str) -> Miniature:
        folder = tmp_path_factory.mktemp(name)
        told = BUILDERS[name](folder)
        return Miniature(folder, told, read_source(name, folder))

    return make


@pytest.fixture
def shown() -> Callable[[pd.DataFrame], pd.DataFrame]:
    """The table of images as text, '' where a thing is unknown, by file."""

    def show(images: pd.DataFrame) -> pd.DataFrame:
        numbers = images.select_dtypes("number")
        text = images.astype("string").fillna("")
        for name in numbers:
            text[name] = ["" if pd.isna(value) else f"{value:g}" for value in numbers[name]]
        return text.set_index("file")

    return show
