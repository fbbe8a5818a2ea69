"""``medtune ladder``: what a threshold, a curve or a training would gain here, rung by rung."""

from __future__ import annotations

from collections.abc import Sequence

from medtune.config.evaluation import Shipped
from medtune.config.load import run_as_yaml
from medtune.config.run import Run
from medtune.errors import InputError
from medtune.evaluation.declared_utility import Utility
from medtune.evaluation.rungs import must_be_enough
from medtune.learning.hardware import choose
from medtune.run_folder import RunFolder
from medtune.tables.schema import write_text
from medtune.vision.tasks import XrayFindings
from medtune.workflow.climb import Climb, chosen
from medtune.workflow.generic_rungs import theirs
from medtune.workflow.judging import cases_to_judge
from medtune.workflow.labelled import refuse_targets
from medtune.workflow.ladder_answer import Answer, read_answer, write_answer
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
    finding, utility, other = _declared(run)
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


def _declared(run: Run) -> tuple[str, Utility, Shipped]:
    """What the run file must say before anything is done.

    Raises:
        InputError: what is missing.
    """
    refuse_targets(run, "The ladder")
    evaluation, findings = run.evaluation, run.data.learned
    finding = run.ladder.finding or evaluation.primary.finding
    if finding is None:
        if len(findings) > 1:
            raise InputError(
                "The ladder judges one finding: name it in 'ladder.finding', one of "
                f"{', '.join(findings)}."
            )
        finding = findings[0]
    kind = run.ladder.utility
    if kind is None:
        raise InputError(
            "'ladder.utility' declares what decides, before anything is tried: net_benefit, or "
            "sensitivity_at_specificity."
        )
    if kind == "net_benefit":
        at = evaluation.act_at.get(finding)
        missing = f"'evaluation.act_at: {{{finding}: 0.1}}', the chance from which on you would act"
    else:
        at = evaluation.target_of(finding).specificity
        missing = "'evaluation.operating_point: {specificity: 0.9}'"
    if at is None:
        raise InputError(f"'ladder.utility: {kind}' needs {missing}.")
    named = evaluation.primary.compared_with
    shipped = [each for each in evaluation.compare_with if isinstance(each, Shipped)]
    chosen = [each for each in shipped if each.model_name == named] or shipped
    if not chosen:
        raise InputError(
            "The ladder begins with a generic model, and 'evaluation.compare_with' has none: write "
            "{shipped: runs/NAME} or {shipped: weights/FILE}."
        )
    return finding, Utility(kind, at), chosen[0]
