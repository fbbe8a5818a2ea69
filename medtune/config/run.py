"""A run: everything that one fine-tuning is, in the field's words."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from medtune.config.data import XrayData
from medtune.config.evaluation import Evaluation, ScoresTable, Shipped
from medtune.config.model import FAST_PROBE, Model
from medtune.config.section import FilePath, MisfitError, Section
from medtune.config.training import Training

# what a fast probe has not, since it takes no steps; numbers like epochs stand without effect
OF_STEPS = ("loss", "positive_weights", "label_smoothing", "sampler", "mixup", "cutmix", "keep",
            "max_hours")  # fmt: skip
NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"


class Report(Section):
    """What the report may show."""

    pictures: Literal["none", "cropped", "all"] = Field(
        default="cropped",
        description="Films in the report: none, cropped (without the borders, where markers and "
        "text stand) or all; films that may carry burned-in text are never pictured.",
    )


class Run(Section):
    """One fine-tuning: its data, its model, its training and how it is judged."""

    name: str = Field(
        pattern=NAME,
        description="Name of the run and of its folder: letters, digits, '.', '_' and '-'.",
    )
    task: Literal["xray_findings"] = Field(
        default="xray_findings", description="What is learned: xray_findings."
    )
    data: XrayData = Field(description="Which films, which labels, which split.")
    site: str = Field(
        default="site", description="Name of the hospital; it stands in tables and in the report."
    )
    model: Model = Field(description="The network and what of it learns.")
    training: Training = Field(default=Training(), description="How it learns.")
    evaluation: Evaluation = Field(default=Evaluation(), description="How it is judged.")
    report: Report = Field(default=Report(), description="What the report may show.")
    runs: FilePath = Field(
        default=Path("runs"), description="Folder in which the run's own folder is made."
    )

    @model_validator(mode="after")
    def _sections_fit(self) -> Run:
        findings = list(self.data.findings)
        named: list[tuple[tuple[str | int, ...], str]] = []
        primary = self.evaluation.primary.finding
        if primary is not None:
            named.append((("evaluation", "primary", "finding"), primary))
        if isinstance(self.evaluation.operating_point, dict):
            named += [
                (("evaluation", "operating_point", finding), finding)
                for finding in self.evaluation.operating_point
            ]
        for place, other in enumerate(self.evaluation.compare_with):
            if isinstance(other, ScoresTable) and other.finding is not None:
                named.append((("evaluation", "compare_with", place, "finding"), other.finding))
            if isinstance(other, Shipped) and other.findings is not None:
                named += [
                    (("evaluation", "compare_with", place, "findings", theirs), ours)
                    for theirs, ours in other.findings.items()
                ]
        problems = [
            (setting, f"{finding} is none of the findings: " + ", ".join(findings))
            for setting, finding in named
            if finding not in findings
        ]
        if self.model.adapt in ("lora", "dora") and self.training.keep in ("swa", "greedy_soup"):
            problems.append(
                (
                    ("training", "keep"),
                    f"{self.training.keep} averages weights, and the average of adapters is not "
                    f"the adapter of the average; with 'adapt: {self.model.adapt}' take best, "
                    "last, ema or wise_ft",
                )
            )
        if self.model.views != "each":
            problems += [
                (
                    ("training", name),
                    f"{name} would mix a frontal film with a lateral one; with 'model.views: "
                    f"{self.model.views}' leave it at 0",
                )
                for name in ("mixup", "cutmix")
                if getattr(self.training, name) > 0
            ]
        if self.model.views == "attention" and self.model.adapt == FAST_PROBE:
            problems.append(
                (
                    ("model", "views"),
                    f"'adapt: {FAST_PROBE}' teaches the head alone, and attention has to be "
                    "learnt; take mean or max, or 'adapt: linear_probe'",
                )
            )
        if self.model.adapt == FAST_PROBE:
            problems += [
                (
                    ("training", name),
                    f"'adapt: {FAST_PROBE}' fits a logistic regression in one go, and has no "
                    f"'{name}'; take it away, or take 'adapt: linear_probe'",
                )
                for name in OF_STEPS
                if getattr(self.training, name) != Training.model_fields[name].default
            ]
        if problems:
            raise MisfitError(*problems)
        return self

    @property
    def changes_films(self) -> bool:
        """Whether training changes films at random; a fast probe takes them as they are."""
        return self.training.augmentation != "none" and self.model.adapt != FAST_PROBE
