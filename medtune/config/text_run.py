"""A run on texts: on questions that have an intent, on conversations, on a house's drafts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from medtune.config.any_run import AnyRun
from medtune.config.data import formats_of
from medtune.config.generation import Generation
from medtune.config.kind_fits import of_adapters, of_answers, of_four_bits
from medtune.config.model import ChatModel, TextModel
from medtune.config.primary import PRIMARY_MEASURES
from medtune.config.report import Report
from medtune.config.section import MisfitError
from medtune.config.text_data import TextData
from medtune.config.text_evaluation import ChatEvaluation, TextEvaluation
from medtune.config.training import ChatTraining, TextTraining

# of the evaluation section, what texts have not
OF_FILMS = ("planned", "reference_accuracy", "reference", "operating_point", "refer",
            "prevalences", "act_at", "proportions", "auroc_interval", "pool",
            "unusual", "read_again", "site")  # fmt: skip


class TextRun(AnyRun):
    """One fine-tuning on texts: its data, its model, its training and how it is judged."""

    about: ClassVar[str] = "texts"  # in whose words it is told, see tables.nouns
    others: ClassVar[frozenset[str]] = frozenset(
        {*(f"evaluation.{name}" for name in OF_FILMS), "report.language", "report.pictures"}
    )
    begins: ClassVar[Mapping[str, Any]] = {
        "task": "support_intent",
        "data": {"format": "intents", "files": "questions.csv", "group": "customer"},
        "model": {"backbone": "language-model", "adapt": "full", "ngrams": 3},
        "evaluation": {"compare_with": ["frozen_backbone", "tfidf"]},
    }
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
        formats = formats_of(self.task)
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
        problems += of_answers(self) + of_four_bits(self)
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

    others: ClassVar[frozenset[str]] = TextRun.others | {
        "training.more_seeds", "evaluation.answer_alone", "evaluation.subgroups",
    }  # fmt: skip
    begins: ClassVar[Mapping[str, Any]] = {
        "task": "support_chat",
        "data": {"format": "openai_chat", "files": "talks.jsonl", "group": "customer"},
        "model": {"backbone": "language-model", "adapt": "lora"},
    }
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
        problems += of_adapters(self)
        if problems:
            raise MisfitError(*problems)
        return self


class DraftRun(ChatRun):
    """One fine-tuning of a language model that drafts: on requests and clauses, or documents."""

    about: ClassVar[str] = "drafts"
    begins: ClassVar[Mapping[str, Any]] = {
        "task": "legal_drafting",
        "data": {"format": "openai_chat", "files": "clauses.jsonl", "group": "company"},
        "model": {"backbone": "language-model", "adapt": "lora"},
    }
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
