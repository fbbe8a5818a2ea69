from __future__ import annotations

import numpy as np
import pytest
from pydicom.dataset import Dataset

from medtune.dicom import read_header
from medtune.dicom.film import film_of
from medtune.dicom.header import header_of
from medtune.errors import UnreadableFile
from tests.dicom.conftest import make

FILM = np.arange(16, dtype=np.uint16).reshape(4, 4)


def facts(**tags):
    return header_of(film_of(make(FILM, **tags))).facts


def with_raw(keyword: str, vr: str, value: bytes) -> Dataset:
    """A header with an element whose bytes do not go with its meaning."""
    from pydicom.datadict import tag_for_keyword
    from pydicom.dataelem import RawDataElement
    from pydicom.tag import Tag

    dataset = make(FILM)
    tag = Tag(tag_for_keyword(keyword))
    dataset._dict[tag] = RawDataElement(tag, vr, len(value), value, 0, False, True)
    return dataset


def test_identity_shows_nothing(write):
    secrets = {
        "PatientID": "SECRET1",
        "IssuerOfPatientID": "SECRET2",
        "StudyInstanceUID": "2.25.777",
        "SeriesInstanceUID": "2.25.888",
        "AccessionNumber": "SECRET3",
        "StudyDate": "20200131",
        "PatientName": "SECRET4^NAME",
    }
    header = read_header(write(FILM, **secrets))
    assert header.identity.patient_id == "SECRET1"
    assert header.identity.study_date == "20200131"
    shown = repr(header) + str(header)
    for secret in secrets.values():
        assert secret not in shown


@pytest.mark.parametrize(
    ("stated", "view"),
    [
        ("PA", "PA"),
        ("ap", "AP"),
        ("AP SUPINE", "AP"),
        ("LL", "LATERAL"),
        ("RL", "LATERAL"),
        ("LAT", "LATERAL"),
        ("LEFT LATERAL", "LATERAL"),
        ("LLD", "LLD"),  # left lateral decubitus: a frontal film of a patient who lies
        ("RAO", "RAO"),
        ("AP AND LATERAL", "AP AND LATERAL"),
        ("", None),
    ],
)
def test_views(stated, view):
    assert facts(ViewPosition=stated).view == view


def test_view_code_where_there_is_no_view_position_and_never_a_description():
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator = "399348003", "SCT"
    assert facts(ViewCodeSequence=[code]).view == "AP"
    assert facts(ViewCodeSequence=[code], ViewPosition="PA").view == "PA"
    assert facts(SeriesDescription="CHEST PA").view is None


@pytest.mark.parametrize(
    ("tags", "years"),
    [
        ({"PatientAge": "045Y"}, 45),
        ({"PatientAge": "006M"}, 0.5),
        ({"PatientAge": "000D"}, 0),
        ({"PatientAge": "089Y"}, 89),
        ({"PatientAge": "097Y"}, 90),
        ({"PatientAge": "411Y"}, None),
        ({"PatientAge": "45"}, None),
        ({"PatientBirthDate": "19500101", "StudyDate": "20000101"}, 50),
        ({"PatientBirthDate": "19000101", "StudyDate": "20000101"}, 90),
        ({"PatientBirthDate": "20100101", "StudyDate": "20000101"}, None),
        ({"PatientBirthDate": "19500230", "StudyDate": "20000101"}, None),
        ({}, None),
    ],
)
def test_ages(tags, years):
    assert facts(**tags).age == (None if years is None else pytest.approx(years, abs=0.01))


@pytest.mark.parametrize(
    ("tags", "presentation"),
    [
        ({}, "for_presentation"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.1.1.1"}, "for_processing"),
        ({"PresentationIntentType": "FOR PROCESSING"}, "for_processing"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.1"}, None),
    ],
)
def test_presentation(tags, presentation):
    assert facts(**tags).presentation == presentation


def test_secondary_capture_is_known_by_its_class_only_where_the_modality_says_nothing():
    capture = "1.2.840.10008.5.1.4.1.1.7"
    assert facts(SOPClassUID=capture, Modality="OT").modality == "SC"
    assert facts(SOPClassUID=capture, Modality="").modality == "SC"
    assert facts(SOPClassUID=capture, Modality="CR").modality == "CR"
    assert facts(Modality="OT").modality == "OT"


@pytest.mark.parametrize(
    ("tags", "portable"),
    [
        ({"StudyDescription": "XR CHEST PORTABLE 1 VIEW"}, True),
        ({"PerformedProcedureStepDescription": "Chest (portable AP)"}, True),
        ({"StudyDescription": "CHEST NON-PORTABLE"}, False),
        ({"StudyDescription": "CHEST NON PORTABLE", "SeriesDescription": "PORTABLE"}, None),
        ({"StudyDescription": "CHEST IMPORTABLE"}, None),
        ({"StudyDescription": "CHEST"}, None),
    ],
)
def test_portable_only_where_it_is_said(tags, portable):
    assert facts(**tags).portable is portable


def test_windows_stay_with_their_explanations():
    found = facts(
        WindowCenter=[1, 2], WindowWidth=[10, 20], WindowCenterWidthExplanation=["A", "B"]
    )
    assert found.windows == ((1, 10), (2, 20))
    assert found.window_explanations == ("A", "B")
    broken = header_of(film_of(with_raw("WindowCenter", "DS", b"x\\2"))).facts
    assert broken.windows == ()


def test_spacing_at_the_detector_is_taken_back_by_the_magnification():
    assert facts(PixelSpacing=[0.1, 0.2]).pixel_spacing == (0.1, 0.2)
    pair = facts(
        ImagerPixelSpacing=[0.3, 0.3], EstimatedRadiographicMagnificationFactor=1.5
    ).pixel_spacing
    assert pair == pytest.approx((0.2, 0.2))
    assert facts(ImagerPixelSpacing=[0.3, 0]).pixel_spacing is None


def test_lossy_by_the_header_or_by_the_syntax():
    assert facts(LossyImageCompression="01").lossy
    assert facts(syntax="1.2.840.10008.1.2.4.51").lossy
    assert not facts(LossyImageCompression="00").lossy


@pytest.mark.parametrize(
    "dataset",
    [
        with_raw("Rows", "US", b"abc"),
        with_raw("ExposureIndex", "DS", b"1e999\\?"),
        with_raw("PatientAge", "AS", b"\xff\xfe"),
        with_raw("ViewPosition", "ZZ", b"PA"),
        with_raw("Manufacturer", "LO", b"A\\B"),
        with_raw("StudyDate", "DA", b"yesterday "),
        with_raw("ViewCodeSequence", "SQ", b"\0\1\2\3"),
        with_raw("SpecificCharacterSet", "CS", b"KLINGON "),
        with_raw("PhotometricInterpretation", "CS", b"MONOCHROME1\\MONOCHROME2"),
        with_raw("ImageType", "CS", b""),
    ],
)
def test_a_malformed_element_is_no_value_and_no_exception(dataset):
    found = header_of(film_of(dataset))
    assert found.facts.modality == "DX"
    assert found.identity.study_date == ""
    assert found.facts.exposure_index is None
    assert found.facts.manufacturer is None


def test_a_value_of_unknown_vr_is_still_read():
    assert (
        header_of(film_of(with_raw("BodyPartExamined", "UN", b"CHEST "))).facts.body_part == "CHEST"
    )


def test_no_path_in_what_is_said_of_a_file_that_is_not_there(tmp_path):
    with pytest.raises(UnreadableFile) as caught:
        read_header(tmp_path / "Doe^John.dcm")
    assert caught.value.reason == "unreadable"
    assert "Doe" not in str(caught.value)
