"""The elements of a header that medtune ever looks at, by keyword (PS3.6)."""

from __future__ import annotations

from typing import Final

META: Final = ("MediaStorageSOPClassUID", "TransferSyntaxUID")
"""Of the file meta information."""

TOLD: Final = (
    # who and what
    *("SpecificCharacterSet", "SOPClassUID", "SOPInstanceUID", "StudyInstanceUID"),
    *("SeriesInstanceUID", "AccessionNumber", "PatientID", "IssuerOfPatientID", "PatientName"),
    *("PatientBirthDate", "PatientSex", "PatientAge", "StudyDate", "ContentTime"),
    "AcquisitionTime",
    # how it was taken
    *("Modality", "Manufacturer", "ManufacturerModelName", "PresentationIntentType"),
    *("BodyPartExamined", "ViewPosition", "ViewCodeSequence", "ImageLaterality", "Laterality"),
    *("ImageType", "ConversionType", "BurnedInAnnotation", "KVP", "ExposureIndex"),
    *("DetectorType", "Grid", "ImagerPixelSpacing", "PixelSpacing"),
    "EstimatedRadiographicMagnificationFactor",
    # where the words PORTABLE and BEDSIDE stand
    *("PerformedProcedureStepDescription", "RequestedProcedureDescription", "StudyDescription"),
    *("SeriesDescription", "ProtocolName", "AcquisitionDeviceProcessingDescription"),
    # what the pixels are
    *("SamplesPerPixel", "PhotometricInterpretation", "NumberOfFrames", "Rows", "Columns"),
    *("BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "PixelPaddingValue"),
    *("PixelIntensityRelationship", "WindowCenter", "WindowWidth", "VOILUTFunction"),
    *("WindowCenterWidthExplanation", "VOILUTSequence", "ModalityLUTSequence"),
    *("PresentationLUTShape", "LossyImageCompression"),
)
"""Of a data set: what facts and identity are made from."""

WANTED: Final = (
    *TOLD,
    # what the pixels mean
    *("PixelPaddingRangeLimit", "RescaleIntercept", "RescaleSlope", "PresentationLUTSequence"),
    *("ExtendedOffsetTable", "ExtendedOffsetTableLengths"),
    # in the items of sequences
    *("CodeValue", "LUTDescriptor", "LUTExplanation", "LUTData"),
)
"""Of a data set, and of the items of the sequences among them: all that is needed."""
