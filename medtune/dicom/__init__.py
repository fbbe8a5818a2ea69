"""One X-ray file: found by its header, read by one right chain, kept free of identifiers."""

from medtune.dicom.find import Found, find_xrays
from medtune.dicom.header import Facts, Header, Identity, read_header
from medtune.dicom.pixels import XrayImage, read_xray
from medtune.dicom.privacy import Pseudonyms
from medtune.dicom.reasons import REASONS

__all__ = [
    "REASONS",
    "Facts",
    "Found",
    "Header",
    "Identity",
    "Pseudonyms",
    "XrayImage",
    "find_xrays",
    "read_header",
    "read_xray",
]
