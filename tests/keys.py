"""A pseudonyms' key that is always the same: who is in which split hangs on it."""

from __future__ import annotations

from pathlib import Path

from medtune.dicom.privacy import KEY_FILE


def lay_key(private: Path) -> None:
    """Put the key where a run finds it, with its tight permissions."""
    private.mkdir(parents=True, mode=0o700)
    key = private / KEY_FILE
    key.touch(mode=0o600)
    key.write_bytes(bytes(range(32)))
