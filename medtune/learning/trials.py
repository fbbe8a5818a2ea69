"""Which settings to try next, and which training to stop: the only door of Optuna.

Optuna's study is made anew from the trials so far whenever it is asked, and its sampler gets a seed
that hangs on the number of the trial. So what it says is a function of (seed, trials so far), and a
search that was interrupted goes on as if it had not been.
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from medtune.config.search import Range
from medtune.errors import InputError
from medtune.learning.sampling import seed_of

if TYPE_CHECKING:
    import optuna

Space = Mapping[str, Range | list[Any]]
FIRST_AT_RANDOM = 8  # trials before the sampler learns from them; Optuna's own default is 10
BEFORE_STOPPING = 4  # trials that must have ended before another is stopped for being worse


@dataclass(frozen=True)
class Tried:
    """A trial that has ended.

    Attributes:
        settings: name to value.
        steps: the tune value after each epoch, higher being better; NaN where it has none.
        value: of the weights that it ended with; None where it was stopped or failed.
        state: how it ended.
    """

    settings: dict[str, Any]
    steps: list[float]
    value: float | None
    state: Literal["complete", "pruned", "failed"]


def must_have_optuna() -> None:
    """Refuse where the package is not there.

    Raises:
        InputError: with the line that installs it.
    """
    if importlib.util.find_spec("optuna") is None:
        raise InputError(
            "A search needs the package optuna, which is not here: pip install 'medtune[search]'. "
            "Nothing was searched."
        )


def propose(
    space: Space, whole: Collection[str], past: Sequence[Tried], seed: int
) -> dict[str, Any]:
    """The settings of the next trial (Bergstra et al. 2011, NeurIPS: tree-structured Parzen).

    Args:
        space: what is tried of each setting.
        whole: the settings of the space that are whole numbers.
        past: the trials so far, in order; failed ones are not learnt from.
        seed: of the search.

    Returns:
        A value for every setting of the space.
    """
    import optuna

    of_trial = seed_of(seed, "trial", len(past)) % 2**32
    sampler = optuna.samplers.TPESampler(seed=of_trial, n_startup_trials=FIRST_AT_RANDOM)
    study = _study(space, whole, past, sampler=sampler)
    drawn = study.ask(_distributions(space, whole)).params
    return {
        name: values[drawn[name]] if isinstance(values, list) else drawn[name]
        for name, values in space.items()
    }


def hopeless(past: Sequence[Tried], steps: Sequence[float]) -> bool:
    """Whether a training is to be stopped after its latest epoch.

    It is where its best value so far is below the median of what earlier trials that were not
    stopped had after as many epochs (Golovin et al. 2017, KDD: Google Vizier, 3.2.2).

    Args:
        past: the trials before it.
        steps: its tune value after each epoch.
    """
    import optuna

    pruner = optuna.pruners.MedianPruner(n_startup_trials=BEFORE_STOPPING)
    trial = _study({}, (), past, pruner=pruner).ask()
    for step, value in enumerate(steps):
        if math.isfinite(value):
            trial.report(value, step)
    return math.isfinite(steps[-1]) and trial.should_prune()


def _study(
    space: Space, whole: Collection[str], past: Sequence[Tried], **parts: Any
) -> optuna.Study:
    """The trials so far as Optuna wants them, in memory."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize", **parts)
    distributions = _distributions(space, whole)
    states = {
        "complete": optuna.trial.TrialState.COMPLETE,
        "pruned": optuna.trial.TrialState.PRUNED,
    }
    for tried in past:
        if tried.state == "failed":
            continue
        study.add_trial(
            optuna.trial.create_trial(
                state=states[tried.state],
                value=tried.value,
                params={
                    name: values.index(tried.settings[name])
                    if isinstance(values, list)
                    else tried.settings[name]
                    for name, values in space.items()
                },
                distributions=distributions,
                intermediate_values={
                    step: value for step, value in enumerate(tried.steps) if math.isfinite(value)
                },
            )
        )
    return study


def _distributions(
    space: Space, whole: Collection[str]
) -> dict[str, optuna.distributions.BaseDistribution]:
    """What Optuna draws from; of a list the place of a value, for it may be a table."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    found: dict[str, optuna.distributions.BaseDistribution] = {}
    for name, values in space.items():
        if isinstance(values, list):
            found[name] = CategoricalDistribution(range(len(values)))
        elif name in whole:
            found[name] = IntDistribution(int(values.low), int(values.high), log=values.log)
        else:
            found[name] = FloatDistribution(values.low, values.high, log=values.log)
    return found
