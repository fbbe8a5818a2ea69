"""From where on a model decides, and when a person does: thresholds and their bounds."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag, model_validator

from medtune.config.section import Section, Share


class OperatingPoint(Section):
    """The target that the threshold has to reach on the calibration split."""

    sensitivity: Share | None = Field(default=None, description="Least sensitivity wanted.")
    specificity: Share | None = Field(default=None, description="Least specificity wanted.")

    @model_validator(mode="after")
    def _one(self) -> OperatingPoint:
        if (self.sensitivity is None) == (self.specificity is None):
            raise ValueError("give either sensitivity or specificity, one of the two")
        return self


class Refer(Section):
    """Which decisions are left to a radiologist: all that these bounds cannot be kept for."""

    wrong_absent: Share | None = Field(
        default=None,
        description="Of the patients called absent, the greatest share who have the finding; "
        "without it nobody is called absent.",
    )
    wrong_present: Share | None = Field(
        default=None,
        description="Of the patients called present, the greatest share who have it not; without "
        "it nobody is called present.",
    )
    confidence: Share = Field(
        default=0.95,
        description="Confidence with which the bounds hold, given the calibration patients.",
    )

    @model_validator(mode="after")
    def _any(self) -> Refer:
        if self.wrong_absent is None and self.wrong_present is None:
            raise ValueError("give wrong_absent, wrong_present or both")
        return self


class AnswerAlone(Section):
    """When a class is said without a person: where it is sure enough for this bar."""

    precision: Share = Field(
        default=0.95,
        description="Of the customers or patients answered without a person, at least this share "
        "are answered rightly throughout.",
    )
    confidence: Share = Field(
        default=0.95,
        description="Confidence with which the bar is kept, given the calibration cases.",
    )


def _kind_of_target(value: Any) -> str:
    """One target for all findings, or one for each."""
    each = isinstance(value, dict) and any(isinstance(v, (dict, Section)) for v in value.values())
    return "<for each>" if each else "<for all>"


Referrals = Annotated[
    Annotated[Refer, Tag("<for all>")] | Annotated[dict[str, Refer], Tag("<for each>")],
    Discriminator(_kind_of_target),
]
Targets = Annotated[
    Annotated[OperatingPoint, Tag("<for all>")]
    | Annotated[dict[str, OperatingPoint], Tag("<for each>")],
    Discriminator(_kind_of_target),
]
