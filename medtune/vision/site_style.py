"""What a film from elsewhere must change to look as if it were of a site: one style a scanner.

Computed once, of the site's profile and of what the films look like as they are. Everything is in
units that hold at any size of picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medtune.config.site import NOISE_GREYS, SHARES, Borders, Group, Letters, Lines, SiteProfile
from medtune.films.matching import BLACK
from medtune.films.matching import SHARES as KNOTS
from medtune.films.measure.comparison import noise_level
from medtune.films.measure.noise import power_of
from medtune.films.measure.sharpness import COARSE, CYCLES, noise_spectrum
from medtune.films.physics import LATITUDE

Floats = NDArray[np.float64]

QUANTA_PER_MM2 = 30174.0
"""Quanta in a square millimetre at an air kerma of 1 uGy (RQA5: IEC 62220-1:2003, table 2)."""
_CLEAR = 0.5  # share of a band's power that must be the body's
_LEAST, _MOST = -4.0, float(np.log(2.0))  # of the logarithm of a gain: noise would be turned up
_HALF = float(np.sqrt(np.log(2.0) / 2) / np.pi)  # sigma x frequency at which a Gaussian MTF is 0.5
_GREYS = np.array(NOISE_GREYS)


@dataclass(frozen=True)
class Style:
    """How films of one scanner and view look, and what films from elsewhere lack for it.

    Attributes:
        share: of the site's films.
        gain: (18,) logarithm of the factor on each band's amplitude.
        gain_spread: of it, from film to film, in the finest band.
        greys: (65,) quantiles at ``matching.SHARES``, and their spread from film to film; None
            where nobody knows them.
        noise: (10,) at ``NOISE_GREYS``, in grey for a picture of one pixel (``noise_level``).
        own_noise: (10,) what the films have of it when they are changed.
        noise_spread: relative, from film to film.
        correlation: of the noise, as a share of the side.
        lines, borders, letters: of the profile; the lines' period as a share of the side.
    """

    share: float
    gain: Floats
    gain_spread: float
    greys: tuple[Floats, Floats] | None
    noise: Floats
    own_noise: Floats
    noise_spread: float
    correlation: float
    lines: Lines | None
    line_period: float
    borders: Borders | None
    letters: Letters | None


def styles(site: SiteProfile, films: Group | None) -> tuple[Style, ...]:
    """The styles of a site.

    Args:
        site: its profile.
        films: what the films look like that will be changed; None where they are the site's own,
            which differ from film to film and from nothing else.
    """
    counts = np.array([max(group.films, 1) for group in site.groups], np.float64)
    return tuple(
        _style(group, films or group, float(share))
        for group, share in zip(site.groups, counts / counts.sum(), strict=True)
    )


def _style(site: Group, films: Group, share: float) -> Style:
    gain = _gain(site, films)
    noise, correlation = _noise(site)
    own, _ = _noise(films)
    quantiles, own_quantiles = _quantiles(site), _quantiles(films)
    if quantiles is not None and own_quantiles is not None:
        own = own * _steepness(own_quantiles[0], quantiles[0])
    own = own * float(np.exp(gain[CYCLES > COARSE].mean()))
    line_period = 0.0
    if site.lines is not None and site.film_side and site.pixel_spacing is not None:
        line_period = site.lines.period * site.pixel_spacing.middle / site.film_side
    return Style(
        share=share,
        gain=gain,
        gain_spread=0.0 if site.sharpness is None else site.sharpness.spread * np.log(10) / 2,
        greys=quantiles,
        noise=noise,
        own_noise=np.minimum(own, noise) if films is site else own,
        noise_spread=0.0 if site.noise is None else site.noise.spread,
        correlation=correlation,
        lines=site.lines,
        line_period=line_period,
        borders=site.borders,
        letters=site.letters,
    )


def _gain(site: Group, films: Group) -> Floats:
    """Logarithm of the factor on each band."""
    if films is site:
        return np.zeros(len(CYCLES))
    if site.sharpness is None:
        return _published_blur(site)
    wanted, own = _body(site), _body(films)
    if wanted is None or own is None:
        return np.zeros(len(CYCLES))
    with np.errstate(invalid="ignore", divide="ignore"):
        gain = 0.5 * np.log(wanted / own)
    clear = np.isfinite(gain) & (CYCLES > COARSE)
    if not clear.any():
        return np.zeros(len(CYCLES))
    last = int(np.flatnonzero(clear)[-1])
    gain[last:] = gain[last]  # where noise hides the body, as much as before
    gain[CYCLES <= COARSE] = 0
    filled = np.interp(np.arange(len(gain)), np.flatnonzero(np.isfinite(gain)),
                       gain[np.isfinite(gain)])  # fmt: skip
    smooth = np.convolve(np.pad(filled, 1, mode="edge"), [0.25, 0.5, 0.25], mode="valid")
    return np.clip(smooth, _LEAST, _MOST)


def _published_blur(site: Group) -> Floats:
    """What a detector's published MTF leaves of each band."""
    if site.detector is None or site.detector.mtf_half_per_mm is None or not site.film_side:
        return np.zeros(len(CYCLES))
    sigma = _HALF / site.detector.mtf_half_per_mm / site.film_side
    return np.maximum(-2 * np.pi**2 * CYCLES**2 * sigma**2, _LEAST)


def _body(group: Group) -> Floats | None:
    """Power without noise, NaN where the noise hides it."""
    if group.sharpness is None or group.side is None:
        return None
    seen = group.sharpness
    power = np.array([np.nan if v is None else 10.0**v for v in seen.power], np.float64)
    body = power - noise_spectrum(seen.noise, seen.correlation, group.side)
    return np.where(body > _CLEAR * power, body, np.nan)


def _noise(group: Group) -> tuple[Floats, float]:
    """Level at each grey, and correlation as a share of the side."""
    level = noise_level(group)
    if level is not None and group.noise is not None and group.side is not None:
        known = np.isfinite(level)
        filled = np.interp(_GREYS, _GREYS[known], level[known]) if known.any() else 0 * _GREYS
        return filled, group.noise.correlation / group.side
    detector, index = group.detector, group.exposure_index
    if detector is None or detector.dqe is None or index is None or not group.film_side:
        return np.zeros(len(_GREYS)), 0.0
    # an exposure index of 100 is 1 uGy at the film's middle grey (IEC 62494-1)
    quanta = QUANTA_PER_MM2 * index.middle / 100 * detector.dqe * group.film_side**2
    exposure = np.exp(-LATITUDE * (_GREYS - 0.5))
    return 1 / (LATITUDE * np.sqrt(quanta * exposure)), 0.0


def _quantiles(group: Group) -> tuple[Floats, Floats] | None:
    """Quantiles at the knots of ``matching``, and their spread."""
    if group.greys is None:
        return None
    middle, spread = np.array(group.greys.middle), np.array(group.greys.spread)
    low, high = max(BLACK, middle[0] / 2), min(1.0, middle[-1] + (middle[-1] - middle[-2]) / 4)
    shares = np.array([0.0, *SHARES, 1.0])
    ends = np.interp(KNOTS, shares, np.array([low, *middle, high]))
    return ends, np.interp(KNOTS, shares, np.array([spread[0], *spread, spread[-1]]))


def _steepness(own: Floats, wanted: Floats) -> Floats:
    """How much steeper greys become, at each target grey of the noise."""
    slopes = np.gradient(wanted) / np.maximum(np.gradient(own), 1e-4)
    return np.clip(np.interp(_GREYS, np.maximum.accumulate(wanted), slopes), 0.1, 10)


def deviation_at(level: Floats, correlation: float, size: int) -> tuple[Floats, float]:
    """Standard deviation at each grey, and correlation in pixels, on pictures of a size.

    Args:
        level: (10,) of ``noise_level``.
        correlation: as a share of the side.
        size: pixels of the longer side.
    """
    pixels = correlation * size
    spread = float(power_of(1.0, pixels, np.zeros(1))[0])
    return level * size / spread**0.5, pixels
