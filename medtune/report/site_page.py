"""A site's profile as one HTML page that needs nothing else; it knows no more than the profile."""

from __future__ import annotations

from collections.abc import Iterator

from medtune.config.site import Group, Patients, SiteProfile, Spread
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
            "rows": list(_rows(group)),
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
            shares = [f"{key.replace('_', ' ')} {_percent(share)}" for key, share in part.items()]
            yield name, ", ".join(shares)
    if patients.portable is not None:
        yield "Portable", _percent(patients.portable)


def _rows(group: Group) -> Iterator[tuple[str, str]]:
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
        windows = f"on {_percent(group.windows.films)} of the films"
        if group.windows.centre is not None and group.windows.width is not None:
            windows += (
                f", centre {_with_spread(group.windows.centre)}, "
                f"width {_with_spread(group.windows.width)}"
            )
        lut = group.windows.lut
        yield "Windows", windows + (f"; VOI LUT on {_percent(lut)}" if lut else "")
    if group.greys is not None:
        yield "Clipped", f"{_percent(group.greys.black)} black, {_percent(group.greys.white)} white"
    if group.noise is not None:
        yield (
            "Noise",
            (
                f"correlated over {group.noise.correlation:.2g} pixels, differs by "
                f"{_percent(group.noise.spread)} from film to film"
            ),
        )
    if group.detector is not None and group.detector.mtf_half_per_mm is not None:
        yield "MTF", f"0.5 at {group.detector.mtf_half_per_mm:g} cycles a mm"
    if group.detector is not None and group.detector.dqe is not None:
        yield "DQE", f"{group.detector.dqe:g}"
    yield from _seen(group)


def _seen(group: Group) -> Iterator[tuple[str, str]]:
    if group.lines is not None:
        yield (
            "Grid lines",
            (
                f"on {_percent(group.lines.films)} of the films, running {group.lines.along}, "
                f"{group.lines.period:.3g} pixels apart, amplitude {group.lines.depth:.2g}"
            ),
        )
    elif group.greys is not None:
        yield "Grid lines", "none seen"
    if group.borders is not None:
        sides = zip(("top", "bottom", "left", "right"), group.borders.sides, strict=True)
        said = ", ".join(f"{side} {_percent(share)}" for side, share in sides)
        yield "Borders", f"on {_percent(group.borders.films)} of the films ({said})"
    elif group.greys is not None:
        yield "Borders", "none seen"
    if group.letters is not None:
        yield (
            "Letters",
            (
                f"on {_percent(group.letters.films)} of the films; lines of text on "
                f"{_percent(group.letters.text)}"
            ),
        )
    elif group.greys is not None:
        yield "Letters", "none seen"
    if group.placement is not None:
        place = group.placement
        yield (
            "From film to film",
            (
                f"turned by {place.degrees:.2g}°, zoomed by {_percent(place.zoom)}, "
                f"moved by {_percent(place.shift)} (standard deviations)"
            ),
        )


def _with_spread(value: Spread, unit: str = "") -> str:
    return f"{_plain(value.middle, 3)}{unit} ± {_plain(value.spread, 2)}"


def _plain(value: float, digits: int) -> str:
    """So many digits that count, and never a power of ten for what is a whole number."""
    return f"{value:.0f}" if abs(value) >= 10 ** (digits - 1) else f"{value:.{digits}g}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.1 or share == 0 else f"{100 * share:.1f} %"
