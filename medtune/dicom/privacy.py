"""Pseudonyms that only the hospital can undo, and films that may carry text in their pixels."""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import os
import re
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from medtune.dicom.facts import Facts
from medtune.dicom.identity import Identity
from medtune.errors import DataError

KEY_FILE = "pseudonym.key"
_KEY_BYTES = 32
_DIGITS = 16  # hexadecimal: with 10 million films two share a name with a chance below 1 in 100 000
_YEAR = 365


@dataclass(frozen=True)
class Names:
    """What a film, its patient and its study are called in the project.

    Attributes:
        case, group, study: pseudonyms.
        shift: by which the patient's dates are moved.
        uids: what stands for the UIDs of film, study and series where the header has none.
    """

    case: str
    group: str
    study: str
    shift: timedelta
    uids: dict[str, str] = field(repr=False)


@dataclass(frozen=True)
class Pseudonyms:
    """Names for films, patients and studies, made with a secret key (HMAC-SHA256).

    The same key gives the same names in every run; without it a name cannot be traced back,
    not even by trying all patient numbers.
    """

    key: bytes = field(repr=False)

    @classmethod
    def load_or_create(cls, folder: Path) -> Pseudonyms:
        """Read the key of a private folder, or draw one; processes that start together agree.

        Args:
            folder: made where it is missing; the folder gets mode 0700, the key 0600.

        Raises:
            DataError: the key is damaged, or the folder cannot be written.
        """
        path = folder / KEY_FILE
        try:
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
            with (folder / f".{KEY_FILE}.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if not path.exists():
                    _write_whole(path, secrets.token_bytes(_KEY_BYTES))
                key = path.read_bytes()
        except OSError as error:
            raise DataError(
                f"The private folder {folder.name} cannot be used for the pseudonyms' key: "
                f"{error.strerror}."
            ) from None
        if len(key) != _KEY_BYTES:
            raise DataError(
                f"The pseudonyms' key {KEY_FILE} is damaged: it has {len(key)} bytes, not "
                f"{_KEY_BYTES}. Restore it from a copy; a new key gives all films new names."
            )
        return cls(key)

    def case(self, sop_instance_uid: str, frame: int = 0) -> str:
        """Name of one film (or one frame of it): c and 16 hexadecimal digits."""
        return "c" + self._digest("case", sop_instance_uid.strip(), str(frame)).hex()[:_DIGITS]

    def group(self, issuer_or_site: str, patient_id: str) -> str:
        """Name of one patient: p and 16 hexadecimal digits.

        Patients with the same number at two sites are two patients. Upper and lower case and
        white space do not matter; leading zeros do.
        """
        owner, patient = _normal(issuer_or_site), _normal(patient_id)
        return "p" + self._digest("group", owner, patient).hex()[:_DIGITS]

    def study(self, study_uid: str) -> str:
        """Name of one study: s and 16 hexadecimal digits."""
        return "s" + self._digest("study", study_uid.strip()).hex()[:_DIGITS]

    def name(self, patient_name: str) -> str:
        """What may be stored of a patient's name: equal names give equal digits, no more.

        Case, white space and what separates the parts (PS3.5 6.2.1) do not matter.
        """
        parts = re.split(r"[\s^,=]+", patient_name.upper())
        return self._digest("name", " ".join(part for part in parts if part)).hex()[:_DIGITS]

    def names(self, identity: Identity, site: str, place: str) -> Names:
        """Names of a film by its header, as the index gives them.

        A film without a UID is known by its place; one without a patient ID is its own patient.

        Args:
            identity: of the header.
            site: the hospital, where the header does not say who issued the patient ID.
            place: of the file.
        """
        uid = identity.sop_instance_uid or place
        study = identity.study_uid or identity.accession_number or uid
        patient, owner = identity.patient_id or f"unknown {study}", identity.issuer or site
        return Names(
            case=self.case(uid),
            group=self.group(owner, patient),
            study=self.study(study),
            shift=timedelta(days=self.shift_days(owner, patient)),
            uids={
                "SOPInstanceUID": uid,
                "StudyInstanceUID": identity.study_uid or f"study of {study}",
                "SeriesInstanceUID": identity.series_uid or f"series of {study}",
            },
        )

    def uid(self, uid: str) -> str:
        """Another UID for a UID: a version 4 UUID under the root 2.25 (PS3.5 B.2).

        What is referred to by several films stays one thing.
        """
        digest = self._digest("uid", uid.strip("\0 "))
        return f"2.25.{UUID(bytes=digest[:16], version=4).int}"

    def shift_days(self, issuer_or_site: str, patient_id: str) -> int:
        """Days, from -365 to 365 and never 0, by which all dates of a patient are shifted."""
        digest = self._digest("shift", _normal(issuer_or_site), _normal(patient_id))
        days = int.from_bytes(digest[:8], "big") % (2 * _YEAR) - _YEAR
        return days if days < 0 else days + 1

    def _digest(self, kind: str, *parts: str) -> bytes:
        # Each part with its length, so that ("ab", "c") and ("a", "bc") are not the same.
        told = b"".join(
            len(part).to_bytes(4, "big") + part
            for part in (text.encode("utf-8", "surrogateescape") for text in (kind, *parts))
        )
        return hmac.new(self.key, told, hashlib.sha256).digest()


def _normal(identifier: str) -> str:
    return " ".join(identifier.upper().split())


def _write_whole(path: Path, content: bytes) -> None:
    """Write a file that its owner alone may read, whole or not at all."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.unlink(missing_ok=True)
        with os.fdopen(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def burned_in_suspect(facts: Facts) -> str | None:
    """Why a header suggests text in the picture, or None.

    No header can rule it out: BurnedInAnnotation = NO is often wrong, so a secondary capture is
    suspect whatever it says.

    Args:
        facts: of the film.

    Returns:
        A plain reason; None where the header raises no suspicion.
    """
    if facts.burned_in == "YES":
        return "the header says that text is burned in"
    if facts.modality == "SC" or (facts.sop_class or "").startswith("1.2.840.10008.5.1.4.1.1.7"):
        return "the film is a secondary capture"
    if facts.conversion_type is not None:
        return "the film was converted from something else"
    if any("SCREEN" in word or "SECONDARY" in word for word in facts.image_type):
        return "the image type says that it is a copy"
    if (facts.samples_per_pixel or 1) > 1 or facts.photometric == "PALETTE COLOR":
        return "the film is in colour"
    return None
