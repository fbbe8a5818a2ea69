"""Kinds of target beside findings: each a ``Task`` for one network's outputs.

``Classes``: one of several, ``Grades``: one of several in order, ``Amounts``: numbers. Each writes
plain values as targets of a batch (``encoded``), and reads its scores back as values (``decoded``)
and as columns of a table of predictions (``table``). ``SideBySide``: several in one network,
``NamedTargets``: the same from a table of cases and the targets that a run declares.
"""

from medtune.learning.targets.amounts import Amounts
from medtune.learning.targets.classes import Classes
from medtune.learning.targets.grades import Grades
from medtune.learning.targets.named import NamedTargets
from medtune.learning.targets.together import Kind, SideBySide

__all__ = ["Amounts", "Classes", "Grades", "Kind", "NamedTargets", "SideBySide"]
