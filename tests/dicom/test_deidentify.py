"""What stands in a copy for sharing, element by element."""

from __future__ import annotations

import copy
import re
from datetime import datetime

import numpy as np
import pytest
from pydicom import Dataset

from medtune.dicom import Pseudonyms
from medtune.dicom.deidentify import deidentify_dataset
from medtune.dicom.film import film_of
from medtune.dicom.header import header_of
from medtune.errors import UnreadableFile
from tests.dicom.conftest import lut, make

KEY = Pseudonyms(bytes(range(32)))
PATIENT = {"PatientID": "AB 12", "StudyInstanceUID": "1.2.3", "StudyDate": "20200301"}
SQUARE = np.arange(4096, dtype=np.uint16).reshape(64, 64)


def cleaned(pixels=SQUARE, **tags) -> Dataset:
    return deidentify_dataset(make(pixels, **tags), KEY, "site")


def code(value: str, scheme: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def test_the_patient_becomes_a_pseudonym():
    copied = cleaned(
        **PATIENT, PatientName="Doe^Jane", PatientBirthDate="19800205", AccessionNumber="A1"
    )
    name = KEY.group("site", "AB 12")
    assert (copied.PatientID, copied.PatientName) == (name, name)
    assert copied.PatientBirthDate == copied.AccessionNumber == copied.StudyID == ""
    assert copied.ReferringPhysicianName == ""
    assert "IssuerOfPatientID" not in copied
    issued = cleaned(**PATIENT, IssuerOfPatientID="Elsewhere")
    assert issued.PatientID == KEY.group("Elsewhere", "AB 12")


def test_it_says_what_was_done():
    copied = cleaned()
    assert copied.PatientIdentityRemoved == "YES"
    assert copied.LongitudinalTemporalInformationModified == "MODIFIED"
    assert all(len(text) <= 64 for text in copied.DeidentificationMethod)
    said = {item.CodeValue: item.CodeMeaning for item in copied.DeidentificationMethodCodeSequence}
    assert list(said) == ["113100", "113105", "113107", "113108", "113109"]
    assert said["113100"] == "Basic Application Confidentiality Profile"
    assert said["113107"].endswith("Modified Dates Option")


def test_the_original_is_not_changed_and_the_copy_is_always_the_same():
    dataset = make(SQUARE, **PATIENT, VOILUTSequence=[lut(0, 12, SQUARE.ravel())])
    before = copy.deepcopy(dataset)
    first = deidentify_dataset(dataset, KEY, "site")
    assert dataset == before
    assert dataset.file_meta == before.file_meta
    assert deidentify_dataset(dataset, KEY, "site") == first
    assert deidentify_dataset(dataset, Pseudonyms(bytes(32)), "site") != first


def test_uids_are_written_anew_alike_wherever_they_stand():
    source, series = Dataset(), Dataset()
    source.ReferencedSOPClassUID = "1.2.840.10008.5.1.4.1.1.1"
    source.ReferencedSOPInstanceUID = "1.2.3.4"
    series.SeriesInstanceUID, series.ReferencedInstanceSequence = "1.2.3.5", [source]
    film = cleaned(**PATIENT, SOPInstanceUID="1.2.3.4", SeriesInstanceUID="1.2.3.5")
    other = cleaned(
        **PATIENT,
        SOPInstanceUID="1.2.3.6",
        SourceImageSequence=[source],
        ReferencedSeriesSequence=[series],
    )
    for uid in (film.SOPInstanceUID, film.StudyInstanceUID, film.SeriesInstanceUID):
        assert re.fullmatch(r"2\.25\.[1-9]\d{0,38}", uid)
    assert film.file_meta.MediaStorageSOPInstanceUID == film.SOPInstanceUID == KEY.uid("1.2.3.4")
    assert other.SourceImageSequence[0].ReferencedSOPInstanceUID == film.SOPInstanceUID
    assert other.StudyInstanceUID == film.StudyInstanceUID
    nested = other.ReferencedSeriesSequence[0]
    assert nested.SeriesInstanceUID == film.SeriesInstanceUID
    assert nested.ReferencedInstanceSequence[0].ReferencedSOPInstanceUID == film.SOPInstanceUID
    assert nested.ReferencedInstanceSequence[0].ReferencedSOPClassUID == (
        source.ReferencedSOPClassUID
    )
    assert other.SOPInstanceUID != film.SOPInstanceUID


def test_uids_that_everybody_has_stay():
    atlas = "1.2.840.10008.1.4.1.1"  # PS3.6 Annex A
    assert cleaned(FrameOfReferenceUID=atlas).FrameOfReferenceUID == atlas
    forged = "1.2.840.10008.4711"
    assert cleaned(FrameOfReferenceUID=forged).FrameOfReferenceUID == KEY.uid(forged)


def test_a_uid_is_a_uuid_of_the_key():
    assert KEY.uid("1.2.3") == KEY.uid("1.2.3\0") != KEY.uid("1.2.4")
    assert Pseudonyms(bytes(32)).uid("1.2.3") != KEY.uid("1.2.3")
    number = int(KEY.uid("1.2.3").removeprefix("2.25."))
    assert number >> 76 & 0xF == 4
    assert number >> 62 & 3 == 2


def test_dates_keep_their_intervals_and_times_their_hour():
    days = KEY.shift_days("site", "AB 12")
    first = cleaned(
        **PATIENT | {"StudyDate": "20191230"},
        StudyTime="235959.123456",
        AcquisitionDateTime="20191230235959.123456+0100",
    )
    second = cleaned(**PATIENT, ContentDate="2020.03.02", ContentTime="04:05:06")
    moved = [datetime.strptime(d.StudyDate, "%Y%m%d") for d in (first, second)]
    assert (moved[1] - moved[0]).days == 62
    assert (moved[0] - datetime(2019, 12, 30)).days == days
    assert (datetime.strptime(second.ContentDate, "%Y%m%d") - moved[1]).days == 1
    assert (first.StudyTime, second.ContentTime) == ("230000", "040000")
    assert first.AcquisitionDateTime == first.StudyDate + "230000"
    assert second.StudyTime == ""


@pytest.mark.parametrize("dummy", ["00010101", "20200230", "yesterday", "", "2020"])
def test_what_is_no_date_is_none(dummy):
    copied = cleaned(StudyDate=dummy, SeriesDate=dummy, AcquisitionDateTime=dummy)
    assert copied.StudyDate == ""
    assert "SeriesDate" not in copied
    assert "AcquisitionDateTime" not in copied


@pytest.mark.parametrize(
    ("stated", "born", "written"),
    [
        ("061Y", None, "061Y"),
        ("089Y", "19000101", "089Y"),
        ("090Y", None, "090Y"),
        ("103Y", None, "090Y"),
        ("7Y", None, "007Y"),
        ("003D", None, "003D"),
        (None, "19800302", "039Y"),
        (None, "19800301", "040Y"),
        (None, "19110101", "090Y"),
        (None, "20190301", "012M"),
        (None, "20200220", "010D"),
        ("999Y", "19800302", None),
        ("old", None, None),
        (None, None, None),
    ],
)
def test_ages_above_89_are_90_and_the_birth_date_gives_the_age(stated, born, written):
    tags = {"PatientAge": stated, "PatientBirthDate": born}
    copied = cleaned(**PATIENT, **{k: v for k, v in tags.items() if v is not None})
    assert copied.get("PatientAge") == written
    assert copied.PatientBirthDate == ""


def test_characteristics_of_patient_and_device_stay():
    copied = cleaned(
        PatientSex="F",
        PatientSize="1.7",
        PatientWeight="70",
        Manufacturer="Müller & Söhne",
        ManufacturerModelName="X 1",
        StationName="ROOM3",
        DeviceSerialNumber="SN 99",
        SoftwareVersions=["1.0", "2.0"],
        SpecificCharacterSet="ISO_IR 100",
    )
    assert (copied.PatientSex, copied.PatientSize, copied.PatientWeight) == ("F", 1.7, 70)
    assert copied.Manufacturer == "Müller & Söhne"
    assert copied.SpecificCharacterSet == "ISO_IR 192"
    assert (copied.ManufacturerModelName, copied.StationName) == ("X 1", "ROOM3")
    assert copied.DeviceSerialNumber == "SN 99"
    assert list(copied.SoftwareVersions) == ["1.0", "2.0"]


def test_the_patient_s_own_name_and_number_stay_nowhere():
    """A device may be called anything, but not as the patient of this very film."""
    copied = cleaned(
        PatientID="PX-4711",
        PatientName="Philips^Hand",
        StationName="ROOM 4711",
        DeviceSerialNumber="philips 1",
        SoftwareVersions="1.0",
        StudyDescription="HAND PA",
        SeriesDescription="WRIST PA",
        BodyPartExamined="HAND",
        Manufacturer="Philips",
    )
    assert "StationName" not in copied
    assert "DeviceSerialNumber" not in copied
    assert "StudyDescription" not in copied
    assert copied.SoftwareVersions == "1.0"
    assert copied.SeriesDescription == "WRIST PA"
    assert copied.BodyPartExamined == "HAND"
    assert copied.Manufacturer == "Philips"


def test_only_plain_words_stay_in_texts():
    copied = cleaned(
        StudyDescription="CHEST PORTABLE",
        SeriesDescription="CHEST Dr Smith",
        ProtocolName="Thorax ap",
        BodyPartExamined="SMITH",
        ViewPosition="PA",
        ImageType=["DERIVED", "PRIMARY", "", "SMITH"],
        WindowCenter=["1", "2"],
        WindowWidth=["3", "4"],
        WindowCenterWidthExplanation=["NORMAL", "SMITH"],
        ImageComments="NORMAL",
    )
    assert copied.StudyDescription == "CHEST PORTABLE"
    assert "SeriesDescription" not in copied
    assert copied.ProtocolName == "Thorax ap"
    assert not copied.BodyPartExamined
    assert copied.ViewPosition == "PA"
    assert list(copied.ImageType) == ["DERIVED", "PRIMARY", "", ""]
    assert list(copied.WindowCenterWidthExplanation) == ["NORMAL", ""]
    assert "ImageComments" not in copied


def test_coded_views_stay_with_the_meaning_of_the_standard():
    view = code("R-10214", "SNM3", "Smith")
    view.ViewModifierCodeSequence = [
        code("399011000", "SCT", "Smith"),
        code("4711", "99X", "Smith"),
    ]
    copied = cleaned(
        ViewCodeSequence=[view],
        AnatomicRegionSequence=[code("S1", "L", "Smith")],
        ProcedureCodeSequence=[code("399348003", "SCT", "Smith")],
    )
    (kept,) = copied.ViewCodeSequence
    assert (kept.CodeValue, kept.CodeMeaning) == ("R-10214", "postero-anterior")
    assert [item.CodeValue for item in kept.ViewModifierCodeSequence] == ["399011000"]
    assert len(copied.AnatomicRegionSequence) == 0
    assert "ProcedureCodeSequence" not in copied
    assert "Smith" not in str(copied)


def test_numbers_must_be_numbers_and_counters_short():
    dataset = make(SQUARE, InstanceNumber="7", SeriesNumber="20210504", KVP="120")
    dataset.add_new("Exposure", "LO", "Smith")
    copied = deidentify_dataset(dataset, KEY, "site")
    assert (copied.InstanceNumber, copied.KVP) == (7, 120)
    assert copied.SeriesNumber is None  # it was a date
    assert "Exposure" not in copied


def test_burned_in_annotation_is_as_known():
    assert cleaned().BurnedInAnnotation == "NO"  # DX must have a value
    assert "BurnedInAnnotation" not in cleaned(Modality="CR")
    assert cleaned(BurnedInAnnotation="YES").BurnedInAnnotation == "YES"
    looked = make(SQUARE, BurnedInAnnotation="YES")
    assert deidentify_dataset(looked, KEY, "site", looked_at=True).BurnedInAnnotation == "NO"


# PS3.3 A.2, A.26, A.27, A.8: attributes of type 1 and 2 of mandatory modules, but the image itself
PATIENT_AND_STUDY = (
    *("PatientName", "PatientID", "PatientBirthDate", "PatientSex"),
    *("StudyInstanceUID", "StudyDate", "StudyTime", "ReferringPhysicianName", "StudyID"),
    *("AccessionNumber", "Modality", "SeriesInstanceUID", "SeriesNumber", "Manufacturer"),
    *("InstanceNumber", "SOPClassUID", "SOPInstanceUID"),
)
DX = (
    *("ImageLaterality", "AnatomicRegionSequence", "AcquisitionContextSequence"),
    *("BurnedInAnnotation", "DetectorType"),
)


@pytest.mark.parametrize(
    ("sop_class", "modality", "also"),
    [
        ("1.2.840.10008.5.1.4.1.1.1", "CR", ("BodyPartExamined", "ViewPosition")),
        ("1.2.840.10008.5.1.4.1.1.1.1", "DX", DX),
        ("1.2.840.10008.5.1.4.1.1.1.2", "MG", DX),
        ("1.2.840.10008.5.1.4.1.1.7", "OT", ()),
    ],
)
def test_what_an_object_must_have_is_there(sop_class, modality, also):
    copied = cleaned(SOPClassUID=sop_class, Modality=modality)
    assert [k for k in (*PATIENT_AND_STUDY, *also) if k not in copied] == []


def test_a_film_that_says_nothing_of_itself_is_known_by_its_place():
    bare = make(SQUARE, SOPInstanceUID=None, SOPClassUID=None, Modality="CR")
    first, second = (deidentify_dataset(bare, KEY, "site", place=place) for place in ("a", "b"))
    for keyword in ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "PatientID"):
        assert first[keyword].value != second[keyword].value
    assert first.SOPClassUID == "1.2.840.10008.5.1.4.1.1.1"
    names = KEY.names(read_identity(bare), "site", "a")
    assert first.PatientID == names.group


def read_identity(dataset: Dataset):
    return header_of(film_of(dataset)).identity


@pytest.mark.parametrize("kind", ["13.1.3", "77.1.6", "2", "11.1"])
def test_objects_of_other_kinds_are_refused(kind):
    """A tomosynthesis, a slide, a CT, a presentation state that calls itself a film."""
    dataset = make(SQUARE, SOPClassUID=f"1.2.840.10008.5.1.4.1.1.{kind}")
    with pytest.raises(UnreadableFile, match="other_modality"):
        deidentify_dataset(dataset, KEY, "site")


def test_a_maker_s_own_kind_of_film_is_copied():
    assert cleaned(SOPClassUID="1.2.392.200036.9125.1.1.2").SOPClassUID.startswith("1.2.392")
