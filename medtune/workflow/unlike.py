"""Films held against a site's profile: those of a new month, and those of the test split."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

import pandas as pd

from medtune.config.run import Run
from medtune.config.site import SiteProfile
from medtune.config.site_file import load_profile
from medtune.dicom import Showing
from medtune.evaluation.unlike import LIKE, WITHIN
from medtune.films.locations import read_locations
from medtune.films.measure.unlike import Unlike, unlike_site
from medtune.films.measure.views import VIEW_UNSTATED
from medtune.workflow.cases import private
from medtune.workflow.judging import film_splits
from medtune.workflow.measuring import measure_films
from medtune.workflow.models import Judged


def films_unlike(
    profile: SiteProfile,
    films: pd.DataFrame,
    places: pd.DataFrame,
    showing: Showing,
    *,
    show: bool,
) -> pd.Series:
    """In what each film is unlike those of a site: ``Unlike``, or None where it is not.

    Args:
        profile: of the site.
        films: (N,) case_id and view.
        places: rows of the private table of places.
        showing: which grey values are shown.
        show: whether progress is shown on stderr.

    Returns:
        (N,), indexed as the films.
    """
    found = measure_films(films["case_id"].tolist(), places, showing, show=show)
    said: list[Unlike | None] = []
    views = films["view"].astype("string").fillna(VIEW_UNSTATED)
    for case_id, view in zip(films["case_id"], views, strict=True):
        film = found[case_id]
        said.append(
            Unlike(math.inf, film, "unread")
            if isinstance(film, str)
            else unlike_site(profile, str(view), film)
        )
    return pd.Series(said, index=films.index, dtype=object)


def within(unlike: pd.Series) -> pd.Series:
    """The same in one word each: see ``evaluation.unlike``."""
    return unlike.map(lambda each: LIKE if each is None else each.within).astype(object)


@dataclass(frozen=True)
class JudgedUnlike:
    """How judged cases lie to the profile of ``evaluation.site``.

    Attributes:
        words: of ``evaluation.unlike``, by case_id.
        profile: what tells it from others, as plain values.
    """

    words: Mapping[str, str]
    profile: Mapping[str, str]


def judged_unlike(run: Run, judged: Judged) -> JudgedUnlike | None:
    """In what each judged case of the test is unlike the site of ``evaluation.site``.

    Of a study whose films are pooled it is the gravest.

    Args:
        run: the run.
        judged: its cases and films.

    Returns:
        None where the run names no profile.

    Raises:
        ConfigError: the profile cannot be read.
    """
    if run.evaluation.site is None:
        return None
    profile = load_profile(run.evaluation.site)
    splits = film_splits(judged)
    test = splits.loc[splits["split"] == "test", "case_id"]
    films = judged.films[judged.films["case_id"].isin(test)]
    places = read_locations(private(run))
    found = within(films_unlike(profile, films, places, judged.spec.showing, show=judged.show))
    case = films["case_id"] if judged.grouping is None else films["study_id"]
    order = found.map({word: place for place, word in enumerate(WITHIN)})
    gravest = order.groupby(case.astype(object).to_numpy()).max()
    words = {str(name): WITHIN[int(place)] for name, place in gravest.items()}
    return JudgedUnlike(words, profile_as_settings(profile))


def profile_as_settings(profile: SiteProfile) -> dict[str, str]:
    """What tells one profile from another, as plain values."""
    digest = sha256(profile.model_dump_json().encode()).hexdigest()
    return {"site": profile.site, "profile_sha256": digest}
