"""``medtune train``: from a run to a finished model, and to its twins of other seeds."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from medtune.config.any_run import AnyRun
from medtune.config.load import load_run, run_as_yaml
from medtune.learning.adapt.four_bits import must_be_installed
from medtune.learning.hardware import Hardware, choose, refuse_devices
from medtune.learning.launch import launch
from medtune.learning.ranks import Ranks, joined, must_be_launched
from medtune.learning.tracking import must_be_there
from medtune.run_folder import RunFolder
from medtune.tables.schema import write_text
from medtune.workflow.progress import Tell, lasting, say, silent
from medtune.workflow.rerun import refuse_another
from medtune.workflow.sealed import declare
from medtune.workflow.wings import wing_of

# the answer is for the one who asked, not for the processes that work for it
QUIET = "import os, sys; sys.stdout = open(os.devnull, 'w'); from medtune.cli import main; main()"


def train(
    run: AnyRun, *, allow: Sequence[str] = (), show: bool = True, trace: bool = False
) -> Path:
    """Fine-tune a model, or go on with a fine-tuning that was interrupted.

    With ``training.more_seeds`` the same is trained again with each; the run's model stays that
    of ``training.seed``. Seeds may be added to a finished run.

    Args:
        run: as ``load_run`` gives it.
        allow: names of leaks that are known and accepted.
        show: whether progress is shown on stderr.
        trace: whether other processes, where the run has several devices, show the traceback of
            their errors.

    Returns:
        The run's folder. What is finished is left as it is.

    Raises:
        RunError: the folder holds a run with other settings.
        LeakError: what is in the test would be known before; see ``medtune check``.
        InputError: films, labels, weights or settings that cannot be used.
        ElsewhereError: another process of the run has failed, and has said why.
    """
    folder = RunFolder(run.runs / run.name)
    hardware = choose(run.training)
    refuse_devices(run.model, run.training, hardware)
    must_be_there(run.training)
    if run.model.four_bits:
        must_be_installed()
    if must_be_launched(run.training):
        _launch(run, allow, show=show, trace=trace)
        return folder.path
    with joined(run.training, hardware.device) as ranks:
        tell = say if show and ranks.first else silent
        todo = ranks.agreed(ranks.lead(lambda: _to_do(run, folder, tell)))
        if todo:
            _train(run, folder, todo, allow, hardware, ranks, tell, show=show)
    return folder.path


def _launch(run: AnyRun, allow: Sequence[str], *, show: bool, trace: bool) -> None:
    """The same in a process a device."""
    with tempfile.TemporaryDirectory() as home:
        file = Path(home) / "run.yaml"
        write_text(run_as_yaml(run), file)
        allowed = [word for leak in allow for word in ("--allow", leak)]
        options = [*allowed, *(() if show else ("--json",)), *(("--trace",) if trace else ())]
        launch(["-c", QUIET, "train", str(file), *options], run.training.devices)


def _to_do(run: AnyRun, folder: RunFolder, tell: Tell) -> list[int]:
    """The seeds that are still to be trained.

    Raises:
        RunError: the folder holds a run with other settings.
    """
    if folder.begun:
        refuse_another(run, folder)
        _note_seeds(run, folder)
    todo = [seed for seed in run.training.seeds if not _home(run, folder, seed).finished]
    if not todo:
        tell(f"The run {run.name} is finished already; nothing was trained.")
    return todo


def _train(
    run: AnyRun,
    folder: RunFolder,
    todo: list[int],
    allow: Sequence[str],
    hardware: Hardware,
    ranks: Ranks,
    tell: Tell,
    *,
    show: bool,
) -> None:
    """From the data to the models; of several processes the first prepares and writes."""
    wing = wing_of(run)

    def ready() -> Any:
        wing.must_start(run)
        tell(f"training on {hardware.words}")
        _say_cost(run, folder, todo, tell)
        begun = folder.begun
        prepared = wing.prepare(run, folder, begun=begun, allow=allow, show=show)
        if not begun:
            declare(run)
        return prepared

    # to the others it is as if the run had been begun: all is written down
    prepared = ranks.lead(ready) or wing.prepare(run, folder, begun=True, show=False)
    for seed in todo:
        if run.training.more_seeds:
            tell(f"seed {seed}, {todo.index(seed) + 1} of {len(todo)}")
        training = run.training.model_copy(update={"seed": seed, "more_seeds": []})
        one = run.model_copy(update={"training": training})
        wing.fine_tune(one, prepared, _home(run, folder, seed), hardware, tell, ranks)
        if seed == run.training.seed and ranks.first:
            _say_cost(run, folder, todo[1:], tell)


def _home(run: AnyRun, folder: RunFolder, seed: int) -> RunFolder:
    """Where the training with a seed lies: the first seed's is the run itself."""
    return folder if seed == run.training.seed else folder.of_seed(seed)


def _note_seeds(run: AnyRun, folder: RunFolder) -> None:
    """Write the seeds that are asked for now into the run that was begun before."""
    stored = load_run(folder.config, files_must_exist=False)
    if stored.training.more_seeds != run.training.more_seeds:
        more = {"more_seeds": run.training.more_seeds}
        training = stored.training.model_copy(update=more)
        write_text(run_as_yaml(stored.model_copy(update={"training": training})), folder.config)


def _say_cost(run: AnyRun, folder: RunFolder, todo: list[int], tell: Tell) -> None:
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
