"""What a ladder is about: the finding, the utility and the generic model, declared beforehand."""

from __future__ import annotations

from dataclasses import dataclass

from medtune.config.compared import Shipped
from medtune.config.run import Run
from medtune.errors import InputError
from medtune.evaluation.declared_utility import Utility
from medtune.workflow.labelled import refuse_targets


@dataclass(frozen=True)
class Declared:
    """What a run file says of its ladder, defaults filled in.

    Attributes:
        finding: that is judged.
        utility: that decides.
        generic: the model that the ladder begins with.
    """

    finding: str
    utility: Utility
    generic: Shipped


def declared(run: Run) -> Declared:
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
    return Declared(finding, Utility(kind, at), chosen[0])
