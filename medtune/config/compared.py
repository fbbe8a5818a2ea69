"""The models beside which a fine-tuned one is judged, as ``evaluation.compare_with`` names them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from medtune.config.model import RUN_WEIGHTS, WEIGHTS_ENDINGS
from medtune.config.section import FilePath, Section

TRAINED_ON = (
    "Table of what the model learnt from, to find test cases among it: a column sop_instance_uid, "
    "study_uid, accession_number, patient_id, file_name or sha256 (of the files)."
)


class Shipped(Section):
    """A generic model with a head for the finding: a finished run, or torchxrayvision's weights."""

    shipped: FilePath = Field(
        description="The generic model: a finished run (runs/NAME), or a file of torchxrayvision's "
        "weights (weights/densenet121-res224-all.safetensors)."
    )
    findings: dict[str, str] | None = Field(
        default=None,
        description="Its finding: ours; leave out where the names are the same.",
    )
    trained_on: FilePath | None = Field(default=None, description=TRAINED_ON)

    @property
    def model_name(self) -> str:
        """Its name in every table, and in ``evaluation.primary.compared_with``."""
        return f"shipped:{self.label}"

    @property
    def label(self) -> str:
        """The run's name, or that of the file of weights without its ending."""
        return self.shipped.stem if self.run_folder is None else self.run_folder.name

    @property
    def run_folder(self) -> Path | None:
        """The run's folder, also where its file of weights was named; None where it is no run."""
        if self.shipped.name == RUN_WEIGHTS:
            return self.shipped.parent
        return None if self.shipped.suffix in WEIGHTS_ENDINGS else self.shipped


class ScoresTable(Section):
    """Any product's scores: a table with an identifier and a score for each study."""

    scores: FilePath = Field(description="Table of scores: CSV, TSV, Excel or Parquet.")
    id: Literal["sop_instance_uid", "study_uid", "accession_number", "patient_id", "file_name"] = (
        Field(default="accession_number", description="What its rows and the images share.")
    )
    column: str = Field(description="The column with the score.")
    finding: str | None = Field(
        default=None, description="The finding that it scores; leave out where there is one."
    )
    threshold: float | None = Field(
        default=None, description="The product's own threshold: positive is score >= threshold."
    )
    name: str | None = Field(
        default=None, description="Name in the report; leave out to take the file's."
    )
    trained_on: FilePath | None = Field(default=None, description=TRAINED_ON)

    @property
    def model_name(self) -> str:
        """Its name in every table, and in ``evaluation.primary.compared_with``."""
        return f"shipped:{self.name or self.scores.stem}"


def _kind_of_model(value: Any) -> str | None:
    """Which alternative of ``compare_with`` is meant, so that errors are about that one."""
    if isinstance(value, str):
        return "<word>"
    if isinstance(value, Shipped):
        return "<shipped>"
    if isinstance(value, ScoresTable):
        return "<scores>"
    if not isinstance(value, dict):
        return None
    if "shipped" in value:
        return "<shipped>"
    only_scores = set(ScoresTable.model_fields) - set(Shipped.model_fields)
    return "<scores>" if only_scores & set(value) else "<shipped>"


Compared = Annotated[
    Annotated[Literal["frozen_backbone"], Tag("<word>")]
    | Annotated[Shipped, Tag("<shipped>")]
    | Annotated[ScoresTable, Tag("<scores>")],
    Discriminator(_kind_of_model),
]
