"""Write a simulated hospital as a folder of DICOM files and a table of labels."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import cv2
import pandas as pd

from medtune.errors import DataError
from medtune.phantom.films import accession_number, write_study
from medtune.phantom.hospitals import Hospital
from medtune.phantom.roster import labels_of, studies_of
from medtune.phantom.simulator import SiteShift
from medtune.tables.schema import write_table

CHUNK = 25  # patients a piece of work


def write_hospital(
    folder: Path,
    hospital: Hospital,
    *,
    patients: int,
    seed: int,
    size: int = 160,
    processes: int = 1,
    shift: SiteShift | None = None,
    taken: Path | None = None,
) -> Path:
    """Write simulated radiographs and their labels.

    The same seed gives the same bytes, whatever the number of processes; the first patients of
    a large hospital are the patients of a small one.

    Args:
        folder: filled with ``dicom/`` and ``labels.csv`` (one row a study: accession_number,
            pneumonia, effusion, nodule, no_finding; 1 present, 0 absent, -1 uncertain, empty
            unread).
        hospital: NORTH, SOUTH, or one of your own.
        patients: how many; there are about 1.3 films a patient.
        seed: another seed is another set of patients.
        size: rows and columns of each film.
        processes: how many work at once; with more than one, a script that calls this needs the
            usual ``if __name__ == "__main__"``.
        shift: what is done to every film after it was taken; None: nothing.
        taken: a folder that this function filled with the same hospital, patients, seed and size,
            and no shift: the films are read there, which is faster than taking them again.

    Returns:
        The folder.

    Raises:
        DataError: a number out of range, or the folder holds films already.
    """
    if patients < 1 or processes < 1 or not 32 <= size <= 2048:
        raise DataError(
            "A simulated hospital has at least 1 patient, is written by at least 1 process, and "
            f"its films have 32 to 2048 rows; asked for were {patients}, {processes} and {size}."
        )
    images = folder / "dicom"
    if images.exists() and any(images.iterdir()):
        raise DataError(f"The folder {folder.name} holds films already. Nothing was written.")
    before = None if taken is None else taken / "dicom"
    everyone = range(1, patients + 1)
    pieces = [
        (images, hospital, seed, size, shift, before, everyone[start : start + CHUNK])
        for start in range(0, patients, CHUNK)
    ]
    rows: list[dict[str, object]] = []
    if processes == 1:
        parts: Iterable[list[dict[str, object]]] = map(_write_patients, pieces)
        for part in parts:
            rows += part
    else:
        # spawned, not forked: the caller may have torch's threads running
        with ProcessPoolExecutor(
            processes, mp_context=get_context("spawn"), initializer=_one_thread
        ) as pool:
            for part in pool.map(_write_patients, pieces):
                rows += part
    table = pd.DataFrame(rows)
    findings = [name for name in table.columns if name != "accession_number"]
    write_table(table.astype(dict.fromkeys(findings, "Int8")), folder / "labels.csv")
    return folder


def _one_thread() -> None:
    cv2.setNumThreads(1)


def _write_patients(
    piece: tuple[Path, Hospital, int, int, SiteShift | None, Path | None, range],
) -> list[dict[str, object]]:
    """Write the films of some patients; return their label rows."""
    images, hospital, seed, size, shift, taken, numbers = piece
    rows: list[dict[str, object]] = []
    for number in numbers:
        for study in studies_of(hospital, seed, number):
            write_study(images, hospital, seed, study, size, shift, taken)
            labels = labels_of(hospital, seed, study)
            rows.append({"accession_number": accession_number(hospital, study), **labels})
    return rows
