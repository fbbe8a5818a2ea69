"""A de-identified copy of a radiograph: header by a closed list, pixels bit for bit.

DICOM PS3.15 Annex E, Basic Application Level Confidentiality Profile with the options Clean
Descriptors, Retain Longitudinal Temporal Information with Modified Dates, Retain Patient
Characteristics and Retain Device Identity.
"""

from __future__ import annotations

import os
import re
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from pydicom.dataelem import empty_value_for_VR
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sr.codedict import codes

from medtune.dicom.cleaning import Subject, cleaned_copy, element, subject_of
from medtune.dicom.facts import Facts
from medtune.dicom.film import film_of
from medtune.dicom.header import header_of
from medtune.dicom.kept import rules
from medtune.dicom.opening import open_dataset
from medtune.dicom.privacy import Pseudonyms
from medtune.dicom.shape import shape_of
from medtune.dicom.values import raw
from medtune.dicom.write import IMPLEMENTATION_UID
from medtune.errors import UnreadableFile

METHOD = (
    "medtune: PS3.15 Basic Application Confidentiality Profile",
    "closed list of attributes, coded options below",
    "pixels unchanged",
)
_OPTIONS = ("113100", "113105", "113107", "113108", "113109")  # PS3.16 CID 7050
_CR = "1.2.840.10008.5.1.4.1.1.1"
_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_SAID_BY_TYPE_1 = ("DX", "MG")  # BurnedInAnnotation must have a value (PS3.3 C.8.11.3, C.8.11.7)
# CR, DX, MG, intra-oral; secondary capture; XA and RF: objects whose modules kept.csv has
_RADIOGRAPH = re.compile(
    r"1\.2\.840\.10008\.5\.1\.4\.1\.1\.(1(\.[123](\.1)?)?|7(\.[1-4])?|12\.[12])"
)
_STANDARD = "1.2.840.10008."


def deidentify_file(
    path: Path,
    out: Path,
    pseudonyms: Pseudonyms,
    site: str,
    *,
    place: str | None = None,
    looked_at: bool = False,
) -> None:
    """Write a de-identified copy of one file, whole or not at all.

    The copy has the transfer syntax of the original, and a preamble where that had none. Whether
    there is text in the picture is not looked at here.

    Args:
        path: any DICOM file of a radiograph; it is not changed.
        out: the file to write; its folder is made.
        pseudonyms: with the project's key.
        site: the hospital's name.
        place: what a film without a UID is known by; its path where nothing is said.
        looked_at: see ``deidentify_dataset``.

    Raises:
        UnreadableFile: with a word of ``REASONS``; it names no patient and no path.
    """
    dataset, has_pixels = open_dataset(path, pixels=True)
    if not has_pixels:
        raise UnreadableFile("no_pixels", "The file holds no pixel data.")
    place = str(path) if place is None else place
    cleaned = deidentify_dataset(dataset, pseudonyms, site, place=place, looked_at=looked_at)
    write_copy(cleaned, out)


def write_copy(cleaned: Dataset, out: Path) -> None:
    """Write what ``deidentify_dataset`` gave, whole or not at all.

    Raises:
        UnreadableFile: damaged_header, where a value does not fit the file's transfer syntax.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f".{out.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            _save(cleaned, file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)


def is_copy(out: Path, cleaned: Dataset) -> bool:
    """Whether a file has the header that a copy would have; pixels are not compared.

    A film's pixels cannot change under its UID, and a copy has its name only when it is whole.

    Args:
        out: a file that was written earlier, or nothing.
        cleaned: what ``deidentify_dataset`` gives now, of a header alone.
    """
    try:
        there, has_pixels = open_dataset(out, pixels=False)
        return has_pixels and _written(there) == _written(cleaned)
    except UnreadableFile:
        return False


def _written(header: Dataset) -> bytes:
    file = BytesIO()
    _save(header, file)
    return file.getvalue()


def _save(cleaned: Dataset, file: IO[bytes]) -> None:
    try:
        cleaned.save_as(file, enforce_file_format=True)
    except OSError:
        raise
    except Exception as error:  # values that do not fit the transfer syntax: it may quote them
        raise UnreadableFile(
            "damaged_header", f"The header cannot be written anew ({type(error).__name__})."
        ) from None


def deidentify_dataset(
    dataset: FileDataset,
    pseudonyms: Pseudonyms,
    site: str,
    *,
    place: str = "",
    looked_at: bool = False,
) -> Dataset:
    """A de-identified copy of a dataset, which is not changed.

    Every attribute, at every depth, is kept, changed or removed by the closed list of
    ``kept.csv``; pixel data are the same bytes. Dates are shifted by whole days, the same for
    all of a patient; of a time the full hour stays.

    Args:
        dataset: a radiograph that was read, with or without its pixels.
        pseudonyms: with the project's key; the same key gives the same copy.
        site: the hospital, where the header does not say who issued the patient ID.
        place: what a film without a UID is known by.
        looked_at: whether a person has looked at the picture and found nobody named in it;
            BurnedInAnnotation is NO then, which says just that (PS3.3 C.7.6.1).

    Raises:
        UnreadableFile: other_modality, bad_geometry, too_large or unsupported_pixels.
    """
    opened = film_of(dataset)
    header = header_of(opened)
    facts = header.facts
    sop_class = facts.sop_class or ""
    if sop_class.startswith(_STANDARD) and not _RADIOGRAPH.fullmatch(sop_class):
        raise UnreadableFile("other_modality", "The file is of a kind that is no radiograph.")
    film = subject_of(dataset, header, pseudonyms, site, place)
    cleaned = cleaned_copy(dataset, film)
    _complete(cleaned, facts, film)
    if looked_at or (facts.burned_in is None and facts.modality in _SAID_BY_TYPE_1):
        cleaned.BurnedInAnnotation = "NO"
    _say_what_was_done(cleaned)
    cleaned.file_meta = _meta(cleaned, shape_of(opened).syntax)
    return cleaned


def _complete(cleaned: Dataset, facts: Facts, film: Subject) -> None:
    """Attributes that an object of its kind must have (types 1 and 2)."""
    modality = facts.modality or "OT"
    for rule in rules().values():
        if rule.tag not in cleaned and not rule.required.isdisjoint(("all", modality)):
            if rule.kind == "pseudonym":
                value: Any = film.names.group
            else:
                value = rule.otherwise or empty_value_for_VR(rule.vr)
            cleaned.add(element(rule, value))
    for keyword, uid in film.names.uids.items():
        if keyword not in cleaned:
            setattr(cleaned, keyword, film.pseudonyms.uid(uid))
    if not raw(cleaned, "Modality"):
        cleaned.Modality = modality
    if "SOPClassUID" not in cleaned:
        cleaned.SOPClassUID = _SECONDARY_CAPTURE if modality == "SC" else _CR
    if film.age:
        cleaned.PatientAge = film.age
    cleaned.SpecificCharacterSet = "ISO_IR 192"


def _say_what_was_done(cleaned: Dataset) -> None:
    """PS3.3 C.7.1.1 and C.12.1: that, how, and by which options it was de-identified."""
    cleaned.PatientIdentityRemoved = "YES"
    cleaned.DeidentificationMethod = list(METHOD)
    meanings = {known.value: known.meaning for known in codes.cid7050.concepts.values()}
    said = []
    for value in _OPTIONS:
        item = Dataset()
        item.CodeValue, item.CodeMeaning = value, meanings[value]
        item.CodingSchemeDesignator = "DCM"
        said.append(item)
    cleaned.DeidentificationMethodCodeSequence = said
    cleaned.LongitudinalTemporalInformationModified = "MODIFIED"


def _meta(cleaned: Dataset, syntax: str) -> FileMetaDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = cleaned.SOPClassUID
    meta.MediaStorageSOPInstanceUID = cleaned.SOPInstanceUID
    meta.TransferSyntaxUID = syntax
    meta.ImplementationClassUID = IMPLEMENTATION_UID
    meta.ImplementationVersionName = "MEDTUNE"
    return meta
