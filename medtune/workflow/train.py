"""``medtune train``: from a run to a finished model, and to its twins of other seeds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from medtune.config.load import load_run, run_as_yaml
from medtune.config.run import Run
from medtune.learning.hardware import choose
from medtune.run_folder import RunFolder
from medtune.tables.schema import write_text
from medtune.vision.trained import must_start_alike
from medtune.workflow.decoding import spec_of
from medtune.workflow.fine_tuning import Tell, fine_tune
from medtune.workflow.preparing import prepare
from medtune.workflow.progress import lasting, say, silent
from medtune.workflow.rerun import refuse_another
from medtune.workflow.sealed import declare


def train(run: Run, *, allow: Sequence[str] = (), show: bool = True) -> Path:
    """Fine-tune a model, or go on with a fine-tuning that was interrupted.

    With ``training.more_seeds`` the same is trained again with each; the run's model stays that
    of ``training.seed``. Seeds may be added to a finished run.

    Args:
        run: as ``load_run`` gives it.
        allow: names of leaks that are known and accepted.
        show: whether progress is shown on stderr.

    Returns:
        The run's folder. What is finished is left as it is.

    Raises:
        RunError: the folder holds a run with other settings.
        LeakError: what is in the test would be known before; see ``medtune check``.
        InputError: films, labels, weights or settings that cannot be used.
    """
    tell = say if show else silent
    folder = RunFolder(run.runs / run.name)
    begun = folder.begun
    if begun:
        refuse_another(run, folder)
        _note_seeds(run, folder)
    todo = [seed for seed in run.training.seeds if not _home(run, folder, seed).finished]
    if not todo:
        tell(f"The run {run.name} is finished already; nothing was trained.")
        return folder.path
    hardware = choose(run.training)
    tell(f"training on {hardware.words}")
    must_start_alike(run.model, spec_of(run))
    _say_cost(run, folder, todo, tell)
    prepared = prepare(run, folder, begun=begun, allow=allow, show=show)
    if not begun:
        declare(run)
    for seed in todo:
        if run.training.more_seeds:
            tell(f"seed {seed}, {todo.index(seed) + 1} of {len(todo)}")
        training = run.training.model_copy(update={"seed": seed, "more_seeds": []})
        one = run.model_copy(update={"training": training})
        fine_tune(one, prepared, _home(run, folder, seed), hardware, tell)
        if seed == run.training.seed:
            _say_cost(run, folder, todo[1:], tell)
    return folder.path


def _home(run: Run, folder: RunFolder, seed: int) -> RunFolder:
    """Where the training with a seed lies: the first seed's is the run itself."""
    return folder if seed == run.training.seed else folder.of_seed(seed)


def _note_seeds(run: Run, folder: RunFolder) -> None:
    """Write the seeds that are asked for now into the run that was begun before."""
    stored = load_run(folder.config, files_must_exist=False)
    if stored.training.more_seeds != run.training.more_seeds:
        more = {"more_seeds": run.training.more_seeds}
        training = stored.training.model_copy(update=more)
        write_text(run_as_yaml(stored.model_copy(update={"training": training})), folder.config)


def _say_cost(run: Run, folder: RunFolder, todo: list[int], tell: Tell) -> None:
    """What more than one seed costs: in trainings at first, in time once one has ended."""
    more = [seed for seed in todo if seed != run.training.seed]
    if not more:
        return
    named = ", ".join(str(seed) for seed in more)
    if not folder.finished:
        limit = run.training.max_hours
        each = "" if limit is None else f", at most {limit * len(todo):g} hours of epochs"
        tell(
            f"{len(todo)} trainings: seed {run.training.seed} makes the model; {named} show how "
            f"much another seed changes, and take as long each{each}"
        )
        return
    seconds = float(pd.read_csv(folder.metrics)["seconds"].sum())
    tell(
        f"still to train for the spread: {named}, about {lasting(len(more) * seconds)} of epochs "
        f"(seed {run.training.seed} took {lasting(seconds)})"
    )
