"""What every section of a run has in common: frozen, strict, and no setting it does not know."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

# Strictness would refuse a path that is still text.
FilePath = Annotated[Path, Field(strict=False)]
# Of a whole: more than nothing, less than all.
Share = Annotated[float, Field(gt=0, lt=1)]


class Section(BaseModel):
    """One section of a run file.

    Strict: ``epochs: true`` or ``epochs: "5"`` is a mistake to be told, not a number.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, validate_default=True
    )


class MisfitError(ValueError):
    """Settings that are each right but do not fit together.

    Args:
        problems: for each, the setting where it is put right (names and list positions, counted
            from the section whose validator raises this) and a sentence without its full stop.
    """

    def __init__(self, *problems: tuple[tuple[str | int, ...], str]) -> None:
        self.problems = problems
        super().__init__("; ".join(sentence for _, sentence in problems))
