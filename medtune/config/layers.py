"""The layers of a run: the file it starts from, the run file over it, ``--set`` over both.

Sections are laid over each other setting by setting; anything else (a list, the findings, one
operating point) is replaced whole. ``start_from`` is the only inheritance and ``--set`` the only
override.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from medtune.config.any_run import AnyRun
from medtune.config.located import Located, Place, Problem, Setting, read_located
from medtune.config.near import near_file
from medtune.config.run import Run
from medtune.config.run_kinds import run_class
from medtune.config.section import Section

START = "start_from"
_COMMAND_LINE = 1_000_000  # in file order, the command line comes last


def read_layers(path: Path, settings: Sequence[str]) -> Located:
    """Read a run file, what it starts from, and the overrides.

    Returns:
        Plain values, not yet validated (None where a file cannot be read as settings at all), the
        place of each, and the problems met so far.
    """
    found = _read_file(path, order=0, on_the_way=())
    if found.values is None:
        return found
    for at, text in enumerate(settings):
        _override(found, text, order=_COMMAND_LINE + at, folder=path.absolute().parent)
    _fill_empty_sections(found.values, run_class(found.values))
    return found


def read_overrides(settings: Sequence[str]) -> Located:
    """Read overrides where there is no run file; relative paths are relative to where one is."""
    here = Path.cwd()
    found = Located({}, {(): Place(0, 0, "command line", here)})
    for at, text in enumerate(settings):
        _override(found, text, order=_COMMAND_LINE + at, folder=here)
    return found


def _read_file(path: Path, order: int, on_the_way: tuple[Path, ...]) -> Located:
    """Read one file and, below it, the file that it starts from."""
    found = read_one(path, order, "a run file is meant, such as run.yaml")
    if found.values is None or START not in found.values:
        return found
    return _started_from(found, path, order, on_the_way)


def read_one(path: Path, order: int, meant: str) -> Located:
    """Read one file of settings.

    Args:
        path: YAML in UTF-8.
        order: its place among the files that are read.
        meant: what to give instead of a folder.
    """
    whole = Place(order, 0, path.name, path.absolute().parent)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        return _unread(whole, "the file is not text in UTF-8; save it as UTF-8.")
    except FileNotFoundError:
        return _unread(whole, f"there is no such file.{near_file(path)}")
    except IsADirectoryError:
        return _unread(whole, f"this is a folder; {meant}.")
    except OSError as error:
        return _unread(whole, f"the file cannot be read ({error.strerror}).")
    found = read_located(text, Place(order, 1, path.name, whole.folder))
    if found.values is None and not found.problems:
        return _unread(whole, "the file is empty. 'medtune new' writes one to start from.")
    if found.values is not None and not isinstance(found.values, dict):
        return _unread(whole, "settings are written 'name: value', a line each.")
    return found


def _started_from(found: Located, path: Path, order: int, on_the_way: tuple[Path, ...]) -> Located:
    """Put a file's settings over those of the file that it starts from."""
    place = found.place_of((START,))
    start = found.values.pop(START)
    on_the_way = (*on_the_way, path.resolve())
    other = path.parent / os.path.expanduser(str(start))
    if not isinstance(start, str):
        problem = f"'{START}' must be the name of another run file."
    elif other.resolve() in on_the_way:
        problem = f"'{START}' goes round in a circle: {other.name} is already being read."
    elif not other.is_file():
        problem = f"'{START}' points to {other.name}, and there is no such file.{near_file(other)}"
    else:
        below = _read_file(other, order + 1, on_the_way)
        if below.values is not None:
            below.problems += found.problems
            below.places[()] = found.places[()]
            _lay_over(below, found, (), run_class({**below.values, **found.values}))
            return below
        problem = f"'{START}' points to {other.name}, which cannot be read."
        found.problems += below.problems
    found.problems.append(Problem(place, problem))
    found.complete = False
    return found


def _lay_over(below: Located, above: Located, at: Setting, schema: type[AnyRun]) -> None:
    """Lay the settings of one file over another's: section by section, all else replaced whole."""
    under, over = _at(below.values, at), _at(above.values, at)
    for name, value in over.items():
        setting = (*at, name)
        if section_at(setting, schema) and isinstance(under.get(name), dict):
            if value is None:
                continue  # an empty section says nothing
            if isinstance(value, dict):
                below.places[setting] = above.places[setting]
                _lay_over(below, above, setting, schema)
                continue
        _forget(below, setting)
        under[name] = value
        for key, place in above.places.items():
            if key[: len(setting)] == setting:
                below.places[key] = place


def _override(found: Located, text: str, order: int, folder: Path) -> None:
    """Apply one ``--set section.name=value``."""
    name, equals, value = text.partition("=")
    name = name.strip()
    place = Place(order, 0, f"command line, --set {name}", folder)
    setting = tuple(name.split("."))
    if not equals or not all(setting):
        found.problems.append(Problem(place, "this is written --set section.setting=value."))
        return
    if setting == (START,):
        found.problems.append(Problem(place, f"'{START}' can be written in a run file only."))
        return
    if setting in found.places and found.places[setting].order >= _COMMAND_LINE:
        found.problems.append(Problem(place, f"'{name}' is set twice."))
        return
    section = found.values
    for depth, part in enumerate(setting[:-1], start=1):
        if section.get(part) is None:
            section[part] = {}
            found.places[setting[:depth]] = place
        section = section[part]
        if not isinstance(section, dict):
            outer = ".".join(setting[:depth])
            found.problems.append(
                Problem(place, f"'{outer}' has no settings below it; set it whole.")
            )
            return
    read = read_located(value, place)
    found.problems += read.problems
    _forget(found, setting)
    section[setting[-1]] = read.values
    for inner, where in read.places.items():
        found.places[(*setting, *inner)] = where


def section_at(setting: Setting, schema: type[AnyRun] = Run) -> type[Section] | None:
    """The section of the schema that stands at a setting, if one does."""
    section: type[Section] = schema
    for part in setting:
        field = section.model_fields.get(str(part))
        if field is None or not isinstance(field.annotation, type):
            return None
        if not issubclass(field.annotation, Section):
            return None
        section = field.annotation
    return section


def _fill_empty_sections(values: dict[str, Any], section: type[Section]) -> None:
    """A section whose settings are all left out (or commented out) says nothing: no settings."""
    for name, field in section.model_fields.items():
        kind = field.annotation
        if name in values and isinstance(kind, type) and issubclass(kind, Section):
            if values[name] is None:
                values[name] = {}
            if isinstance(values[name], dict):
                _fill_empty_sections(values[name], kind)


def _at(values: Any, setting: Setting) -> Any:
    for part in setting:
        values = values[part]
    return values


def _forget(found: Located, setting: Setting) -> None:
    for key in [key for key in found.places if key[: len(setting)] == setting]:
        del found.places[key]


def _unread(place: Place, sentence: str) -> Located:
    return Located(None, {(): place}, [Problem(place, sentence)])
