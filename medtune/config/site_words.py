"""Figures of a profile in words: the same on its page and where two are compared."""

from __future__ import annotations

from medtune.config.site import Letters


def plain(value: float, digits: int = 3) -> str:
    """So many digits that count, and never a power of ten for what is a whole number."""
    return f"{value:.0f}" if abs(value) >= 10 ** (digits - 1) else f"{value:.{digits}g}"


def percent(share: float) -> str:
    """A share in per cent; small ones with a digit more."""
    return f"{100 * share:.0f} %" if share >= 0.1 or share == 0 else f"{100 * share:.1f} %"


def on_few(smallest: int) -> str:
    """On how many films something is that a profile leaves out, whether there is any or not."""
    if smallest == 1:
        return "on no film"
    return f"on the films of fewer than {smallest} patients, or on none"


def on_films(share: float | None, smallest: int) -> str:
    """On how many films something is that is on those of enough patients.

    Args:
        share: of the films; None where too few patients' films lack it. In old profiles 0 stands
            for what is on too few, too.
        smallest: patients that are needed.
    """
    if share is None:
        return f"on all films but those of fewer than {smallest} patients"
    return f"on {percent(share)} of the films" if share else on_few(smallest)


def on_films_if_told(share: float | None, smallest: int) -> str:
    """The same of what may be on too few patients' films as well as be lacking on too few."""
    if share is None:
        return f"on all films but those of fewer than {smallest} patients, or only on such"
    return on_films(share, smallest)


def letters_on_few(letters: Letters) -> bool:
    """Whether too few patients' films have letters, or none: text alone is told then."""
    return not letters.films and letters.height is None and not letters.places
