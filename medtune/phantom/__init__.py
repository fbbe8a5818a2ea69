"""Simulated radiographs, plainly called simulated: for the demo, the notebooks and the tests.

Two hospitals, NORTH and SOUTH, differ in equipment and in patients as real ones do.
"""

from medtune.phantom.equipment import Equipment
from medtune.phantom.hospitals import NORTH, SOUTH, Hospital, Population
from medtune.phantom.shift import shifted
from medtune.phantom.simulator import SiteShift
from medtune.phantom.truth import write_truth
from medtune.phantom.write import write_hospital

__all__ = [
    "NORTH",
    "SOUTH",
    "Equipment",
    "Hospital",
    "Population",
    "SiteShift",
    "shifted",
    "write_hospital",
    "write_truth",
]
