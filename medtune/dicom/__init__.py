"""One X-ray file: found by its header, read by one right chain, kept free of identifiers."""

from medtune.dicom.facts import OLDEST, Facts
from medtune.dicom.find import File, Found, count_files, files_under, find_xrays, look_at
from medtune.dicom.header import Header, read_header
from medtune.dicom.identity import Identity
from medtune.dicom.pixels import StoredXray, XrayImage, open_xray, read_xray
from medtune.dicom.place import Place
from medtune.dicom.privacy import Pseudonyms
from medtune.dicom.reasons import REASONS
from medtune.dicom.voi import Showing

__all__ = [
    "OLDEST",
    "REASONS",
    "Facts",
    "File",
    "Found",
    "Header",
    "Identity",
    "Place",
    "Pseudonyms",
    "Showing",
    "StoredXray",
    "XrayImage",
    "count_files",
    "files_under",
    "find_xrays",
    "look_at",
    "open_xray",
    "read_header",
    "read_xray",
]
