"""The shelf of pretrained weights: what there is, what each licence allows. Without torch."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

import yaml

from medtune.errors import InputError

Use = Literal["clinical use", "research only", "non-commercial"]
USES: tuple[Use, ...] = ("clinical use", "research only", "non-commercial")


@dataclass(frozen=True)
class Entry:
    """Weights on the shelf.

    Attributes:
        name: for ``medtune weights fetch``.
        backbone: as in a run's model section; None where medtune has no network for them.
        licence: of the weights; "unverified" in it where only others say so.
        use: what the licence allows. Clinical use means that it does not forbid it.
        pixels: a side, that they learnt with.
        parameters: in millions, without the head.
        note: what they learnt from, and what to mind.
        fetch: whether medtune can fetch them.
        how: where they come from otherwise.
    """

    name: str
    backbone: str | None
    licence: str
    use: Use
    pixels: int | None
    parameters: float | None
    note: str
    fetch: bool = True
    how: str = ""


def catalogue() -> list[Entry]:
    """All weights on the shelf."""
    text = (files("medtune.vision") / "weights.yaml").read_text(encoding="utf-8")
    return [Entry(**row) for row in yaml.safe_load(text)]


def entry(name: str) -> Entry | None:
    """The weights of a name, or of a backbone's; None for a backbone that is not on the shelf.

    Raises:
        InputError: it is no name of the shelf, and no backbone (DOOR/NAME) either.
    """
    shelf = catalogue()
    for one in shelf:
        if name == one.name or (name == one.backbone and one.fetch):
            return one
    if "/" in name:
        return None
    near = difflib.get_close_matches(name, [one.name for one in shelf], n=1)
    meant = f" Did you mean '{near[0]}'?" if near else ""
    raise InputError(
        f"There are no weights '{name}' on the shelf.{meant} 'medtune weights list' shows all; a "
        "backbone as run files have it (timm/NAME) can be fetched as well."
    )
