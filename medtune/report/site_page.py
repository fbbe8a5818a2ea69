"""A site's profile as one HTML page that needs nothing else; it knows no more than the profile."""

from __future__ import annotations

from collections.abc import Iterator

from medtune.config.site import Borders, Group, Letters, Patients, SiteProfile, Spread
from medtune.config.site_words import (
    letters_on_few,
    on_few,
    on_films,
    on_films_if_told,
    percent,
    plain,
)
from medtune.report.page import template
from medtune.report.site_figures import site_figure
from medtune.report.words import ENGLISH, Words


def site_html(profile: SiteProfile, words: Words = ENGLISH) -> str:
    """The page; the same for the same profile, byte for byte."""
    groups = [
        {
            "name": _named(group),
            "counted": f"{group.films:,} films; {group.measured:,} measured".replace(",", "\u202f")
            if group.films
            else "published figures, no film measured",
            "figure": site_figure(group, f"group{number}", f"Measures of {_named(group)}")
            if group.measured
            else "",
            "rows": list(_rows(group, profile.smallest_cell)),
            "sources": group.sources,
        }
        for number, group in enumerate(profile.groups)
    ]
    return template("site.html").render(
        words=words,
        profile=profile,
        simulated=profile.simulated,
        people=[] if profile.patients is None else list(_people(profile.patients)),
        groups=groups,
    )


def _named(group: Group) -> str:
    where = {True: ", portable", False: ", not portable", None: ""}[group.portable]
    return f"{group.scanner}, {group.view}{where}"


def _people(patients: Patients) -> Iterator[tuple[str, str]]:
    yield "Films", f"{patients.films}"
    yield "Patients", f"{patients.patients}"
    for name, part in (("Sex", patients.sex), ("Age", patients.age), ("View", patients.view),
                       ("Findings", patients.prevalence)):  # fmt: skip
        if part:
            shares = [f"{key.replace('_', ' ')} {percent(share)}" for key, share in part.items()]
            yield name, ", ".join(shares)
    if patients.portable is not None:
        yield "Portable", percent(patients.portable)


def _rows(group: Group, smallest: int) -> Iterator[tuple[str, str]]:
    """What is told of a group beside its figure."""
    if group.side is not None:
        yield "Measured on", f"films whose longer side has {group.side} pixels"
    if group.pixel_spacing is not None:
        yield "Pixel spacing", _with_spread(group.pixel_spacing, " mm")
    if group.film_side is not None:
        yield "Longer side", f"{group.film_side:.0f} mm"
    if group.exposure_index is not None:
        yield "Exposure index", _with_spread(group.exposure_index)
    if group.bits is not None:
        yield "Bits stored", str(group.bits)
    if group.windows is not None:
        windows = on_films_if_told(group.windows.films, smallest)
        if group.windows.centre is not None and group.windows.width is not None:
            windows += (
                f", centre {_with_spread(group.windows.centre)}, "
                f"width {_with_spread(group.windows.width)}"
            )
        lut = group.windows.lut
        if lut != 0:
            windows += f"; VOI LUT {on_films_if_told(lut, smallest)}"
        yield "Windows", windows
    if group.greys is not None:
        yield "Clipped", f"{percent(group.greys.black)} black, {percent(group.greys.white)} white"
    if group.noise is not None:
        yield (
            "Noise",
            (
                f"correlated over {group.noise.correlation:.2g} pixels, differs by "
                f"{percent(group.noise.spread)} from film to film"
            ),
        )
    if group.detector is not None and group.detector.mtf_half_per_mm is not None:
        yield "MTF", f"0.5 at {group.detector.mtf_half_per_mm:g} cycles a mm"
    if group.detector is not None and group.detector.dqe is not None:
        yield "DQE", f"{group.detector.dqe:g}"
    yield from _seen(group, smallest)


def _seen(group: Group, smallest: int) -> Iterator[tuple[str, str]]:
    few = on_few(smallest)  # what is left out may be there, and may not
    if group.lines is not None:
        lines = group.lines
        yield (
            "Grid lines",
            (
                f"{on_films(lines.films, smallest)}, running {lines.along}, "
                f"{lines.period:.3g} pixels apart, amplitude {lines.depth:.2g}"
            ),
        )
    elif group.greys is not None:
        yield "Grid lines", few
    if group.borders is not None:
        yield "Borders", _borders(group.borders, smallest)
    elif group.greys is not None:
        yield "Borders", few
    if group.letters is not None:
        yield "Letters", _letters(group.letters, smallest)
    elif group.greys is not None:
        yield "Letters", few
    if group.placement is not None:
        place = group.placement
        yield (
            "From film to film",
            (
                f"turned by {place.degrees:.2g}°, zoomed by {percent(place.zoom)}, "
                f"moved by {percent(place.shift)} (standard deviations)"
            ),
        )


def _borders(borders: Borders, smallest: int) -> str:
    if all(share is None for share in borders.sides):
        return on_films(borders.films, smallest)
    sides = zip(("top", "bottom", "left", "right"), borders.sides, strict=True)
    said = ", ".join(
        f"{side} {'not told' if share is None else percent(share)}" for side, share in sides
    )
    return f"{on_films(borders.films, smallest)} ({said})"


def _letters(letters: Letters, smallest: int) -> str:
    seen = on_few(smallest) if letters_on_few(letters) else on_films(letters.films, smallest)
    return f"{seen}; lines of text {on_films_if_told(letters.text, smallest)}"


def _with_spread(value: Spread, unit: str = "") -> str:
    return f"{plain(value.middle, 3)}{unit} ± {plain(value.spread, 2)}"
