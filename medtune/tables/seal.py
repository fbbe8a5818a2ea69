"""The seal on a test split: what it holds, and a line for every time it was looked at."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from medtune.errors import LeakError
from medtune.tables.schema import write_text

SEAL = "seal.json"
LOOKS = "looks.jsonl"


def sealed_digest(splits: pd.DataFrame) -> str:
    """SHA-256 over the sorted case_ids of the test split."""
    return hashlib.sha256("\n".join(_test_cases(splits)).encode()).hexdigest()


def _test_cases(splits: pd.DataFrame) -> list[str]:
    return sorted(splits.loc[splits["split"] == "test", "case_id"].astype(str).tolist())


def check_seal(splits: pd.DataFrame, folder: Path) -> None:
    """Refuse a test split that is not the one that was sealed.

    Raises:
        LeakError: it is another one, or ``seal.json`` is damaged.
    """
    path = folder / SEAL
    if not path.exists():
        return
    try:
        sealed = json.loads(path.read_text(encoding="utf-8"))["sha256"]
    except (ValueError, LookupError, TypeError):
        raise LeakError(f"{SEAL} is damaged: nobody can say what was sealed.") from None
    if sealed != sealed_digest(splits):
        raise LeakError(
            "The test split is not the one that was sealed: its table was changed by hand."
        )


def seal(splits: pd.DataFrame, folder: Path) -> None:
    """Write ``seal.json`` once, or check that the test split is the one that was sealed.

    Raises:
        LeakError: the test split is another one than that which was sealed.
    """
    path = folder / SEAL
    if path.exists():
        return check_seal(splits, folder)
    content = {
        "version": 1,
        "sealed": datetime.now(UTC).isoformat(timespec="seconds"),
        "cases": _test_cases(splits),
        "sha256": sealed_digest(splits),
    }
    write_text(json.dumps(content, indent=1), path)
    return None


def log_look(folder: Path, run: str, verb: str) -> int:
    """Append a line before the test split is scored.

    Returns:
        How many looks there have been, this one included.
    """
    line = {"time": datetime.now(UTC).isoformat(timespec="seconds"), "run": run, "verb": verb}
    with (folder / LOOKS).open("a", encoding="utf-8") as handle:
        handle.write(json.dumps(line) + "\n")
        handle.flush()
        os.fsync(handle.fileno())
    return len(looks(folder))


def looks(folder: Path) -> list[dict[str, str]]:
    """All looks at the test split so far, oldest first."""
    path = folder / LOOKS
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
