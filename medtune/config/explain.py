"""pydantic's errors as plain sentences.

Each sentence says where, what is there, what is allowed, what was probably meant and what the
setting is for. Keep this as simple as it is: one phrase a kind of error.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import Tag, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from medtune.config.any_run import AnyRun
from medtune.config.located import Located, Problem, Setting, dotted
from medtune.config.near import did_you_mean, near_word
from medtune.config.run import Run
from medtune.config.section import MisfitError, Section

# What a value must be, by the kind of pydantic's error; {} are the limits that it names.
_MUST_BE = {
    "bool_type": "true or false",
    "int_type": "a whole number",
    "float_type": "a number",
    "finite_number": "a number",
    "string_type": "text",
    "path_type": "a path",
    "list_type": "a list, such as [a, b]",
    "dict_type": "settings, 'name: value' each",
    "model_type": "a section with settings below it",
    "greater_than": "greater than {gt:g}",
    "greater_than_equal": "at least {ge:g}",
    "less_than": "less than {lt:g}",
    "less_than_equal": "at most {le:g}",
    "too_short": "at least {min_length:g} long",
    "string_pattern_mismatch": "made of the characters that are allowed",
}
_LONGEST_SHOWN = 60


def explain(error: ValidationError, found: Located, schema: type[Section] = Run) -> list[Problem]:
    """What is wrong with a run file, or another, as sentences.

    Args:
        error: what ``schema.model_validate`` raised.
        found: the values that were validated, and their places.
        schema: of the whole file.
    """
    problems: list[Problem] = []
    details = error.errors(include_url=False)
    asked_about = {meant for detail in details for meant in _meant_by_unknown(detail, schema)}
    for detail in details:
        setting = _setting(detail)
        if detail["type"] == "missing" and (setting in asked_about or not found.complete):
            continue  # asked about where it is misspelt, or written in a file that is not there
        if detail["type"] == "value_error":
            problems += _from_validator(detail, setting, found)
        else:
            problems.append(Problem(found.place_of(setting), _sentence(detail, setting, schema)))
    return problems


def about(error: ValidationError, setting: Setting, name: str) -> list[str]:
    """What is wrong with one setting alone, said of it under another name.

    Args:
        error: what ``Run.model_validate`` raised.
        setting: the setting; what does not lie in it, or is about how it fits to others, is left.
        name: what it is called.
    """
    said = []
    for detail in error.errors(include_url=False):
        if _setting(detail)[: len(setting)] != setting:
            continue
        if detail["type"] == "value_error":
            said.append(f"'{name}': {detail['ctx']['error']}, but is {shown(detail['input'])}.")
        else:
            said.append(_sentence(detail, _setting(detail), Run, name))
    return said


def shown(value: Any) -> str:
    """A value as an error shows it: short, and a path without its folders."""
    if value is None or value in ([], {}, ""):
        return "empty"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "a section with settings below it"
    if isinstance(value, str):
        if value.startswith(("/", "~", ".")) or value.count("/") > 1:
            value = Path(value).name
        cut = value if len(value) <= _LONGEST_SHOWN else f"{value[:_LONGEST_SHOWN]} ..."
        return f"'{cut}'"
    return str(value)


def schema_at(location: Setting, schema: type[Section] = Run) -> tuple[list[Any], FieldInfo | None]:
    """What the schema allows at a setting.

    Args:
        location: the setting, with pydantic's tags of unions or without.
        schema: of the whole file.

    Returns:
        The alternatives there (types; none for an unknown setting), and the field that the setting
        is or lies in, whose description says what it is for.
    """
    kinds: list[tuple[Any, str]] = [(schema, "")]
    field = None
    for part in location:
        inner: list[tuple[Any, str]] = []
        for kind, tag in kinds:
            if is_tag(part):
                inner += [(kind, tag)] if tag == part else []
            elif is_section(kind):
                if part in kind.model_fields:
                    field = kind.model_fields[str(part)]
                    inner += _alternatives(field.annotation)
            elif get_origin(kind) in (list, dict):
                inner += _alternatives(get_args(kind)[-1])
        kinds = inner
    return [kind for kind, _ in kinds], field


def is_section(kind: Any) -> bool:
    """Whether a type of the schema is a section."""
    return isinstance(kind, type) and issubclass(kind, Section)


def is_tag(part: str | int) -> bool:
    """Whether a part of pydantic's location is the tag of a union, written <in brackets>."""
    return str(part).startswith("<")


def _alternatives(annotation: Any, tag: str = "") -> Iterator[tuple[Any, str]]:
    """The plain types of an annotation and their tags: unions opened, ``Annotated`` taken off."""
    if get_origin(annotation) is Annotated:
        plain, *metadata = get_args(annotation)
        tags = [item.tag for item in metadata if isinstance(item, Tag)]
        yield from _alternatives(plain, tags[0] if tags else tag)
    elif get_origin(annotation) in (Union, UnionType):
        for alternative in get_args(annotation):
            yield from _alternatives(alternative, tag)
    else:
        yield annotation, tag


def _setting(detail: ErrorDetails) -> Setting:
    """The location without the tags of unions."""
    return tuple(part for part in detail["loc"] if not is_tag(part))


def _sentence(
    detail: ErrorDetails, setting: Setting, schema: type[Section], called: str = ""
) -> str:
    kind, value, name = detail["type"], detail["input"], called or dotted(setting)
    if kind == "extra_forbidden":
        return f"there is no setting called '{name}'.{_instead_of(detail, schema)}"
    # a word that is none of the tasks leads to no schema of its own
    kinds, field = schema_at(setting, AnyRun if setting == ("task",) else schema)
    purpose = f" {field.description}" if field is not None else ""
    if kind == "missing":
        return f"the setting '{name}' is missing.{purpose}"
    if kind in ("literal_error", "union_tag_not_found"):
        words = [str(word) for kind in kinds for word in _words(kind)]
        meant = did_you_mean(value, words) if isinstance(value, str) else ""
        return f"'{name}' must be {_choice(kinds)}, but is {shown(value)}.{meant}{purpose}"
    if kind not in _MUST_BE:
        return f"'{name}': {detail['msg']}, but is {shown(value)}.{purpose}"
    allowed = _MUST_BE[kind].format(**detail.get("ctx", {}))
    quotes = " Put it in quotes." if kind == "string_type" and value is not None else ""
    return f"'{name}' must be {allowed}, but is {shown(value)}.{quotes}{purpose}"


def _from_validator(detail: ErrorDetails, setting: Setting, found: Located) -> Iterator[Problem]:
    """The sentences of the schema's own validators, with the setting in front."""
    error = detail["ctx"]["error"]
    parts = error.problems if isinstance(error, MisfitError) else [((), str(error))]
    is_plain = isinstance(detail["input"], (str, int, float))
    but = f", but is {shown(detail['input'])}" if is_plain else ""
    for below, sentence in parts:
        where = (*setting, *below)
        yield Problem(found.place_of(where), f"'{dotted(where)}': {sentence}{but}.")


def _choice(kinds: Iterable[Any]) -> str:
    """The alternatives of one setting in words."""
    kinds = list(kinds)
    words = [str(word) for kind in kinds for word in _words(kind)]
    phrases = []
    if words:
        phrases.append(words[0] if len(words) == 1 else f"one of: {', '.join(words)}")
    if int in kinds:
        phrases.append("a whole number")
    if float in kinds:
        phrases.append("a number")
    for kind in kinds:
        if is_section(kind):
            phrases.append(f"{{{', '.join(kind.model_fields)}}}")
        elif get_origin(kind) is list:
            phrases.append("a list")
        elif get_origin(kind) is dict:
            phrases.append("one for each finding by name")
    return ", or ".join(phrases)


def _words(kind: Any) -> tuple[Any, ...]:
    return get_args(kind) if get_origin(kind) is Literal else ()


def _siblings(detail: ErrorDetails, schema: type[Section]) -> list[str]:
    """The settings that are known where an unknown one stands."""
    kinds, _ = schema_at(detail["loc"][:-1], schema)
    return [name for kind in kinds if is_section(kind) for name in kind.model_fields]


def _meant_by_unknown(detail: ErrorDetails, schema: type[Section]) -> Iterator[Setting]:
    """The known setting that an unknown one probably is."""
    if detail["type"] == "extra_forbidden":
        setting = _setting(detail)
        near = near_word(str(setting[-1]), _siblings(detail, schema))
        if near is not None:
            yield (*setting[:-1], near)


def _instead_of(detail: ErrorDetails, schema: type[Section]) -> str:
    """What to write instead of an unknown setting, with a leading space."""
    word, siblings = str(detail["loc"][-1]), _siblings(detail, schema)
    question = did_you_mean(word, siblings)
    if question:
        return question
    elsewhere = [name for name in every_setting(schema) if name.rpartition(".")[2] == word]
    if elsewhere:
        return f" Did you mean '{elsewhere[0]}'?"
    return f" There are: {', '.join(siblings)}."


def every_setting(section: type[Section], before: str = "") -> Iterator[str]:
    """Every setting of the sections, as 'training.epochs', in the order of the schema."""
    for name, field in section.model_fields.items():
        yield before + name
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            yield from every_setting(kind, f"{before}{name}.")
