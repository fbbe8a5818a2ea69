"""The ``training`` section of a run."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from medtune.config.section import MisfitError, Section

Seed = Annotated[int, Field(ge=0)]
LearningRate = Annotated[float, Field(gt=0, lt=1)]
LearningRateOrFind = Annotated[
    Annotated[Literal["find"], Tag("<find>")] | Annotated[LearningRate, Tag("<number>")],
    Discriminator(lambda value: "<find>" if isinstance(value, str) else "<number>"),
]
AtOnce = Annotated[int, Field(ge=1)]
AtOnceOrFind = Annotated[
    Annotated[Literal["find"], Tag("<find>")] | Annotated[AtOnce, Tag("<number>")],
    Discriminator(lambda value: "<find>" if isinstance(value, str) else "<number>"),
]


class Training(Section):
    """How long, how fast and on what the network learns."""

    epochs: int = Field(
        default=20, ge=1, le=10_000, description="Most passes over the training films, all layers."
    )
    batch_size: int = Field(default=32, ge=1, le=4096, description="Films a training step.")
    devices: int = Field(
        default=1,
        ge=1,
        le=64,
        description="GPUs of each machine that share every batch (on a CPU: processes). The "
        "batches are the same for any number.",
    )
    nodes: int = Field(
        default=1,
        ge=1,
        le=256,
        description="Machines that share every batch, each with so many devices; started by "
        "torchrun or SLURM.",
    )
    strategy: Literal["ddp", "fsdp"] = Field(
        default="ddp",
        description="How several devices hold the network: ddp, each the whole, or fsdp, each a "
        "part (for networks that do not fit on one).",
    )
    films_at_once: AtOnceOrFind | None = Field(
        default=None,
        description="Most films in the network at once, on each device; a step with more takes "
        "several passes, with the same gradient. find: as many as fit, tried before each stage.",
    )
    learning_rate: LearningRateOrFind = Field(
        default=1e-4,
        description="Peak learning rate of the whole network (AdamW, cosine), or find: a range "
        "test before each stage that teaches the backbone, shown and recorded.",
    )
    warm_up: float = Field(
        default=0.05, ge=0, lt=1, description="Share of a stage's steps in which the rate rises."
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
        default=5, ge=1, description="Epochs without a better tune split before a stage stops."
    )
    loss: Literal["bce", "focal", "asymmetric"] = Field(
        default="bce",
        description="What is minimised over the known labels: bce, focal (gamma 2, alpha 0.25) or "
        "asymmetric (gamma 4 for absent, 1 for present, clip 0.05).",
    )
    positive_weights: Literal["none", "balanced"] = Field(
        default="none",
        description="Weight of present findings in bce: none, or balanced (absent / present in "
        "train for each finding, 1/20 to 20; shown).",
    )
    label_smoothing: float = Field(
        default=0.0, ge=0, lt=1, description="How far labels are moved towards 0.5: 0.1 makes 0.95."
    )
    sampler: Literal["shuffled", "class_balanced", "patient_balanced"] = Field(
        default="shuffled",
        description="Which films an epoch draws: shuffled (each once), class_balanced (each "
        "finding and 'none' as often) or patient_balanced (each patient as often).",
    )
    mixup: float = Field(
        default=0.0,
        ge=0,
        le=10,
        description="Mixes 2 films and their labels, in parts drawn from Beta(mixup, mixup); "
        "0 is off. With cutmix, 1 of both a batch.",
    )
    cutmix: float = Field(
        default=0.0,
        ge=0,
        le=10,
        description="Pastes a box of another film, its area drawn from Beta(cutmix, cutmix), and "
        "mixes the labels alike; 0 is off.",
    )
    augmentation: Literal["none", "generic", "site"] = Field(
        default="generic",
        description="Random changes of each training film: none, generic (small rotation, shift, "
        "zoom, contrast, brightness, noise; never a flip) or site (as a film of the profile in "
        "'site' would look).",
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
    track: Literal["tensorboard", "mlflow", "wandb"] = Field(
        default="tensorboard",
        description="Who keeps a record beside metrics.csv: TensorBoard, and MLflow (a folder) or "
        "Weights & Biases (offline) if asked; both in the run's folder.",
    )
    seed: int = Field(default=0, ge=0, description="Another seed is another run.")
    more_seeds: list[Seed] = Field(
        default=[],
        description="Seeds with which the same is trained again, to show how much another seed "
        "changes; the run's model is always that of 'seed', never the best.",
    )
    device: Literal["fastest", "cpu", "cuda", "mps"] = Field(
        default="fastest", description="Where it runs; fastest takes a GPU where there is one."
    )
    precision: Literal["fastest", "32", "tf32", "bf16", "16"] = Field(
        default="fastest",
        description="Number format of the arithmetic; fastest takes bf16 where the hardware has "
        "it (on a CPU not for depthwise convolutions that learn), tf32 is a GPU's own 32 bits. "
        "What was taken is shown and recorded.",
    )
    compile: bool = Field(
        default=False,
        description="Whether torch.compile translates the network first: minutes at the start, "
        "then faster steps on most GPUs, no gain on a CPU; dropout draws other numbers.",
    )

    @field_validator("precision", mode="before", json_schema_input_type=str | int)
    @classmethod
    def _bits(cls, value: Any) -> Any:
        """YAML reads ``precision: 32`` as a number."""
        return str(value) if value in (16, 32) and not isinstance(value, bool) else value

    @property
    def seeds(self) -> tuple[int, ...]:
        """All seeds; the first is that of the run's own model."""
        return (self.seed, *self.more_seeds)

    @property
    def mixes(self) -> bool:
        """Whether films are mixed with others of their batch."""
        return self.mixup > 0 or self.cutmix > 0

    @model_validator(mode="after")
    def _enough_for_all(self) -> Training:
        if self.devices * self.nodes > self.batch_size:
            said = (
                f"{self.devices} x {self.nodes} devices cannot share a batch of {self.batch_size} "
                "films; raise 'batch_size' or take fewer"
            )
            raise MisfitError((("devices",), said))
        return self

    @model_validator(mode="after")
    def _whole_where_needed(self) -> Training:
        if self.strategy == "fsdp" and self.keep == "ema":
            said = "'keep: ema' averages whole networks, and fsdp has none; write ddp, or best"
            raise MisfitError((("strategy",), said))
        if self.strategy == "fsdp" and self.precision == "16":
            said = "fsdp computes in bf16 or 32 bits; take 'precision: 16' away"
            raise MisfitError((("strategy",), said))
        return self

    @model_validator(mode="after")
    def _seeds_differ(self) -> Training:
        for place, seed in enumerate(self.more_seeds):
            if seed in self.seeds[: place + 1]:
                said = f"the seed {seed} is there already, and would be trained twice"
                raise MisfitError((("more_seeds", place), said))
        return self

    @model_validator(mode="after")
    def _balanced_once(self) -> Training:
        if self.positive_weights == "balanced":
            if self.loss != "bce":
                said = (
                    f"'loss: {self.loss}' weighs present findings by a rule of its own; take "
                    "'positive_weights' away, or write 'loss: bce'"
                )
                raise MisfitError((("positive_weights",), said))
            if self.sampler == "class_balanced":
                said = (
                    "'sampler: class_balanced' draws rare findings more often already; take one "
                    "of the two away"
                )
                raise MisfitError((("positive_weights",), said))
        return self


class TextTraining(Training):
    """How long, how fast and on what a language model learns."""

    epochs: int = Field(
        default=20, ge=1, le=10_000, description="Most passes over the training texts, all layers."
    )
    batch_size: int = Field(default=32, ge=1, le=4096, description="Texts a training step.")
    devices: Literal[1] = Field(
        default=1, description="Language models are taught on one device so far."
    )
    nodes: Literal[1] = Field(
        default=1, description="Language models are taught on one machine so far."
    )
    strategy: Literal["ddp"] = Field(
        default="ddp", description="For several devices only: leave it out."
    )
    loss: Literal["bce"] = Field(
        default="bce", description="For findings on films only: leave it out."
    )
    positive_weights: Literal["none"] = Field(
        default="none", description="For findings on films only: leave it out."
    )
    sampler: Literal["shuffled"] = Field(
        default="shuffled", description="Which texts an epoch draws: each once, in another order."
    )
    mixup: Literal[0] = Field(default=0, description="For films only: words are not mixed.")
    cutmix: Literal[0] = Field(default=0, description="For films only: words are not mixed.")
    augmentation: Literal["none"] = Field(
        default="none", description="Texts are learnt as they are."
    )
    gradient_checkpointing: bool = Field(
        default=False,
        description="Whether what the layers said is computed a second time on the way back and "
        "not kept: less memory, more time, the same gradient.",
    )


class ChatTraining(TextTraining):
    """How long, how fast and on what a language model learns to answer."""

    epochs: int = Field(
        default=3, ge=1, le=10_000, description="Most passes over the training conversations."
    )
    batch_size: int = Field(
        default=8, ge=1, le=4096, description="Rows a training step: conversations, or packed ones."
    )
    packing: bool = Field(
        default=False,
        description="Whether several conversations share a row of 'data.max_tokens' tokens, each "
        "seeing itself only: fewer empty places, the same loss.",
    )
    label_smoothing: Literal[0] = Field(
        default=0, description="For labels only: words are learnt as they are."
    )
