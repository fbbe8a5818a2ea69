"""Why a file is left out: a closed list, so that reasons can be counted and compared."""

from __future__ import annotations

from typing import Final

REASONS: Final[dict[str, str]] = {
    "unreadable": "The file cannot be opened or read.",
    "not_dicom": "The file is not DICOM.",
    "dicomdir": "The file is a DICOMDIR: a list of films, not a film.",
    "missing_file": "A DICOMDIR lists the file, and it is not there.",
    "damaged_archive": "The archive is damaged, or packed in a way that is not supported.",
    "encrypted_archive": "The archive needs a password.",
    "nested_archive": "An archive inside an archive is not looked into.",
    "no_table": "The picture is no DICOM, and no table says whose it is.",
    "damaged_header": "The header is damaged and cannot be read.",
    "other_modality": "The file is not of a modality that was asked for.",
    "no_pixels": "The file holds no picture.",
    "bad_geometry": "The header does not say properly how many rows, columns or bits there are.",
    "too_large": "The picture is larger than any radiograph.",
    "multi_frame": "The file holds several frames, and none was chosen.",
    "no_such_frame": "The file does not have the frame that was asked for.",
    "no_such_window": "The file does not have the window or VOI LUT that was asked for.",
    "unsupported_pixels": "The pixels are of a kind that no radiograph has.",
    "unsupported_syntax": "The pixels are compressed in a way that is not supported.",
    "truncated": "The picture ends too early: part of it is missing.",
    "undecodable": "The compressed picture is damaged and cannot be decoded.",
    "bad_lut": "A lookup table in the header is damaged, so grey levels are not known.",
    "constant": "All pixels have the same value: there is nothing to see.",
    "duplicate_uid": "Another file has the same SOP instance UID.",
}
"""One word and one plain sentence a reason."""
