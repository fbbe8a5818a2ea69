"""What is written is read back, whole or not at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset, dcmread

from medtune.dicom import read_header, read_xray
from medtune.dicom.write import SYNTAXES, XrayTags, write_xray
from medtune.errors import DataError

TAGS = XrayTags(
    sop_class="DX",
    sop_instance_uid="2.25.1001",
    series_uid="2.25.1002",
    study_uid="2.25.1003",
    patient_id="P1",
    patient_name="SIMULATED^0001",
    birth_date="19600203",
    sex="F",
    age_years=61,
    accession_number="A1",
    study_date="20210504",
    study_time="103000",
    institution="Simulated Hospital",
    manufacturer="Simulated Maker",
    model="Phantom 1",
    station="S1",
    view="PA",
    photometric="MONOCHROME2",
    bits_stored=12,
    pixel_spacing_mm=(2.3125, 2.3125),
    window=(2048.0, 4096.0),
    exposure_index=250.0,
    kvp=120.0,
    source_to_detector_mm=1800.0,
    grid=True,
    portable=False,
)


def ramp(bits: int, dtype: type = np.uint16, columns: int = 37) -> np.ndarray:
    """All grey values from none to the greatest, in an odd number of pixels."""
    return np.rint(np.linspace(0, 2**bits - 1, 41 * columns)).astype(dtype).reshape(41, columns)


@pytest.mark.parametrize("syntax", sorted(SYNTAXES))
@pytest.mark.parametrize(("bits", "dtype"), [(8, np.uint8), (10, np.uint16), (16, np.uint16)])
def test_every_value_survives_every_syntax(tmp_path: Path, syntax: str, bits: int, dtype: type):
    stored = ramp(bits, dtype)
    path = tmp_path / "film.dcm"
    write_xray(path, stored, replace(TAGS, bits_stored=bits, transfer_syntax=syntax))
    dataset = dcmread(path)
    assert dataset.file_meta.TransferSyntaxUID == SYNTAXES[syntax]
    assert (dataset.BitsStored, dataset.HighBit) == (bits, bits - 1)
    np.testing.assert_array_equal(dataset.pixel_array, stored)


def test_pydicom_itself_encodes_whatever_other_encoders_are_installed(tmp_path, monkeypatch):
    """The plugin of GDCM 3.2.6 ends the whole process on run-length encoding of 16 bits."""
    asked = []
    compress = Dataset.compress

    def spied(self, *args, **options):
        asked.append(options.get("encoding_plugin"))
        return compress(self, *args, **options)

    monkeypatch.setattr(Dataset, "compress", spied)
    write_xray(tmp_path / "film.dcm", ramp(12), replace(TAGS, transfer_syntax="rle"))
    assert asked == ["pydicom"]


@pytest.mark.parametrize("sop_class", ["DX", "CR"])
@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_dense_is_white_in_either_polarity(tmp_path: Path, sop_class: str, photometric: str):
    dense = ramp(12)
    stored = 4095 - dense if photometric == "MONOCHROME1" else dense
    path = tmp_path / "film.dcm"
    write_xray(path, stored, replace(TAGS, sop_class=sop_class, photometric=photometric))
    image = read_xray(path)
    assert image.facts.modality == sop_class
    np.testing.assert_allclose(image.pixels, dense / 4095, atol=1e-3)


def test_the_header_says_what_it_was_told(tmp_path: Path):
    path = tmp_path / "film.dcm"
    write_xray(path, ramp(12), replace(TAGS, view="AP", portable=True, grid=False))
    header = read_header(path)
    facts, identity = header.facts, header.identity
    assert (facts.view, facts.portable, facts.sex, facts.age) == ("AP", True, "F", 61)
    assert (facts.body_part, facts.presentation) == ("CHEST", "for_presentation")
    assert (facts.manufacturer, facts.model_name) == ("Simulated Maker", "Phantom 1")
    assert (facts.windows, facts.burned_in, facts.lossy) == (((2048.0, 4096.0),), "NO", False)
    assert facts.pixel_spacing == (2.3125, 2.3125)
    assert facts.exposure_index == 250
    assert (identity.patient_id, identity.accession_number) == ("P1", "A1")
    assert (identity.sop_instance_uid, identity.study_uid) == ("2.25.1001", "2.25.1003")
    assert identity.study_date == "20210504"


def test_presentation_belongs_to_digital_films(tmp_path: Path):
    write_xray(tmp_path / "cr.dcm", ramp(12), replace(TAGS, sop_class="CR"))
    assert "PresentationIntentType" not in dcmread(tmp_path / "cr.dcm")
    raw = replace(TAGS, presentation="FOR PROCESSING")
    write_xray(tmp_path / "raw.dcm", ramp(12), raw)
    assert read_header(tmp_path / "raw.dcm").facts.presentation == "for_processing"


def test_the_same_film_has_the_same_bytes(tmp_path: Path):
    for syntax in SYNTAXES:
        files = [tmp_path / f"{syntax}{turn}.dcm" for turn in range(2)]
        for path in files:
            write_xray(path, ramp(12), replace(TAGS, transfer_syntax=syntax))
        assert files[0].read_bytes() == files[1].read_bytes()


@pytest.mark.parametrize(
    ("stored", "bits", "said"),
    [
        (np.zeros((3, 4, 4), np.uint16), 12, "shape"),
        (np.zeros((4, 4), np.int16), 12, "int16"),
        (np.full((4, 4), 1024, np.uint16), 10, "10 bits"),
        (np.zeros((4, 4), np.uint8), 12, "12 bits"),
        (np.zeros((0, 4), np.uint16), 12, "none"),
    ],
)
def test_pixels_that_do_not_fit_are_refused(tmp_path: Path, stored, bits: int, said: str):
    with pytest.raises(DataError, match=said):
        write_xray(tmp_path / "film.dcm", stored, replace(TAGS, bits_stored=bits))
    assert not list(tmp_path.iterdir())


def test_nothing_is_left_of_a_film_that_could_not_be_written(tmp_path: Path):
    taken = tmp_path / "film.dcm"
    taken.mkdir()
    with pytest.raises(OSError):
        write_xray(taken, ramp(12), TAGS)
    assert list(tmp_path.iterdir()) == [taken]
