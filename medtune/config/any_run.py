"""What all runs have in common: a name, what is learned, a site, and where it is put."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, get_args

from pydantic import Field

from medtune.config.data import Data, Task
from medtune.config.evaluation import Evaluation
from medtune.config.model import Model, TextModel
from medtune.config.section import FilePath, Section
from medtune.config.site import site_name
from medtune.config.training import Training

NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"


class AnyRun(Section):
    """One fine-tuning, of films or of texts: what all runs have in common."""

    # settings of its sections that are other tasks' alone, and refused here
    others: ClassVar[frozenset[str]] = frozenset()
    # what a new run file says, where nobody says anything else
    begins: ClassVar[Mapping[str, Any]] = {}

    name: str = Field(
        pattern=NAME,
        description="Name of the run and of its folder: letters, digits, '.', '_' and '-'.",
    )
    task: Task = Field(description=f"What is learned: {' or '.join(get_args(Task))}.")
    data: Data
    site: str
    model: Model | TextModel
    training: Training
    evaluation: Evaluation
    runs: FilePath = Field(
        default=Path("runs"), description="Folder in which the run's own folder is made."
    )

    def declared(self) -> dict[str, Any]:
        """What it declares with its split's plan beside how it is judged."""
        return {}

    @property
    def site_name(self) -> str:
        """Name of the hospital or company."""
        return site_name(self.site)
