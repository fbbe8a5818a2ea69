"""How a film was taken, in the few words that studies use: PA, AP, LATERAL ..."""

from __future__ import annotations

import re

from medtune.dicom.values import Tags, code, items, text

TERMS = frozenset(
    (
        *("PA", "AP", "LATERAL", "CC", "MLO"),  # what ``view`` makes of the usual ways
        # defined terms of ViewPosition (PS3.3 C.8.1.1), and of mammograms (PS3.16 CID 4014)
        *("LL", "RL", "LLD", "RLD", "LLO", "RLO"),
        *("ML", "LM", "LMO", "FB", "SIO", "ISO", "XCCL", "XCCM"),
    )
)
"""Views that are no free text."""
_LATERAL = {"LL", "RL", "LAT", "LATERAL", "LLAT", "RLAT", "LATL", "LATR"}
_WORDS = {"PA": "PA", "AP": "AP", "CC": "CC", "MLO": "MLO"} | dict.fromkeys(_LATERAL, "LATERAL")
# PS3.16 CID 4010 "DX View" and 4014 "View for Mammography", SNOMED CT and its older SRT codes
_CODES = {
    **dict.fromkeys(("399348003", "R-10206"), "AP"),
    **dict.fromkeys(("272479007", "399066004", "R-10214", "R-40888"), "PA"),
    **dict.fromkeys(("399067008", "R-102CD"), "LATERAL"),
    **dict.fromkeys(("399173006", "R-10236", "399198007", "R-10232"), "LATERAL"),
    **dict.fromkeys(("399162004", "R-10242"), "CC"),
    **dict.fromkeys(("399368009", "R-10226"), "MLO"),
}
PORTABLE = (
    *("ViewPosition", "PerformedProcedureStepDescription", "RequestedProcedureDescription"),
    *(
        "StudyDescription",
        "SeriesDescription",
        "ProtocolName",
        "AcquisitionDeviceProcessingDescription",
    ),
)
_BEDSIDE = re.compile(r"\b(?P<no>NON[- ]?)?(PORTABLE|BEDSIDE|MOBILE)\b")


def view(dataset: Tags) -> str | None:
    """The view: ViewPosition, else ViewCodeSequence (PS3.3 C.8.11.5); no free text is trusted.

    Returns:
        PA, AP, LATERAL, CC or MLO where the header says one of them in any usual way; another
        view as it stands in ViewPosition, in upper case; or None.
    """
    stated = code(dataset, "ViewPosition")
    if stated:
        said = {_WORDS[word] for word in re.split(r"[^A-Z]+", stated) if word in _WORDS}
        return said.pop() if len(said) == 1 else stated
    for item in items(dataset, "ViewCodeSequence"):
        known = _CODES.get(text(item, "CodeValue") or "")
        if known:
            return known
    return None


def portable(dataset: Tags) -> bool | None:
    """Whether the film was taken at the bedside, where the header says so in words.

    DICOM has no element for it: procedures are called "CHEST PORTABLE" or "NON-PORTABLE".

    Returns:
        True, False, or None where nothing is said or both are.
    """
    said = set()
    for keyword in PORTABLE:
        for match in _BEDSIDE.finditer((text(dataset, keyword) or "").upper()):
            said.add(match["no"] is None)
    return said.pop() if len(said) == 1 else None
