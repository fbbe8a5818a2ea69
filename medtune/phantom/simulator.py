"""Another hospital, simulated: how its films and its patients differ, each with a strength.

Of simulated films the machine and the population change, so that they are taken anew; real films
are changed as another machine would have taken them, and drawn by label, age and sex.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.errors import DataError
from medtune.films.physics import (
    GridLines,
    Imaging,
    Leaves,
    Letter,
    Noise,
    Response,
)
from medtune.phantom.equipment import Equipment
from medtune.phantom.hospitals import Hospital, Population
from medtune.phantom.roster import random_for
from medtune.phantom.shift import shifted

Array = NDArray[np.float32]

# What strength 1 is
GAMMA = 2.0  # the response curve's exponent; at -1 it is 0.5
BLUR = 0.01  # standard deviation, as a share of the film's longer side
QUANTA = 4e6  # of the dose that is left, over the whole film where it is black
GRID = 0.06  # depth of the lines
LEAF = (0.02, 0.12)  # of a side, of each leaf that is seen
ODDS = 4.0  # by which the odds of a finding rise
YEARS = 20.0  # older
WOMEN = 4.0  # odds of a woman
_FILM_CM = 37.0  # of the machine's field, where its blur is said in mm
_AGE_SD = 15.0  # years; of patients whose ages are all one, so that a draw is possible
_CORNERS = ((0.08, 0.1), (0.08, 0.9), (0.92, 0.1), (0.92, 0.9))  # rows and columns


@dataclass(frozen=True)
class SiteShift:
    """How a site differs; every strength is 0 where it does not.

    Attributes:
        response: -1 to 1, the exponent of the response curve as a power of 2.
        blur: 0 to 1, up to 1 % of the film's longer side (standard deviation).
        noise: 0 to 1, relative deviation of the added noise; 1 leaves 4 million quanta over a
            film that is black all over.
        grid: 0 to 1, lines up to +- 6 % of the exposure.
        polarity: 0 to 1, share of the films that are negatives which nothing declares.
        collimation: 0 to 1, share of the films with visible borders, of 2 to 12 % of each side.
        markers: 0 to 1, share of the films with this site's letters printed in a corner.
        prevalence: finding to -1 to 1: its odds change by up to 4.
        age: -1 to 1, up to 20 years older.
        women: -1 to 1, the odds of a woman change by up to 4.

    Raises:
        DataError: a strength out of range.
    """

    response: float = 0.0
    blur: float = 0.0
    noise: float = 0.0
    grid: float = 0.0
    polarity: float = 0.0
    collimation: float = 0.0
    markers: float = 0.0
    prevalence: Mapping[str, float] = field(default_factory=dict)
    age: float = 0.0
    women: float = 0.0

    def __post_init__(self) -> None:
        both = {"response": self.response, "age": self.age, "women": self.women}
        both |= {f"prevalence of {finding}": value for finding, value in self.prevalence.items()}
        one = ("blur", "noise", "grid", "polarity", "collimation", "markers")
        for name, value in both.items():
            if not -1 <= value <= 1:
                raise DataError(f"The strength of {name} is -1 to 1, and is {value:g}.")
        for name in one:
            if not 0 <= getattr(self, name) <= 1:
                raise DataError(
                    f"The strength of {name} is 0 to 1, and is {getattr(self, name):g}."
                )

    def imaging(self, shape: tuple[int, int], seed: int, key: str) -> Imaging:
        """What happens to one film that was taken elsewhere.

        Args:
            shape: (H, W).
            seed: another seed is another hospital with the same strengths.
            key: of the film, such as its case_id.
        """
        rng = random_for(seed, "shift", key)
        chance = rng.random(3)  # drawn always, so that one strength does not move another's films
        leaves = rng.uniform(*LEAF, 4)
        row, column = _CORNERS[int(rng.integers(len(_CORNERS)))]
        side = max(shape)
        inverted = bool(chance[0] < self.polarity)
        seen = chance[1] < self.collimation
        marked = chance[2] < self.markers
        return Imaging(
            leaves=Leaves(*(float(leaf) for leaf in leaves)) if seen else None,
            focal_blur=self.blur * BLUR * side,
            grid=GridLines(period=max(2.0, side / 80), depth=self.grid * GRID)
            if self.grid
            else None,
            noise=Noise(quanta=QUANTA / self.noise**2 / (shape[0] * shape[1]))
            if self.noise
            else None,
            developed=Response(gamma=GAMMA**self.response) if self.response else None,
            printed=(Letter("AP 2" if row < 0.5 else "L", row, column, 0.05),) if marked else (),
            inverted=inverted,
        )

    def film(self, film: Array, seed: int, key: str) -> Array:
        """One film as this site would show it.

        Args:
            film: (H, W) in [0, 1], white = dense.
            seed: of the hospital.
            key: of the film.

        Returns:
            (H, W) float32 in [0, 1], a function of the arguments alone.
        """
        noise_seed = int(random_for(seed, "noise", key).integers(1 << 32))
        height, width = film.shape
        return self.imaging((height, width), seed, key).applied(film, noise_seed)

    def equipment(self, equipment: Equipment) -> Equipment:
        """The machine of simulated films; quanta, blur and response change before the console.

        Raises:
            DataError: it has a strength that films can take and a machine cannot.
        """
        of_films = [name for name in ("grid", "polarity", "markers") if getattr(self, name)]
        if of_films:
            raise DataError(
                f"A machine has no strength of {', '.join(of_films)}: change its films ('film')."
            )
        # of so many films one side at least is seen: each of the four has its part of that
        seen = 1 - (1 - equipment.collimated) * (1 - self.collimation) ** 0.25
        changed = shifted(
            equipment,
            gamma=equipment.gamma * GAMMA**self.response,
            blur=10 * _FILM_CM * BLUR * self.blur,
            collimated=seen,
        )
        here = QUANTA / (10 * _FILM_CM) ** 2  # of strength 1, in a square millimetre
        quanta = 1 / (1 / equipment.quanta + self.noise**2 / here)
        return replace(changed, quanta=quanta)

    def population(self, population: Population) -> Population:
        """The patients of simulated films."""
        missing = sorted(set(self.prevalence) - set(population.prevalence))
        if missing:
            raise DataError(f"The simulated hospital knows no {', '.join(missing)}.")
        return replace(
            population,
            age_mean=population.age_mean + YEARS * self.age,
            women=_by_odds(population.women, WOMEN**self.women),
            prevalence={
                finding: _by_odds(share, ODDS ** self.prevalence.get(finding, 0.0))
                for finding, share in population.prevalence.items()
            },
        )

    def hospital(self, hospital: Hospital, name: str) -> Hospital:
        """A simulated hospital with this shift, under a name of its own."""
        return replace(
            hospital,
            name=name,
            equipment=self.equipment(hospital.equipment),
            population=self.population(hospital.population),
        )

    def cases(self, cases: pd.DataFrame, seed: int) -> pd.DataFrame:
        """Cases of the prevalence, age and sex mix of this site, drawn from those of another.

        A case is kept with a chance in proportion to its weight in the new mix, so that in
        expectation the odds change by what the strengths say; a patient has one draw for all
        films. Of age, the last twentieth of the patients in the direction of the shift count
        alike, or few would be left. What is not known of a case does not change its chance.

        Args:
            cases: group_id, and what the shift speaks of: findings, sex, age.
            seed: another seed draws others.

        Returns:
            Some of the rows, in their order.
        """
        weight = np.zeros(len(cases))
        for finding, strength in self.prevalence.items():
            known = _column(cases, finding).astype("Float64").fillna(0).to_numpy(np.float64)
            weight += strength * np.log(ODDS) * (known > 0.5)
        if self.women:
            woman = (_column(cases, "sex").astype(object) == "F").to_numpy(bool)
            weight += self.women * np.log(WOMEN) * woman
        if self.age:
            age = _column(cases, "age").astype("Float64")
            spread = float(age.std()) if age.nunique() > 1 else _AGE_SD
            # a normal law moved by d has the density ratio exp(d x / sd2 - ...)
            middle = float(age.mean()) if age.notna().any() else 0.0
            moved = (age.fillna(middle) - middle).to_numpy(np.float64)
            tilt = self.age * YEARS * moved / spread**2
            weight += np.minimum(tilt, np.quantile(tilt, 0.95))
        chance = np.exp(weight - (weight.max() if len(weight) else 0.0))
        drawn = {
            group: random_for(seed, "cases", str(group)).random()
            for group in cases["group_id"].unique()
        }
        kept = cases["group_id"].map(drawn).to_numpy(np.float64) < chance
        return cases[kept]


def _column(cases: pd.DataFrame, name: str) -> pd.Series:
    if name not in cases:
        raise DataError(f"The cases have no column {name}, which the shift speaks of.")
    return cases[name]


def _by_odds(share: float, factor: float) -> float:
    return share * factor / (1 - share + share * factor)
