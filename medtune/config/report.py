"""The ``report`` section of a run: what the report may show, and how."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from medtune.config.section import Section

Language = Literal["en", "de"]


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
