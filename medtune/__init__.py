"""Fine-tune a pretrained vision model on a hospital's own X-rays, and judge honestly if it helped.

The dozen names a notebook uses, each imported when it is first asked for (PEP 562), so that
``import medtune`` is instant.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from medtune.config.load import load_run
    from medtune.config.run import Run
    from medtune.dicom import read_xray
    from medtune.errors import MedtuneError
    from medtune.tables.results import Result
    from medtune.workflow.cases import read_cases
    from medtune.workflow.evaluate import evaluate
    from medtune.workflow.look import show
    from medtune.workflow.predict import predict
    from medtune.workflow.report import report
    from medtune.workflow.splitting import split
    from medtune.workflow.train import train

__version__ = "0.1.0"

__all__ = [
    "MedtuneError",
    "Result",
    "Run",
    "__version__",
    "evaluate",
    "load_run",
    "predict",
    "read_cases",
    "read_xray",
    "report",
    "show",
    "split",
    "train",
]

_HOME = {
    "MedtuneError": "medtune.errors",
    "Result": "medtune.tables.results",
    "Run": "medtune.config.run",
    "evaluate": "medtune.workflow.evaluate",
    "load_run": "medtune.config.load",
    "predict": "medtune.workflow.predict",
    "read_cases": "medtune.workflow.cases",
    "read_xray": "medtune.dicom",
    "report": "medtune.workflow.report",
    "show": "medtune.workflow.look",
    "split": "medtune.workflow.splitting",
    "train": "medtune.workflow.train",
}

# albumentations asks PyPI for updates when it is imported; a hospital's machine calls nobody.
os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'medtune' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


class _Face(ModuleType):
    """Keeps ``medtune.report`` the function.

    A room of the house has the same name, and whoever imports from the room would put it here.
    """

    @property
    def report(self) -> Any:
        return import_module(_HOME["report"]).report

    @report.setter
    def report(self, room: ModuleType) -> None:
        """Leave the room where it is: in ``sys.modules``."""


sys.modules[__name__].__class__ = _Face
