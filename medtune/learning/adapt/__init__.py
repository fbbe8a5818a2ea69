"""What learns, and how fast: each method is a function from a network to its stages."""

from medtune.learning.adapt.methods import HEAD_ALONE, METHODS
from medtune.learning.adapt.stage import ParameterGroup, Stage, Teach, freeze_all_but, set_modes

__all__ = [
    "HEAD_ALONE",
    "METHODS",
    "ParameterGroup",
    "Stage",
    "Teach",
    "freeze_all_but",
    "set_modes",
]
