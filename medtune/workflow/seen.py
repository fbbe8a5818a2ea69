"""The films of each scanner and view that a person is shown: chosen, read, prepared and drawn."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.config.data import XrayData
from medtune.config.run import Run
from medtune.dicom import read_xray
from medtune.dicom.decoders import available
from medtune.dicom.facts import Facts
from medtune.errors import UnreadableFile
from medtune.films.greys import Greys, greys, levels, likeness
from medtune.films.locations import place_of, read_locations
from medtune.films.look import Grey8, SeenFilm, SeenGroup, smaller
from medtune.tables.cases import UNCERTAIN, read_uncertain
from medtune.tables.splits import stable_order
from medtune.workflow.cases import private
from medtune.workflow.labelled import label_words
from medtune.workflow.progress import Progress
from medtune.workflow.teaching import Teaching, drawn, prepared

SAMPLE = 24  # films of a group behind its mean and its histogram
EPOCHS = 3  # in which each film is drawn
SIDE = 320  # pixels a side of a picture, at most
MOST_NAMED = 3  # absent findings
KEY = ["scanner", "view"]

Group = tuple[str, str, int, int]
"""Scanner, view, films in all splits, and how many of them teach."""


@dataclass(frozen=True)
class Read:
    """A film as the reader gives it, made small."""

    picture: Grey8
    levels: NDArray[np.float64]
    facts: Facts


def groups_of(teaching: Teaching) -> list[Group]:
    """All scanners and views of the run, those with most films that teach first."""
    films = _named(teaching.cases).groupby(KEY).size()
    teach = _named(teaching.films).groupby(KEY).size().reindex(films.index, fill_value=0)
    table = pd.DataFrame({"films": films, "teach": teach}).reset_index()
    table = table.sort_values(["teach", "films", *KEY], ascending=[False, False, True, True])
    return [
        (str(scanner), str(view), int(films), int(teach))
        for scanner, view, films, teach in table.to_numpy().tolist()
    ]


def seen_groups(
    run: Run,
    teaching: Teaching,
    groups: Sequence[Group],
    *,
    per_group: int,
    seed: int,
    left_out: Collection[str],
    show: bool,
) -> tuple[list[SeenGroup], list[str]]:
    """What a person is shown of some groups.

    Args:
        run: the run.
        teaching: its films that teach.
        groups: some of ``groups_of``.
        per_group: films that are shown of each.
        seed: another seed chooses other films.
        left_out: case_ids that are neither shown nor counted in a mean or a histogram.
        show: whether progress is shown on stderr.

    Returns:
        The groups, and the reasons of films that cannot be read any more.
    """
    sample = _sample(teaching, groups, seed, left_out)
    read, gone = _read_all(run, sample, show=show)
    sample = sample[sample["case_id"].isin(read)]
    shown = sample.groupby(KEY).head(per_group)
    pictures = _pictures(run, teaching, shown.index.tolist())
    sums = {key: _greys(teaching, part, read) for key, part in sample.groupby(KEY)}
    alike = dict(zip(sums, likeness([one.mean for one in sums.values()]), strict=True))
    films: dict[tuple[str, str], list[SeenFilm]] = {}
    plain = shown.astype(object).where(shown.notna(), None)
    for number, case in zip(shown.index, plain.to_dict("records"), strict=True):
        film = _film(run, teaching, case, read[case["case_id"]], pictures[number])
        films.setdefault((case["scanner"], case["view"]), []).append(film)
    seen = [
        SeenGroup(
            scanner=scanner,
            view=view,
            films=count,
            teach=teach,
            seen=tuple(films.get((scanner, view), ())),
            greys=sums.get((scanner, view)),
            likeness=alike.get((scanner, view)),
        )
        for scanner, view, count, teach in groups
    ]
    return seen, gone


def _named(cases: pd.DataFrame) -> pd.DataFrame:
    """Cases with words where the header names no scanner or view."""
    return cases.assign(
        scanner=cases["scanner"].astype(object).fillna("scanner not stated"),
        view=cases["view"].astype(object).fillna("view not stated"),
    )


def _sample(
    teaching: Teaching, groups: Sequence[Group], seed: int, left_out: Collection[str]
) -> pd.DataFrame:
    """Up to 24 films of each group, those of different patients first.

    The index is the number by which training knows a film.
    """
    films = _named(teaching.films)
    wanted = pd.MultiIndex.from_tuples([group[:2] for group in groups])
    films = films[pd.MultiIndex.from_frame(films[KEY]).isin(wanted)]
    films = films[~films["case_id"].isin(list(left_out))]
    films = films.assign(order=stable_order(films["case_id"], seed)).sort_values("order")
    films = films.assign(nth=films.groupby([*KEY, "group_id"]).cumcount())
    return films.sort_values(["nth", "order"]).groupby(KEY).head(SAMPLE)


def _read_all(run: Run, sample: pd.DataFrame, *, show: bool) -> tuple[dict[str, Read], list[str]]:
    """The films of a sample as the reader gives them, and why some cannot be read any more."""
    places = read_locations(private(run)).set_index("case_id").loc[sample["case_id"]]
    read, gone = {}, []
    with (
        ThreadPoolExecutor(os.cpu_count() or 1) as pool,
        Progress("reading films", len(sample), show=show) as progress,
    ):
        found = pool.map(_read, places.to_dict("records"))
        for case_id, one in zip(places.index, found, strict=True):
            progress.step()
            if isinstance(one, str):
                gone.append(one)
            else:
                read[str(case_id)] = one
    return read, gone


def _read(place: Mapping[Any, Any]) -> Read | str:
    """One film, or why not."""
    try:
        image = read_xray(place_of(place["path"], place["member"]), frame=place["frame"])
    except UnreadableFile as error:
        return error.reason
    return Read(smaller(image.pixels, SIDE), levels(image.pixels), image.facts)


def _pictures(run: Run, teaching: Teaching, numbers: list[int]) -> dict[int, tuple[Grey8, ...]]:
    """Of each film: as the store holds it, and as training draws it."""
    ways = [prepared(teaching, numbers)]
    if run.training.augmentation != "none":
        ways += [drawn(run, teaching, numbers, epoch) for epoch in range(EPOCHS)]
    return {
        number: tuple(smaller(way[n], SIDE) for way in ways) for n, number in enumerate(numbers)
    }


def _greys(teaching: Teaching, part: pd.DataFrame, read: Mapping[str, Read]) -> Greys:
    return greys(
        [read[case_id].levels for case_id in part["case_id"]],
        prepared(teaching, part.index.tolist()),
    )


def _film(
    run: Run, teaching: Teaching, case: Mapping[Any, Any], read: Read, pictures: tuple[Grey8, ...]
) -> SeenFilm:
    row = teaching.decoded.rows.loc[case["case_id"]]
    return SeenFilm(
        case_id=str(case["case_id"]),
        label=_label(case, run.data),
        facts=_facts(read.facts),
        notes=tuple(note for note in str(row["notes"]).split("; ") if note),
        suspect=None if pd.isna(row["text"]) else str(row["text"]),
        raw=read.picture,
        prepared=pictures[0],
        drawn=pictures[1:],
    )


def _label(case: Mapping[Any, Any], data: XrayData) -> str:
    """What a film teaches: the findings that are present, those in doubt, or that none is."""
    said = label_words(data, case)
    doubt = [f"{finding} uncertain" for finding in read_uncertain(case[UNCERTAIN])]
    absent = [name for name in data.findings if case[name] == 0]
    none = bool(absent) and said == [f"no {name}" for name in absent]
    if doubt:
        return ", ".join(doubt if none else [*said, *doubt])
    if none and len(absent) > MOST_NAMED:
        return f"none of {len(absent)} findings"
    return ", ".join(said)


def _facts(facts: Facts) -> str:
    names = {uid: name for uid, name, _ in available()}
    said = [
        f"{facts.rows} × {facts.columns} pixels, {facts.bits_stored} bits",
        facts.photometric or "photometric interpretation not stated",
        names.get(facts.transfer_syntax, facts.transfer_syntax or "transfer syntax not stated"),
    ]
    return ", ".join([*said, "compressed with loss"] if facts.lossy else said)
