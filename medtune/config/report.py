"""The ``report`` section of a run: what the report may show, and how."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from medtune.config.section import MisfitError, Section

Language = Literal["en", "de"]
Said = Annotated[str, Field(min_length=1, max_length=3000)]
# Without these nobody can judge a study, and no report of it is final.
NEEDED = ("intended_use", "setting", "reference_standard", "blinding", "funding", "conflicts")


class Statements(Section):
    """What only people know of a study, printed as it is typed in the report and the model card."""

    intended_use: Said | None = Field(
        default=None, description="For what the model is meant, and at which place of care."
    )
    users: Said | None = Field(default=None, description="Who uses it, and what they must know.")
    not_for: Said | None = Field(default=None, description="What it must not be used for.")
    setting: Said | None = Field(
        default=None, description="Where and when: hospitals, departments, dates of the films."
    )
    participants: Said | None = Field(
        default=None, description="On what basis the patients were identified."
    )
    spectrum: Said | None = Field(
        default=None, description="How severe the disease was, and what else the patients had."
    )
    reference_standard: Said | None = Field(
        default=None, description="How the reference was made, by whom, and why in this way."
    )
    blinding: Said | None = Field(
        default=None,
        description="What those who made the reference knew of scores and patients.",
    )
    sample_size: Said | None = Field(
        default=None, description="How the number of patients was arrived at."
    )
    harms: Said | None = Field(
        default=None, description="Adverse events and unsafe cases, also that there were none."
    )
    inequalities: Said | None = Field(
        default=None,
        description="Known health inequalities between groups, and what was done about them.",
    )
    explanation: Said | None = Field(
        default=None, description="What the model looks at, and whether that is the disease."
    )
    ethics: Said | None = Field(
        default=None, description="Ethical approval: committee, number, consent."
    )
    registration: Said | None = Field(default=None, description="Registry and number.")
    protocol: Said | None = Field(default=None, description="Where the full protocol can be had.")
    data_sharing: Said | None = Field(
        default=None, description="Where data and code can be had, by whom."
    )
    funding: Said | None = Field(default=None, description="Who paid, and what they had a say in.")
    conflicts: Said | None = Field(
        default=None, description="Conflicts of interest, also that there are none."
    )
    involvement: Said | None = Field(
        default=None, description="How patients and the public were involved."
    )
    contact: Said | None = Field(default=None, description="Who answers for the model.")
    licence: Said | None = Field(
        default=None, description="Under which licence the model may be used, and by whom."
    )


class Report(Section):
    """What the report may show, and in which language."""

    pictures: Literal["none", "cropped", "all"] = Field(
        default="cropped",
        description="Films in the report: none, cropped (without the borders, where markers and "
        "text stand) or all; films that may carry burned-in text are never pictured.",
    )
    language: Language = Field(
        default="en",
        description="Language of the report and the model card: en (English) or de (German); "
        "tables and result.json are in English.",
    )
    pdf: bool = Field(
        default=False,
        description="Whether report.pdf is written too, by WeasyPrint (medtune[pdf]) or by a "
        "Chromium that is here.",
    )
    statements: Statements = Field(
        default=Statements(),
        description="What only people know: intended use, reference standard, funding and so on.",
    )
    final: bool = Field(
        default=False,
        description="Whether the report is final and no draft; it needs the statements without "
        "which nobody can judge a study.",
    )

    @property
    def said(self) -> dict[str, Any]:
        """What people said, and whether they call the report final, as plain values."""
        every = {name: getattr(self.statements, name) for name in Statements.model_fields}
        stated = {name: text for name, text in every.items() if text is not None}
        return {"statements": stated, "final": self.final}

    @model_validator(mode="after")
    def _final_is_whole(self) -> Report:
        missing = [name for name in NEEDED if not (getattr(self.statements, name) or "").strip()]
        if self.final and missing:
            said = f"a final report needs 'report.statements': {', '.join(missing)}"
            raise MisfitError((("final",), said))
        return self
