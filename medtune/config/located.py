"""YAML read the 1.2 way, with the place of every setting.

PyYAML alone follows YAML 1.1: it reads ``1e-4`` as text, ``no`` and ``on`` as truth values and
``2026-01-02`` as a date, and lets a key that is written twice win silently. Here scalars follow
the core schema of YAML 1.2 (yaml.org/spec/1.2.2, 10.3.2), and a key twice is a problem.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

# A setting: names of sections and positions in lists, from the top of the file.
Setting = tuple[str | int, ...]

BOOLEAN = re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$")
NULL = re.compile(r"^(?:~|null|Null|NULL|)$")
INTEGER = re.compile(r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$")
FLOAT = re.compile(
    r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
)
_NAMES = {"bool": BOOLEAN, "null": NULL, "int": INTEGER, "float": FLOAT}
TAGS = {f"tag:yaml.org,2002:{name}": pattern for name, pattern in _NAMES.items()}
_TEXT = "tag:yaml.org,2002:str"


@dataclass(frozen=True, order=True)
class Place:
    """Where something is written.

    Attributes:
        order: place of the file among the files of a run: the run file, what it starts from, and
            last the command line.
        line: counted from 1; 0 for the file as a whole and for the command line.
        name: name of the file without its folders, or "command line, --set SETTING".
        folder: the folder to which paths written here are relative.
    """

    order: int
    line: int
    name: str
    folder: Path

    def __str__(self) -> str:
        return f"{self.name}, line {self.line}" if self.line else self.name


@dataclass(frozen=True, order=True)
class Problem:
    """What is wrong at one place, as a sentence."""

    place: Place
    sentence: str

    def __str__(self) -> str:
        return f"{self.place}: {self.sentence}"


@dataclass
class Located:
    """Plain values and the place of each setting among them.

    Attributes:
        values: dictionaries, lists and scalars; None where nothing could be read.
        places: where each setting is written.
        problems: what has been found wrong so far.
        complete: False where a file that is started from could not be read, so that a setting
            that is missing here may well be written there.
    """

    values: Any
    places: dict[Setting, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    complete: bool = True

    def place_of(self, setting: Setting) -> Place:
        """The place of a setting, or of the nearest section around it."""
        while setting not in self.places:
            setting = setting[:-1]
        return self.places[setting]


class _Loader(yaml.SafeLoader):
    """Knows the scalars of YAML 1.2 only, and no aliases: a setting is said once, in one place."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 (the name is PyYAML's)

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(
                problem="an alias (*name), where only values are read", problem_mark=mark
            )
        return super().compose_node(parent, index)


class Dumper(yaml.SafeDumper):
    """Writes YAML that 1.1 and 1.2 read alike: quotes text that either takes for something else."""


for _tag, _pattern in TAGS.items():
    _Loader.add_implicit_resolver(_tag, _pattern, None)
    Dumper.add_implicit_resolver(_tag, _pattern, None)


def read_located(text: str, start: Place) -> Located:
    """Read one YAML text.

    Args:
        text: the YAML.
        start: the place of the text as a whole; its lines are counted from there.

    Returns:
        Values (None for an empty text), the place of each, and the problems of the text itself:
        broken syntax (then there are no values), keys written twice (the first one is kept), tags.
    """
    found = Located(values=None, places={(): start})
    try:
        node = _Loader(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        line, sentence = _broken(error, text)
        found.problems.append(Problem(_line(start, line), sentence))
        return found
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position)
        found.problems.append(
            Problem(_line(start, line), "a character here cannot stand in a YAML file.")
        )
        return found
    if node is not None:
        found.values = _value(node, (), start, found)
    return found


def _line(start: Place, line: int) -> Place:
    # What the command line sets has no lines.
    number = line + 1 if start.line else 0
    return Place(start.order, number, start.name, start.folder)


def _value(node: yaml.Node, setting: Setting, start: Place, found: Located) -> Any:
    """Build the plain value of one node, noting places and problems on the way."""
    place = _line(start, node.start_mark.line)
    found.places.setdefault(setting, place)
    if isinstance(node, yaml.MappingNode):
        values: dict[str, Any] = {}
        for key, child in _pairs(node, setting, start, found):
            values[key] = _value(child, (*setting, key), start, found)
        return values
    if isinstance(node, yaml.SequenceNode):
        return [_value(child, (*setting, i), start, found) for i, child in enumerate(node.value)]
    if node.tag not in TAGS and node.tag != _TEXT:
        found.problems.append(Problem(place, f"the tag {node.tag} is not read; leave it out."))
        return None
    return scalar(str(node.value), node.tag)


def _pairs(
    node: yaml.MappingNode, setting: Setting, start: Place, found: Located
) -> Iterator[tuple[str, yaml.Node]]:
    """The keys of one mapping and their nodes; the first one of a key written twice."""
    first: dict[str, int] = {}
    for key_node, child in node.value:
        place = _line(start, key_node.start_mark.line)
        if not isinstance(key_node, yaml.ScalarNode):
            found.problems.append(Problem(place, "a setting's name must be a word."))
            continue
        key = str(key_node.value)
        if key in first:
            where = f" (first on line {first[key]})" if place.line else ""
            sentence = f"'{dotted((*setting, key))}' is written twice{where}."
            found.problems.append(Problem(place, sentence))
            continue
        first[key] = place.line
        found.places[(*setting, key)] = place
        yield key, child


def scalar(text: str, tag: str) -> Any:
    """A scalar's value by the core schema of YAML 1.2."""
    kind = tag.rpartition(":")[2]
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    if kind == "int":
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
    if kind == "float":
        named = text.lower().lstrip("+-") in (".inf", ".nan")
        return float(text.replace(".", "")) if named else float(text)
    return text


def dotted(setting: Setting) -> str:
    """A setting as a person writes it: sections joined by dots, list positions left out."""
    return ".".join(str(part) for part in setting if isinstance(part, str))


def _broken(error: yaml.MarkedYAMLError, text: str) -> tuple[int, str]:
    """Where a syntax error is (counted from 0), and what it means for who knows no YAML."""
    problem, context = error.problem or "", error.context or ""
    marks = (error.problem_mark, error.context_mark)
    met, begun = (mark.line if mark is not None else 0 for mark in marks)
    here = text.splitlines()[met : met + 1]
    if "\\t" in problem or any("\t" in row[: len(row) - len(row.lstrip())] for row in here):
        return met, "there is a tab; YAML is indented with spaces."
    if "expected a single document" in context:
        return met, "a second document begins here ('---'); a run file has one."
    if "expected ':'" in problem:
        return begun, "a setting is written 'name: value', and here the ': ' is missing."
    if "quoted scalar" in context:
        return begun, "a quotation mark is opened and not closed."
    if "flow" in context:
        return begun, "a bracket is opened and not closed, or a comma is missing."
    if "expected <block end>" in problem:
        return met, "this line is indented differently from the lines it belongs with."
    if "mapping values are not allowed" in problem:
        return met, (
            "a ':' stands where none can. Check the indentation, and put text that contains ': ' "
            "in quotes."
        )
    return met, f"this is not valid YAML: {problem}."
