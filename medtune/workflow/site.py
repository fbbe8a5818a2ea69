"""``medtune site``: what a hospital's films are like in a small file, and how two differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

import numpy as np
import pandas as pd

from medtune.config.load import load_films_run
from medtune.config.run import Run
from medtune.config.site import (
    PROFILE_ENDINGS,
    SMALLEST_CELL,
    Group,
    Patients,
    SiteProfile,
    is_name,
)
from medtune.config.site_file import load_profile, profile_as_yaml
from medtune.dicom import Showing, count_files
from medtune.errors import DataError, InputError
from medtune.films.dates import age_bands
from medtune.films.index import Index, index_films
from medtune.films.measure.cells import shares_of_films, shares_of_patients
from medtune.films.measure.comparison import Difference, differences
from medtune.films.measure.group import group_of
from medtune.films.measure.scanners import UNSTATED, told
from medtune.films.measure.views import views_told
from medtune.films.preprocessing import Preprocessing
from medtune.report.site_page import site_html
from medtune.tables.amounts import counted
from medtune.tables.schema import write_text
from medtune.tables.splits import stable_order
from medtune.workflow.measuring import measure_films
from medtune.workflow.progress import Progress

KEY = ["scanner", "view", "portable"]
MOST_FILMS = 300  # of a group, where nothing is said
BY_A_RUN_FILE = (
    "Pictures that are no DICOM are measured through a run file whose 'data.metadata' names a "
    "table of them, with the columns file and patient_id: medtune site measure RUN.yaml."
)
_BODY = [
    *("case_id", "group_id", "scanner", "view", "portable", "sex", "age", "presentation"),
    *("exposure_index", "column_spacing", "rows", "columns", "bits_stored"),
    *("windows", "window_center", "window_width", "has_voi_lut"),
]


@dataclass(frozen=True)
class MeasuredSite:
    """What was measured, and where it is written.

    Attributes:
        profile: the profile.
        written: the YAML file.
        page: its plots.
        unreadable: why films could not be measured, and how many.
        too_small: films of scanners and views with too few patients to be told; they count
            nowhere in the profile.
    """

    profile: SiteProfile
    written: Path
    page: Path
    unreadable: Mapping[str, int]
    too_small: int

    def lines(self) -> list[str]:
        """For a person."""
        profile = self.profile
        lines = [f"{profile.site}: {len(profile.groups)} kinds of films"]
        for group in profile.groups:
            lines.append(
                f"  {named(group)}: {counted(group.films, 'film')}, {group.measured} measured"
            )
        if self.too_small:
            lines.append(
                f"  left out: {counted(self.too_small, 'film')} of scanners and views with "
                f"fewer than {profile.smallest_cell} patients"
            )
        lines += [
            f"  cannot be read: {counted(count, 'film')} ({why})"
            for why, count in self.unreadable.items()
        ]
        return [*lines, f"Profile: {self.written}", f"Plots: {self.page}"]

    def as_dict(self) -> dict[str, Any]:
        """The same, for machines."""
        return {
            "profile": self.profile.model_dump(mode="json", exclude_none=True),
            "written": str(self.written),
            "page": str(self.page),
            "unreadable": dict(self.unreadable),
            "too_small": self.too_small,
        }


def named(group: Group) -> str:
    """A group in words."""
    where = {True: ", portable", False: ", not portable", None: ""}[group.portable]
    return f"{group.scanner}, {group.view}{where}"


def measure(
    films: Path | str,
    out: Path | str,
    *,
    site: str | None = None,
    most_films: int = MOST_FILMS,
    smallest_cell: int = SMALLEST_CELL,
    scanner_names: bool = False,
    seed: int = 0,
    show: bool = True,
) -> MeasuredSite:
    """Measure what a hospital's films look like; no label is needed.

    Args:
        films: a folder of films; or a run file, then the films of its train split alone, read as
            the run reads them, with the prevalence of its labels.
        out: the profile, a YAML file; the page of plots is written beside it.
        site: name of the hospital as it is told; the run's, or 'site', where nothing is said.
        most_films: of each scanner and view that are measured, of different patients first.
        smallest_cell: what rests on fewer patients is left out.
        scanner_names: whether models stand as headers have them, instead of known manufacturers
            and numbers.
        seed: another seed measures other films.
        show: whether progress is shown on stderr.

    Raises:
        DataError: there is no film, or no scanner and view with enough patients.
        InputError: a number out of range, a file that is no YAML, or a name that may not be told.
    """
    films, out = Path(films), Path(out)
    if most_films < 1 or smallest_cell < 1:
        raise InputError("At least 1 film is measured, and a cell has at least 1 patient.")
    if out.suffix.lower() not in PROFILE_ENDINGS:
        raise InputError(f"A profile is a YAML file, and {out.name} does not end in .yaml.")
    if site is not None:
        _check_name(site)
    with _films(films, site, show=show) as (facts, places, showing, patients, name):
        facts = facts.assign(
            scanner=facts["scanner"].astype("string").fillna(UNSTATED)
            if scanner_names
            else told(facts["scanner"]),
            view=views_told(facts["view"]),
        )
        enough = facts.groupby(KEY, dropna=False)["group_id"].transform("nunique") >= smallest_cell
        if not enough.any():
            raise DataError(
                f"No scanner and view has films of {smallest_cell} patients: nothing of them can "
                "be told without telling of single patients."
            )
        groups, counted, unreadable = _groups(
            facts[enough], places, showing, most_films, smallest_cell, seed, show=show
        )
    if not groups:
        raise DataError("No film of any group can be read.")
    from medtune import __version__

    profile = SiteProfile(
        site=name,
        made_by=f"medtune {__version__}",
        smallest_cell=smallest_cell,
        simulated=bool(facts["scanner"].str.startswith("Simulated").any()),
        patients=_people(counted, patients, smallest_cell),
        groups=groups,
    )
    page = out.with_suffix(".html")
    write_text(site_html(profile), page)
    write_text(profile_as_yaml(profile), out)
    return MeasuredSite(profile, out, page, unreadable, int((~enough).sum()))


@dataclass(frozen=True)
class Compared:
    """What differs between two sites, the largest differences first."""

    sites: tuple[str, str]
    differences: list[Difference]

    def lines(self) -> list[str]:
        """For a person."""
        one, other = self.sites
        if not self.differences:
            return [f"{one} and {other}: nothing that is worth telling differs."]
        lines = [f"{one} and {other}, what differs most first:"]
        return [*lines, *(f"  {found.subject}: {found.sentence}" for found in self.differences)]

    def as_dict(self) -> dict[str, Any]:
        """The same, for machines."""
        return {"sites": list(self.sites), "differences": [asdict(d) for d in self.differences]}


def compare(one: Path | str, other: Path | str) -> Compared:
    """What differs between two profiles, and by how much.

    Raises:
        ConfigError: a profile with mistakes.
    """
    first, second = load_profile(one), load_profile(other)
    names = (first.site, second.site)
    if names[0] == names[1]:  # else no sentence would tell which is meant
        names = (f"{names[0]} (first)", f"{names[1]} (second)")
    found = differences(
        first.model_copy(update={"site": names[0]}), second.model_copy(update={"site": names[1]})
    )
    return Compared(names, found)


@contextmanager
def _films(
    films: Path, site: str | None, *, show: bool
) -> Iterator[tuple[pd.DataFrame, pd.DataFrame, Showing, pd.DataFrame | None, str]]:
    """Facts and places of the films, how they are shown, labelled cases, and the site's name."""
    if films.suffix.lower() in PROFILE_ENDINGS and films.is_file():
        from medtune.workflow.teaching import cases_and_splits

        run = load_films_run(films)
        name = run.site_name if site is None else site
        _check_name(name)
        cases, splits = cases_and_splits(run, show=show)
        train = cases[cases["case_id"].isin(splits.loc[splits["split"] == "train", "case_id"])]
        index = _index_again(run, show=show)
        facts = _facts(index)
        facts = facts[facts["case_id"].isin(train["case_id"])]
        labels = train[["case_id", "group_id", "study_id", *run.data.findings]]
        yield facts, index.locations, _spec(run).showing, labels, name
        return
    # nothing that leads back to the films is kept
    with TemporaryDirectory() as private, Progress("reading headers", show=show) as progress:
        if show:
            Thread(target=lambda: progress.expect(count_files(films)), daemon=True).start()
        index = index_films(
            films, Path(private), "site", pictures=BY_A_RUN_FILE, tick=progress.step
        )
        facts = _facts(index)
        facts = facts[facts["presentation"].fillna("") != "for_processing"]
        showing = Preprocessing(image_size=512).showing
        yield facts, index.locations, showing, None, "site" if site is None else site


def _check_name(site: str) -> None:
    """Before anything is read, which takes long.

    Raises:
        InputError: the hospital cannot be called so.
    """
    if not is_name(site):
        raise InputError(
            f"A site cannot be called '{site}': a name is made of letters of any language, digits, "
            "spaces and . _ - and begins with a letter or a digit. Give another with --name."
        )


def _spec(run: Run) -> Preprocessing:
    from medtune.workflow.decoding import plain_spec_of

    return plain_spec_of(run)


def _index_again(run: Run, *, show: bool) -> Index:
    """The index of a run whose headers have been read just now."""
    from medtune.workflow.cases import gather

    return gather(run, show=show).index


def _facts(index: Index) -> pd.DataFrame:
    facts = index.facts.select(_BODY).to_pandas()
    words = {name: "string" for name in facts if isinstance(facts[name].dtype, pd.CategoricalDtype)}
    return facts.astype(words)


def _groups(
    facts: pd.DataFrame,
    places: pd.DataFrame,
    showing: Showing,
    most_films: int,
    smallest_cell: int,
    seed: int,
    *,
    show: bool,
) -> tuple[list[Group], pd.DataFrame, dict[str, int]]:
    """The groups, those with most films first, their films, and why some could not be measured.

    Films that cannot be read do not count: they may be those of few patients.
    """
    # by their places in the index: names are other ones wherever films are measured
    place = pd.Series(facts.index.astype(str), index=facts.index)
    order = facts.assign(order=stable_order(place, seed)).sort_values("order")
    order = order.assign(nth=order.groupby([*KEY, "group_id"], dropna=False).cumcount())
    sample = order.sort_values(["nth", "order"]).groupby(KEY, dropna=False).head(most_films)
    found = measure_films(sample["case_id"].tolist(), places, showing, show=show)
    unreadable: dict[str, int] = {}
    for one in found.values():
        if isinstance(one, str):
            unreadable[one] = unreadable.get(one, 0) + 1
    groups, counted = [], []
    failed = [case_id for case_id, one in found.items() if isinstance(one, str)]
    facts = facts[~facts["case_id"].isin(failed)]
    for _, part in facts.groupby(KEY, dropna=False, sort=True):
        scanner, view, portable = part[KEY].iloc[0].tolist()
        chosen = sample[sample.index.isin(part.index)]
        films, whose = [], []
        for case_id, patient in zip(chosen["case_id"], chosen["group_id"], strict=True):
            one = found[case_id]
            if not isinstance(one, str):
                films.append(one)
                whose.append(str(patient))
        if len(set(whose)) < smallest_cell:
            continue
        said = None if pd.isna(portable) else bool(portable)
        groups.append(group_of((str(scanner), str(view), said), part, films, whose, smallest_cell))
        counted.append(part)
    kept = pd.concat(counted) if counted else facts.iloc[:0]
    return sorted(groups, key=lambda group: -group.films), kept, unreadable


def _people(facts: pd.DataFrame, labels: pd.DataFrame | None, smallest_cell: int) -> Patients:
    """Whose films they are, of those in groups that are told; small cells left out."""
    owner = facts["group_id"].astype(str)
    portable = facts["portable"].astype("boolean")
    carried = set(owner[portable.fillna(False).to_numpy(bool)])
    others = set(owner[~portable.fillna(True).to_numpy(bool)])
    view = facts["view"].astype("string")
    return Patients(
        films=len(facts),
        patients=int(owner.nunique()),
        sex=shares_of_patients(facts["sex"], owner, smallest_cell),
        age=shares_of_patients(age_bands(facts["age"]), owner, smallest_cell),
        view=shares_of_films(view, owner, smallest_cell),
        portable=round(float(portable.dropna().mean()), 2)
        if min(len(carried), len(others)) >= smallest_cell
        else None,
        prevalence=None if labels is None else _prevalence(labels, smallest_cell),
    )


def _prevalence(labels: pd.DataFrame, smallest_cell: int) -> dict[str, float] | None:
    """Share of the labelled studies with each finding, where enough patients have it or not."""
    told: dict[str, float] = {}
    findings = [name for name in labels if name not in ("case_id", "group_id", "study_id")]
    for finding in map(str, findings):
        known = labels.dropna(subset=[finding]).drop_duplicates("study_id")
        present = known[finding].astype(float) == 1
        patients = [known.loc[mask, "group_id"].nunique() for mask in (present, ~present)]
        if min(patients) >= smallest_cell:
            told[finding] = round(float(np.mean(present)), 3)
    return told or None
