"""The ``evaluation`` section of a run: what it is compared with, and how it is judged."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from medtune.config.compared import Compared
from medtune.config.operating import AnswerAlone, OperatingPoint, Refer, Referrals, Targets
from medtune.config.planned import Planned, ReferenceAccuracy
from medtune.config.primary import BESIDE_WRITTEN, OF_WHAT_IS_WRITTEN, Primary
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


class TextEvaluation(Evaluation):
    """What the fine-tuned language model is compared with, and how it is judged."""

    compare_with: list[Literal["frozen_backbone", "tfidf"]] = Field(  # type: ignore[assignment]
        default=["frozen_backbone"],
        min_length=1,
        description="Models on the same cases: frozen_backbone (a local head on the untouched "
        "model's features) or tfidf (word counts and a logistic regression).",
    )
    answer_alone: AnswerAlone | None = Field(
        default=AnswerAlone(),
        description="What is sure enough for this bar is answered without a person, all else is "
        "handed over.",
    )


class Drafts(Section):
    """What a house looks for in what is written, beside how much of it has to be changed."""

    terms: FilePath | None = Field(
        default=None,
        description="Terms that are defined elsewhere (the main agreement, the house's glossary), "
        "one a line: a draft may use them undefined.",
    )
    citations: FilePath | None = Field(
        default=None,
        description="Authorities that may be cited, one or several a line; a draft's other "
        "citations count as unknown.",
    )
    checklist: FilePath | None = Field(
        default=None,
        description="Kinds of clause (YAML, phrases for each): which of those in the final text a "
        "draft has, and which it has beside.",
    )
    labelled: FilePath | None = Field(
        default=None,
        description="Documents with labelled clauses (.jsonl: the field of 'data.group', text, and "
        "clauses: pieces by kind): they teach a judge of kinds, instead of 'checklist'.",
    )
    bank: FilePath | None = Field(
        default=None,
        description="Approved clauses (.txt, paragraphs apart, or .jsonl with a field 'text'): how "
        "much of a draft stands there word for word.",
    )
    other_matters: bool = Field(
        default=True,
        description="Whether it is counted what a draft has word for word, and which sums and "
        "firms, from training texts of other companies or matters.",
    )
    other_houses: FilePath | None = Field(
        default=None,
        description="Texts of other houses on the same subjects, as 'bank' is written: how much a "
        "draft reads like this one.",
    )

    @model_validator(mode="after")
    def _one_judge_of_clauses(self) -> Drafts:
        if self.checklist is not None and self.labelled is not None:
            said = "kinds of clause are told by phrases or by what labels taught: take one away"
            raise MisfitError((("labelled",), said))
        return self


class Canaries(Section):
    """Made-up secrets in the training texts of an audit model; the run's own is taught none."""

    times: list[Annotated[int, Field(ge=1)]] = Field(
        default=[1, 4, 16],
        min_length=1,
        description="In how many training texts a secret stands; a number for each kind of secret.",
    )
    each: int = Field(
        default=10,
        ge=1,
        le=1000,
        description="Secrets for each number of 'times'; fewer than ten give no interval.",
    )
    others: int = Field(
        default=500,
        ge=100,
        le=100_000,
        description="Secrets of the same form that stand nowhere, which a planted one is ranked "
        "among.",
    )
    seed: int = Field(
        default=0, ge=0, description="Another seed plants other secrets in other texts."
    )

    @model_validator(mode="after")
    def _each_number_once(self) -> Canaries:
        for place, number in enumerate(self.times):
            if number in self.times[:place]:
                raise MisfitError((("times",), f"{number} is there twice"))
        return self


class ByHeart(Section):
    """What of its training texts the model says by heart; {} asks for passages alone."""

    passages: int = Field(
        default=200,
        ge=1,
        le=100_000,
        description="Passages of training texts, and as many of test texts, that models are asked "
        "to go on with; one of a text at most.",
    )
    prefix: int = Field(
        default=50,
        ge=1,
        le=10_000,
        description="Tokens of an answer that a model is given at least, after its request.",
    )
    suffix: int = Field(
        default=50,
        ge=1,
        le=10_000,
        description="Tokens that follow in the text, all of which it has to say.",
    )
    tries: int = Field(
        default=1000,
        ge=1,
        description="Drawn so often, a passage counts too if it comes out with a chance of one "
        "half.",
    )
    canaries: Canaries | None = Field(
        default=None,
        description="Plants secrets in the training texts of an audit model, taught as this one "
        "(as much again to train): how much more it knows of them; {} takes the defaults.",
    )


class ChatEvaluation(TextEvaluation):
    """What the fine-tuned model's answers are compared with, and how they are judged."""

    compare_with: list[Literal["untouched", "from_scratch"]] = Field(  # type: ignore[assignment]
        default=["untouched", "from_scratch"],
        min_length=1,
        description="Models on the same conversations: untouched (the model as it came) or "
        "from_scratch (random weights, taught as long: as much again to train).",
    )
    answer_alone: AnswerAlone | None = Field(
        default=None, description="For intents only: leave it out."
    )
    ranking: bool = Field(
        default=True,
        description="Whether each model, and words in common (TF-IDF), also say which of ten "
        "answers belongs to a question; of 200 questions at most.",
    )
    generic: FilePath | None = Field(
        default=None,
        description="Generic text (.txt, paragraphs apart, or .jsonl with a field 'text'): how "
        "much worse it is said after the training is what was forgotten.",
    )
    generated: int = Field(
        default=0,
        ge=0,
        description="For how many test texts (one of each group before a second of any) each model "
        "and the nearest precedent (TF-IDF) write the last answer, held against a person's; 0: "
        "none.",
    )
    glossary: FilePath | None = Field(
        default=None,
        description="The company's terms, one a line; leave out to find them: what the training "
        "conversations say more than 'generic' does.",
    )

    drafts: Drafts | None = Field(
        default=None,
        description="What a house looks for in what is written; {} looks at defined terms, "
        "cross-references and what is from other matters.",
    )
    by_heart: ByHeart | None = Field(
        default=None,
        description="Whether the model says passages of its training texts word for word; {} takes "
        "the defaults.",
    )

    @model_validator(mode="after")
    def _of_what_is_written(self) -> ChatEvaluation:
        problems: list[tuple[tuple[str | int, ...], str]] = []
        if self.glossary is not None and not self.generated:
            said = "terms are looked for in what is written: set 'generated' too, or take it away"
            problems.append((("glossary",), said))
        if self.drafts is not None and not self.generated:
            said = (
                "drafts are looked at once they are written: set 'generated' too, or take it away"
            )
            problems.append((("drafts",), said))
        if self.primary.measure in OF_WHAT_IS_WRITTEN and not self.generated:
            said = "it is measured in what is written: set 'generated' too, or take bits_per_byte"
            problems.append((("primary", "measure"), said))
        if problems:
            raise MisfitError(*problems)
        return self

    def comparable_names(self) -> list[str]:
        """Of what is written, the nearest precedent and a blank page too."""
        beside = BESIDE_WRITTEN if self.primary.measure in OF_WHAT_IS_WRITTEN else ()
        return [*self.model_names(), *beside]
