"""How a radiograph comes about after the body: blur, quanta, grid, borders, lead, response.

Everything is float32 at full depth; nothing passes through 8 bits. ``phantom.imaging`` takes
simulated films with these parts, ``Imaging`` changes films that were taken.
"""

from medtune.films.physics.blur import blurred
from medtune.films.physics.field import Leaves, open_field
from medtune.films.physics.grid import GridLines
from medtune.films.physics.imaging import Imaging
from medtune.films.physics.lead import Letter, covered
from medtune.films.physics.noise import Noise, counted, standard_normal
from medtune.films.physics.response import LATITUDE, Response

__all__ = [
    "LATITUDE",
    "GridLines",
    "Imaging",
    "Leaves",
    "Letter",
    "Noise",
    "Response",
    "blurred",
    "counted",
    "covered",
    "open_field",
    "standard_normal",
]
