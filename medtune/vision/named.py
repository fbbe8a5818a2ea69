"""Whether a backbone's name means a network, asked before anything is read or learnt.

Nothing is fetched and no weights are opened. A name that timm's or torchvision's sources define is
known from their text alone: to import either takes seconds, and torch. Any other is asked of its
door, which imports its library and knows what was probably meant.
"""

from __future__ import annotations

import importlib.util
import re
from functools import cache
from pathlib import Path

from medtune.errors import InputError

ON_HUB = "timm/hf-hub:"  # what it means is known only where it is fetched
_DEFINED = re.compile(r"^@register_model(?:\(\))?\s*\n(?:@.*\n)*def (\w+)\(", re.MULTILINE)
_SOURCES = {"timm": "models/**/*.py", "torchvision": "models/*.py"}


def misnamed(backbone: str) -> str | None:
    """What is wrong with a backbone's name, as a sentence; None where it means a network.

    Args:
        backbone: as in a run's model section. Of a name of the Hugging Face hub nothing is said:
            that would need the network.
    """
    door, _, name = backbone.partition("/")
    if backbone.startswith(ON_HUB) or name in defined(door):
        return None
    from medtune.vision.backbones import must_exist

    try:
        must_exist(backbone)
    except InputError as error:
        return str(error)
    return None


@cache
def defined(library: str) -> frozenset[str]:
    """Names of networks that a library's sources register; none where they cannot be read so."""
    spec = importlib.util.find_spec(library) if library in _SOURCES else None
    if spec is None or spec.origin is None:
        return frozenset()
    files = sorted(Path(spec.origin).parent.glob(_SOURCES[library]))
    return frozenset(
        name for file in files for name in _DEFINED.findall(file.read_text(encoding="utf-8"))
    )
