"""Site-specific augmentation: training films as this site's own would be, film after film anew."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"  # it asks the network for updates at import

import albumentations as A
import cv2

from medtune.config.site import Borders, Group, SiteProfile
from medtune.films.measure.letters import ZONES
from medtune.films.physics import GridLines, Leaves, Letter
from medtune.films.physics.field import MOST
from medtune.vision.site_drawn import Box, SiteDrawn, rendered
from medtune.vision.site_style import Style, deviation_at, styles
from medtune.vision.transforms import on_film

_FURTHEST = 2.0  # standard deviations from the middle of what was measured
_PLACED = (3.0, 0.05, 0.03)  # degrees, zoom and shift, where nobody measured them
_MOST_ZOOM, _MOST_SHIFT = 0.2, 0.1
_TEXTS = ("R", "L")
_OFTEN = 0.2  # of the films with a letter in a place, from which on it is worth covering
_LINES_DEPTH = 0.35  # of grey to exposure: the default latitude


class SiteStyle(A.ImageOnlyTransform):
    """A film rendered as one of the site's scanners shows it.

    Args:
        site: the site's profile, or what one holds, as ``A.to_dict`` writes it.
        films: what the films look like that will be changed, likewise; None where they are the
            site's own: they are then moved only within what was measured from film to film.
        greys, sharpness, noise, marks: what is changed; marks are grid lines, borders and letters.
        p: probability.
    """

    def __init__(
        self,
        site: SiteProfile | dict[str, Any],
        films: Group | dict[str, Any] | None = None,
        *,
        greys: bool = True,
        sharpness: bool = True,
        noise: bool = True,
        marks: bool = True,
        p: float = 0.8,
    ) -> None:
        super().__init__(p=p)
        profile = SiteProfile.model_validate(site)
        own = None if films is None else Group.model_validate(films)
        # albumentations makes a transform anew (replay, from_dict) from attributes of these names
        self.site = profile.model_dump(mode="json")
        self.films = None if own is None else own.model_dump(mode="json")
        self.styles = styles(profile, own)
        self.shares = np.array([style.share for style in self.styles])
        self.covered = () if own is None or own.letters is None else own.letters.places
        self.greys, self.sharpness, self.noise, self.marks = greys, sharpness, noise, marks

    def get_params_dependent_on_data(
        self, params: dict[str, Any], data: dict[str, Any]
    ) -> dict[str, Any]:
        """A scanner, and a film of it."""
        return {"drawn": self.drawn(tuple(params["shape"][:2]))}

    def apply(self, img: Any, drawn: SiteDrawn, **_: Any) -> Any:
        """The film in that style."""
        return on_film(img, lambda film: rendered(film, drawn))

    def drawn(self, shape: tuple[int, int]) -> SiteDrawn:
        """One draw, for a picture of this shape; every part is drawn, used or not."""
        rng = self.random_generator
        style = self.styles[int(rng.choice(len(self.styles), p=self.shares))]
        exposed, sharp, noisy = np.clip(rng.standard_normal(3), -_FURTHEST, _FURTHEST)
        strength = float(rng.uniform(0.5, 1.0))
        seed = int(rng.integers(1 << 32))
        gain, greys, noise, correlation = None, None, None, 0.0
        if self.sharpness:
            gain = _gain(style, float(sharp))
        if self.greys and style.greys is not None:
            middle, spread = style.greys
            greys = np.clip(np.maximum.accumulate(middle + exposed * spread), 0, 1)
        if self.noise:
            noise, correlation = _missing_noise(style, float(noisy), max(shape))
        drawn = _marks(style, shape, rng, self.covered)
        if not self.marks:
            drawn = SiteDrawn()
        return SiteDrawn(
            gain=gain,
            greys=greys,
            strength=strength,
            noise=noise,
            correlation=correlation,
            seed=seed,
            boxes=drawn.boxes,
            grid=drawn.grid,
            lead=drawn.lead,
            leaves=drawn.leaves,
            beyond=drawn.beyond,
        )


def site(profile: SiteProfile, films: Group | None = None, *, flip: str = "") -> A.Compose:
    """The changes of a training film for a site.

    Rotation, zoom and shift within one standard deviation of what differs from film to film at
    the site (the films that are changed differ too), and ``SiteStyle``.

    Args:
        profile: of the site.
        films: what the films look like that will be changed; None for the site's own.
        flip: why a film may be mirrored, which puts the heart on the right; '' for never.
    """
    placed = [group for group in profile.groups if group.placement is not None]
    weights = [max(group.films, 1) for group in placed]
    spreads = [(p.degrees, p.zoom, p.shift) for p in (group.placement for group in placed) if p]
    turn, grow, move = np.average(spreads, axis=0, weights=weights) if placed else _PLACED
    turn, grow, move = float(turn), min(float(grow), _MOST_ZOOM), min(float(move), _MOST_SHIFT)
    changes: list[A.BasicTransform] = [
        A.Affine(
            rotate=(-turn, turn),
            translate_percent=(-move, move),
            scale=(1 - grow, 1 + grow),
            interpolation=cv2.INTER_LINEAR,
            border_mode=cv2.BORDER_CONSTANT,
            fill=0.0,
            p=0.9,
        ),
        SiteStyle(profile, films),
    ]
    if flip:
        changes.append(A.HorizontalFlip(p=0.5))
    return A.Compose(changes)


def _gain(style: Style, sharp: float) -> Any:
    """The group's gain, and what differs from film to film: more, the finer."""
    finer = np.linspace(0, 1, len(style.gain))
    gain = style.gain + sharp * style.gain_spread * finer
    return gain if np.abs(gain).max() > 0.01 else None


def _missing_noise(style: Style, noisy: float, size: int) -> tuple[Any, float]:
    """What noise must be added, at each grey, and its correlation."""
    level = style.noise * max(0.0, 1 + noisy * style.noise_spread)
    missing = np.sqrt(np.maximum(level**2 - style.own_noise**2, 0))
    if missing.max() == 0:
        return None, 0.0
    return deviation_at(missing, style.correlation, size)


def _marks(
    style: Style, shape: tuple[int, int], rng: np.random.Generator, covered: Sequence[Any]
) -> SiteDrawn:
    """Grid lines, borders and letters of one film, drawn whether they are there or not."""
    chance = rng.random(4)
    phase, which, sides = float(rng.random()), rng.random(), rng.random(4)
    z = np.clip(rng.standard_normal(4), -_FURTHEST, _FURTHEST)
    moved, tall, text = rng.uniform(-0.5, 0.5, 2), float(rng.standard_normal()), rng.random()
    grid = leaves = None
    lead: tuple[Letter, ...] = ()
    lines, borders, letters = style.lines, style.borders, style.letters
    beyond = 0.0 if borders is None or borders.grey is None else borders.grey
    size = max(shape)
    if lines is not None and chance[0] < _often(lines.films) and style.line_period * size >= 2:
        grid = GridLines(
            style.line_period * size, min(1.0, lines.depth / _LINES_DEPTH), lines.along, phase
        )
    if borders is not None and borders.depth is not None and chance[1] < _often(borders.films):
        often = _sides(borders)
        depths = np.clip(borders.depth.middle + z * borders.depth.spread, 0, MOST)
        leaves = Leaves(*(float(depth) for depth in depths * (sides < often)))
    if letters is not None and letters.places and chance[2] < _often(letters.films):
        weights = np.cumsum([_often(place.films) for place in letters.places])
        at = min(int(np.searchsorted(weights, which * weights[-1])), len(letters.places) - 1)
        place = letters.places[at]
        height = 0.04 if letters.height is None else letters.height.middle
        spread = 0.0 if letters.height is None else letters.height.spread
        lead = (
            Letter(
                _TEXTS[int(text * len(_TEXTS))],
                float(np.clip((place.row + 0.5 + moved[0]) / ZONES, 0.03, 0.97)),
                float(np.clip((place.column + 0.5 + moved[1]) / ZONES, 0.03, 0.97)),
                float(np.clip(height + tall * spread, 0.015, 0.12)),
            ),
        )
    boxes: tuple[Box, ...] = ()
    if chance[3] < 0.5:
        boxes = tuple(_box(place, shape) for place in covered if _often(place.films) >= _OFTEN)
    return SiteDrawn(boxes=boxes, grid=grid, lead=lead, leaves=leaves, beyond=beyond)


def _often(share: float | None) -> float:
    """A share of lines, borders or places, which is left out where all but few films have them."""
    return 1.0 if share is None else share


def _sides(borders: Borders) -> NDArray[np.float64]:
    """How often a film with a border has one at each side.

    Of a side that is left out nobody knows whether few films have one there or nearly all: it is
    taken to be as the others are, and a film has a border somewhere.
    """
    sides = np.array([np.nan if side is None else side for side in borders.sides], np.float64)
    known = np.isfinite(sides)
    sides = sides / max(_often(borders.films), 1e-6)
    return np.where(known, sides, sides[known].mean() if known.any() else 1.0)


def _box(place: Any, shape: tuple[int, int]) -> Box:
    height, width = shape
    return (
        place.row * height // ZONES,
        (place.row + 1) * height // ZONES,
        place.column * width // ZONES,
        (place.column + 1) * width // ZONES,
    )
