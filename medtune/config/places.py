"""The settings that are paths: made absolute, and missed where nothing is there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

from medtune.config.located import Located, Problem, Setting, dotted
from medtune.config.near import near_file
from medtune.config.run import Run
from medtune.config.run_kinds import run_class
from medtune.config.site import is_profile
from medtune.config.text_run import ChatRun, DraftRun, TextRun

# What must be there before anything starts; None for folders that medtune makes.
Kind = Literal["file", "folder", "file or folder"] | None

PATHS: dict[Setting, Kind] = {
    ("data", "images"): "folder",
    ("data", "labels"): "file",
    ("data", "second_labels"): "file",
    ("data", "metadata"): "file",
    ("data", "same_patients"): "file",
    ("data", "split", "file"): "file",
    ("data", "work"): None,
    ("model", "weights"): "file or folder",
    ("evaluation", "compare_with", "shipped"): "file or folder",
    ("evaluation", "compare_with", "scores"): "file",
    ("evaluation", "compare_with", "trained_on"): "file",
    ("evaluation", "reference"): "file",
    ("evaluation", "site"): "file",
    ("site",): "file",
    ("runs",): None,
}
TEXT_PATHS: dict[Setting, Kind] = {
    ("data", "files"): "file or folder",
    ("data", "files", "train"): "file",
    ("data", "files", "tune"): "file",
    ("data", "files", "calibration"): "file",
    ("data", "files", "test"): "file",
    ("data", "redact", "names"): "file",
    ("data", "redact", "presidio", "pipeline"): "folder",
    ("data", "work"): None,
    ("model", "backbone"): "folder",
    ("model", "weights"): "folder",
    ("runs",): None,
}
CHAT_PATHS: dict[Setting, Kind] = {
    **TEXT_PATHS,
    ("evaluation", "generic"): "file",
    ("evaluation", "glossary"): "file",
    **{
        ("evaluation", "drafts", name): "file"
        for name in ("terms", "citations", "checklist", "labelled", "bank", "other_houses")
    },
}
DRAFT_PATHS: dict[Setting, Kind] = {
    setting: "file or folder" if setting[:2] == ("data", "files") else kind
    for setting, kind in CHAT_PATHS.items()
}  # documents lie in folders
PATHS_OF: dict[type[Run] | type[TextRun], dict[Setting, Kind]] = {
    Run: PATHS,
    TextRun: TEXT_PATHS,
    ChatRun: CHAT_PATHS,
    DraftRun: DRAFT_PATHS,
}
WEIGHTS = ("pretrained", "none")


def absolute_paths(found: Located) -> None:
    """Make every path absolute: relative to the folder of the file that it is written in."""
    top = found.places[()]
    for section, setting in ((("data",), "work"), ((), "runs")):
        kind: Any = run_class(found.values)
        if section:
            kind = kind.model_fields["data"].annotation
        values = found.values.get("data") if section else found.values
        if isinstance(values, dict) and setting not in values:
            values[setting] = os.path.normpath(top.folder / kind.model_fields[setting].default)
    for where, holder, name, _ in _written(found):
        if where[-1] == "weights" and holder[name] in WEIGHTS:
            continue
        folder = found.place_of(where).folder
        holder[name] = os.path.normpath(folder / os.path.expanduser(holder[name]))


def missing_files(found: Located) -> list[Problem]:
    """The paths, absolute by now, at which nothing is, or something of another kind."""
    problems = []
    for where, holder, name, kind in _written(found):
        words = WEIGHTS if name == "weights" else ()
        if kind is None or holder[name] in words:
            continue
        path = Path(holder[name])
        says = f"'{dotted(where)}' points to {path.name}"
        if not os.path.exists(path):  # unlike Path.exists, False for an impossible name
            sentence = f"{says}, and there is no such {kind}.{near_file(path, words)}"
        elif kind == "file" and not path.is_file():
            sentence = f"{says}, which is a folder and not a file."
        elif kind == "folder" and not path.is_dir() and not _holds_files(path):
            sentence = f"{says}, which is a file and not a folder."
        else:
            continue
        problems.append(Problem(found.place_of(where), sentence))
    return problems


def _holds_files(path: Path) -> bool:
    """Whether a file stands for a folder: an archive, or the list of a medium."""
    return path.suffix.lower() == ".zip" or path.name.upper() == "DICOMDIR"


def _written(found: Located) -> list[tuple[Setting, dict[str, Any], str, Kind]]:
    """Every path that is written as text: its setting, what holds it, its name, its kind."""
    written = []
    for setting, kind in PATHS_OF[run_class(found.values)].items():
        for where, holder in _holders(found.values, setting[:-1]):
            name, value = str(setting[-1]), holder.get(str(setting[-1]))
            if where == () and name == "site" and isinstance(value, str) and not is_profile(value):
                continue  # a name alone
            if isinstance(value, str):
                written.append(((*where, name), holder, name, kind))
    return written


def _holders(values: Any, setting: Setting) -> list[tuple[Setting, dict[str, Any]]]:
    """The sections that stand at a setting: several where a list of sections is on the way."""
    holders: list[tuple[Setting, Any]] = [((), values)]
    for part in setting:
        inner: list[tuple[Setting, Any]] = []
        for where, holder in holders:
            value = holder.get(part) if isinstance(holder, dict) else None
            if isinstance(value, list):
                inner += [((*where, part, at), item) for at, item in enumerate(value)]
            else:
                inner.append(((*where, part), value))
        holders = inner
    return [(where, holder) for where, holder in holders if isinstance(holder, dict)]
