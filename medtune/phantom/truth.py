"""What the simulated patients really have, as classes, grades and amounts, for other targets."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from medtune.phantom.films import accession_number
from medtune.phantom.hospitals import Hospital
from medtune.phantom.lesions import FINDINGS
from medtune.phantom.roster import Study, studies_of
from medtune.tables.schema import write_table

DIAGNOSES = ("none", *FINDINGS)
BURDENS = ("none", "one", "several")


def truth_of(study: Study) -> dict[str, object]:
    """The truth of one study.

    Returns:
        diagnosis: the only disease, or none; empty where there are several. burden: how many
        diseases, none, one or several. heart: the cardiothoracic ratio in percent.
    """
    there: list[str] = [finding for finding in FINDINGS if finding in study.findings]
    return {
        "diagnosis": "" if len(there) > 1 else (there or ["none"])[0],
        "burden": BURDENS[min(len(there), 2)],
        "heart": round(100 * study.patient.body.heart, 1),
    }


def write_truth(folder: Path, hospital: Hospital, *, patients: int, seed: int) -> Path:
    """Write ``truth.csv`` beside the films of ``write_hospital``, without error or doubt.

    Args:
        folder: of the hospital.
        hospital: as the films were made.
        patients: as the films were made.
        seed: as the films were made.

    Returns:
        The table: a row a study.
    """
    rows = [
        {"accession_number": accession_number(hospital, study), **truth_of(study)}
        for number in range(1, patients + 1)
        for study in studies_of(hospital, seed, number)
    ]
    write_table(pd.DataFrame(rows), folder / "truth.csv")
    return folder / "truth.csv"
