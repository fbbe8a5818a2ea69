"""What every section of a run has in common: frozen, and no setting it does not know."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """One section of a run file."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=False, validate_default=True
    )
