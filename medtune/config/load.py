"""A run file read into a ``Run``, and a ``Run`` written out whole."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, ValidationError

from medtune.config.any_run import AnyRun
from medtune.config.columns import missing_columns
from medtune.config.evaluation import Evaluation
from medtune.config.explain import explain
from medtune.config.layers import START, read_layers, read_overrides
from medtune.config.located import Dumper, Place, Problem, Setting
from medtune.config.places import absolute_paths, missing_files
from medtune.config.report import Report
from medtune.config.run import Run
from medtune.config.run_kinds import RUN_OF, run_class
from medtune.config.section import Section
from medtune.config.space import space_problems
from medtune.config.targets import Target
from medtune.config.text_run import TextRun
from medtune.errors import ConfigError


class Judging(Section):
    """What of a run is left where a table from elsewhere is judged."""

    evaluation: Evaluation = Field(default=Evaluation(), description="How it is judged.")
    report: Report = Field(default=Report(), description="What the report may show, and how.")
    targets: dict[str, Target] = Field(
        default={},
        description="Classes, grades and amounts of a long table, by name: their kind, and the "
        "classes or the unit.",
    )


def load_run(
    path: Path | str, settings: Sequence[str] = (), *, files_must_exist: bool = True
) -> Run | TextRun:
    """Read a run file.

    Relative paths are relative to the file they are written in, those of ``settings`` to the run
    file; in the returned run all are absolute.

    Args:
        path: the run file, YAML.
        settings: overrides as on the command line, e.g. ``["training.epochs=2"]``; the values are
            read as YAML.
        files_must_exist: whether an image folder, table or file of weights that is not there is a
            problem; a stored run is also read where its data is not.

    Raises:
        ConfigError: all problems at once, in file order.
    """
    found = read_layers(Path(path), settings)
    problems = found.problems
    if found.values is not None:
        schema = run_class(found.values)
        absolute_paths(found)
        if files_must_exist:
            problems += missing_files(found)
        if schema is Run:
            problems += space_problems(found)
        try:
            run = schema.model_validate(found.values)
        except ValidationError as error:
            problems += explain(error, found, schema)
        else:
            if files_must_exist and isinstance(run, Run):
                problems += missing_columns(run, found)
    if problems:
        raise ConfigError([str(problem) for problem in sorted(set(problems))])
    return run


def place_of(path: Path | str, settings: Sequence[str], setting: Setting) -> Place:
    """Where a setting of a run file is written, for what only others can say of it.

    Args:
        path: the run file, YAML, which ``load_run`` has read.
        settings: overrides as on the command line.
        setting: names of sections, and the setting's.
    """
    return read_layers(Path(path), settings).place_of(setting)


def load_films_run(
    path: Path | str, settings: Sequence[str] = (), *, files_must_exist: bool = True
) -> Run:
    """Read a run about films, for what knows nothing of texts; arguments as above.

    Raises:
        ConfigError: all problems at once; or the run is about texts.
    """
    run = load_run(path, settings, files_must_exist=files_must_exist)
    if not isinstance(run, Run):
        raise ConfigError([f"{Path(path).name}: this is for films, and 'task: {run.task}' is not."])
    return run


def load_judging(settings: Sequence[str]) -> Judging:
    """What of a run is left where there is no run file: its defaults, and what is set over them.

    Args:
        settings: overrides as on the command line, e.g. ``["evaluation.level=0.9"]``.

    Raises:
        ConfigError: all problems at once.
    """
    found = read_overrides(settings)
    problems = found.problems
    problems += [
        Problem(
            found.place_of((section,)),
            f"there is no run here: only {_known()} are set, not '{section}'.",
        )
        for section in found.values
        if section not in Judging.model_fields
    ]
    if problems:
        raise ConfigError([str(problem) for problem in sorted(set(problems))])
    try:
        judging = Judging.model_validate(found.values)
    except ValidationError as error:
        problems = sorted(set(explain(error, found)))
        raise ConfigError([str(problem) for problem in problems]) from None
    return judging


def _known() -> str:
    *first, last = (f"'{name}'" for name in Judging.model_fields)
    return f"{', '.join(first)} and {last}"


def run_as_dict(run: AnyRun) -> dict[str, Any]:
    """The whole run as plain values; paths are text."""
    return run.model_dump(mode="json")


def run_as_yaml(run: AnyRun) -> str:
    """The whole run as YAML, which ``load_run`` reads back as the same run."""
    return yaml.dump(
        run_as_dict(run), Dumper=Dumper, sort_keys=False, allow_unicode=True, width=100
    )


def dump_run(run: AnyRun, path: Path) -> None:
    """Write the whole run as YAML."""
    path.write_text(run_as_yaml(run), encoding="utf-8")


def run_schema() -> dict[str, Any]:
    """The JSON schema of a run file, for editors."""
    schema = Run.model_json_schema()
    others = {
        task: of.model_json_schema(ref_template="#/$defs/{model}")
        for task, of in RUN_OF.items()
        if of is not Run
    }
    all_defs = dict(schema.pop("$defs"))
    for one in others.values():
        all_defs |= one.pop("$defs")
    start = {
        "type": "string",
        "description": "Another run file, whose settings hold where this file says nothing.",
    }
    for one in (schema, *others.values()):
        one["properties"][START] = start
    for task, one in others.items():
        named = {"required": ["task"], "properties": {"task": {"const": task}}}
        schema = {"if": named, "then": one, "else": schema}
    return {"$defs": all_defs, **schema}
