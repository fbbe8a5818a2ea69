"""A film held against a profile: seldom unlike its own site, and told in what where it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest

from medtune.config.site import Group, SiteProfile
from medtune.films.measure.film import measured
from medtune.films.measure.group import group_seen
from medtune.films.measure.unlike import unlike_site
from tests.films.measure.simulated import PLAIN, films_of

Change = Callable[[np.ndarray], np.ndarray]


@pytest.fixture(scope="module")
def there() -> np.ndarray:
    return films_of(PLAIN, range(40)).films


def group(films: np.ndarray) -> Group:
    seen = [measured(film) for film in films]
    return group_seen(("scanner 1", "PA", None), seen, [str(n) for n in range(40)], 10)


@pytest.fixture(scope="module")
def site(there: np.ndarray) -> SiteProfile:
    return SiteProfile(site="here", made_by="a test", groups=[group(there)])


@pytest.fixture(scope="module")
def new() -> np.ndarray:
    return films_of(PLAIN, range(60, 80)).films


def said(site: SiteProfile, films: np.ndarray, change: Change = np.asarray) -> list[str]:
    found = [unlike_site(site, "PA", measured(change(film).astype(np.float32))) for film in films]
    return ["" if each is None else f"{each.within}: {each.words}" for each in found]


def test_films_of_the_same_machine_are_seldom_unlike(site: SiteProfile, new: np.ndarray) -> None:
    assert sum(map(bool, said(site, new))) <= 2


@pytest.mark.parametrize(
    ("change", "within", "what"),
    [
        (lambda film: film**4, "greys: ", "of its pixels are darker than grey"),
        (lambda film: 1 - film, "greys: ", "of its pixels are darker than grey"),
        (lambda film: cv2.GaussianBlur(film, (0, 0), 4), "detail: ", "its fine detail has"),
    ],
    ids=["contrast", "polarity", "blur"],
)
def test_what_is_unlike_is_told(
    site: SiteProfile, new: np.ndarray, change: Change, within: str, what: str
) -> None:
    found = said(site, new, change)
    assert sum(map(bool, found)) >= 18
    assert sum(words.startswith(within) and what in words for words in found) >= 18
    assert all(words.endswith("(here, PA)") for words in found if words)


def test_a_view_that_nobody_measured_is_unlike(site: SiteProfile, new: np.ndarray) -> None:
    found = unlike_site(site, "LATERAL", measured(new[0]))
    assert found is not None
    assert found.words == "there is no LATERAL film in the profile of here"
    assert found.within == "view"


def test_one_of_several_machines_is_enough(
    site: SiteProfile, there: np.ndarray, new: np.ndarray
) -> None:
    both = site.model_copy(update={"groups": [*site.groups, group(there**4)]})
    assert sum(map(bool, said(both, new, lambda film: film**4))) <= 3
    assert sum(map(bool, said(both, new))) <= 2


def test_a_view_in_free_text_is_held_against_those_that_are_called_by_numbers(
    site: SiteProfile, new: np.ndarray
) -> None:
    film = measured(new[0])
    group = site.groups[0].model_copy(update={"view": "another view 2"})
    numbered = site.model_copy(update={"groups": [group]})
    like = unlike_site(site, "PA", film)
    assert unlike_site(numbered, "ROOM 4", film) == (
        like and replace(like, words=like.words.replace("PA", "ROOM 4"))
    )
    for view in ("PA", "LLD", "view not stated"):
        found = unlike_site(numbered, view, film)
        assert found is not None
        assert found.within == "view"
