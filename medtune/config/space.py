"""What ``search.space`` may hold: settings of the run, and values that the schema allows there."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from medtune.config.explain import about, every_setting, explain, schema_at
from medtune.config.located import Located, Place, Problem, Setting, dotted
from medtune.config.model import Model
from medtune.config.near import did_you_mean
from medtune.config.run import Run
from medtune.config.search import Range
from medtune.config.training import Training
from medtune.errors import ConfigError

SPACE = ("search", "space")
_LUCK = "choosing a seed on tune is choosing luck; 'training.more_seeds' shows how much there is"
_SAME = "it changes how fast a training is, not what it learns"
# Settings of 'model' and 'training' that are not tried out, and why.
NOT_SEARCHED = {
    "model.weights": "choose among networks by 'model.backbone'; the start is yours to decide",
    "model.harmonise": "its rule is fitted once, before the trials begin",
    "training.seed": _LUCK,
    "training.more_seeds": _LUCK,
    "training.max_hours": "it is the same for every trial; 'search.hours' is for all together",
    "training.checkpoint_minutes": _SAME,
    "training.device": _SAME,
    "training.precision": _SAME,
    "training.films_at_once": _SAME,
}


def searchable() -> list[str]:
    """The settings that can be tried out."""
    names = [*every_setting(Model, "model."), *every_setting(Training, "training.")]
    return [*(name for name in names if name not in NOT_SEARCHED), "data.uncertain"]


def is_whole(name: str) -> bool:
    """Whether a setting is a whole number."""
    kinds, _ = schema_at(tuple(name.split(".")))
    return int in kinds and float not in kinds


def space_problems(found: Located) -> list[Problem]:
    """What of the space is no setting, or no value that the setting can have.

    Args:
        found: the values of a run, whether the rest of them is right or not.
    """
    space = found.values
    for part in SPACE:
        space = space.get(part) if isinstance(space, dict) else None
    if not isinstance(space, dict):
        return []
    return [
        Problem(found.place_of(where), sentence)
        for name, given in space.items()
        for where, sentence in _of_one(found, name, given)
    ]


def setting_of(run: Run, name: str) -> Any:
    """The value that a run has of a setting, as plain values are."""
    value: Any = run.model_dump(mode="json")
    for part in name.split("."):
        value = value[part]
    return value


def with_settings(run: Run, settings: Mapping[str, Any]) -> Run:
    """The run with other values of some settings.

    Args:
        run: the run.
        settings: by name, such as 'training.learning_rate'.

    Raises:
        ConfigError: values that do not fit together, or cannot be had.
    """
    values = run.model_dump(mode="json")
    for name, value in settings.items():
        _put(values, tuple(name.split(".")), value)
    try:
        return Run.model_validate(values)
    except ValidationError as error:
        nowhere = Located(values, {(): Place(0, 0, "", Path())})
        problems = explain(error, nowhere)
        raise ConfigError([problem.sentence for problem in problems]) from None


def _of_one(found: Located, name: str, given: Any) -> Iterator[tuple[Setting, str]]:
    """Where and what is wrong with one entry; what pydantic says of its form is left to it."""
    where: Setting = (*SPACE, name)
    if name not in (known := searchable()):
        if name in NOT_SEARCHED:
            yield where, f"'{dotted(where)}': {name} is not searched: {NOT_SEARCHED[name]}."
        elif name in every_setting(Run):
            yield (
                where,
                (
                    f"'{dotted(where)}': {name} is not searched: the films, the split and the "
                    "judgement must be the same for all trials. What is searched stands in 'model' "
                    "and 'training', and 'data.uncertain'."
                ),
            )
        else:
            # what is written without its section, or misspelt
            meant = [one for one in known if one.rpartition(".")[2] == name.rpartition(".")[2]]
            question = f" Did you mean '{meant[0]}'?" if meant else did_you_mean(name, known)
            yield where, f"'{dotted(where)}': there is no setting called '{name}'.{question}"
        return
    values: list[tuple[Setting, Any]] = []
    if isinstance(given, list):
        values = [((*where, at), value) for at, value in enumerate(given)]
    elif isinstance(given, dict):
        kinds, _ = schema_at(tuple(name.split(".")))
        if not {int, float} & set(kinds):
            yield where, f"'{dotted(where)}': {name} is no number; list what is tried: [a, b]."
            return
        ends = [((*where, end), given.get(end)) for end in ("low", "high")]
        values = [(at, end) for at, end in ends if type(end) in (int, float)]
    for at, value in values:
        for sentence in _wrong(found.values, tuple(name.split(".")), value, dotted(at)):
            yield at, sentence


def _wrong(values: Any, setting: Setting, value: Any, name: str) -> list[str]:
    """What the schema says of one value of a setting, whatever the others are."""
    tried = {part: inner for part, inner in values.items() if part != SPACE[0]}
    tried = copy.deepcopy(tried)
    try:
        _put(tried, setting, value)
        Run.model_validate(tried)
    except ValidationError as error:
        return about(error, setting, name)
    return []


def _put(values: dict[str, Any], setting: Setting, value: Any) -> None:
    for part in setting[:-1]:
        if not isinstance(values.get(str(part)), dict):
            values[str(part)] = {}
        values = values[str(part)]
    values[str(setting[-1])] = value


def contains(values: Range | list[Any], value: Any) -> bool:
    """Whether a value is among those that are tried."""
    is_number = type(value) in (int, float)
    if isinstance(values, Range):
        return is_number and values.low <= value <= values.high
    alike = (int, float) if is_number else (type(value),)
    return any(type(one) in alike and one == value for one in values)
