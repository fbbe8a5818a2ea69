"""The one comparison that the verdict is about."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from medtune.config.section import MisfitError, Section
from medtune.config.targets import Kind

PLANNABLE = ("auroc", "sensitivity", "specificity")  # measures with a known study size
PrimaryMeasure = Literal[
    "auroc", "average_precision", "sensitivity", "specificity", "accuracy", "macro_auroc",
    "balanced_accuracy", "quadratic_weighted_kappa", "within_one_accuracy", "mae", "answered_right",
    "bits_per_byte", "edit_effort_characters", "edit_effort_words",
]  # fmt: skip
# By kind of target: what may be the primary measure, the first by default.
PRIMARY_MEASURES: dict[Kind, tuple[PrimaryMeasure, ...]] = {
    "binary": ("auroc", "average_precision", "sensitivity", "specificity", "accuracy"),
    "multiclass": ("macro_auroc", "accuracy", "balanced_accuracy", "answered_right"),
    "ordinal": ("quadratic_weighted_kappa", "accuracy", "within_one_accuracy"),
    "continuous": ("mae",),
    "text": ("bits_per_byte", "edit_effort_characters", "edit_effort_words"),
}
OF_WHAT_IS_WRITTEN = PRIMARY_MEASURES["text"][1:]
BESIDE_WRITTEN = ("tfidf", "blank_page")  # the nearest precedent, and nothing


class Primary(Section):
    """The one comparison that the verdict is about, declared before the test is opened."""

    finding: str | None = Field(
        default=None, description="The finding or target judged; leave out where there is one."
    )
    measure: PrimaryMeasure | None = Field(
        default=None,
        description="The measure judged; leave out for auroc of findings, macro_auroc of classes, "
        "quadratic_weighted_kappa of grades, mae of amounts, bits_per_byte of answers.",
    )
    compared_with: str | None = Field(
        default=None,
        description="One of the models of compare_with, such as shipped:NAME, frozen_backbone or "
        "untouched; leave out to take the first.",
    )
    margin: float = Field(
        default=0.0,
        ge=0,
        description="A gain must be above this to count; of mae in the target's unit, else below "
        "1.",
    )
    non_inferiority_margin: float | None = Field(
        default=None,
        gt=0,
        description="A loss of this much or more is to be excluded: whether the model is not "
        "inferior is said beside the verdict. It needs a reason.",
    )
    reason: str | None = Field(default=None, description="Why this margin and this measure.")

    @model_validator(mode="after")
    def _margins_have_a_reason(self) -> Primary:
        if not (self.reason or "").strip() and (self.margin or self.non_inferiority_margin):
            name = "margin" if self.margin else "non_inferiority_margin"
            raise MisfitError(((name,), "a margin needs its reason: write 'reason' beside it"))
        return self
