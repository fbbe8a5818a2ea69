"""The ``evaluation`` section of a run: what it is compared with, and how it is judged."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from medtune.config.compared import Compared
from medtune.config.operating import AnswerAlone, OperatingPoint, Refer, Referrals, Targets
from medtune.config.planned import Planned, ReferenceAccuracy
from medtune.config.primary import Primary
from medtune.config.section import FilePath, MisfitError, Section, Share


class Evaluation(Section):
    """What the fine-tuned model is compared with, and how it is judged."""

    compare_with: list[Compared] = Field(
        default=["frozen_backbone"],
        min_length=1,
        description="Models on the same cases: {shipped: runs/NAME or a file of weights}, "
        "{scores: FILE, column: NAME} "
        "or frozen_backbone (a local head on generic features).",
    )
    primary: Primary = Field(
        default=Primary(), description="The comparison that the verdict is about."
    )
    planned: Planned | None = Field(
        default=None,
        description="What the study is planned to show: 'medtune check' says how many patients "
        "that needs.",
    )
    reference: FilePath | None = Field(
        default=None,
        description="What radiologists read, written as labels are, a column for each finding; it "
        "replaces the labels in the test split only, where no other study is judged then.",
    )
    reference_accuracy: ReferenceAccuracy | None = Field(
        default=None,
        description="How right the reference is known to be: what sensitivity and specificity "
        "would be against the truth is given too.",
    )
    operating_point: Targets = Field(
        default=OperatingPoint(sensitivity=0.90),
        description="Target for the threshold, for all findings or for each by name.",
    )
    refer: Referrals | None = Field(
        default=None,
        description="Bounds on wrong decisions, for all findings or for each by name; what is not "
        "sure enough for them is referred to a radiologist.",
    )
    answer_alone: AnswerAlone | None = Field(
        default=None,
        description="Of classes: what is sure enough for this bar is answered without a person, "
        "all else is handed over.",
    )
    unusual: Share = Field(
        default=0.05,
        description="Of patients like those of calibration, the share who may have a film called "
        "unusual: unlike the films that taught.",
    )
    site: FilePath | None = Field(
        default=None,
        description="A site's profile (medtune site measure): the report says which test patients "
        "have a film unlike those that were measured there, and how the model does on them.",
    )
    prevalences: dict[str, Share] = Field(
        default={},
        description="Share of studies with each finding where the model will be used; PPV and NPV "
        "are given there too.",
    )
    act_at: dict[str, Share] = Field(
        default={},
        description="Chance of each finding from which on you would act; the net benefit is given "
        "there.",
    )
    proportions: Literal["wilson", "exact"] = Field(
        default="wilson",
        description="Interval of sensitivity and the like where each patient has one study: "
        "wilson, or exact (Clopper-Pearson: never too narrow, mostly too wide).",
    )
    auroc_interval: Literal["plain", "logit"] = Field(
        default="plain",
        description="Interval of an AUROC: plain (estimate +- 1.96 SE, cut at 1), or on the logit "
        "scale, which suits an AUROC above 0.95.",
    )
    pool: Literal["mean", "max"] = Field(
        default="mean", description="How the scores of a study's films become one."
    )
    level: Share = Field(default=0.95, description="Confidence level of every interval.")
    subgroups: list[str] = Field(
        default=[],
        description="Attributes that are judged apart: sex, age_band, view, scanner, portable; or "
        "facts of the headers, such as lossy, bits_stored, photometric, burned_in.",
    )
    min_cell: int = Field(
        default=10, ge=1, description="Subgroups of fewer patients are not shown."
    )
    resamples: int = Field(
        default=2000, ge=200, le=100_000, description="Bootstrap resamples of patients."
    )
    seed: int = Field(default=0, ge=0, description="Seed of the bootstrap.")
    read_again: int = Field(
        default=20,
        ge=0,
        description="Of films: test cases that are read from their files and scored a second time, "
        "to see that the scores stay; 0 for none.",
    )

    @model_validator(mode="after")
    def _names_fit(self) -> Evaluation:
        names = self.model_names()
        wanted = self.primary.compared_with
        problems: list[tuple[tuple[str | int, ...], str]] = [
            (("compare_with", place), f"two models are called {name}: give one another name")
            for place, name in enumerate(names)
            if name in names[:place]
        ]
        comparable = self.comparable_names()
        if wanted is not None and wanted not in comparable:
            problems.append(
                (
                    ("primary", "compared_with"),
                    f"{wanted} is none of the models in 'compare_with': " + ", ".join(comparable),
                )
            )
        if problems:
            raise MisfitError(*problems)
        return self

    def model_names(self) -> list[str]:
        """The models of ``compare_with`` as tables name them: frozen_backbone, shipped:NAME."""
        return [
            other if isinstance(other, str) else other.model_name for other in self.compare_with
        ]

    def comparable_names(self) -> list[str]:
        """The models that the primary comparison may be with."""
        return self.model_names()

    def target_of(self, finding: str) -> OperatingPoint:
        """The operating point's target for one finding."""
        if isinstance(self.operating_point, OperatingPoint):
            return self.operating_point
        return self.operating_point.get(finding, OperatingPoint(sensitivity=0.90))

    def refer_of(self, finding: str) -> Refer | None:
        """The bounds for one finding, below which a radiologist decides; None: none is referred."""
        return self.refer.get(finding) if isinstance(self.refer, dict) else self.refer
