"""A study's films: draw the thorax, put the disease in, expose it, and write it as DICOM."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medtune.dicom.pixels import open_xray
from medtune.dicom.write import XrayTags, write_xray
from medtune.phantom.anatomy import Thorax, thorax
from medtune.phantom.body import Array, Pose, draw_pose
from medtune.phantom.hospitals import Hospital
from medtune.phantom.imaging import attenuation, drawing_pixels, expose, window_of
from medtune.phantom.lesions import DRAW, FINDINGS
from medtune.phantom.roster import Study, random_for, unique_identifier
from medtune.phantom.simulator import SiteShift


def pose_of(hospital: Hospital, seed: int, study: Study, film: int) -> Pose:
    """How the patient stood for one film."""
    key = (study.patient.number, study.number)
    return draw_pose(random_for(seed, hospital.name, "pose", *key, film), study.view)


def drawn(
    hospital: Hospital, seed: int, study: Study, film: int, size: int
) -> tuple[Thorax, Array, Pose]:
    """The thorax of one film and the fluid in it, before any machine.

    A disease keeps its place and size on the films of one study; the pose does not.
    """
    key = (study.patient.number, study.number)
    pose = pose_of(hospital, seed, study, film)
    chest = thorax(study.patient.body, pose, drawing_pixels(size))
    fluid = chest.film.blank()
    for finding in FINDINGS:
        if finding in study.findings:
            rng = random_for(seed, hospital.name, "lesion", finding, *key)
            fluid += DRAW[finding](chest, rng)
    return chest, np.minimum(fluid, chest.air), pose


def stored_values(
    hospital: Hospital, seed: int, study: Study, film: int, size: int
) -> tuple[NDArray[Any], Pose]:
    """One film as its machine stores it, uint16 (size, size)."""
    chest, fluid, pose = drawn(hospital, seed, study, film, size)
    rng = random_for(seed, hospital.name, "film", study.patient.number, study.number, film)
    stored = expose(
        attenuation(chest, fluid), hospital.equipment, rng, size=size, width_cm=pose.width
    )
    return stored, pose


def accession_number(hospital: Hospital, study: Study) -> str:
    """What the label table and the films share: hospital, patient and study, and no finding."""
    return f"{hospital.name[0].upper()}{study.patient.number:06d}{study.number}"


def write_study(
    folder: Path,
    hospital: Hospital,
    seed: int,
    study: Study,
    size: int,
    shift: SiteShift | None = None,
    taken: Path | None = None,
) -> None:
    """Write the films of one study under ``folder``, a folder for each patient and study.

    ``taken`` holds the same films without a shift: read there, they need not be taken again.
    """
    for film in range(1, study.films + 1):
        place = Path(study.patient.identifier, f"S{study.number}", f"IM{film}.dcm")
        if taken is None:
            stored, pose = stored_values(hospital, seed, study, film, size)
        else:
            stored = open_xray(taken / place).cells
            pose = pose_of(hospital, seed, study, film)
        if shift is not None:
            key = f"{accession_number(hospital, study)}-{film}"
            stored = _as_shifted(stored, hospital, shift, seed, key)
        write_xray(folder / place, stored, _tags(hospital, seed, study, film, size, pose))


def _as_shifted(
    stored: NDArray[Any], hospital: Hospital, shift: SiteShift, seed: int, key: str
) -> NDArray[Any]:
    """Stored values as another machine would have them, in the same header."""
    white = np.float32(2**hospital.equipment.bits - 1)
    negative = hospital.equipment.polarity == "MONOCHROME1"
    film = stored.astype(np.float32) / white
    changed = shift.film(1 - film if negative else film, seed, key)
    changed = 1 - changed if negative else changed
    return np.rint(changed * white).astype(stored.dtype)


def _tags(
    hospital: Hospital, seed: int, study: Study, film: int, size: int, pose: Pose
) -> XrayTags:
    patient, equipment = study.patient, hospital.equipment
    key = (seed, hospital.name, patient.number, study.number)
    rng = random_for(seed, hospital.name, "header", patient.number, study.number, film)
    spacing = round(10 * pose.width / size, 6)
    clock = timedelta(seconds=study.second_of_day + 90 * (film - 1))
    hours, rest = divmod(clock.seconds, 3600)
    age = (study.day - patient.born).days / 365.25
    return XrayTags(
        sop_class=equipment.sop_class,
        sop_instance_uid=unique_identifier("film", *key, film),
        series_uid=unique_identifier("series", *key),
        study_uid=unique_identifier("study", *key),
        patient_id=f"{hospital.name[0].upper()}{patient.identifier}",
        patient_name=f"SIMULATED^{patient.number:04d}",
        birth_date=f"{patient.born:%Y%m%d}",
        sex=patient.body.sex,
        age_years=int(age),
        accession_number=accession_number(hospital, study),
        study_date=f"{study.day:%Y%m%d}",
        study_time=f"{hours:02d}{rest // 60:02d}{rest % 60:02d}",
        institution=f"Simulated Hospital {hospital.name.title()}",
        manufacturer=equipment.manufacturer,
        model=equipment.model,
        station=equipment.station,
        view=study.view,
        photometric=equipment.polarity,
        bits_stored=equipment.bits,
        pixel_spacing_mm=(spacing, spacing),
        window=window_of(equipment),
        exposure_index=equipment.quanta * float(rng.uniform(0.8, 1.25)),
        kvp=equipment.kvp,
        source_to_detector_mm=10 * pose.source,
        grid=equipment.grid,
        portable=study.view == "AP",
        instance_number=film,
        transfer_syntax=equipment.transfer_syntax,
    )
