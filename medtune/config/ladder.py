"""The ``ladder`` section of a run: what its rungs are, and the one utility that judges them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from medtune.config.model import AdaptMethod
from medtune.config.section import MisfitError, Section


class Ladder(Section):
    """What 'medtune ladder' tries, from the cheapest to the dearest, and how it is judged."""

    utility: Literal["net_benefit", "sensitivity_at_specificity"] | None = Field(
        default=None,
        description="The one measure that decides: net_benefit at the finding's chance in "
        "'evaluation.act_at', or sensitivity_at_specificity at 'evaluation.operating_point'.",
    )
    finding: str | None = Field(
        default=None,
        description="The finding judged; leave out to take that of 'evaluation.primary', or the "
        "only one.",
    )
    choose_by: Literal["cross_validation", "calibration"] = Field(
        default="cross_validation",
        description="Cases that choose: cross_validation (all labelled ones but test, each scored "
        "by a training without its patient) or calibration (one training, fewer cases).",
    )
    folds: int = Field(
        default=5, ge=2, le=20, description="Parts of the patients in cross-validation."
    )
    least_gain: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="A dearer rung must gain more than this, in the utility's own unit.",
    )
    harmonise: Literal["percentile", "histogram", "response"] = Field(
        default="response",
        description="How the rung 'harmonisation' brings local greys to those that the generic "
        "model knows; see 'model.harmonise'.",
    )
    teach: list[AdaptMethod] = Field(
        max_length=6,
        default=["fast_probe", "lora", "lp_ft"],
        description="Rungs that learn from labels, the cheapest first, as in 'model.adapt'.",
    )

    @model_validator(mode="after")
    def _each_once(self) -> Ladder:
        for place, method in enumerate(self.teach):
            if method in self.teach[:place]:
                raise MisfitError((("teach", place), f"{method} is a rung already"))
        return self
