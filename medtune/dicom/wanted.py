"""The elements of a header that medtune ever looks at, by keyword (PS3.6)."""

from __future__ import annotations

from typing import Final

META: Final = ("MediaStorageSOPClassUID", "TransferSyntaxUID")
"""Of the file meta information."""

WANTED: Final = (
    # who and what
    *("SpecificCharacterSet", "SOPClassUID", "SOPInstanceUID", "StudyInstanceUID"),
    *("SeriesInstanceUID", "AccessionNumber", "PatientID", "IssuerOfPatientID", "PatientName"),
    *("PatientBirthDate", "PatientSex", "PatientAge", "StudyDate", "ContentDate", "ContentTime"),
    *("AcquisitionTime", "InstanceNumber"),
    # how it was taken
    *("Modality", "Manufacturer", "ManufacturerModelName", "PresentationIntentType"),
    *("BodyPartExamined", "ViewPosition", "ViewCodeSequence", "CodeValue", "ImageLaterality"),
    *("Laterality", "ImageType", "ConversionType", "BurnedInAnnotation", "KVP", "ExposureIndex"),
    *("DetectorType", "Grid", "ImagerPixelSpacing", "PixelSpacing"),
    "EstimatedRadiographicMagnificationFactor",
    # where the words PORTABLE and BEDSIDE stand
    *("PerformedProcedureStepDescription", "RequestedProcedureDescription", "StudyDescription"),
    *("SeriesDescription", "ProtocolName", "AcquisitionDeviceProcessingDescription"),
    # what the pixels mean
    *("SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration", "NumberOfFrames"),
    *("Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation"),
    *("PixelPaddingValue", "PixelPaddingRangeLimit", "PixelIntensityRelationship"),
    *("RescaleIntercept", "RescaleSlope", "ModalityLUTSequence", "WindowCenter", "WindowWidth"),
    *("WindowCenterWidthExplanation", "VOILUTFunction", "VOILUTSequence", "LUTDescriptor"),
    *("LUTExplanation", "LUTData", "PresentationLUTShape", "PresentationLUTSequence"),
    *("LossyImageCompression", "ExtendedOffsetTable", "ExtendedOffsetTableLengths"),
)
"""Of the data set, and of the items of the sequences among them."""
