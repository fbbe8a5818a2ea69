"""``medtune ladder``: what a threshold, a curve or a training would gain here, rung by rung."""

from __future__ import annotations

from collections.abc import Sequence

from medtune.config.load import run_as_yaml
from medtune.config.run import Run
from medtune.errors import InputError
from medtune.evaluation.rungs import must_be_enough
from medtune.learning.hardware import choose
from medtune.run_folder import RunFolder
from medtune.tables.schema import write_text
from medtune.vision.tasks import XrayFindings
from medtune.workflow.climb import Climb, chosen
from medtune.workflow.generic_rungs import theirs
from medtune.workflow.judging import cases_to_judge
from medtune.workflow.ladder_answer import Answer, read_answer, write_answer
from medtune.workflow.ladder_declared import declared
from medtune.workflow.ladder_test import judge_on_test
from medtune.workflow.models import generic
from medtune.workflow.preparing import LEARNING, prepare
from medtune.workflow.progress import say, silent
from medtune.workflow.rerun import refuse_another_ladder
from medtune.workflow.sealed import declare
from medtune.workflow.taught_rungs import Taught

UNTAUGHT = 6  # rungs without training


def ladder(run: Run, *, allow: Sequence[str] = (), show: bool = True) -> Answer:
    """Climb from the generic model to a fine-tuned one, and say which rung suffices.

    Each rung is judged by ``ladder.utility`` on cases that it did not learn from, against the best
    cheaper one; the chosen one alone is judged on test, once. Started again, it goes on where it
    was stopped: what is done is not done again.

    Args:
        run: as ``load_run`` gives it.
        allow: names of leaks that are known and accepted.
        show: whether progress is shown on stderr.

    Returns:
        Every rung, the chosen one, and how it did on test.

    Raises:
        InputError: no utility is declared, there is no generic model, or films, labels or weights
            cannot be used.
        RunError: the folder holds a ladder with other settings.
        LeakError: what is in the test would be known before; see ``medtune check``.
    """
    tell = say if show else silent
    said = declared(run)
    finding, utility, other = said.finding, said.utility, said.generic
    must_be_enough(run.evaluation.resamples, UNTAUGHT + len(run.ladder.teach), run.evaluation.level)
    home = RunFolder(run.runs / run.name).ladder
    begun = home.prepared.cases.exists()
    if begun:
        refuse_another_ladder(run, home.prepared)
    if home.answer.exists():
        tell(f"The ladder of {run.name} is finished already; nothing was done.")
        return read_answer(home)
    found = generic(run, other)
    if theirs(found, finding) is None:
        raise InputError(
            f"The generic model {other.label} has no head for {finding}: name another finding in "
            "'ladder.finding', or another model in 'evaluation.compare_with'."
        )
    prepared = prepare(run, home.prepared, begun=begun, allow=allow, show=show)
    write_text(run_as_yaml(run), home.prepared.config)
    declare(run)
    hardware = choose(run.training)
    tell(f"on {hardware.words}")
    names = LEARNING if run.ladder.choose_by == "cross_validation" else ("calibration",)
    climb = Climb(
        run,
        finding,
        utility,
        found,
        prepared,
        home,
        Taught(run, prepared, home, hardware, tell),
        cases_to_judge(run, home.prepared, XrayFindings(list(run.data.findings)), names, show=show),
        show,
    )
    found_best = chosen(climb)
    tell(f"chosen: {found_best.choice.chosen}")
    return write_answer(climb, found_best.choice, judge_on_test(climb, found_best, allow))
