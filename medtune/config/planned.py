"""What is expected before the test is opened: of the study's gain, and of its reference."""

from __future__ import annotations

from pydantic import Field, model_validator

from medtune.config.section import MisfitError, Section, Share


class Planned(Section):
    """What the study is planned to show; how many patients that needs is computed from it."""

    gain: Share = Field(description="The gain in the primary measure that is to be shown.")
    generic: Share = Field(
        default=0.80, description="What the other model is expected to reach in that measure."
    )
    power: Share = Field(
        default=0.80, description="The chance with which such a gain is to be shown."
    )
    correlation: float = Field(
        default=0.5,
        ge=0,
        lt=1,
        description="Of AUROC: how far the scores of the two models go together, within patients "
        "with the finding and within those without.",
    )
    discordant: Share | None = Field(
        default=None,
        description="Of sensitivity or specificity: the share of patients whom one model alone has "
        "right; leave out to expect errors that have nothing to do with each other.",
    )

    @model_validator(mode="after")
    def _can_be(self) -> Planned:
        if self.generic + self.gain >= 1:
            said = f"{self.generic:g} and a gain of {self.gain:g} are no measure below 1"
            raise MisfitError((("gain",), said))
        if self.discordant is not None and self.discordant < self.gain:
            said = "no fewer patients differ than the gain: it must be at least the gain"
            raise MisfitError((("discordant",), said))
        return self


class ReferenceAccuracy(Section):
    """How right the reference is, as other studies found; sensitivity and specificity follow."""

    sensitivity: Share = Field(description="Of those who have the finding, the share it finds.")
    specificity: Share = Field(description="Of those who have it not, the share it clears.")

    @model_validator(mode="after")
    def _says_anything(self) -> ReferenceAccuracy:
        if self.sensitivity + self.specificity <= 1:
            said = "a reference whose two rates add up to 1 or less says nothing of the truth"
            raise MisfitError((("sensitivity",), said))
        return self
