"""A run: everything that one fine-tuning is, in the field's words."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Literal, get_args

from pydantic import Field, model_validator

from medtune.config.data import FORMATS_OF, Data, Task, XrayData
from medtune.config.evaluation import (
    PLANNABLE,
    PRIMARY_MEASURES,
    ChatEvaluation,
    Evaluation,
    ScoresTable,
    Shipped,
    TextEvaluation,
)
from medtune.config.generation import Generation
from medtune.config.ladder import Ladder
from medtune.config.model import FAST_PROBE, ChatModel, Model, TextModel
from medtune.config.report import Report
from medtune.config.search import Search
from medtune.config.section import FilePath, MisfitError, Section
from medtune.config.site import is_profile, site_name
from medtune.config.text_data import TextData
from medtune.config.training import ChatTraining, TextTraining, Training

# what a fast probe has not, since it takes no steps; numbers like epochs stand without effect
OF_STEPS = ("loss", "positive_weights", "label_smoothing", "sampler", "mixup", "cutmix", "keep",
            "max_hours")  # fmt: skip
NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"


class AnyRun(Section):
    """One fine-tuning, of films or of texts: what all runs have in common."""

    name: str = Field(
        pattern=NAME,
        description="Name of the run and of its folder: letters, digits, '.', '_' and '-'.",
    )
    task: Task = Field(description=f"What is learned: {' or '.join(get_args(Task))}.")
    data: Data
    site: str
    model: Model | TextModel
    training: Training
    evaluation: Evaluation
    runs: FilePath = Field(
        default=Path("runs"), description="Folder in which the run's own folder is made."
    )

    def declared(self) -> dict[str, Any]:
        """What it declares with its split's plan beside how it is judged."""
        return {}

    @property
    def site_name(self) -> str:
        """Name of the hospital or company."""
        return site_name(self.site)


class Run(AnyRun):
    """One fine-tuning on films: its data, its model, its training and how it is judged."""

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
        problems += _of_the_kind(self)
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


class TextRun(AnyRun):
    """One fine-tuning on texts: its data, its model, its training and how it is judged."""

    about: ClassVar[str] = "texts"  # in whose words it is told, see tables.nouns
    task: Literal["support_intent"] = Field(
        description=str(AnyRun.model_fields["task"].description)
    )
    data: TextData = Field(description="Which texts, whose they are, which split.")
    site: str = Field(
        default="site", description="The company: its name, which stands in tables and the report."
    )
    model: TextModel = Field(description="The language model and what of it learns.")
    training: TextTraining = Field(default=TextTraining(), description="How it learns.")
    evaluation: TextEvaluation = Field(default=TextEvaluation(), description="How it is judged.")
    report: Report = Field(default=Report(), description="Whether the report is printed too.")

    @model_validator(mode="after")
    def _sections_fit(self) -> TextRun:
        problems: list[tuple[tuple[str | int, ...], str]] = []
        formats = FORMATS_OF[self.task]
        if self.data.format not in formats:
            said = f"'task: {self.task}' reads {' or '.join(formats)}, not {self.data.format}"
            problems.append((("data", "format"), said))
        learned, primary = self.data.learned, self.evaluation.primary
        if primary.finding is not None and primary.finding not in learned:
            said = f"{primary.finding} is none of the targets: {', '.join(learned)}"
            problems.append((("evaluation", "primary", "finding"), said))
        fitting = PRIMARY_MEASURES[self.data.kind]
        if primary.measure is not None and primary.measure not in fitting:
            said = f"it is judged by {' or '.join(fitting)}, not {primary.measure}"
            problems.append((("evaluation", "primary", "measure"), said))
        if max(primary.margin, primary.non_inferiority_margin or 0) >= 1:
            problems.append((("evaluation", "primary", "margin"), "it must be below 1"))
        plain = TextEvaluation()
        problems += [
            (("evaluation", name), "it is for findings on films: take it away")
            for name in OF_FILMS
            if getattr(self.evaluation, name) != getattr(plain, name)
        ]
        unknown = [name for name in self.evaluation.subgroups if name not in self.data.attributes]
        problems += [
            (("evaluation", "subgroups"), f"{name} is none of 'data.attributes'")
            for name in unknown
        ]
        problems += _of_answers(self)
        if self.report.language != "en":
            said = "reports about texts are in English so far: take it away"
            problems.append((("report", "language"), said))
        if self.report.pictures != Report().pictures:
            said = "a report about texts has no pictures: take it away"
            problems.append((("report", "pictures"), said))
        if problems:
            raise MisfitError(*problems)
        return self


class ChatRun(TextRun):
    """One fine-tuning of a language model that answers: on conversations."""

    task: Literal["support_chat"] = Field(  # type: ignore[assignment]
        description=str(AnyRun.model_fields["task"].description)
    )
    model: ChatModel = Field(description="The language model and what of it learns.")
    training: ChatTraining = Field(default=ChatTraining(), description="How it learns.")
    evaluation: ChatEvaluation = Field(default=ChatEvaluation(), description="How it is judged.")
    generation: Generation = Field(default=Generation(), description="How an answer is written.")

    @model_validator(mode="after")
    def _of_conversations(self) -> ChatRun:
        problems: list[tuple[tuple[str | int, ...], str]] = []
        if self.evaluation.answer_alone is not None:
            said = "it is for intents, whose classes have a probability: take it away"
            problems.append((("evaluation", "answer_alone"), said))
        if self.evaluation.subgroups:
            said = "answers are judged as a whole so far: take it away"
            problems.append((("evaluation", "subgroups"), said))
        heart = self.evaluation.by_heart
        if heart is not None and heart.prefix + heart.suffix > self.data.max_tokens:
            said = (
                "no text is that long: 'prefix' and 'suffix' together are more than "
                f"'data.max_tokens', {self.data.max_tokens}"
            )
            problems.append((("evaluation", "by_heart", "suffix"), said))
        if self.training.more_seeds:
            said = "conversations are learnt with one seed so far: take it away"
            problems.append((("training", "more_seeds"), said))
        if self.model.adapt in ("lora", "dora") and self.training.keep in ("swa", "greedy_soup"):
            said = (
                f"{self.training.keep} averages weights, and the average of adapters is not the "
                "adapter of the average; take best, last, ema or wise_ft"
            )
            problems.append((("training", "keep"), said))
        if problems:
            raise MisfitError(*problems)
        return self


class DraftRun(ChatRun):
    """One fine-tuning of a language model that drafts: on requests and clauses, or documents."""

    about: ClassVar[str] = "drafts"
    task: Literal["legal_drafting"] = Field(  # type: ignore[assignment]
        description=str(AnyRun.model_fields["task"].description)
    )

    @model_validator(mode="after")
    def _of_somebody(self) -> DraftRun:
        if self.data.group is None:
            said = (
                "clauses of one company or matter repeat each other, and would be learnt and "
                "judged at once: name the field of the company or matter"
            )
            raise MisfitError((("data", "group"), said))
        return self


# of the evaluation section, what texts have not
OF_FILMS = ("planned", "reference_accuracy", "reference", "operating_point", "refer",
            "prevalences", "act_at", "proportions", "auroc_interval", "pool",
            "unusual", "read_again", "site")  # fmt: skip
RUN_OF: dict[str, type[Run] | type[TextRun]] = {
    "xray_findings": Run,
    "support_intent": TextRun,
    "support_chat": ChatRun,
    "legal_drafting": DraftRun,
}


def run_class(values: object) -> type[Run] | type[TextRun]:
    """The class of a run by its plain values: films where it names no task, or none of ours."""
    task = values.get("task") if isinstance(values, dict) else None
    return RUN_OF.get(task, Run) if isinstance(task, str) else Run


def _of_answers(run: AnyRun) -> list[tuple[tuple[str | int, ...], str]]:
    """What the share answered rightly without a person needs, where it is the primary measure."""
    primary, problems = run.evaluation.primary, list[tuple[tuple[str | int, ...], str]]()
    if primary.measure != "answered_right":
        return problems
    setting = ("evaluation", "primary", "measure")
    if run.evaluation.answer_alone is None:
        why = "nothing is answered without a person where 'evaluation.answer_alone' is not set"
        problems.append((setting, f"{why}: set it, or take another measure"))
    if run.training.more_seeds:
        why = "it is judged of one training only: take it away, or take another primary measure"
        problems.append((("training", "more_seeds"), f"the measure is answered_right; {why}"))
    if primary.finding is None and len(run.data.learned) > 1:
        why = "what is answered of several targets has no mean: say which of them is judged"
        problems.append((("evaluation", "primary", "finding"), why))
    return problems


def _of_the_kind(run: Run) -> list[tuple[tuple[str | int, ...], str]]:
    """Settings that do not fit the kind of what is learned."""
    kind, training, evaluation = run.data.kind, run.training, run.evaluation
    said: list[tuple[tuple[str | int, ...], str]] = []
    primary, fitting = evaluation.primary, PRIMARY_MEASURES[kind]
    if primary.measure is not None and primary.measure not in fitting:
        allowed = f"{kind} targets are judged by {' or '.join(fitting)}"
        if kind == "binary":
            allowed = f"findings are judged by {', '.join(fitting)}"
        said.append((("evaluation", "primary", "measure"), f"{allowed}, not {primary.measure}"))
    for name in ("margin", "non_inferiority_margin"):
        if kind != "continuous" and (getattr(primary, name) or 0) >= 1:
            said.append((("evaluation", "primary", name), "it must be below 1"))
    if kind == "binary" and evaluation.planned is not None:
        setting = ("evaluation", "planned")
        measure = primary.measure or fitting[0]
        if measure not in PLANNABLE:
            why = f"how many patients {measure} needs has no formula here"
            said.append((setting, f"{why}; take {', '.join(PLANNABLE)} as the primary measure"))
        if primary.finding is None and len(run.data.findings) > 1:
            why = "a study is planned for one finding: say which in 'evaluation.primary.finding'"
            said.append((setting, why))
    if evaluation.answer_alone is not None and kind != "multiclass":
        why = "what is answered alone is one of several classes: take it away"
        said.append((("evaluation", "answer_alone"), why))
    if kind == "multiclass":
        said += _of_answers(run)
    if kind == "binary":
        return said
    if run.model.adapt == FAST_PROBE:
        why = f"'adapt: {FAST_PROBE}' is for findings; take linear_probe"
        said.append((("model", "adapt"), why))
    what = {"multiclass": "classes", "ordinal": "grades", "continuous": "amounts"}[kind]
    if training.loss != "bce":
        minimised = {
            "multiclass": "cross-entropy",
            "ordinal": "the CORN loss",
            "continuous": "the smooth L1 loss",
        }[kind]
        why = f"'loss: {training.loss}' is for findings; of {what} {minimised} is minimised"
        said.append((("training", "loss"), f"{why}: take it away"))
    if training.positive_weights != "none":
        why = "weights of present findings are for findings: take it away"
        said.append((("training", "positive_weights"), why))
    if training.label_smoothing and kind != "multiclass":
        why = f"labels of {what} are not smoothed: take it away"
        said.append((("training", "label_smoothing"), why))
    if kind == "continuous" and training.sampler == "class_balanced":
        why = "amounts have no classes to balance: take shuffled or patient_balanced"
        said.append((("training", "sampler"), why))
    if kind == "continuous" and training.cutmix:
        why = "a box of another film has no share of an amount: take it away"
        said.append((("training", "cutmix"), why))
    if evaluation.pool != "mean":
        why = f"'pool: {evaluation.pool}' is for findings; of {what} films are averaged"
        said.append((("evaluation", "pool"), why))
    plain = Evaluation()
    for name in ("prevalences", "act_at", "proportions", "auroc_interval", "planned",
                 "reference_accuracy"):  # fmt: skip
        if getattr(evaluation, name) != getattr(plain, name):
            said.append((("evaluation", name), f"it is for findings, not for {what}: take it away"))
    if evaluation.operating_point != plain.operating_point:
        why = f"{what} have no threshold and no operating point: take it away"
        said.append((("evaluation", "operating_point"), why))
    for place, other in enumerate(evaluation.compare_with):
        if isinstance(other, ScoresTable) and other.threshold is not None:
            why = f"{what} have no threshold: take it away"
            said.append((("evaluation", "compare_with", place, "threshold"), why))
    if evaluation.reference is not None:
        why = f"a reading by radiologists is for findings; {what} are judged by the label table"
        said.append((("evaluation", "reference"), f"{why}: take it away"))
    if kind == "continuous" and len(run.data.targets) > 1 and primary.finding is None:
        why = "amounts have no mean over their units: say which of them is judged"
        said.append((("evaluation", "primary", "finding"), why))
    return said
