"""What the publisher of a language model says of its licence, in the folder it came in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

UNKNOWN = "unknown"
FILES = (
    "LICENSE",
    "LICENSE.txt",
    "LICENSE.md",
    "LICENCE",
    "LICENCE.txt",
    "NOTICE",
    "USE_POLICY.md",
)


@dataclass(frozen=True)
class Licence:
    """A licence, and its text where there is one.

    Attributes:
        name: as the page of the model has it; unknown where nobody says.
        files: that state it, to be handed on with whatever is made of the model.
    """

    name: str
    files: tuple[Path, ...]


def licence_of(folder: Path) -> Licence:
    """The licence of a language model.

    Args:
        folder: as the Hugging Face hub has it; it may have gone.
    """
    files = tuple(folder / name for name in FILES if (folder / name).is_file())
    return Licence(_named(folder / "README.md"), files)


def _named(page: Path) -> str:
    """The field ``license`` of a page's front matter, or ``license_name`` where it is 'other'."""
    try:
        text = page.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return UNKNOWN
    before, _, rest = text.partition("---\n")
    front, end, _ = rest.partition("\n---")
    if before.strip() or not end:
        return UNKNOWN
    try:
        said = yaml.safe_load(front)
    except yaml.YAMLError:
        return UNKNOWN
    if not isinstance(said, dict):
        return UNKNOWN
    name = said.get("license")
    if name == "other":
        name = said.get("license_name", name)
    return name if isinstance(name, str) and name.strip() else UNKNOWN
