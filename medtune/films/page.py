"""What a model will see, as one HTML page that needs nothing else: no network, no script."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined

from medtune.films.look import Grey8, SeenGroup, as_png
from medtune.films.sheet import (
    PREPARED_TITLE,
    RAW_TITLE,
    UNLIKE_WORDS,
    Head,
    histogram_png,
    in_words,
)

PAGE = 50  # entries of a long list that are opened together


@dataclass(frozen=True)
class Aside:
    """What is not drawn, and why.

    Attributes:
        groups: of each group that is not drawn: scanner, view, films, how many of them teach.
        suspects: case_id and reason of each film that may carry burned-in text.
        suspects_shown: whether these are shown nevertheless.
        undecodable: reason in words, and how many films.
        preprocessing: each setting and its value.
    """

    groups: Sequence[tuple[str, str, int, int]]
    suspects: Sequence[tuple[str, str]]
    suspects_shown: bool
    undecodable: Mapping[str, int]
    preprocessing: Mapping[str, object]


def look_html(groups: Sequence[SeenGroup], head: Head, aside: Aside) -> str:
    """The page as text; the same for the same films, byte for byte.

    Args:
        groups: all that are drawn.
        head: what stands above them.
        aside: what stands below them.
    """
    templates = Environment(
        loader=PackageLoader("medtune.films", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["png"] = _embedded
    templates.filters["encode"] = as_png
    return templates.get_template("look.html").render(
        head=head,
        groups=groups,
        aside=aside,
        columns=(RAW_TITLE, PREPARED_TITLE, *head.drawn),
        means=[_mean(group) for group in groups],
        histograms=[_histogram(group) for group in groups],
        words=[in_words(group) for group in groups],
        unlike=UNLIKE_WORDS,
        suspects=list(_pages(aside.suspects)),
    )


def _embedded(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def _mean(group: SeenGroup) -> bytes | None:
    if group.greys is None:
        return None
    mean: Grey8 = np.rint(group.greys.mean * 255).astype(np.uint8)
    return as_png(mean)


def _histogram(group: SeenGroup) -> bytes | None:
    return histogram_png(group.greys) if group.greys is not None else None


def _pages(
    entries: Sequence[tuple[str, str]],
) -> Iterator[tuple[int, int, Sequence[tuple[str, str]]]]:
    """Number of the first entry, of the last one, and the entries of each page."""
    for start in range(0, len(entries), PAGE):
        part = entries[start : start + PAGE]
        yield start + 1, start + len(part), part
