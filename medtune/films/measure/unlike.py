"""One film held against a site's profile: in what it is unlike the films measured there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from medtune.config.site import SHARES, Group, SiteProfile
from medtune.films.measure.film import Measured
from medtune.films.measure.sharpness import COARSE, CYCLES
from medtune.films.measure.views import is_numbered, is_term

FAR = 4.0  # spreads from film to film, from which on a film is unlike the site's
_BODY = slice(1, -1)  # grey quantiles between 5 and 95 %
_GREY = 0.02  # of grey: what differs by less per spread is as good as the same
_POWER = 0.1  # the same of the power, in log10
In = Literal["view", "greys", "detail", "unread"]


@dataclass(frozen=True)
class Unlike:
    """What of a film differs most from a group of a profile.

    Attributes:
        far: how much, in spreads from film to film; infinite where there is nothing to compare.
        words: what it is, with its figures.
        within: greys, detail, view (no film of it was measured), or unread (the film cannot be
            measured).
    """

    far: float
    words: str
    within: In


def unlike_site(profile: SiteProfile, view: str, film: Measured) -> Unlike | None:
    """In what a film is unlike all of a site's films of its view; None where it is not.

    Greys (their quantiles) and detail (the power of the bands finer than a body's build) are
    held against the profile's medians, in its own spreads from film to film. A view that is no
    term of DICOM is held against all that the profile calls by a number.

    Args:
        profile: of the site.
        view: of the film, as headers say.
        film: as it was measured.
    """
    groups = [
        group
        for group in profile.groups
        if group.view == view or (not is_term(view) and is_numbered(group.view))
    ]
    found = [max(_differences(group, film), key=lambda each: each.far, default=None)
             for group in groups]  # fmt: skip
    told = [each for each in found if each is not None]
    if not told:
        words = f"there is no {view} film in the profile of {profile.site}"
        return Unlike(float("inf"), words, "view")
    nearest = min(told, key=lambda each: each.far)
    if nearest.far <= FAR:
        return None
    return replace(nearest, words=f"{nearest.words} ({profile.site}, {view})")


def _differences(group: Group, film: Measured) -> Iterator[Unlike]:
    if group.greys is not None:
        middle, spread = np.array(group.greys.middle), np.array(group.greys.spread)
        far = np.abs(film.greys - middle) / np.maximum(spread, _GREY)
        place = int(np.argmax(far[_BODY])) + 1
        yield Unlike(
            float(far[place]),
            f"{SHARES[place]:.0%} of its pixels are darker than grey {film.greys[place]:.2f}, at "
            f"the site {middle[place]:.2f} ± {spread[place]:.2f}",
            "greys",
        )
    if group.sharpness is None:
        return
    theirs = np.array([np.nan if p is None else p for p in group.sharpness.power], np.float64)
    with np.errstate(divide="ignore"):
        own = np.log10(film.spectrum)
    away = (own - theirs)[CYCLES > COARSE]
    away = away[np.isfinite(away)]
    if away.size:
        moved = float(np.median(away))
        yield Unlike(
            abs(moved) / max(group.sharpness.spread, _POWER),
            f"its fine detail has {10**moved:.2g} times the power of the site's films",
            "detail",
        )
