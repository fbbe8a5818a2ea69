"""The films of one scanner and view summed up: medians, spreads and shares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.config.site import (
    Borders,
    Greys,
    Group,
    Letters,
    Lines,
    NoiseProfile,
    Place,
    Placement,
    Sharpness,
    Windows,
)
from medtune.films.measure.cells import rounded, share, spread, spread_of
from medtune.films.measure.film import Measured
from medtune.films.measure.letters import zones
from medtune.films.measure.noise import correlation, deviations
from medtune.films.measure.pose import poses
from medtune.films.measure.sharpness import COARSE, CYCLES, noise_spectrum

_BORDER = 0.004  # of a side: what is thinner is no border


def group_of(
    name: tuple[str, str, bool | None],
    facts: pd.DataFrame,
    films: Sequence[Measured],
    patients: Sequence[str],
    smallest: int,
) -> Group:
    """One group of a profile.

    Args:
        name: scanner, view, and whether portable.
        facts: of all films of the group, measured or not: group_id, exposure_index, row_spacing,
            rows, columns, bits_stored, windows, window_center, window_width, has_voi_lut.
        films: those that were measured.
        patients: whose film each measured one is.
        smallest: patients that every number must rest on.
    """
    owners = facts["group_id"].astype(str).tolist()
    spacing = facts["column_spacing"]
    longer = facts[["rows", "columns"]].max(axis=1) * spacing
    film_side = spread(longer, owners, smallest)
    said: dict[str, Any] = {
        "films": len(facts),
        "pixel_spacing": spread(spacing, owners, smallest),
        "film_side": None if film_side is None else film_side.middle,
        "exposure_index": spread(facts["exposure_index"], owners, smallest),
        "bits": _bits(facts["bits_stored"], owners, smallest),
        "windows": _windows(facts, owners, smallest),
    }
    return group_seen(name, films, patients, smallest).model_copy(update=said)


def group_seen(
    name: tuple[str, str, bool | None],
    films: Sequence[Measured],
    patients: Sequence[str],
    smallest: int,
) -> Group:
    """What is told of films without their headers; the arguments are those of ``group_of``."""
    scanner, view, portable = name
    side = int(np.median([film.side for film in films]))
    return Group(
        scanner=scanner,
        view=view,
        portable=portable,
        films=len(films),
        measured=len(films),
        side=side,
        greys=_greys(films),
        noise=_noise(films, patients, smallest),
        sharpness=_sharpness(films, side, patients, smallest),
        lines=_lines(films, patients, smallest),
        borders=_borders(films, patients, smallest),
        letters=_letters(films, patients, smallest),
        placement=_placement(films, patients, smallest),
    )


def _greys(films: Sequence[Measured]) -> Greys:
    greys = np.stack([film.greys for film in films])
    return Greys(
        middle=[rounded(float(value)) for value in np.median(greys, axis=0)],
        spread=[spread_of(column) for column in greys.T],
        black=rounded(float(np.median([film.black for film in films]))),
        white=rounded(float(np.median([film.white for film in films]))),
    )


def _noise(
    films: Sequence[Measured], patients: Sequence[str], smallest: int
) -> NoiseProfile | None:
    seen = np.stack([film.noise.at for film in films])
    known = np.isfinite(seen[:, 0])
    enough = (known.sum(axis=0) >= max(3, len(films) // 4)) & _of_many(known, patients, smallest)
    if not enough.any():
        return None
    middle = np.full(seen.shape[1:], np.nan)
    middle[:, enough] = np.nanmedian(seen[:, :, enough], axis=0)
    blur = correlation(middle)
    whole = deviations(middle, blur)
    pooled = np.array([film.noise.pooled[0] for film in films])
    typical = float(np.nanmedian(pooled))
    return NoiseProfile(
        deviation=[rounded(float(value)) if np.isfinite(value) else None for value in whole],
        correlation=rounded(blur),
        spread=rounded(spread_of(pooled) / typical) if typical > 0 else 0.0,
    )


def _of_many(known: NDArray[np.bool_], patients: Sequence[str], smallest: int) -> Any:
    """Which columns of (films, columns) are known of enough patients."""
    whose = np.asarray(patients, object)
    return np.array([len(set(whose[column])) >= smallest for column in known.T], bool)


def _sharpness(
    films: Sequence[Measured], side: int, patients: Sequence[str], smallest: int
) -> Sharpness | None:
    with np.errstate(divide="ignore"):
        logs = np.log10(np.stack([film.spectrum for film in films]))
    logs[~np.isfinite(logs)] = np.nan
    known = np.isfinite(logs)
    told = (known.sum(axis=0) >= max(3, len(films) // 2)) & _of_many(known, patients, smallest)
    if not told.any():
        return None
    power = np.full(logs.shape[1], np.nan)
    power[told] = np.nanmedian(logs[:, told], axis=0)
    seen = np.stack([film.rank_noise.pooled for film in films])
    seen = seen[np.isfinite(seen).all(axis=1)]
    variance, blur = 0.0, 0.0
    if len(seen):
        middle = np.median(seen, axis=0)
        blur = correlation(middle)
        variance = float(deviations(middle, blur)) ** 2
        # a spectrum is nowhere less than its noise
        fine = told & (CYCLES > COARSE)
        over = 10.0 ** power[fine] / noise_spectrum(variance, blur, side)[fine]
        variance *= float(over.min()) if fine.any() else 1.0
    spreads = [spread_of(logs[:, band]) for band in np.flatnonzero(told)]
    return Sharpness(
        power=[round(float(value), 3) if np.isfinite(value) else None for value in power],
        spread=rounded(float(np.median(spreads))),
        noise=rounded(variance),
        correlation=rounded(blur),
    )


def _lines(films: Sequence[Measured], patients: Sequence[str], smallest: int) -> Lines | None:
    seen = [(who, film.lines) for who, film in zip(patients, films, strict=True) if film.lines]
    down = sum(lines.along == "down" for _, lines in seen)
    along: Literal["down", "across"] = "down" if 2 * down >= len(seen) else "across"
    alike = [(who, lines) for who, lines in seen if lines.along == along]
    if len({who for who, _ in alike}) < smallest:
        return None
    return Lines(
        films=share([film.lines is not None for film in films], patients, smallest),
        along=along,
        period=rounded(float(np.median([lines.period for _, lines in alike]))),
        depth=rounded(float(np.median([lines.depth for _, lines in alike]))),
    )


def _borders(films: Sequence[Measured], patients: Sequence[str], smallest: int) -> Borders | None:
    depths = np.array([film.borders for film in films])
    there = depths > _BORDER
    bordered = np.asarray(there.any(axis=1), bool)
    if len(set(np.asarray(patients, object)[bordered])) < smallest:
        return None
    whose = np.repeat(np.asarray(patients, object)[:, None], 4, axis=1)[there]
    grey = spread([film.border_grey for film in films], patients, smallest)
    whole = share(bordered, patients, smallest)
    within = None if whole is None else bordered
    return Borders(
        films=whole,
        sides=[share(side, patients, smallest, within) for side in there.T],
        depth=spread(depths[there], whose.tolist(), smallest),
        grey=None if grey is None else min(1.0, max(0.0, grey.middle)),
    )


def _letters(films: Sequence[Measured], patients: Sequence[str], smallest: int) -> Letters | None:
    cells: dict[tuple[int, int], list[bool]] = {}
    for number, film in enumerate(films):
        for cell in zones(film.letters):
            cells.setdefault(cell, [False] * len(films))[number] = True
    marked = np.array([len(film.letters) > 0 for film in films])
    whose = np.asarray(patients, object)
    texts = np.array([film.text for film in films], bool)
    if max(len(set(whose[marked])), len(set(whose[texts]))) < smallest:
        return None
    whole = share(marked, patients, smallest)
    within = None if whole is None else marked
    owners = {cell: len(set(whose[np.array(there)])) for cell, there in cells.items()}
    heights = [float(np.median(film.letters[:, 2])) for film in films if len(film.letters)]
    return Letters(
        films=whole,
        text=share(texts, patients, smallest),
        height=spread(heights, whose[marked].tolist(), smallest),
        places=[
            Place(row=row, column=column, films=share(there, patients, smallest, within))
            for (row, column), there in sorted(
                cells.items(), key=lambda cell: (-owners[cell[0]], cell[0])
            )
            if owners[row, column] >= smallest
        ],
    )


def _placement(
    films: Sequence[Measured], patients: Sequence[str], smallest: int
) -> Placement | None:
    found = poses(np.stack([film.small for film in films]))
    if found is None or np.isfinite(found.degrees).sum() < len(films) / 2:
        return None
    if len(set(np.asarray(patients, object)[np.isfinite(found.degrees)])) < smallest:
        return None
    return Placement(
        degrees=spread_of(found.degrees),
        zoom=spread_of(found.zoom),
        shift=rounded(float(np.hypot(spread_of(found.down), spread_of(found.across)) / 2**0.5)),
    )


def _windows(facts: pd.DataFrame, owners: Sequence[str], smallest: int) -> Windows | None:
    windowed = (facts["windows"].fillna(0) > 0).to_numpy(bool)
    luts = facts["has_voi_lut"].fillna(False).astype(bool).to_numpy()
    whose = np.asarray(owners, object)
    if max(len(set(whose[windowed])), len(set(whose[luts]))) < smallest:
        return None
    return Windows(
        films=share(windowed, owners, smallest),
        lut=share(luts, owners, smallest),
        centre=spread(facts["window_center"], owners, smallest),
        width=spread(facts["window_width"], owners, smallest),
    )


def _bits(stored: pd.Series, owners: Sequence[str], smallest: int) -> int | None:
    """The most frequent; None where too few patients' films have it."""
    known = pd.DataFrame({"bits": stored.to_numpy(), "patient": list(owners)}).dropna()
    if known.empty:
        return None
    bits = known["bits"].mode().iloc[0]
    enough = known.loc[known["bits"] == bits, "patient"].nunique() >= smallest
    return int(bits) if enough else None
