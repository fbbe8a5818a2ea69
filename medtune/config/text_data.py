"""The ``data`` section of a run about text: which files, whose they are, which split."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from medtune.config.section import FilePath, MisfitError, Section
from medtune.config.targets import Kind

Format = Literal["openai_chat", "sharegpt", "alpaca", "pairs", "helpdesk", "intents", "documents"]
SplitName = Literal["train", "tune", "calibration", "test"]
Fraction = Annotated[float, Field(ge=0, lt=1)]
Placeholder = Literal["URL", "EMAIL", "IBAN", "CARD", "MAC", "IP", "PHONE", "NAME"]
Entity = Literal["PERSON", "LOCATION", "ORGANIZATION", "NRP", "DATE_TIME"]  # of Presidio
Files = Annotated[
    Annotated[FilePath, Tag("<one>")] | Annotated[dict[SplitName, FilePath], Tag("<each>")],
    Discriminator(lambda value: "<each>" if isinstance(value, dict) else "<one>"),
]
Cases = Annotated[
    Annotated[Literal["all"], Tag("<all>")] | Annotated[int, Field(ge=1), Tag("<number>")],
    Discriminator(lambda value: "<all>" if isinstance(value, str) else "<number>"),
]
LINES = ("openai_chat", "sharegpt", "alpaca", "pairs")
# Settings that some formats alone have; every other one is refused, and not left without effect.
FORMATS_WITH: dict[str, tuple[str, ...]] = {
    "id": (*LINES, "intents"),
    "time": (*LINES, "intents"),
    "text": ("intents",),
    "label": ("intents",),
    "out_of_scope": ("intents",),
    "attributes": (*LINES, "intents", "helpdesk"),
    "columns": ("helpdesk",),
    "request": ("documents",),
}
INTENT = "intent"  # the target of intents in every table
ANSWER = "answer"  # that of conversations and documents
# Columns that the tables of the run have already.
TAKEN = frozenset({
    "case_id", "group_id", "study_id", "site", "source", "date", "period", "uncertain", "split",
    "model", "target", "class", "score", "reference", "refused", "macro", "kind", "given",
    "embedding_distance", "unlike_site", "text", INTENT,
})  # fmt: skip


class Presidio(Section):
    """Names and places in prose, found by Microsoft's Presidio with a spaCy pipeline."""

    pipeline: FilePath = Field(
        description="Folder of a spaCy pipeline that tells names, as nlp.to_disk writes it; "
        "nothing is fetched."
    )
    language: str = Field(
        default="en", pattern="^[a-z]{2}$", description="Language of the texts and the pipeline."
    )
    entities: list[Entity] = Field(
        default=["PERSON", "LOCATION"],
        min_length=1,
        description="What is replaced: PERSON by [NAME], LOCATION, ORGANIZATION and NRP "
        "(nationality, religion, politics) by themselves, DATE_TIME by [DATE].",
    )
    score: float = Field(
        default=0.5, gt=0, le=1, description="The least score of what is replaced, from 0 to 1."
    )


class Redact(Section):
    """What is replaced by placeholders such as [EMAIL] before any text is stored."""

    kinds: list[Placeholder] = Field(
        default=["URL", "EMAIL", "IBAN", "CARD", "MAC", "IP", "PHONE", "NAME"],
        description="Kinds of identifiers that are looked for; an empty list replaces nothing.",
    )
    names: FilePath | None = Field(
        default=None,
        description="Text file of people's and firms' names, one a line: they become [NAME]. "
        "Names in prose are found by such a list, or by 'presidio'.",
    )
    presidio: Presidio | None = Field(
        default=None,
        description="Finds names and places in prose too, not all of them, and more than names "
        "(extra [presidio]).",
    )

    @model_validator(mode="after")
    def _names_are_wanted(self) -> Redact:
        if self.names is not None and "NAME" not in self.kinds:
            said = "a list of names is given, and NAME is not among the 'kinds' that are replaced"
            raise MisfitError((("names",), said))
        return self


class HelpdeskColumns(Section):
    """Which column of a help desk's table is what."""

    ticket: str = Field(description="Column that says which rows are one conversation.")
    role: str = Field(description="Column that says who wrote: customer, agent ...")
    body: str = Field(description="Column of what was written, as text or HTML.")
    time: str | None = Field(default=None, description="Column of when it was written.")
    public: str | None = Field(
        default=None, description="Column that is yes for what the customer saw."
    )
    private: str | None = Field(
        default=None, description="Column that is yes for private notes, which are left out."
    )


class TextSplit(Section):
    """How the texts are divided. A customer, company or matter is always in one split only."""

    train: Fraction = Field(default=0.65, description="Share of the groups that teaches.")
    tune: Fraction = Field(
        default=0.10, description="Share that selects: early stopping, best checkpoint."
    )
    calibration: Fraction = Field(default=0.10, description="Share that alone sets thresholds.")
    test: Fraction = Field(default=0.15, description="Share that is judged, and nothing else.")
    by: Literal["group", "time"] = Field(
        default="group",
        description="group: drawn at random; time: the groups that wrote last are the test.",
    )
    seed: int = Field(default=0, ge=0, description="Another seed draws another split.")

    @model_validator(mode="after")
    def _whole(self) -> TextSplit:
        total = self.train + self.tune + self.calibration + self.test
        if abs(total - 1) > 1e-6:
            raise ValueError(
                f"the shares train, tune, calibration and test must add up to 1, but give {total:g}"
            )
        return self


class TextData(Section):
    """Texts: questions and their intents, conversations, or documents."""

    wing: ClassVar[Literal["text"]] = "text"
    groups: ClassVar[str] = "groups"  # whom a split never divides

    format: Format = Field(
        description="How the files are written: intents (a question and its intent a row), "
        "openai_chat, sharegpt, alpaca, pairs (JSON lines), helpdesk (a table) or documents (a "
        "folder)."
    )
    files: Files = Field(
        description="The file (of documents the folder), or one for each split by its name: "
        "{train: a.jsonl, test: b.jsonl}."
    )
    group: str | None = Field(
        description="Field or column that names the customer, asker, company or matter (of "
        "documents a word for their folders); null says that every record is of another one."
    )
    id: str | None = Field(
        default=None, description="Field that names a record; leave out to take its row."
    )
    time: str | None = Field(
        default=None, description="Field that says when it was written, in ISO 8601."
    )
    text: str = Field(default="text", description="Field of the question, in 'format: intents'.")
    label: str = Field(default="label", description="Field of the intent, in 'format: intents'.")
    out_of_scope: str | None = Field(
        default=None,
        description="The intent that means 'none of ours': a person answers whatever is said to "
        "be of it.",
    )
    attributes: list[str] = Field(
        default=[], description="Further fields to keep, such as product or language."
    )
    columns: HelpdeskColumns | None = Field(
        default=None,
        description="Columns of a help desk's table; leave out where they are Zendesk's, "
        "Intercom's or Freshdesk's own.",
    )
    request: str = Field(
        default='Draft a "{heading}" clause.',
        description="What asks for a clause, in 'format: documents'; {heading} and {document} "
        "stand for its own.",
    )
    redact: Redact = Field(
        default=Redact(), description="What is replaced by placeholders before anything is stored."
    )
    max_tokens: int = Field(
        default=512,
        ge=8,
        le=1_000_000,
        description="Most tokens of a text; of a longer question the end is left away, of a longer "
        "conversation what lies around its answers, which are never cut. All is counted.",
    )
    duplicates: Literal["stop", "drop"] = Field(
        default="stop",
        description="What happens where a text of one split stands in another, nearly or wholly: "
        "stop, or drop it from the split that teaches.",
    )
    split: TextSplit = Field(default=TextSplit(), description="How the texts are divided.")
    train_cases: Cases = Field(
        default="all",
        description="How many texts of the training split teach: all, or a number (whole groups, "
        "nested: 500 contains 100).",
    )
    work: FilePath = Field(
        default=Path("work"),
        description="Folder for the private mapping, the redacted texts, their tokens and the "
        "splits.",
    )

    @model_validator(mode="after")
    def _fits(self) -> TextData:
        problems: list[tuple[tuple[str | int, ...], str]] = []
        if isinstance(self.files, dict):
            if "train" not in self.files or "test" not in self.files:
                said = "files by split need train and test; the others are dealt from train"
                problems.append((("files",), said))
            if self.split.by == "time":
                said = "the files say already which texts are the test: take 'by' away"
                problems.append((("split", "by"), said))
        if self.split.by == "time" and self.time is None and self.format != "helpdesk":
            said = "'by: time' needs 'data.time', the field that says when it was written"
            problems.append((("split", "by"), said))
        problems += [
            ((name,), f"it is of 'format: {' or '.join(formats)}', and the format is {self.format}")
            for name, formats in FORMATS_WITH.items()
            if self.format not in formats
            and getattr(self, name) != TextData.model_fields[name].default
        ]
        problems += self._attributes_fit()
        if problems:
            raise MisfitError(*problems)
        return self

    def _attributes_fit(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """What cannot be kept beside a text, since it stands in every table and in the report."""
        private = {self.group: "group", self.id: "id", self.time: "time"}
        if self.format == "intents":
            private |= {self.text: "text", self.label: "label"}
        if self.columns is not None:
            columns = self.columns.model_dump(exclude_none=True)
            private |= {column: f"columns.{name}" for name, column in columns.items()}
        for place, name in enumerate(self.attributes):
            if name in TAKEN:
                yield ("attributes", place), f"the tables of a run have a column {name} already"
            elif name in private:
                said = f"{name} is 'data.{private[name]}' already, and is not kept beside a text"
                yield ("attributes", place), said
            elif name in self.attributes[:place]:
                yield ("attributes", place), f"{name} is there twice"
            elif {"=", "|"} & set(name):
                yield ("attributes", place), "its name cannot have '=' or '|'"

    @property
    def learned(self) -> list[str]:
        """Name of the target."""
        return [INTENT if self.format == "intents" else ANSWER]

    @property
    def kind(self) -> Kind:
        """The kind of what is learned: one of several intents, or a text."""
        return "multiclass" if self.format == "intents" else "text"

    @property
    def findings(self) -> list[str]:
        """Texts have no findings."""
        return []

    @property
    def sources(self) -> dict[str, Path]:
        """The files by split; one file of all under the empty name."""
        if isinstance(self.files, dict):
            return {str(name): path for name, path in self.files.items()}
        return {"": self.files}
