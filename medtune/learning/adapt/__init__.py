"""What learns, and how fast: each method is a function from a network to its stages."""

from medtune.learning.adapt.methods import METHODS
from medtune.learning.adapt.stage import ParameterGroup, Stage, Teach, freeze_all_but, set_modes

__all__ = ["METHODS", "ParameterGroup", "Stage", "Teach", "freeze_all_but", "set_modes"]
