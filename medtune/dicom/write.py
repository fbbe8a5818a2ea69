"""Write one radiograph as a genuine DICOM file: DX or CR, whole or not at all."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    ComputedRadiographyImageStorage,
    DigitalXRayImageStorageForPresentation,
    DigitalXRayImageStorageForProcessing,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    RLELossless,
)

from medtune.errors import DataError

SopClass = Literal["DX", "CR"]
TransferSyntax = Literal["explicit", "rle", "jpeg_2000"]

SYNTAXES = {
    "explicit": ExplicitVRLittleEndian,
    "rle": RLELossless,
    "jpeg_2000": JPEG2000Lossless,
}
# names the software that wrote the file (PS3.7 D.3.3.2): one fixed UUID under 2.25
IMPLEMENTATION_UID = "2.25.229103478265710843930568217495082617334"


@dataclass(frozen=True)
class XrayTags:
    """What the header of a chest radiograph says (PS3.3 A.2 CR Image, A.26 DX Image).

    Attributes:
        sop_class: DX (digital detector) or CR (storage plate).
        sop_instance_uid, series_uid, study_uid: unique identifiers.
        patient_id, patient_name, birth_date (YYYYMMDD), sex (F, M, O), age_years: the patient.
        accession_number, study_date (YYYYMMDD), study_time (HHMMSS): the study.
        institution, manufacturer, model, station: where and with what.
        view: PA or AP.
        photometric: MONOCHROME2 (great values white) or MONOCHROME1 (great values black).
        bits_stored: bits that hold the value, 8 to 16.
        pixel_spacing_mm: distance of rows, distance of columns, at the detector.
        window: centre and width of the LINEAR window (PS3.3 C.11.2.1.2), in stored values.
        exposure_index: IEC 62494-1 index of the detector's exposure.
        kvp: peak tube voltage, kV.
        source_to_detector_mm: distance of the focal spot from the detector.
        grid: whether an anti-scatter grid stood before the detector.
        portable: whether the film was taken at the bedside.
        instance_number: place of the film in its series, from 1.
        presentation: what a DX film is meant for; CR has no such tag.
        body_part: PS3.16 CID 4009 word.
        transfer_syntax: how the pixels are stored; all three are lossless.
    """

    sop_class: SopClass
    sop_instance_uid: str
    series_uid: str
    study_uid: str
    patient_id: str
    patient_name: str
    birth_date: str
    sex: str
    age_years: int
    accession_number: str
    study_date: str
    study_time: str
    institution: str
    manufacturer: str
    model: str
    station: str
    view: str
    photometric: Literal["MONOCHROME1", "MONOCHROME2"]
    bits_stored: int
    pixel_spacing_mm: tuple[float, float]
    window: tuple[float, float]
    exposure_index: float
    kvp: float
    source_to_detector_mm: float
    grid: bool
    portable: bool
    instance_number: int = 1
    presentation: Literal["FOR PRESENTATION", "FOR PROCESSING"] = "FOR PRESENTATION"
    body_part: str = "CHEST"
    transfer_syntax: TransferSyntax = "explicit"


def write_xray(path: Path, stored: NDArray[Any], tags: XrayTags) -> None:
    """Write stored values and their header as one DICOM file.

    The file is written under a temporary name and gets its own when it is whole. The same
    pixels and tags give the same bytes.

    Args:
        path: the file to write; its folder is made.
        stored: uint8 or uint16 (H, W), as they are to be stored; polarity is the tags' matter.
        tags: the header.

    Raises:
        DataError: the pixels are of another shape or type, or do not fit the bits stored.
    """
    _check(stored, tags)
    dataset = _header(tags)
    _put_pixels(dataset, stored, tags)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        dataset.save_as(partial, enforce_file_format=True)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _check(stored: NDArray[Any], tags: XrayTags) -> None:
    if stored.ndim != 2 or stored.dtype not in (np.uint8, np.uint16):
        raise DataError(
            "Pixels to be written must be uint8 or uint16 of shape (rows, columns); these are "
            f"{stored.dtype} of shape {stored.shape}."
        )
    room = 8 * stored.dtype.itemsize
    if not 8 <= tags.bits_stored <= room:
        raise DataError(
            f"{tags.bits_stored} bits stored do not go with {stored.dtype} pixels: 8 to {room} do."
        )
    if stored.size == 0 or int(stored.max()) >= 1 << tags.bits_stored:
        raise DataError(f"Pixels do not fit into {tags.bits_stored} bits, or there are none.")


def _header(tags: XrayTags) -> Dataset:
    """Everything but the pixels."""
    digital = tags.sop_class == "DX"
    if not digital:
        sop_class = ComputedRadiographyImageStorage
    elif tags.presentation == "FOR PRESENTATION":
        sop_class = DigitalXRayImageStorageForPresentation
    else:
        sop_class = DigitalXRayImageStorageForProcessing

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = sop_class
    meta.MediaStorageSOPInstanceUID = tags.sop_instance_uid
    meta.TransferSyntaxUID = SYNTAXES[tags.transfer_syntax]
    meta.ImplementationClassUID = IMPLEMENTATION_UID
    meta.ImplementationVersionName = "MEDTUNE"

    dataset = Dataset()
    dataset.file_meta = meta
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.ImageType = ["ORIGINAL", "PRIMARY", ""]
    dataset.SOPClassUID = sop_class
    dataset.SOPInstanceUID = tags.sop_instance_uid
    for kind in ("Study", "Series", "Acquisition", "Content"):
        setattr(dataset, f"{kind}Date", tags.study_date)
        setattr(dataset, f"{kind}Time", tags.study_time)
    dataset.AccessionNumber = tags.accession_number
    dataset.Modality = tags.sop_class
    dataset.Manufacturer = tags.manufacturer
    dataset.InstitutionName = tags.institution
    dataset.ReferringPhysicianName = ""
    dataset.StationName = tags.station
    dataset.StudyDescription = "CHEST"
    dataset.SeriesDescription = f"CHEST {tags.view}{' PORTABLE' if tags.portable else ''}"
    dataset.ManufacturerModelName = tags.model
    dataset.PatientName = tags.patient_name
    dataset.PatientID = tags.patient_id
    dataset.PatientBirthDate = tags.birth_date
    dataset.PatientSex = tags.sex
    dataset.PatientAge = f"{tags.age_years:03d}Y"
    dataset.BodyPartExamined = tags.body_part
    dataset.KVP = f"{tags.kvp:g}"
    dataset.DistanceSourceToDetector = f"{tags.source_to_detector_mm:g}"
    dataset.ImagerPixelSpacing = [f"{mm:.6g}" for mm in tags.pixel_spacing_mm]
    dataset.Grid = ["FIXED", "FOCUSED"] if tags.grid else "NONE"
    dataset.ExposureIndex = f"{tags.exposure_index:.1f}"
    dataset.ViewPosition = tags.view
    dataset.StudyInstanceUID = tags.study_uid
    dataset.SeriesInstanceUID = tags.series_uid
    dataset.StudyID = ""
    dataset.SeriesNumber = 1
    dataset.InstanceNumber = tags.instance_number
    dataset.PatientOrientation = ["L", "F"]
    if digital:
        dataset.PresentationIntentType = tags.presentation
        dataset.ImageLaterality = "U"
        dataset.PixelIntensityRelationship = "LOG"
        # the sign says whether great values are much (1) or little (-1) X-ray, C.8.11.3.1.2
        dataset.PixelIntensityRelationshipSign = 1 if tags.photometric == "MONOCHROME1" else -1
        dataset.PresentationLUTShape = (
            "INVERSE" if tags.photometric == "MONOCHROME1" else "IDENTITY"
        )
        dataset.RescaleIntercept = "0"
        dataset.RescaleSlope = "1"
        dataset.RescaleType = "US"
        dataset.LossyImageCompression = "00"
    else:
        dataset.Laterality = ""
    dataset.BurnedInAnnotation = "NO"
    dataset.PhotometricInterpretation = tags.photometric
    dataset.WindowCenter = f"{tags.window[0]:g}"
    dataset.WindowWidth = f"{tags.window[1]:g}"
    return dataset


def _put_pixels(dataset: Dataset, stored: NDArray[Any], tags: XrayTags) -> None:
    """The image pixel module (PS3.3 C.7.6.3), native or encapsulated (PS3.5 A.4)."""
    rows, columns = stored.shape
    dataset.SamplesPerPixel = 1
    dataset.Rows = rows
    dataset.Columns = columns
    dataset.BitsAllocated = 8 * stored.dtype.itemsize
    dataset.BitsStored = tags.bits_stored
    dataset.HighBit = tags.bits_stored - 1
    dataset.PixelRepresentation = 0
    little = np.ascontiguousarray(stored, dtype=stored.dtype.newbyteorder("<"))
    if tags.transfer_syntax == "explicit":
        raw = little.tobytes()
        dataset.PixelData = raw + b"\0" * (len(raw) % 2)
        dataset["PixelData"].VR = "OW" if stored.dtype == np.uint16 else "OB"
        return
    if tags.transfer_syntax == "rle":
        dataset.compress(
            RLELossless, little, encoding_plugin="pydicom", generate_instance_uid=False
        )
        return
    frame = imagecodecs.jpeg2k_encode(
        little, reversible=True, codecformat="j2k", bitspersample=tags.bits_stored, mct=False
    )
    dataset.PixelData = encapsulate([frame])
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
