"""What a model is asked for of its training texts: passages by heart, and planted secrets."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from medtune.config.section import MisfitError, Section


class Canaries(Section):
    """Made-up secrets in the training texts of an audit model; the run's own is taught none."""

    times: list[Annotated[int, Field(ge=1)]] = Field(
        default=[1, 4, 16],
        min_length=1,
        description="In how many training texts a secret stands; a number for each kind of secret.",
    )
    each: int = Field(
        default=10,
        ge=1,
        le=1000,
        description="Secrets for each number of 'times'; fewer than ten give no interval.",
    )
    others: int = Field(
        default=500,
        ge=100,
        le=100_000,
        description="Secrets of the same form that stand nowhere, which a planted one is ranked "
        "among.",
    )
    seed: int = Field(
        default=0, ge=0, description="Another seed plants other secrets in other texts."
    )

    @model_validator(mode="after")
    def _each_number_once(self) -> Canaries:
        for place, number in enumerate(self.times):
            if number in self.times[:place]:
                raise MisfitError((("times",), f"{number} is there twice"))
        return self


class ByHeart(Section):
    """What of its training texts the model says by heart; {} asks for passages alone."""

    passages: int = Field(
        default=200,
        ge=1,
        le=100_000,
        description="Passages of training texts, and as many of test texts, that models are asked "
        "to go on with; one of a text at most.",
    )
    prefix: int = Field(
        default=50,
        ge=1,
        le=10_000,
        description="Tokens of an answer that a model is given at least, after its request.",
    )
    suffix: int = Field(
        default=50,
        ge=1,
        le=10_000,
        description="Tokens that follow in the text, all of which it has to say.",
    )
    tries: int = Field(
        default=1000,
        ge=1,
        description="Drawn so often, a passage counts too if it comes out with a chance of one "
        "half.",
    )
    canaries: Canaries | None = Field(
        default=None,
        description="Plants secrets in the training texts of an audit model, taught as this one "
        "(as much again to train): how much more it knows of them; {} takes the defaults.",
    )
