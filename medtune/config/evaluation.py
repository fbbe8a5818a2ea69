"""The ``evaluation`` section of a run, and what the report may show."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from medtune.config.model import RUN_WEIGHTS, WEIGHTS_ENDINGS
from medtune.config.section import FilePath, MisfitError, Section
from medtune.config.targets import Kind

Share = Annotated[float, Field(gt=0, lt=1)]


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


class Planned(Section):
    """What the study is planned to show; how many patients that needs is computed from it."""

    gain: Share = Field(description="The gain in the primary measure that is to be shown.")
    generic: Share = Field(
        default=0.80, description="What the other model is expected to reach in that measure."
    )
    power: Share = Field(
        default=0.80, description="The chance with which such a gain is to be shown."
    )
    correlation: float = Field(
        default=0.5,
        ge=0,
        lt=1,
        description="Of AUROC: how far the scores of the two models go together, within patients "
        "with the finding and within those without.",
    )
    discordant: Share | None = Field(
        default=None,
        description="Of sensitivity or specificity: the share of patients whom one model alone has "
        "right; leave out to expect errors that have nothing to do with each other.",
    )

    @model_validator(mode="after")
    def _can_be(self) -> Planned:
        if self.generic + self.gain >= 1:
            said = f"{self.generic:g} and a gain of {self.gain:g} are no measure below 1"
            raise MisfitError((("gain",), said))
        if self.discordant is not None and self.discordant < self.gain:
            said = "no fewer patients differ than the gain: it must be at least the gain"
            raise MisfitError((("discordant",), said))
        return self


class ReferenceAccuracy(Section):
    """How right the reference is, as other studies found; sensitivity and specificity follow."""

    sensitivity: Share = Field(description="Of those who have the finding, the share it finds.")
    specificity: Share = Field(description="Of those who have it not, the share it clears.")

    @model_validator(mode="after")
    def _says_anything(self) -> ReferenceAccuracy:
        if self.sensitivity + self.specificity <= 1:
            said = "a reference whose two rates add up to 1 or less says nothing of the truth"
            raise MisfitError((("sensitivity",), said))
        return self


class OperatingPoint(Section):
    """The target that the threshold has to reach on the calibration split."""

    sensitivity: Share | None = Field(default=None, description="Least sensitivity wanted.")
    specificity: Share | None = Field(default=None, description="Least specificity wanted.")

    @model_validator(mode="after")
    def _one(self) -> OperatingPoint:
        if (self.sensitivity is None) == (self.specificity is None):
            raise ValueError("give either sensitivity or specificity, one of the two")
        return self


class Refer(Section):
    """Which decisions are left to a radiologist: all that these bounds cannot be kept for."""

    wrong_absent: Share | None = Field(
        default=None,
        description="Of the patients called absent, the greatest share who have the finding; "
        "without it nobody is called absent.",
    )
    wrong_present: Share | None = Field(
        default=None,
        description="Of the patients called present, the greatest share who have it not; without "
        "it nobody is called present.",
    )
    confidence: Share = Field(
        default=0.95,
        description="Confidence with which the bounds hold, given the calibration patients.",
    )

    @model_validator(mode="after")
    def _any(self) -> Refer:
        if self.wrong_absent is None and self.wrong_present is None:
            raise ValueError("give wrong_absent, wrong_present or both")
        return self


class AnswerAlone(Section):
    """When a class is said without a person: where it is sure enough for this bar."""

    precision: Share = Field(
        default=0.95,
        description="Of the customers or patients answered without a person, at least this share "
        "are answered rightly throughout.",
    )
    confidence: Share = Field(
        default=0.95,
        description="Confidence with which the bar is kept, given the calibration cases.",
    )


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


def _kind_of_target(value: Any) -> str:
    """One target for all findings, or one for each."""
    each = isinstance(value, dict) and any(isinstance(v, (dict, Section)) for v in value.values())
    return "<for each>" if each else "<for all>"


Compared = Annotated[
    Annotated[Literal["frozen_backbone"], Tag("<word>")]
    | Annotated[Shipped, Tag("<shipped>")]
    | Annotated[ScoresTable, Tag("<scores>")],
    Discriminator(_kind_of_model),
]
Referrals = Annotated[
    Annotated[Refer, Tag("<for all>")] | Annotated[dict[str, Refer], Tag("<for each>")],
    Discriminator(_kind_of_target),
]
Targets = Annotated[
    Annotated[OperatingPoint, Tag("<for all>")]
    | Annotated[dict[str, OperatingPoint], Tag("<for each>")],
    Discriminator(_kind_of_target),
]


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
