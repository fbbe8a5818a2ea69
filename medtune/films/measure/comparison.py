"""Two profiles held against each other: what differs, in words, and by how much."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from medtune.config.site import NOISE_GREYS, SHARES, Group, Sharpness, SiteProfile, Spread
from medtune.config.site_words import letters_on_few, on_few, on_films, percent, plain
from medtune.films.measure.noise import power_of
from medtune.films.measure.sharpness import added_blur, noise_spectrum
from medtune.films.measure.views import is_numbered

_MOVED = 0.03  # a share or a grey that differs by less is as good as the same
_TIMES = 1.15  # a ratio that differs by less is
_PART = 0.25  # spreads from film to film by which a middle must differ
_BLUR = 5e-4  # of the side
_LIKE = 1.15  # sides of films that differ by no more show noise and detail alike
_BODY = slice(1, -1)  # quantiles between 5 and 95 %


@dataclass(frozen=True)
class Difference:
    """One thing that differs.

    Attributes:
        subject: patients, or a view.
        topic: what of it: greys, noise, sharpness, sex ...
        sentence: in words, with its figures.
        size: how much it matters, for the order: in spreads from film to film where there are
            any, else in doublings or in tenths of a share.
        amount: the figure: an exponent (greys), a ratio (noise), a share of the side (sharpness),
            a share or a value of the second less that of the first elsewhere. Of shares that a
            profile does not tell, as they are of too few patients, the least that it can be with
            one film a patient. None where it cannot be told.
    """

    subject: str
    topic: str
    sentence: str
    size: float
    amount: float | None


def differences(one: SiteProfile, other: SiteProfile) -> list[Difference]:
    """What differs between two sites, the largest differences first.

    Of each view, the groups with most films are compared; where no view is at both, the largest
    of all. A view that a profile calls by a number is another one at the other site.
    """
    found = list(_patients(one, other))
    views = [group.view for group in one.groups]
    pairs = [
        (_largest(one, view), _largest(other, view))
        for view in dict.fromkeys(views)
        if any(group.view == view for group in other.groups) and not is_numbered(view)
    ]
    for a, b in pairs or [(_largest(one), _largest(other))]:
        subject = a.view if a.view == b.view else f"{a.view} and {b.view}"
        named = (one.site, other.site)
        seen = (
            _seen("grid lines", _lines_on(a, one), _lines_on(b, other), 3.0, *named),
            _seen("visible borders", _borders_on(a, one), _borders_on(b, other), 5.0, *named),
            _letters(a, b, one, other),
        )
        for topic, sentence, size, amount in chain(_films(a, b, *named), *seen):
            found.append(Difference(subject, topic, sentence, size, amount))
    return sorted(found, key=lambda difference: -difference.size)


Row = tuple[str, str, float, float | None]


def _largest(profile: SiteProfile, view: str | None = None) -> Group:
    groups = [group for group in profile.groups if view in (None, group.view)]
    return max(groups, key=lambda group: group.films)


def _patients(one: SiteProfile, other: SiteProfile) -> Iterator[Difference]:
    a, b = one.patients, other.patients
    if a is None or b is None:
        return
    # of two sexes one says it all, and of several bands the two that move most
    for topic, most in (("sex", 1), ("age", 2), ("view", 1), ("prevalence", None)):
        first, second = getattr(a, topic) or {}, getattr(b, topic) or {}
        both = [name for name in first if name in second]
        by_move = sorted(both, key=lambda name: -abs(second[name] - first[name]))
        for name in by_move[:most]:
            moved = second[name] - first[name]
            if abs(moved) >= _MOVED:
                said = name.replace("_", " ")
                sentence = (
                    f"{topic.capitalize()} {said}: {percent(first[name])} at {one.site}, "
                    f"{percent(second[name])} at {other.site}."
                )
                yield Difference("patients", topic, sentence, 10 * abs(moved), moved)
    if a.portable is not None and b.portable is not None:
        moved = b.portable - a.portable
        if abs(moved) >= _MOVED:
            sentence = (
                f"Portable: {percent(a.portable)} of the films at {one.site}, "
                f"{percent(b.portable)} at {other.site}."
            )
            yield Difference("patients", "portable", sentence, 10 * abs(moved), moved)


def _films(a: Group, b: Group, one: str, other: str) -> Iterator[Row]:
    for part in (_greys, _noise, _sharpness, _placement, _detector):
        yield from part(a, b, one, other)
    spreads = {
        "pixel spacing": (a.pixel_spacing, b.pixel_spacing, " mm"),
        "exposure index": (a.exposure_index, b.exposure_index, ""),
    }
    for topic, (first, second, unit) in spreads.items():
        if first is not None and second is not None:
            yield from _moved(topic, first, second, unit, one, other)
    if a.bits is not None and b.bits is not None and a.bits != b.bits:
        sentence = f"Bits stored: {a.bits} at {one}, {b.bits} at {other}."
        yield "bits", sentence, 0.1 * abs(b.bits - a.bits), float(b.bits - a.bits)
    low, high = (None if group.windows is None else group.windows.films for group in (a, b))
    if low is not None and high is not None and abs(high - low) >= _MOVED:
        sentence = (
            f"Windows in headers: {percent(low)} of the films at {one}, {percent(high)} at {other}."
        )
        yield "windows", sentence, abs(high - low), high - low


def response_gamma(a: Group, b: Group) -> float | None:
    """The exponent that makes the first group's greys into the second's, by least squares.

    Bodies must be alike: it is their greys that are compared, quantile by quantile. None where
    either was not measured.
    """
    if a.greys is None or b.greys is None:
        return None
    first = np.clip(np.array(a.greys.middle)[_BODY], 1e-3, 1 - 1e-3)
    second = np.clip(np.array(b.greys.middle)[_BODY], 1e-3, 1 - 1e-3)
    exponents = np.geomspace(0.2, 5, 2001)
    misfit = ((first[None] ** exponents[:, None] - second) ** 2).sum(axis=1)
    return float(exponents[misfit.argmin()])


def _greys(a: Group, b: Group, one: str, other: str) -> Iterator[Row]:
    gamma = response_gamma(a, b)
    if gamma is None or a.greys is None or b.greys is None:
        return
    middle = SHARES.index(0.50)
    first, second = a.greys.middle[middle], b.greys.middle[middle]
    spread = max(a.greys.spread[middle], b.greys.spread[middle], 0.01)
    apart = np.abs(np.array(b.greys.middle) - np.array(a.greys.middle))[_BODY]
    if apart.max() >= _MOVED and apart.max() / spread >= _PART:
        fitted = np.array(a.greys.middle)[_BODY] ** gamma
        rest = float(np.abs(fitted - np.array(b.greys.middle)[_BODY]).max())
        darker = "darker" if second < first else "brighter"
        said = (
            f"Greys: {other} is {darker}, as {one}'s greys to the power of {gamma:.2f}"
            if abs(gamma - 1) >= 0.05
            else f"Greys: {other} has another contrast than {one}"
        )
        sentence = f"{said} (median grey {first:.2f} and {second:.2f}"
        sentence += (
            f"; {rest:.2f} of grey is left that no power explains)." if rest > 0.05 else ")."
        )
        yield "greys", sentence, float(apart.max()) / spread, gamma
    for topic, low, high in (("black", a.greys.black, b.greys.black),
                             ("white", a.greys.white, b.greys.white)):  # fmt: skip
        if abs(high - low) >= _MOVED:
            sentence = (
                f"Clipped to {topic}: {percent(low)} of a film at {one}, {percent(high)} at "
                f"{other}."
            )
            yield f"clipped {topic}", sentence, 5 * abs(high - low), high - low


def noise_level(group: Group) -> NDArray[np.float64] | None:
    """Noise at each grey whatever the size of the film: the root of its power at low frequency.

    In grey, for a picture of one pixel: a picture of S pixels a side has S times as much, unless
    its noise is correlated. None where it was not measured. What is measured as noise on films that
    were reduced to a few hundred pixels is fine detail in part, which does not shrink like that:
    real films of unlike sizes cannot be compared by it.
    """
    if group.noise is None or group.side is None:
        return None
    deviation = np.array([np.nan if v is None else v for v in group.noise.deviation], np.float64)
    spread = float(power_of(1.0, group.noise.correlation, np.zeros(1))[0])
    level: NDArray[np.float64] = deviation * spread**0.5 / group.side
    return level


def _measured_alike(a: Group, b: Group) -> bool:
    """Whether films of about one size were measured."""
    return a.side is None or b.side is None or 1 / _LIKE <= a.side / b.side <= _LIKE


def _noise(a: Group, b: Group, one: str, other: str) -> Iterator[Row]:
    first, second = noise_level(a), noise_level(b)
    if first is None or second is None or a.side is None:
        return
    if not _measured_alike(a, b):
        sentence = (
            f"Noise: cannot be compared, since films have {a.side} pixels at {one} and {b.side} at "
            f"{other}, and on small ones fine detail is taken for noise."
        )
        yield "noise", sentence, 0.0, None
        return
    both = np.isfinite(first) & np.isfinite(second) & (first > 0) & (second > 0)
    if not both.any():
        return
    ratio = float(np.median(second[both] / first[both]))
    if max(ratio, 1 / max(ratio, 1e-9)) < _TIMES:
        return
    at = int(np.abs(np.where(both, np.array(NOISE_GREYS), 9) - 0.5).argmin())
    said = f"{ratio:.2g} times as much" if ratio > 1 else f"{1 / ratio:.2g} times less"
    sentence = (
        f"Noise: {said} at {other} (at grey {NOISE_GREYS[at]:.2f} of a film of {a.side} pixels, "
        f"before any blur: {a.side * first[at]:.4f} at {one}, {a.side * second[at]:.4f} at "
        f"{other})."
    )
    yield "noise", sentence, 2 * abs(float(np.log2(ratio))), ratio


def blur_between(a: Group, b: Group) -> float | None:
    """How much more the second group's films are blurred: standard deviation, share of the side.

    Below 0 where they are sharper; None where the spectra cannot tell.
    """
    if a.sharpness is None or b.sharpness is None or a.side is None or b.side is None:
        return None
    return added_blur(
        _power(a.sharpness),
        _power(b.sharpness),
        noise_spectrum(a.sharpness.noise, a.sharpness.correlation, a.side),
        noise_spectrum(b.sharpness.noise, b.sharpness.correlation, b.side),
    )


def _power(sharpness: Sharpness) -> NDArray[np.float64]:
    return np.array([np.nan if v is None else 10.0**v for v in sharpness.power], np.float64)


def _sharpness(a: Group, b: Group, one: str, other: str) -> Iterator[Row]:
    blur = blur_between(a, b)
    if blur is None or abs(blur) < _BLUR:
        return
    softer, sharper = (other, one) if blur > 0 else (one, other)
    film_side = b.film_side or a.film_side
    in_mm = f", {abs(blur) * film_side:.2g} mm" if film_side else ""
    sentence = (
        f"Sharpness: {softer} is softer than {sharper}, by a blur of {100 * abs(blur):.2g} % of "
        f"the side{in_mm} (standard deviation; {512 * abs(blur):.2g} pixels of 512)."
    )
    if not _measured_alike(a, b):
        sentence += (
            f" Films have {a.side} pixels at {one} and {b.side} at {other}: what made the smaller "
            "ones small is in it."
        )
    yield "sharpness", sentence, 512 * abs(blur), blur


@dataclass(frozen=True)
class _On:
    """On how many films something was seen: at least, at most, whether that is told, in words."""

    least: float
    most: float
    told: bool
    words: str


def _on(share: float | None, few: bool, group: Group, site: SiteProfile) -> _On | None:
    """Of a group.

    Args:
        share: of its films; None where too few lack it.
        few: whether it is left out, as none or too few have it.
        group: the group; None is returned where nobody looked, as at equipment.
        site: whose it is.
    """
    if group.greys is None or group.measured == 0:
        return None
    untold = min(1.0, (site.smallest_cell - 1) / group.measured)
    if few or share == 0:
        return _On(0.0, untold, False, on_few(site.smallest_cell))
    words = on_films(share, site.smallest_cell)
    return _On(1 - untold, 1.0, False, words) if share is None else _On(share, share, True, words)


def _lines_on(group: Group, site: SiteProfile) -> _On | None:
    lines = group.lines
    return _on(None if lines is None else lines.films, lines is None, group, site)


def _borders_on(group: Group, site: SiteProfile) -> _On | None:
    borders = group.borders
    return _on(None if borders is None else borders.films, borders is None, group, site)


def _letters_on(group: Group, site: SiteProfile) -> _On | None:
    few = group.letters is None or letters_on_few(group.letters)
    return _on(None if group.letters is None else group.letters.films, few, group, site)


def _apart(a: _On, b: _On) -> float:
    """The second's share less the first's, as near to 0 as both may be."""
    return max(b.least - a.most, 0.0) or min(b.most - a.least, 0.0)


def _at_both(a: _On, b: _On, one: str, other: str) -> str:
    if a.told and b.told:
        return f"{a.words} at {one}, {percent(b.least)} at {other}"
    return f"at {one} {a.words}; at {other} {b.words}"


def _seen(
    what: str, a: _On | None, b: _On | None, weight: float, one: str, other: str
) -> Iterator[Row]:
    if a is None or b is None:
        return
    moved = _apart(a, b)
    if abs(moved) >= _MOVED:
        sentence = f"{what.capitalize()}: {_at_both(a, b, one, other)}."
        yield what.removeprefix("visible "), sentence, weight * abs(moved), moved


def _letters(a: Group, b: Group, one: SiteProfile, other: SiteProfile) -> Iterator[Row]:
    first, second = _letters_on(a, one), _letters_on(b, other)
    if first is None or second is None:
        return
    where = [
        f"{site.site}: {_where(group)}"
        for site, group in ((one, a), (other, b))
        if group.letters is not None and group.letters.places
    ]
    places = [set(_cells(group)) for group in (a, b)]
    moved = _apart(first, second)
    if abs(moved) >= _MOVED or (all(places) and not places[0] & places[1]):
        sentence = f"Letters: seen {_at_both(first, second, one.site, other.site)}"
        sentence += f" ({'; '.join(where)})." if where else "."
        yield "letters", sentence, max(3 * abs(moved), 1.0), moved


def _cells(group: Group) -> list[tuple[int, int]]:
    places = [] if group.letters is None else group.letters.places
    return [(place.row, place.column) for place in places]


def _where(group: Group) -> str:
    row, column = _cells(group)[0]
    down = "top" if row < 3 else "bottom" if row > 4 else "middle"
    return f"{down} {'left' if column < 4 else 'right'}"


def _placement(a: Group, b: Group, one: str, other: str) -> Iterator[Row]:
    if a.placement is None or b.placement is None:
        return
    for topic, first, second, unit in (
        ("rotation", a.placement.degrees, b.placement.degrees, "°"),
        ("zoom", 100 * a.placement.zoom, 100 * b.placement.zoom, " %"),
        ("shift", 100 * a.placement.shift, 100 * b.placement.shift, " %"),
    ):
        ratio = second / first if first > 0 and second > 0 else 1.0
        if max(ratio, 1 / ratio) >= 1.3:
            sentence = (
                f"{topic.capitalize()} from film to film: {first:.2g}{unit} at {one}, "
                f"{second:.2g}{unit} at {other} (standard deviation)."
            )
            yield topic, sentence, abs(float(np.log2(ratio))), second - first


def _detector(a: Group, b: Group, one: str, other: str) -> Iterator[Row]:
    """Published figures, where both have them."""
    if a.detector is None or b.detector is None:
        return
    for topic, first, second, words, unit in (
        ("DQE", a.detector.dqe, b.detector.dqe, "DQE at low frequencies:", ""),
        (
            *("MTF", a.detector.mtf_half_per_mm, b.detector.mtf_half_per_mm),
            *("MTF: 0.5 at", " cycles a mm"),
        ),
    ):
        if first is None or second is None or max(second / first, first / second) < _TIMES:
            continue
        sentence = f"{words} {plain(first)}{unit} at {one}, {plain(second)}{unit} at {other}."
        yield topic, sentence, abs(float(np.log2(second / first))), second - first


def _moved(topic: str, a: Spread, b: Spread, unit: str, one: str, other: str) -> Iterator[Row]:
    apart = abs(b.middle - a.middle)
    spread = max(a.spread, b.spread, 0.02 * max(abs(a.middle), abs(b.middle)))
    if spread > 0 and apart / spread >= _PART:
        sentence = (
            f"{topic.capitalize()}: {plain(a.middle)}{unit} at {one}, {plain(b.middle)}{unit} at "
            f"{other}."
        )
        yield topic, sentence, min(apart / spread, 3.0), b.middle - a.middle
