"""Names of scanners that may leave the hospital: a manufacturer that is known, and a number."""

from __future__ import annotations

import re

import pandas as pd

UNSTATED = "scanner not stated"
# Whose films there are many of; any other text in a header may be a person's or a room's name.
MANUFACTURERS = (
    *("Agfa", "Canon", "Carestream", "DRGEM", "DRTECH", "Examion", "Fujifilm", "GE", "General"),
    *("Hitachi", "Hologic", "iRay", "Kodak", "Konica", "Lodox", "Philips", "Rayence", "Samsung"),
    *("Sedecal", "Shimadzu", "Siemens", "Simulated", "Swissray", "Toshiba", "Varian", "Vieworks"),
)
_KNOWN = {name.upper(): name for name in MANUFACTURERS}


def told(scanners: pd.Series) -> pd.Series:
    """The names under which scanners stand in a profile.

    Args:
        scanners: manufacturer and model of each film, as headers have them.

    Returns:
        "Siemens 1", "Siemens 2", "scanner 3" ..., those with most films first.
    """
    plain = scanners.astype("string").fillna("")
    order = plain[plain != ""].value_counts()
    order = order.sort_index().sort_values(ascending=False, kind="stable")
    names = {"": UNSTATED}
    for number, scanner in enumerate(order.index, start=1):
        words = re.findall(r"[A-Z]+", str(scanner).upper())
        known = [_KNOWN[word] for word in words[:2] if word in _KNOWN]
        names[str(scanner)] = f"{known[0] if known else 'scanner'} {number}"
    return plain.map(names).astype("string")
