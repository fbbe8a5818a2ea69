"""A run on films: everything that one fine-tuning is, in the field's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from medtune.config.any_run import AnyRun
from medtune.config.compared import ScoresTable, Shipped
from medtune.config.data import XrayData
from medtune.config.evaluation import Evaluation
from medtune.config.kind_fits import Misfit, of_adapters, of_the_kind
from medtune.config.ladder import Ladder
from medtune.config.model import FAST_PROBE, Model
from medtune.config.report import Report
from medtune.config.search import Search
from medtune.config.section import MisfitError
from medtune.config.site import is_profile
from medtune.config.training import Training

# what a fast probe has not, since it takes no steps; numbers like epochs stand without effect
OF_STEPS = ("loss", "positive_weights", "label_smoothing", "sampler", "mixup", "cutmix", "keep",
            "max_hours")  # fmt: skip


class Run(AnyRun):
    """One fine-tuning on films: its data, its model, its training and how it is judged."""

    begins: ClassVar[Mapping[str, Any]] = {
        "data": {"images": "dicom", "labels": "labels.csv", "findings": ["pneumothorax"]},
        "model": {"backbone": "timm/convnext_tiny.fb_in22k_ft_in1k"},
    }
    task: Literal["xray_findings"] = Field(
        default="xray_findings", description=str(AnyRun.model_fields["task"].description)
    )
    data: XrayData = Field(description="Which films, which labels, which split.")
    site: str = Field(
        default="site",
        description="The hospital: its name, which stands in tables and in the report, or the "
        "file of its profile (medtune site measure), named after it.",
    )
    model: Model = Field(description="The network and what of it learns.")
    training: Training = Field(default=Training(), description="How it learns.")
    search: Search = Field(
        default=Search(), description="Which settings 'medtune search' tries out."
    )
    ladder: Ladder = Field(
        default=Ladder(), description="Which rungs 'medtune ladder' climbs, and how it judges them."
    )
    evaluation: Evaluation = Field(default=Evaluation(), description="How it is judged.")
    report: Report = Field(default=Report(), description="What the report may show.")

    @model_validator(mode="after")
    def _sections_fit(self) -> Run:
        findings, what = self.data.learned, "findings" if self.data.findings else "targets"
        named: list[tuple[tuple[str | int, ...], str]] = []
        primary = self.evaluation.primary.finding
        if primary is not None:
            named.append((("evaluation", "primary", "finding"), primary))
        if isinstance(self.evaluation.operating_point, dict):
            named += [
                (("evaluation", "operating_point", finding), finding)
                for finding in self.evaluation.operating_point
            ]
        if isinstance(self.evaluation.refer, dict):
            named += [(("evaluation", "refer", name), name) for name in self.evaluation.refer]
        if self.ladder.finding is not None:
            named.append((("ladder", "finding"), self.ladder.finding))
        for place, other in enumerate(self.evaluation.compare_with):
            if isinstance(other, ScoresTable) and other.finding is not None:
                named.append((("evaluation", "compare_with", place, "finding"), other.finding))
            if isinstance(other, Shipped) and other.findings is not None:
                named += [
                    (("evaluation", "compare_with", place, "findings", theirs), ours)
                    for theirs, ours in other.findings.items()
                ]
        problems = [
            (setting, f"{finding} is none of the {what}: " + ", ".join(findings))
            for setting, finding in named
            if finding not in findings
        ]
        problems += of_adapters(self)
        problems += self._of_kept_head()
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
        problems += of_the_kind(self)
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
        if self.training.augmentation == "site" and not is_profile(self.site):
            said = (
                "'augmentation: site' renders films in the style of a site, and 'site' names no "
                "profile; write 'site: NAME.yaml', which 'medtune site measure' makes"
            )
            problems.append((("training", "augmentation"), said))
        if problems:
            raise MisfitError(*problems)
        return self

    def _of_kept_head(self) -> list[Misfit]:
        """What keeping the head of a finished run needs."""
        model, problems = self.model, list[str]()
        if model.head == "new":
            return []
        if model.weights in ("pretrained", "none"):
            problems.append(
                "'head: kept' keeps the head of a finished run, and 'weights' names none; write "
                "'weights: runs/NAME', or 'head: new'"
            )
        if self.data.targets:
            problems.append(
                "'head: kept' keeps a head of findings, and this run has targets; write 'head: new'"
            )
        if model.adapt == FAST_PROBE:
            problems.append(
                f"'adapt: {FAST_PROBE}' fits a head anew, whatever it was; take 'adapt: "
                "linear_probe', or 'head: new'"
            )
        return [(("model", "head"), said) for said in problems]

    def declared(self) -> dict[str, Any]:
        """What a ladder is judged by, where the run says so."""
        if self.ladder.utility is None:
            return {}
        ladder = self.ladder.model_dump(exclude={"folds"})
        return {"ladder": {**ladder, "act_at": dict(self.evaluation.act_at)}}

    @property
    def changes_films(self) -> bool:
        """Whether training changes films at random; a fast probe takes them as they are."""
        return self.training.augmentation != "none" and self.model.adapt != FAST_PROBE
