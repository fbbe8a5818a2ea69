"""Who and what a radiograph is: nothing of it may be shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from medtune.dicom.facts import day_of
from medtune.dicom.values import Tags, text


@dataclass(frozen=True)
class Identity:
    """Who and what the film is. Its repr shows nothing; an absent value is ''.

    Attributes:
        patient_id, issuer: the patient's number and who gave it.
        sop_instance_uid, study_uid, series_uid, accession_number: the film and its study.
        study_date: YYYYMMDD.
        time: when the film was taken, HHMMSS.
        name, birth_date: of the patient; the birth date is YYYYMMDD.
    """

    patient_id: str = field(repr=False)
    issuer: str = field(repr=False)
    sop_instance_uid: str = field(repr=False)
    study_uid: str = field(repr=False)
    series_uid: str = field(repr=False)
    accession_number: str = field(repr=False)
    study_date: str = field(repr=False)
    time: str = field(repr=False)
    name: str = field(repr=False)
    birth_date: str = field(repr=False)


KEYWORDS = (
    *("PatientID", "IssuerOfPatientID", "SOPInstanceUID", "StudyInstanceUID"),
    *("SeriesInstanceUID", "AccessionNumber", "PatientName", "StudyDate"),
    *("PatientBirthDate", "AcquisitionTime", "ContentTime"),
)


def identity_of(header: Tags) -> Identity:
    """The identity that a header tells."""
    return identity_by(*(text(header, keyword) or "" for keyword in KEYWORDS))


def identity_by(
    patient_id: str,
    issuer: str,
    film: str,
    study: str,
    series: str,
    accession_number: str,
    name: str,
    day: str,
    born: str,
    acquired: str,
    made: str,
) -> Identity:
    """An identity of the texts of ``KEYWORDS``, '' where there is none."""
    found = object.__new__(Identity)  # a dozen checked assignments would cost more
    found.__dict__.update(
        patient_id=patient_id,
        issuer=issuer,
        sop_instance_uid=film,
        study_uid=study,
        series_uid=series,
        accession_number=accession_number,
        name=name,
        study_date=_digits(day),
        birth_date=_digits(born),
        time=_time(acquired or made),
    )
    return found


@lru_cache(maxsize=50_000)
def _digits(day: str) -> str:
    return day.replace("-", "").replace(".", "") if day_of(day) else ""


def _time(stated: str) -> str:
    digits = stated[:8].replace(":", "")[:6]
    return digits if len(digits) == 6 and digits.isdecimal() and digits.isascii() else ""
