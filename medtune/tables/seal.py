"""The seal on a test split: which cases it holds, and which earlier test split it enlarges."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from medtune.errors import SealError
from medtune.tables.amounts import counted
from medtune.tables.schema import write_text

SEAL = "seal.json"
LOOKS = "looks.jsonl"
LAST = "looks.last"


@dataclass(frozen=True)
class Earlier:
    """The test split that a larger one contains, as it was when the larger one was sealed.

    Attributes:
        split: name of its folder.
        seal: digest of its seal.
        looks: how many looks there had been at it.
        last: digest of the last of them; of its seal where there was none.
    """

    split: str
    seal: str
    looks: int
    last: str


@dataclass(frozen=True)
class Seal:
    """What was sealed.

    Attributes:
        version: 1, or one more than that of the test split which this one enlarges.
        sealed: when, UTC.
        cases: case_ids of the test split, sorted.
        sha256: over them.
        earlier: the test split that it enlarges.
    """

    version: int
    sealed: str
    cases: tuple[str, ...]
    sha256: str
    earlier: Earlier | None = None

    @property
    def digest(self) -> str:
        """SHA-256 over all of it: the log of looks begins with this."""
        return digest_of(_content(self))


def now() -> str:
    """The time in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def digest_of(content: Mapping[str, Any]) -> str:
    """SHA-256 over plain values, whatever the order of the keys."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def sealed_digest(splits: pd.DataFrame) -> str:
    """SHA-256 over the sorted case_ids of the test split."""
    return _digest_of_cases(cases_of_test(splits))


def cases_of_test(splits: pd.DataFrame) -> list[str]:
    """The case_ids of the test split, sorted."""
    return sorted(splits.loc[splits["split"] == "test", "case_id"].astype(str).tolist())


def read_seal(folder: Path) -> Seal:
    """The seal of a split.

    Raises:
        SealError: it is gone, damaged, or was changed.
    """
    path = folder / SEAL
    if not path.exists():
        raise SealError(
            f"The split {folder.name} has no {SEAL}: nobody can say what its test split was, nor "
            "how often it was looked at. Restore the folder from a copy."
        )
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        said = content.pop("digest")
        earlier = content.pop("earlier")
        found = Seal(
            int(content.pop("version")),
            str(content.pop("sealed")),
            tuple(content.pop("cases")),
            str(content.pop("sha256")),
            None if earlier is None else Earlier(**earlier),
        )
        whole = not content and all(isinstance(case, str) for case in found.cases)
    except (ValueError, LookupError, TypeError, AttributeError):
        whole = False
    if not whole:
        raise SealError(f"{SEAL} is damaged: nobody can say what was sealed.") from None
    if said != found.digest or found.sha256 != _digest_of_cases(found.cases):
        raise SealError(f"{SEAL} was changed by hand: its digest is another. Restore it.")
    return found


def check_seal(splits: pd.DataFrame, folder: Path) -> None:
    """Refuse a table of the split whose test cases are not those that were sealed.

    A split that was never sealed passes, unless it was looked at.

    Raises:
        SealError: with how many cases left the test split, or joined it.
    """
    if not (folder / SEAL).exists() and not (folder / LOOKS).exists():
        return
    sealed = read_seal(folder)
    if sealed.sha256 == sealed_digest(splits):
        return
    then, today = set(sealed.cases), set(cases_of_test(splits))
    raise SealError(
        "The test split is not the one that was sealed: its table was changed by hand "
        f"({counted(len(then - today), 'case')} left the test, "
        f"{len(today - then)} joined it). Restore it."
    )


def seal(splits: pd.DataFrame, folder: Path, earlier: Earlier | None = None) -> Seal:
    """Write ``seal.json`` once, or check that the test split is the one that was sealed.

    Args:
        splits: the table of the split.
        folder: of the split.
        earlier: the test split that this one enlarges.

    Raises:
        SealError: the test split is another one than that which was sealed.
    """
    if (folder / SEAL).exists():
        check_seal(splits, folder)
        return read_seal(folder)
    cases = cases_of_test(splits)
    version = 1 if earlier is None else _version(folder.parent / earlier.split) + 1
    made = Seal(version, now(), tuple(cases), _digest_of_cases(cases), earlier)
    content = {**_content(made), "digest": made.digest}
    write_last(folder, 0, made.digest)
    write_text(json.dumps(content, indent=1), folder / SEAL)
    return made


def write_last(folder: Path, looks: int, sha256: str) -> None:
    """Write where the log of looks ends: how many there are, and the digest of the last.

    The digest is that of the seal where there is none yet.
    """
    write_text(json.dumps({"looks": looks, "sha256": sha256}), folder / LAST)


def _version(folder: Path) -> int:
    return read_seal(folder).version


def _content(made: Seal) -> dict[str, Any]:
    return {**asdict(made), "cases": list(made.cases)}


def _digest_of_cases(cases: list[str] | tuple[str, ...]) -> str:
    return hashlib.sha256("\n".join(cases).encode()).hexdigest()
