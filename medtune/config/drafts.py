"""What a house looks for in its drafts."""

from __future__ import annotations

from pydantic import Field, model_validator

from medtune.config.section import FilePath, MisfitError, Section


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
