"""The ``training`` section of a run."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from medtune.config.section import Section

LearningRate = Annotated[float, Field(gt=0, lt=1)]


class Training(Section):
    """How long, how fast and on what the network learns."""

    epochs: int = Field(
        default=20, ge=1, le=10_000, description="Most passes over the training films, all layers."
    )
    batch_size: int = Field(default=32, ge=1, le=4096, description="Films a training step.")
    films_at_once: int | None = Field(
        default=None,
        ge=1,
        description="Most films in the network at once; a step with more takes several passes, "
        "with the same gradient. For GPUs with little memory.",
    )
    learning_rate: LearningRate = Field(
        default=1e-4, description="Peak learning rate of the whole network (AdamW, cosine)."
    )
    head_epochs: int = Field(
        default=5, ge=1, le=10_000, description="Most passes in which only the head learns."
    )
    head_learning_rate: LearningRate = Field(
        default=1e-3, description="Peak learning rate while only the head learns."
    )
    weight_decay: float = Field(
        default=0.05, ge=0, lt=10, description="AdamW weight decay of matrices, not of biases."
    )
    patience: int = Field(
        default=5, ge=1, description="Epochs without a better tune AUROC before a stage stops."
    )
    augmentation: Literal["none", "generic"] = Field(
        default="generic",
        description="Random small changes of each training film: none, or generic (small "
        "rotation, shift, zoom, contrast, brightness, noise; never a flip).",
    )
    keep: Literal["best", "last", "ema", "swa", "greedy_soup", "wise_ft"] = Field(
        default="best",
        description="Weights that the last stage ends with: the best epoch, the last, ema (moving "
        "average), swa (mean of the last quarter), greedy_soup (mean of what helps), wise_ft "
        "(mixture with the start).",
    )
    max_hours: float | None = Field(
        default=None,
        gt=0,
        description="Time after which training stops and keeps what is best by then, in hours.",
    )
    checkpoint_minutes: float = Field(
        default=10,
        ge=0,
        description="The most minutes of work that an interruption costs: so often the middle of "
        "an epoch is saved; every epoch's end is.",
    )
    seed: int = Field(default=0, ge=0, description="Another seed is another run.")
    device: Literal["fastest", "cpu", "cuda", "mps"] = Field(
        default="fastest", description="Where it runs; fastest takes a GPU where there is one."
    )
    precision: Literal["fastest", "32", "bf16", "16"] = Field(
        default="fastest",
        description="Number format of the arithmetic; fastest takes bf16 where the hardware has "
        "it. What was taken is shown and recorded.",
    )

    @field_validator("precision", mode="before", json_schema_input_type=str | int)
    @classmethod
    def _bits(cls, value: Any) -> Any:
        """YAML reads ``precision: 32`` as a number."""
        return str(value) if value in (16, 32) and not isinstance(value, bool) else value
