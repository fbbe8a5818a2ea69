"""The texts of a run: files read, identifiers replaced, cases named; nothing stored before that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
from pydantic import ValidationError

from medtune.config.near import did_you_mean
from medtune.config.targets import Target
from medtune.config.text_data import INTENT, Redact, TextData
from medtune.config.text_run import TextRun
from medtune.dicom.privacy import Pseudonyms
from medtune.errors import DataError
from medtune.films.locations import PRIVATE
from medtune.tables.schema import read_table, write_private, write_table
from medtune.text.cases import Texts, texts_of
from medtune.text.faults import Fault, told
from medtune.text.formats import Columns, Fields, Read, read_conversations
from medtune.text.presidio import Finder
from medtune.text.redact import Redactor

LOCATIONS = "texts.parquet"  # in the private folder
TEXTS = "texts"  # redacted, in the work folder


@dataclass(frozen=True)
class Gathered:
    """The texts of a run and how they came to be.

    Attributes:
        texts: cases, redacted messages, and the private way back.
        faults: of records that cannot be used.
        left_out: how many records or messages for which reason, where that is no fault.
        redacted: how many identifiers of each kind were replaced.
        flow: texts and groups after each step, see ``report.flow``.
    """

    texts: Texts
    faults: list[Fault]
    left_out: Counter[str]
    redacted: Counter[str]
    flow: pd.DataFrame


def gather(run: TextRun) -> Gathered:
    """Read the files of a run; write the private places.

    Raises:
        DataError: a record has a fault; names file and row of the first ones.
    """
    found = gathered_with_faults(run)
    if found.faults:
        raise DataError("\n".join([*told(found.faults), "Put these right, or take them out."]))
    return found


def gathered_with_faults(run: TextRun) -> Gathered:
    """``gather``, where faults are told and do not stop.

    Raises:
        DataError: there is no record that can be used, or a file or column is missing.
    """
    data = run.data
    fields = fields_of(data)
    reads = {
        split: (path.name, read_conversations(path, data.format, fields))
        for split, path in data.sources.items()
    }
    faults = [fault for _, read in reads.values() for fault in read.faults]
    usable = {split: (file, without(read)) for split, (file, read) in reads.items()}
    if not any(read.conversations for _, read in usable.values()):
        raise DataError("\n".join([*told(faults), "There is no record that can be used."]))
    private = run.data.work / PRIVATE
    names = [] if data.redact.names is None else names_in(data.redact.names)
    redact = Redactor(names, data.redact.kinds, finder_of(data.redact))
    texts = texts_of(
        usable,
        Pseudonyms.load_or_create(private),
        redact,
        site=run.site_name,
        source=data.format,
        grouped=data.group is not None,
        named=data.id is not None or data.format == "helpdesk",
        target=INTENT,
    )
    places = texts.locations
    write_private(private / LOCATIONS, lambda partial: places.to_parquet(partial, index=False))
    left_out = sum((read.left_out for _, read in reads.values()), Counter[str]())
    return Gathered(texts, faults, left_out, redact.counts, _flow(texts, faults))


def without(read: Read) -> Read:
    """What was read without the records that have a fault after all, such as a name twice."""
    wrong = {fault.row for fault in read.faults}
    kept = [at for at, one in enumerate(read.conversations) if one.row not in wrong]
    return replace(
        read,
        conversations=[read.conversations[at] for at in kept],
        labels=[read.labels[at] for at in kept] if read.labels else [],
    )


def fields_of(data: TextData) -> Fields:
    """Which fields of a record are what."""
    columns = None
    if data.columns is not None:
        columns = Columns(**data.columns.model_dump(), group=data.group)
    return Fields(
        group=data.group or "",
        id=data.id,
        time=data.time,
        text=data.text,
        label=data.label,
        attributes=tuple(data.attributes),
        helpdesk=columns,
        request=data.request,
    )


def names_in(file: Path) -> list[str]:
    """The names of a list, one a line.

    Raises:
        DataError: it cannot be read.
    """
    try:
        return file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"The list of names {file.name} cannot be read as UTF-8 text.") from error


def finder_of(redact: Redact) -> Finder | None:
    """What finds names in prose; none where none is asked for.

    Raises:
        InputError: it is not installed, or its pipeline cannot be read.
    """
    asked = redact.presidio
    if asked is None:
        return None
    return Finder(asked.pipeline, asked.language, asked.entities, asked.score)


def declared_targets(data: TextData, cases: pd.DataFrame) -> dict[str, Target]:
    """The target of intents: its classes are the labels that there are, in order.

    Raises:
        DataError: a label is no name of a class, or there are not two; or what is said to mean
            'none of ours' is no label, so that nothing would be left to a person.
    """
    labels = sorted(cases[INTENT].dropna().unique().tolist())
    if data.out_of_scope is not None and data.out_of_scope not in labels:
        raise DataError(
            f"'data.out_of_scope' is '{data.out_of_scope}', and no text has this intent, so that "
            "none would be left to a person for it." + did_you_mean(data.out_of_scope, labels)
        )
    try:
        return {INTENT: Target(kind="multiclass", classes=labels)}
    except ValidationError as error:
        first = error.errors()[0]
        said = str(first.get("ctx", {}).get("error", first["msg"]))
        raise DataError(
            f"The {len(labels)} different intents cannot be learnt: {said}. An intent has at most "
            "60 characters without '|' and '='."
        ) from error


def store_texts(work: Path, texts: Texts) -> str:
    """Store the redacted texts; their digest, which is their name."""
    digest = sha256()
    for case_id, cell in texts.messages.items():
        digest.update(f"{case_id}\n{cell}\n".encode())
    name = digest.hexdigest()[:16]
    table = texts.messages.rename("messages").reset_index()
    if not (path := _stored(work, name)).exists():
        write_table(table, path)
    return name


def read_texts(work: Path, name: str) -> pd.Series:
    """The redacted messages of stored texts, by case_id.

    Raises:
        DataError: they are not in the work folder.
    """
    if not (path := _stored(work, name)).exists():
        raise DataError("The run's redacted texts are not in the work folder any more.")
    return read_table(path).set_index("case_id")["messages"]


def read_places(work: Path) -> pd.DataFrame:
    """The private way back."""
    return pq.read_table(work / PRIVATE / LOCATIONS).to_pandas()


def _stored(work: Path, name: str) -> Path:
    return work / TEXTS / f"{name}.parquet"


def _flow(texts: Texts, faults: list[Fault]) -> pd.DataFrame:
    """Records read, and those of them that can be used."""
    cases = texts.cases
    rows: list[dict[str, object]] = [
        {"step": "read", "reason": None, "films": len(cases) + len(faults)},
        *(
            {"step": "usable", "reason": name, "films": count}
            for name, count in Counter(fault.name for fault in faults).items()
        ),
        {
            "step": "usable",
            "reason": None,
            "films": len(cases),
            "studies": len(cases),
            "patients": cases["group_id"].nunique(),
        },
    ]
    columns = ["step", "reason", "films", "studies", "patients"]
    return pd.DataFrame(rows, columns=columns).astype({"studies": "Int64", "patients": "Int64"})


def plain_settings(data: TextData) -> Mapping[str, object]:
    """What of the data section decides which cases there are, as plain values."""
    said = data.model_dump(mode="json", exclude={"work", "files", "split", "redact", "columns"})
    said["columns"] = None if data.columns is None else data.columns.model_dump()
    kept = ("format", "group", "id", "time", "text", "label", "columns", "request")
    return {name: said[name] for name in kept}
