"""The ``evaluation`` section of a run on texts: of intents, and of what is answered or drafted."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from medtune.config.by_heart import ByHeart
from medtune.config.drafts import Drafts
from medtune.config.evaluation import Evaluation
from medtune.config.operating import AnswerAlone
from medtune.config.primary import BESIDE_WRITTEN, OF_WHAT_IS_WRITTEN
from medtune.config.section import FilePath, MisfitError


class TextEvaluation(Evaluation):
    """What the fine-tuned language model is compared with, and how it is judged."""

    compare_with: list[Literal["frozen_backbone", "tfidf"]] = Field(  # type: ignore[assignment]
        default=["frozen_backbone"],
        min_length=1,
        description="Models on the same cases: frozen_backbone (a local head on the untouched "
        "model's features) or tfidf (word counts and a logistic regression).",
    )
    subgroups: list[str] = Field(
        default=[], description="Those of 'data.attributes' that are judged apart."
    )
    answer_alone: AnswerAlone | None = Field(
        default=AnswerAlone(),
        description="What is sure enough for this bar is answered without a person, all else is "
        "handed over.",
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
