"""The ``model`` section of a run: the network, where its weights come from, what learns."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Protocol

from pydantic import Field, field_validator

from medtune.config.section import FilePath, Section

RUN_WEIGHTS = "model.safetensors"  # of a finished run
RUN_LANGUAGE = "language"  # of a run about texts: its model's architecture and tokenizer
WEIGHTS_ENDINGS = (".safetensors", ".pt", ".pth", ".bin")
DOORS = ("timm", "monai", "torchvision", "xrv")
Views = Literal["each", "mean", "max", "attention"]
FAST_PROBE = "fast_probe"
AdaptMethod = Literal[
    "fast_probe",
    "linear_probe",
    "lp_ft",
    "full",
    "layer_decay",
    "gradual",
    "surgical",
    "norm",
    "bias",
    "lora",
    "dora",
]
LayerDecay = Annotated[
    float,
    Field(
        gt=0,
        le=1,
        description="Learning rate of a layer relative to the one above it, for "
        "'adapt: layer_decay'.",
    ),
]
LoraRank = Annotated[
    int, Field(ge=1, le=256, description="Rank of the adapters of 'adapt: lora' and 'dora'.")
]
BatchNorm = Literal["frozen", "adapt", "train"]
Blocks = Literal["first", "sensitive"]
Head = Literal["new", "kept"]


class Adapts(Protocol):
    """What learning asks of a model section, of whatever modality."""

    @property
    def adapt(self) -> AdaptMethod:
        """What learns."""

    @property
    def layer_decay(self) -> float:
        """Learning rate of a layer relative to the one above it."""

    @property
    def surgical_blocks(self) -> Blocks:
        """Which blocks 'surgical' teaches."""

    @property
    def lora_rank(self) -> int:
        """Rank of adapters."""

    @property
    def four_bits(self) -> bool:
        """Whether weights beside adapters are held in four bits."""

    @property
    def batch_norm(self) -> BatchNorm:
        """What happens to statistics of BatchNorm."""


class Model(Section):
    """The pretrained network and how it is adapted."""

    backbone: str = Field(
        description="Network by name: timm/NAME (also timm/hf-hub:ORG/NAME and "
        "timm/eva_x_small_patch16), monai/NAME (monai/DenseNet121 ...), torchvision/NAME, or "
        "xrv/NAME (torchxrayvision's)."
    )
    weights: str = Field(
        default="pretrained",
        description="pretrained (the hub's, fetched once), none (random), a local file of weights "
        "(.safetensors, .pth), a folder as the Hugging Face hub has it, or a finished run.",
    )
    adapt: AdaptMethod = Field(
        default="lp_ft",
        description="What learns: fast_probe (the head, in seconds), linear_probe (the head), "
        "lp_ft (head, then all), full, layer_decay (slower near the input), gradual, surgical "
        "(two blocks), norm, bias, lora or dora.",
    )
    head: Head = Field(
        default="new",
        description="Head of a training that starts from a finished run: new, or kept (that of the "
        "run, finding by finding of the same name; the weights as they came stand until an epoch "
        "is better on tune).",
    )
    layer_decay: LayerDecay = 0.75
    surgical_blocks: Blocks = Field(
        default="first",
        description="Which blocks 'adapt: surgical' teaches: first (next to the input, for another "
        "scanner), or sensitive (those whose gradient is largest relative to their weights).",
    )
    lora_rank: LoraRank = 8
    batch_norm: BatchNorm = Field(
        default="frozen",
        description="Statistics of BatchNorm: frozen (as the weights have them), adapt (measured "
        "once on the training films, then frozen) or train (those of trained layers move).",
    )
    image_size: int = Field(
        default=224, ge=16, le=2048, description="Pixels a side that the network sees."
    )
    harmonise: Literal["none", "percentile", "histogram", "response"] = Field(
        default="none",
        description="Greys of all films brought to those of the run the weights come from (or of "
        "the training films): percentile, histogram, or response (one curve for all films).",
    )
    views: Views = Field(
        default="each",
        description="Films of one study: each (scored alone), or pooled by the network into one "
        "prediction a study: mean, max, or attention (a mean whose weights are learnt).",
    )
    most_views: int = Field(
        default=4,
        ge=2,
        le=16,
        description="The most films of a study that a network with pooled 'views' looks at; one "
        "of each view comes first, and what is beyond is left out.",
    )

    @property
    def four_bits(self) -> bool:
        """Networks that see films are small."""
        return False

    @property
    def run_folder(self) -> Path | None:
        """The finished run that the weights come from; None where they come from elsewhere."""
        path = Path(self.weights)
        if self.weights in ("pretrained", "none") or not path.is_dir():
            return None
        return None if (path / "config.json").is_file() else path  # a folder of the hub's

    @field_validator("backbone")
    @classmethod
    def _door(cls, name: str) -> str:
        door, _, rest = name.partition("/")
        if door not in DOORS or not rest:
            *others, last = (f"{known}/NAME" for known in DOORS)
            raise ValueError(f"a backbone is written {', '.join(others)} or {last}")
        return name


class TextModel(Section):
    """The pretrained language model and how it is adapted."""

    backbone: FilePath = Field(
        description="Folder of a language model as the Hugging Face hub has it: config.json, "
        "tokenizer.json and safetensors. No code in it is run."
    )
    weights: str = Field(
        default="pretrained",
        description="pretrained (those in the folder), none (random), or a finished run of the "
        "same language model (runs/NAME).",
    )
    adapt: Literal[
        "linear_probe", "lp_ft", "full", "layer_decay", "gradual", "surgical", "norm", "bias",
        "lora", "dora",
    ] = Field(
        default="lp_ft",
        description="What learns: linear_probe (the head), lp_ft (head, then all), full, "
        "layer_decay (slower near the input), gradual, surgical (two blocks), norm, bias, lora "
        "or dora.",
    )  # fmt: skip
    layer_decay: LayerDecay = 0.75
    surgical_blocks: Blocks = Field(
        default="first",
        description="Which blocks 'adapt: surgical' teaches: first (next to the words), or "
        "sensitive (those whose gradient is largest relative to their weights).",
    )
    lora_rank: LoraRank = 8
    four_bits: bool = Field(
        default=False,
        description="Whether the frozen weights beside the adapters of 'adapt: lora' are held in "
        "four bits while these learn (QLoRA, extra: four_bits); the finished model has all its "
        "bits.",
    )
    ngrams: int = Field(
        default=0,
        ge=0,
        le=8,
        description="Tokens of the longest run that the head sees too, counted (hashed n-grams): "
        "what a text's words say, beside what the language model does; 3 is a good number, 0 is "
        "off.",
    )

    @property
    def batch_norm(self) -> BatchNorm:
        """Language models have none."""
        return "frozen"

    @property
    def run_folder(self) -> Path | None:
        """The finished run that the weights come from; None where they come from elsewhere."""
        return None if self.weights in ("pretrained", "none") else Path(self.weights)


class ChatModel(TextModel):
    """The pretrained language model that learns to answer, and how it is adapted."""

    adapt: Literal["linear_probe", "full", "layer_decay", "norm", "bias", "lora", "dora"] = Field(
        default="lora",
        description="What learns: linear_probe (the last layer), full, layer_decay (slower near "
        "the input), norm, bias, lora or dora.",
    )
    ngrams: Literal[0] = Field(default=0, description="For intents only: leave it out.")
