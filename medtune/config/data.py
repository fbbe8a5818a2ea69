"""The ``data`` section of a run: which films, which labels, which split; and which task has which.

This is the one place that knows of films and of texts.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from medtune.config.section import FilePath, MisfitError, Section
from medtune.config.targets import Kind, Target
from medtune.config.text_data import TextData

Task = Literal["xray_findings", "support_intent", "support_chat", "legal_drafting"]
JoinKey = Literal["sop_instance_uid", "study_uid", "accession_number", "patient_id", "file_name"]
Uncertain = Literal["ignore", "positive", "negative", "soft"]
Modality = Literal["CR", "DX", "RG", "MG", "SC"]
Presentation = Literal["for_presentation", "for_processing"]
Source = Literal[
    "dicom", "chexpert", "kermany", "mimic_cxr", "mimic_cxr_jpg", "montgomery", "mura", "nih",
    "padchest", "rsna_pneumonia", "shenzhen", "siim_pneumothorax", "vindr_cxr",
]  # fmt: skip
SplitName = Literal["train", "tune", "calibration", "test"]
Fraction = Annotated[float, Field(ge=0, lt=1)]
Policies = Annotated[
    Annotated[Uncertain, Tag("<for all>")] | Annotated[dict[str, Uncertain], Tag("<for each>")],
    Discriminator(lambda value: "<for each>" if isinstance(value, dict) else "<for all>"),
]
Studies = Annotated[
    Annotated[Literal["all"], Tag("<all>")] | Annotated[int, Field(ge=1), Tag("<number>")],
    Discriminator(lambda value: "<all>" if isinstance(value, str) else "<number>"),
]

# Columns that the tables of the run have already, and what else would be mistaken for a finding.
TAKEN = frozenset({
    "case_id", "group_id", "study_id", "site", "source", "date", "period", "uncertain", "modality",
    "presentation", "body_part", "view", "sex", "age", "age_band", "scanner", "portable", "rows",
    "columns", "bits_stored", "photometric", "transfer_syntax", "windows", "lossy", "key", "row",
    "split", "model", "target", "class", "score", "reference", "refused", "macro", "kind", "frame",
    "frames", "burned_in", "official_split",
})  # fmt: skip

SPLITS: tuple[SplitName, ...] = ("train", "tune", "calibration", "test")


class FindingRule(Section):
    """How one finding is read from several label columns: present, absent, all else unknown."""

    present: list[str] = Field(
        min_length=1, description="Columns of which any 1 makes the finding present."
    )
    absent: list[str] = Field(
        default=[],
        description="Columns of which any 1 makes the finding absent, where none makes it present; "
        "leave out to call it absent where every 'present' column is 0.",
    )


class Include(Section):
    """Which films belong to the task. Stored in the checkpoint: predict refuses all others."""

    modality: list[Modality] = Field(
        default=["CR", "DX"], min_length=1, description="DICOM modalities that are read."
    )
    body_part: list[str] | None = Field(
        default=None,
        description="Body parts examined (0018,0015) that are read; leave out to read any.",
    )
    view: list[str] | None = Field(
        default=None,
        description="View positions (PA, AP, LATERAL ...) that are read; leave out to read any.",
    )
    presentation: Presentation | None = Field(
        default="for_presentation",
        description="DX and MG films for presentation or for processing; null reads both.",
    )
    unknown_view: Literal["drop", "keep"] = Field(
        default="drop",
        description="What happens to a film whose header does not say its view or body part, "
        "where one is asked for.",
    )
    several_frames: Literal["drop", "every_frame"] = Field(
        default="drop",
        description="What happens to a file of several frames; every_frame makes a film of each.",
    )

    @field_validator("body_part", "view")
    @classmethod
    def _upper(cls, words: list[str] | None) -> list[str] | None:
        return None if words is None else [word.strip().upper() for word in words]


class Split(Section):
    """How the cases are divided. A patient is always in one split only."""

    train: Fraction = Field(default=0.65, description="Share of the patients that teaches.")
    tune: Fraction = Field(
        default=0.10, description="Share that selects: early stopping, best checkpoint."
    )
    calibration: Fraction = Field(
        default=0.10, description="Share that alone sets thresholds and recalibration."
    )
    test: Fraction = Field(default=0.15, description="Share that is judged, and nothing else.")
    by: Literal["patient", "date", "site", "scanner", "official"] = Field(
        default="patient",
        description="patient: drawn at random; date: the latest patients are the test; "
        "site or scanner: those named in 'test_values' are the test; official: the published "
        "set's own test.",
    )
    test_values: list[str] | None = Field(
        default=None, description="Sites or scanners held out as the test, for by: site or scanner."
    )
    file: FilePath | None = Field(
        default=None,
        description="A table of your own split: a column named like data.join_on (or patient_id) "
        "and a column 'split' with train, tune, calibration or test.",
    )
    seed: int = Field(default=0, ge=0, description="Another seed draws another split.")
    version: int = Field(
        default=1,
        ge=1,
        description="2 enlarges the sealed test set of version 1 by patients who came since; the "
        "looks at the smaller one stay in the report.",
    )

    @model_validator(mode="after")
    def _whole(self) -> Split:
        total = self.train + self.tune + self.calibration + self.test
        if self.file is None and abs(total - 1) > 1e-6:
            raise ValueError(
                f"the shares train, tune, calibration and test must add up to 1, but give {total:g}"
            )
        if self.version > 1 and (self.file is not None or self.by == "official"):
            whose = "your own table" if self.file is not None else "the published set"
            raise MisfitError((("version",), f"{whose} says who is in the test, so it stays 1"))
        if self.by in ("site", "scanner") and not self.test_values:
            raise MisfitError(
                (("by",), f"'by: {self.by}' needs 'test_values', the {self.by}s held out as test")
            )
        return self


class Pixels(Section):
    """How a film becomes the picture that the network sees; stored in the checkpoint."""

    window: Annotated[
        Annotated[int, Field(ge=1), Tag("<number>")]
        | Annotated[list[str], Field(min_length=1), Tag("<names>")],
        Discriminator(lambda value: "<names>" if isinstance(value, list | tuple) else "<number>"),
    ] = Field(
        default=1,
        description="Which VOI LUT or window of a film is shown: its number, or names in order of "
        "preference, such as [NORMAL, STANDARD]; the first where a film has none of them.",
    )
    prefer: Literal["lut", "window"] = Field(
        default="lut", description="Which is taken of a film that has both a VOI LUT and a window."
    )
    without_window: Literal["percentile", "full_range"] = Field(
        default="percentile",
        description="What is shown of a film without any: percentile (its own 0.5 to 99.5 %, "
        "padding left out) or full_range (all that its bits can hold).",
    )
    collimation: Literal["keep", "crop"] = Field(
        default="keep", description="Whether borders outside of the X-ray field are cut off."
    )
    fit: Literal["pad", "crop"] = Field(
        default="pad",
        description="How a film becomes square, its aspect ratio kept: pad (black around the whole "
        "film) or crop (the middle square).",
    )
    depth: Literal[8, 16] = Field(
        default=16, description="Bits of a stored pixel; 8 halves the size of the store."
    )


class XrayData(Section):
    """Radiographs, and a table of labels."""

    wing: ClassVar[Literal["vision"]] = "vision"
    groups: ClassVar[str] = "patients"  # whom a split never divides

    images: FilePath = Field(
        description="Folder of DICOM files, searched with all its subfolders and archives; or a "
        "zip archive, or a DICOMDIR."
    )
    source: Source = Field(
        default="dicom",
        description="dicom: your own films; or which published set lies in 'images': its layout, "
        "labels, patients and split are known then.",
    )
    labels: FilePath | None = Field(
        default=None,
        description="Label table: CSV, TSV, Excel or Parquet, one row a study. A published set "
        "brings its own.",
    )
    second_labels: FilePath | None = Field(
        default=None,
        description="Another table of the same key and columns (a second reader, another parser): "
        "'medtune check' shows how far both agree.",
    )
    metadata: FilePath | None = Field(
        default=None,
        description="Table about pictures that are no DICOM (PNG, JPEG, TIFF): file, patient_id, "
        "and study_uid, date, sex, age, view, modality, body_part where they are known.",
    )
    same_patients: FilePath | None = Field(
        default=None,
        description="Table of patients who have several IDs: a column 'patient_id' and a column "
        "'person', the same for all IDs of one person.",
    )
    join_on: JoinKey = Field(
        default="accession_number",
        description="What images and label rows have in common; the label table has a column of "
        "this name.",
    )
    unlabelled: Literal["drop", "stop"] = Field(
        default="drop", description="What happens to films without a label row."
    )
    include: Include = Field(default=Include(), description="Which films belong to the task.")
    pixels: Pixels = Field(
        default=Pixels(), description="How a film becomes the picture that the network sees."
    )
    sampling: Literal["consecutive", "random", "enriched"] = Field(
        default="consecutive",
        description="How the studies were drawn; enriched makes PPV and NPV of this sample only.",
    )
    findings: dict[str, FindingRule] = Field(
        default={},
        description="Findings to learn: a list of label columns, or a rule for each finding.",
    )
    targets: dict[str, Target] = Field(
        default={},
        description="Instead of findings, targets of one kind: {grade: {kind: ordinal, classes: "
        "[0, 1, 2, 3, 4]}}, {age: {kind: continuous, unit: months, range: [0, 240]}} ...",
    )
    uncertain: Policies = Field(
        default="ignore",
        description="How uncertain labels (-1) are learnt: ignore, positive, negative or soft "
        "(0.5); for all findings or for each. They are never judged.",
    )
    split: Split = Field(default=Split(), description="How the cases are divided.")
    train_studies: Studies = Field(
        default="all",
        description="How many labelled studies of the training split teach: all, or a number "
        "(whole patients, nested: 200 contains 100).",
    )
    work: FilePath = Field(
        default=Path("work"),
        description="Folder for the index, the private mapping, the decoded films and the splits.",
    )

    @field_validator(
        "findings",
        mode="before",
        json_schema_input_type=str | list[str] | dict[str, str | FindingRule],
    )
    @classmethod
    def _rules(cls, value: Any) -> Any:
        """A list of columns, or one column a finding, is the rule: 1 present, 0 absent."""
        if isinstance(value, str):
            value = [value]
        if isinstance(value, list):
            for name in value:
                if not isinstance(name, str):
                    raise ValueError(f"each finding is the name of a column, but one is {name!r}")
                if value.count(name) > 1:
                    raise ValueError(f"the finding {name} is listed twice")
            value = {name: name for name in value}
        if isinstance(value, dict):
            for name in value:
                if str(name) in TAKEN or "|" in str(name):
                    raise ValueError(
                        f"'{name}' cannot be the name of a finding, since the tables of a run have "
                        "a column of this name; write a rule with another name, such as "
                        f"{{the_finding: {name}}}"
                    )
            return {
                name: {"present": [rule]} if isinstance(rule, str) else rule
                for name, rule in value.items()
            }
        return value

    @field_validator("targets")
    @classmethod
    def _names(cls, value: dict[str, Target]) -> dict[str, Target]:
        for name, target in value.items():
            if name in TAKEN or "|" in name or "=" in name:
                raise ValueError(
                    f"'{name}' cannot be the name of a target, since the tables of a run have a "
                    f"column of this name; call it otherwise, such as {{the_target: {{kind: "
                    f"{target.kind}, column: {name}}}}}"
                )
        return value

    @model_validator(mode="after")
    def _one_kind(self) -> XrayData:
        if not self.findings and not self.targets:
            said = "there is nothing to learn: name 'findings', or 'targets' in their place"
            raise MisfitError((("findings",), said))
        if self.findings and self.targets:
            said = (
                "a run learns either findings or targets, since one network is selected by one "
                "measure: take one of the two away, or make two runs"
            )
            raise MisfitError((("targets",), said))
        kinds = [target.kind for target in self.targets.values()]
        problems: list[tuple[tuple[str | int, ...], str]] = [
            (
                ("targets", name, "kind"),
                f"one network is selected by one measure, so a run's targets are of one kind: "
                f"{kinds[0]}, and this one is {target.kind}; make a run of its own for it",
            )
            for name, target in self.targets.items()
            if target.kind != kinds[0]
        ]
        if self.targets and self.source != "dicom":
            said = f"'source: {self.source}' brings findings, present or absent, and no targets"
            problems.append((("targets",), said))
        if self.targets and self.second_labels is not None:
            said = "agreement of two tables is for findings: take 'second_labels' away"
            problems.append((("second_labels",), said))
        if self.targets and self.uncertain != "ignore":
            said = "an uncertain class, grade or amount is never learnt: take 'uncertain' away"
            problems.append((("uncertain",), said))
        if problems:
            raise MisfitError(*problems)
        return self

    @property
    def rules(self) -> dict[str, FindingRule | Target]:
        """How each finding, or each target, is read from the label table."""
        return {**self.findings, **self.targets}

    @property
    def learned(self) -> list[str]:
        """Names of the findings, or of the targets."""
        return list(self.rules)

    @property
    def kind(self) -> Kind:
        """The kind of all that is learned; findings are binary."""
        return next((target.kind for target in self.targets.values()), "binary")

    @model_validator(mode="after")
    def _labels_are_somewhere(self) -> XrayData:
        if self.source == "dicom" and self.labels is None:
            said = "it is missing: a table of labels, or a published set as 'data.source'"
            raise MisfitError((("labels",), said))
        if self.source != "dicom" and (self.labels is not None or self.metadata is not None):
            setting = "labels" if self.labels is not None else "metadata"
            said = f"'source: {self.source}' brings its own tables; take '{setting}' away"
            raise MisfitError(((setting,), said))
        if self.source == "dicom" and self.split.by == "official":
            said = "'by: official' needs a published set as 'data.source'"
            raise MisfitError((("split", "by"), said))
        return self

    @model_validator(mode="after")
    def _known_findings(self) -> XrayData:
        named = self.uncertain if isinstance(self.uncertain, dict) else {}
        problems = [
            (("uncertain", name), f"{name} is none of the findings: " + ", ".join(self.findings))
            for name in named
            if name not in self.findings
        ]
        if problems:
            raise MisfitError(*problems)
        return self

    def uncertain_policy(self, finding: str) -> Uncertain:
        """The policy for one finding; findings not named are ignored."""
        if isinstance(self.uncertain, dict):
            return self.uncertain.get(finding, "ignore")
        return self.uncertain


Data = XrayData | TextData
# what each task about texts reads
FORMATS_OF: dict[Task, tuple[str, ...]] = {
    "support_intent": ("intents",),
    "support_chat": ("openai_chat", "sharegpt", "alpaca", "pairs", "helpdesk"),
    "legal_drafting": ("pairs", "openai_chat", "sharegpt", "alpaca", "documents"),
}
WRITING: tuple[Task, ...] = ("support_chat", "legal_drafting")  # tasks whose model writes


def formats_of(task: Task) -> tuple[str, ...]:
    """The formats that a task about texts reads."""
    return FORMATS_OF[task]
