"""A site's profile read from YAML, and written so that a person can read it."""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import ValidationError

from medtune.config.explain import explain
from medtune.config.layers import read_one
from medtune.config.located import Dumper
from medtune.config.site import SiteProfile
from medtune.errors import ConfigError


def load_profile(path: Path | str) -> SiteProfile:
    """Read a profile.

    Raises:
        ConfigError: all problems at once, in file order.
    """
    found = read_one(Path(path), 0, "a site's profile is meant, such as site.yaml")
    problems = found.problems
    if found.values is not None:
        try:
            profile = SiteProfile.model_validate(found.values)
        except ValidationError as error:
            problems += explain(error, found, SiteProfile)
    if problems:
        raise ConfigError([str(problem) for problem in sorted(set(problems))])
    return profile


def profile_as_yaml(profile: SiteProfile) -> str:
    """The profile as YAML, which ``load_profile`` reads back as the same."""
    values = profile.model_dump(mode="json", exclude_none=True)
    values["groups"] = [
        {name: value for name, value in group.items() if value not in ([], {})}
        for group in values["groups"]
    ]
    return yaml.dump(
        values, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=100,
        default_flow_style=None,
    )  # fmt: skip
