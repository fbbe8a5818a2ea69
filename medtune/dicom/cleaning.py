"""Each attribute of a header cleaned in its way: kept, shifted, written anew, or gone."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydicom import config
from pydicom.dataelem import DataElement, empty_value_for_VR
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import UID_dictionary

from medtune.dicom.facts import OLDEST, Facts
from medtune.dicom.header import Header
from medtune.dicom.kept import Kind, Rule, is_plain, known_code, rules, tokens
from medtune.dicom.privacy import Names, Pseudonyms
from medtune.dicom.values import code, items, numbers, text, texts

_STANDARD = "1.2.840.10008."  # the root of the UIDs that PS3.6 defines
_NAMES = ("PatientName", "PatientBirthName", "PatientMotherBirthName", "OtherPatientNames")
_NUMBERS = ("PatientID", "OtherPatientIDs", "AccessionNumber", "StudyID", "PatientBirthDate")
_LEAST_LETTERS = 3  # shorter parts of names and numbers are found in every text
_MOST_DIGITS = 99_999


@dataclass(frozen=True)
class Subject:
    """What the cleaning of one film's attributes needs to know.

    Attributes:
        pseudonyms: with the project's key.
        names: of the film, its patient and its study.
        age: as it is written; '' where it is not known.
        identifiers: names and numbers of the patient, in upper case.
    """

    pseudonyms: Pseudonyms
    names: Names
    age: str
    identifiers: frozenset[str]


def subject_of(
    dataset: Dataset, header: Header, pseudonyms: Pseudonyms, site: str, place: str
) -> Subject:
    """What is known of a film; the arguments are those of ``deidentify_dataset``."""
    return Subject(
        pseudonyms=pseudonyms,
        names=pseudonyms.names(header.identity, site, place),
        age=_age(dataset, header.facts),
        identifiers=_identifiers(dataset),
    )


def cleaned_copy(dataset: Dataset, film: Subject) -> Dataset:
    """The attributes of a dataset or an item that are in the closed list, each in its way."""
    cleaned = Dataset()
    for tag in list(dataset.keys()):
        rule = rules().get(int(tag))
        if rule is None:
            continue
        try:
            kept = _CLEANERS[rule.kind](dataset, rule, film)
        except Exception:
            kept = None  # a value that cannot even be read (see values.raw) is not kept
        if kept is None and rule.otherwise:
            kept = element(rule, rule.otherwise)
        if kept is not None:
            cleaned.add(kept)
    return cleaned


def element(rule: Rule, value: Any) -> DataElement:
    """An attribute of the closed list with another value."""
    # What a device wrote stays, also where it is longer than its VR allows.
    return DataElement(rule.tag, rule.vr, value, validation_mode=config.IGNORE)


def _whole(dataset: Dataset, rule: Rule, film: Subject) -> DataElement | None:
    return copy.copy(dataset[rule.tag])  # the writer settles ambiguous VRs in place


def _number(dataset: Dataset, rule: Rule, film: Subject) -> DataElement | None:
    sane = all(value is not None for value in numbers(dataset, rule.keyword))
    return _whole(dataset, rule, film) if sane else None


def _counter(dataset: Dataset, rule: Rule, film: Subject) -> DataElement | None:
    values = numbers(dataset, rule.keyword)
    sane = all(v is not None and v == int(v) and 0 <= v <= _MOST_DIGITS for v in values)
    return _whole(dataset, rule, film) if sane else None


def _plain_words(dataset: Dataset, rule: Rule, film: Subject) -> DataElement | None:
    """Texts of the closed list of words; in the place of another stands nothing."""
    free = rule.vr != "CS"  # who is called Hand has a hand all the same
    values = [
        value if is_plain(value) and not (free and _names_somebody(value, film)) else ""
        for value in texts(dataset, rule.keyword)
    ]
    # A code string may be empty (types 2 and 3); a text that says nothing goes.
    return element(rule, values) if any(values) or not free else None


def _device(dataset: Dataset, rule: Rule, film: Subject) -> DataElement | None:
    values = list(texts(dataset, rule.keyword))
    if "Manufacturer" not in rule.keyword and any(_names_somebody(v, film) for v in values):
        return None  # a patient called Philips does not take the maker's name away
    return element(rule, values) if any(values) else None


def _names_somebody(value: str, film: Subject) -> bool:
    return not film.identifiers.isdisjoint(tokens(value))


def _identifiers(dataset: Dataset) -> frozenset[str]:
    """The patient's names and numbers, as the header itself has them: no text may repeat them."""
    said = {t for k in (*_NAMES, *_NUMBERS) for value in texts(dataset, k) for t in tokens(value)}
    return frozenset(token for token in said if len(token) >= _LEAST_LETTERS)


def _kind_of_object(dataset: Dataset, rule: Rule, film: Subject) -> DataElement | None:
    uid = text(dataset, rule.keyword) or ""
    own = rule.keyword == "SOPClassUID"  # of a maker: without it the file could not be read
    sane = re.fullmatch(r"[\d.]{1,64}", uid) and (own or uid.startswith(_STANDARD))
    return element(rule, uid) if sane else None


def _uid(dataset: Dataset, rule: Rule, film: Subject) -> DataElement | None:
    uid = text(dataset, rule.keyword) or ""
    if not uid:
        return None
    # PS3.6 Annex A: e.g. a frame of reference that everybody has
    return element(rule, uid if uid in UID_dictionary else film.pseudonyms.uid(uid))


def _date(dataset: Dataset, rule: Rule, film: Subject) -> DataElement | None:
    shifted = _shifted(text(dataset, rule.keyword) or "", film)
    return element(rule, shifted) if shifted else None


def _shifted(stated: str, film: Subject) -> str | None:
    match = re.match(r"(\d{4})[.-]?(\d{2})[.-]?(\d{2})", stated)
    try:
        day = date(int(match[1]), int(match[2]), int(match[3])) if match else None
    except ValueError:
        return None
    if day is None or not 1895 <= day.year <= 2200:  # 00010101 is an anonymiser's dummy
        return None
    return (day + film.names.shift).strftime("%Y%m%d")


def _time(dataset: Dataset, rule: Rule, film: Subject) -> DataElement | None:
    # To the second, a time and a scanner's name are found again in the log of a department.
    hour = re.match(r"[01]\d|2[0-3]", text(dataset, rule.keyword) or "")
    return element(rule, f"{hour[0]}0000") if hour else None


def _datetime(dataset: Dataset, rule: Rule, film: Subject) -> DataElement | None:
    stated = text(dataset, rule.keyword) or ""
    day = _shifted(stated[:8], film)
    hour = re.match(r"[01]\d|2[0-3]", stated[8:])
    return element(rule, day + (f"{hour[0]}0000" if hour else "")) if day else None


def _codes(dataset: Dataset, rule: Rule, film: Subject) -> DataElement | None:
    kept = []
    for item in items(dataset, rule.keyword):
        known = known_code(
            text(item, "CodeValue") or "", text(item, "CodingSchemeDesignator") or ""
        )
        if known is None:
            continue
        cleaned = cleaned_copy(item, film)  # its modifiers
        cleaned.CodeValue, cleaned.CodeMeaning = known.value, known.meaning
        cleaned.CodingSchemeDesignator = known.scheme_designator
        kept.append(cleaned)
    return element(rule, Sequence(kept))


def _items(dataset: Dataset, rule: Rule, film: Subject) -> DataElement | None:
    cleaned = [cleaned_copy(item, film) for item in items(dataset, rule.keyword)]
    kept = [item for item in cleaned if len(item)]
    return element(rule, Sequence(kept)) if kept else None


def _pseudonym(dataset: Dataset, rule: Rule, film: Subject) -> DataElement | None:
    return element(rule, film.names.group)


def _empty(dataset: Dataset, rule: Rule, film: Subject) -> DataElement | None:
    return element(rule, empty_value_for_VR(rule.vr))


def _stated_age(dataset: Dataset, rule: Rule, film: Subject) -> DataElement | None:
    return element(rule, film.age) if film.age else None


_CLEANERS: dict[Kind, Callable[[Dataset, Rule, Subject], DataElement | None]] = {
    "age": _stated_age,
    "class": _kind_of_object,
    "codes": _codes,
    "counter": _counter,
    "date": _date,
    "datetime": _datetime,
    "device": _device,
    "empty": _empty,
    "items": _items,
    "number": _number,
    "pseudonym": _pseudonym,
    "time": _time,
    "uid": _uid,
    "whole": _whole,
    "words": _plain_words,
}


def _age(dataset: Dataset, facts: Facts) -> str:
    """The age as VR AS (PS3.5 6.2): as stated, else from the birth date; 090Y above 89."""
    if facts.age is None:
        return ""
    if facts.age >= OLDEST:
        return f"{int(OLDEST):03d}Y"
    stated = code(dataset, "PatientAge") or ""
    if re.fullmatch(r"\d{3}[DWMY]", stated):
        return stated
    for unit, in_a_year, least in (("Y", 1.0, 2), ("M", 12.0, 3), ("D", 365.25, 0)):
        count = int(facts.age * in_a_year + 1e-6)
        if count >= least:
            return f"{count:03d}{unit}"
    return ""
