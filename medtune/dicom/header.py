"""A radiograph's header in its two parts: facts that may be shown, an identity that may not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from medtune.dicom.elements import Elements
from medtune.dicom.facts import Facts, facts_of
from medtune.dicom.film import Film, open_film
from medtune.dicom.identity import Identity, identity_of
from medtune.dicom.place import Place
from medtune.dicom.raster import Raster
from medtune.dicom.scan import elements


@dataclass(frozen=True)
class Header:
    """A header in its two parts."""

    facts: Facts
    identity: Identity


def read_header(place: Path | Place) -> Header:
    """Read the header of one DICOM file, without its pixels.

    Args:
        place: the file, with or without preamble, or a member of an archive.

    Raises:
        UnreadableFile: unreadable, not_dicom, dicomdir, too_large or damaged_header.
    """
    return header_of(open_film(place, pixels=False))


def header_of(film: Film) -> Header:
    """The header of an open film."""
    return Header(facts_of(film.tags, film.syntax), identity_of(film.tags))


def header_of_raster(raster: Raster) -> Header:
    """What a plain picture says of itself; who and what it is, a table has to say."""
    nothing: Elements = elements({}, True, "latin-1")
    facts = replace(
        facts_of(nothing, ""),
        photometric="MONOCHROME1" if raster.inverted else "MONOCHROME2",
        samples_per_pixel=raster.samples,
        rows=raster.rows,
        columns=raster.columns,
        bits_allocated=16 if raster.bits == 16 else 8,
        bits_stored=raster.bits,
        high_bit=raster.bits - 1,
        lossy=raster.kind == "jpeg",
    )
    return Header(facts, identity_of(nothing))
