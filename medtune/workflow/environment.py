"""What a model was made with; names no host and no user."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from medtune.learning.hardware import Hardware


def made_with(hardware: Hardware, packages: Sequence[str]) -> dict[str, Any]:
    """Versions of medtune, Python and packages, the system, and the hardware."""
    return {
        "medtune": importlib.metadata.version("medtune"),
        "python": platform.python_version(),
        "system": platform.system(),
        **{name: importlib.metadata.version(name) for name in packages},
        "hardware": asdict(hardware),
    }
