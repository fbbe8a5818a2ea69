"""The ``search`` section of a run: which of its settings are tried out, and for how long."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag, model_validator

from medtune.config.section import MisfitError, Section


class Range(Section):
    """Numbers between two ends."""

    low: float = Field(description="The least number that is tried.")
    high: float = Field(description="The greatest number that is tried.")
    log: bool = Field(
        default=False,
        description="Whether each power of ten is tried as often, as suits learning rates.",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Range:
        if self.low >= self.high:
            raise MisfitError((("high",), f"it must be greater than 'low', which is {self.low:g}"))
        if self.log and self.low <= 0:
            raise MisfitError((("low",), "with 'log: true' it must be greater than 0"))
        return self


def _kind_of_values(value: Any) -> str | None:
    if isinstance(value, list):
        return "<choices>"
    return "<range>" if isinstance(value, (dict, Range)) else None


Values = Annotated[
    Annotated[Range, Tag("<range>")] | Annotated[list[Any], Field(min_length=2), Tag("<choices>")],
    Discriminator(_kind_of_values),
]


class Search(Section):
    """Which settings 'medtune search' tries out, and for how long; nothing else reads it."""

    trials: int = Field(
        default=20, ge=1, le=9999, description="Most trainings, each with other settings."
    )
    hours: float | None = Field(
        default=None,
        gt=0,
        description="Time of all trials together after which no epoch begins, in hours of epochs.",
    )
    space: dict[str, Values] = Field(
        default={},
        description="Setting to what is tried: a list, or {low, high, log} for numbers, such as "
        "training.learning_rate: {low: 1e-5, high: 1e-3, log: true}.",
    )
    chosen_from: int | None = Field(
        default=None,
        ge=1,
        description="Number of trials that this run's settings were chosen from; written by "
        "'medtune search', shown in the report.",
    )
