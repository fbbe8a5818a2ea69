"""Settings that do not fit each other, whatever is learned, or do not fit the kind of it."""

from __future__ import annotations

from medtune.config.any_run import AnyRun
from medtune.config.compared import ScoresTable
from medtune.config.evaluation import Evaluation
from medtune.config.model import FAST_PROBE
from medtune.config.primary import PLANNABLE, PRIMARY_MEASURES

Misfit = tuple[tuple[str | int, ...], str]  # a setting, and what is wrong with it


def of_adapters(run: AnyRun) -> list[Misfit]:
    """What is kept of adapters: an average of weights is none of theirs."""
    adapt, keep = run.model.adapt, run.training.keep
    if adapt not in ("lora", "dora") or keep not in ("swa", "greedy_soup"):
        return []
    said = (
        f"{keep} averages weights, and the average of adapters is not the adapter of the average; "
        f"with 'adapt: {adapt}' take best, last, ema or wise_ft"
    )
    return [(("training", "keep"), said)]


def of_four_bits(run: AnyRun) -> list[Misfit]:
    """What weights of four bits may stand beside."""
    adapt = run.model.adapt
    if not run.model.four_bits or adapt == "lora":
        return []
    said = f"with 'adapt: {adapt}' weights need all their bits: take it away, or adapt by lora"
    return [(("model", "four_bits"), said)]


def of_answers(run: AnyRun) -> list[Misfit]:
    """What the share answered rightly without a person needs, where it is the primary measure."""
    primary, problems = run.evaluation.primary, list[Misfit]()
    if primary.measure != "answered_right":
        return problems
    setting = ("evaluation", "primary", "measure")
    if run.evaluation.answer_alone is None:
        why = "nothing is answered without a person where 'evaluation.answer_alone' is not set"
        problems.append((setting, f"{why}: set it, or take another measure"))
    if run.training.more_seeds:
        why = "it is judged of one training only: take it away, or take another primary measure"
        problems.append((("training", "more_seeds"), f"the measure is answered_right; {why}"))
    if primary.finding is None and len(run.data.learned) > 1:
        why = "what is answered of several targets has no mean: say which of them is judged"
        problems.append((("evaluation", "primary", "finding"), why))
    return problems


def of_the_kind(run: AnyRun) -> list[Misfit]:
    """Settings that do not fit the kind of what is learned."""
    kind, training, evaluation = run.data.kind, run.training, run.evaluation
    said: list[Misfit] = []
    primary, fitting = evaluation.primary, PRIMARY_MEASURES[kind]
    if primary.measure is not None and primary.measure not in fitting:
        allowed = f"{kind} targets are judged by {' or '.join(fitting)}"
        if kind == "binary":
            allowed = f"findings are judged by {', '.join(fitting)}"
        said.append((("evaluation", "primary", "measure"), f"{allowed}, not {primary.measure}"))
    for name in ("margin", "non_inferiority_margin"):
        if kind != "continuous" and (getattr(primary, name) or 0) >= 1:
            said.append((("evaluation", "primary", name), "it must be below 1"))
    if kind == "binary" and evaluation.planned is not None:
        setting = ("evaluation", "planned")
        measure = primary.measure or fitting[0]
        if measure not in PLANNABLE:
            why = f"how many patients {measure} needs has no formula here"
            said.append((setting, f"{why}; take {', '.join(PLANNABLE)} as the primary measure"))
        if primary.finding is None and len(run.data.findings) > 1:
            why = "a study is planned for one finding: say which in 'evaluation.primary.finding'"
            said.append((setting, why))
    if evaluation.answer_alone is not None and kind != "multiclass":
        why = "what is answered alone is one of several classes: take it away"
        said.append((("evaluation", "answer_alone"), why))
    if kind == "multiclass":
        said += of_answers(run)
    if kind == "binary":
        return said
    if run.model.adapt == FAST_PROBE:
        why = f"'adapt: {FAST_PROBE}' is for findings; take linear_probe"
        said.append((("model", "adapt"), why))
    what = {"multiclass": "classes", "ordinal": "grades", "continuous": "amounts"}[kind]
    if training.loss != "bce":
        minimised = {
            "multiclass": "cross-entropy",
            "ordinal": "the CORN loss",
            "continuous": "the smooth L1 loss",
        }[kind]
        why = f"'loss: {training.loss}' is for findings; of {what} {minimised} is minimised"
        said.append((("training", "loss"), f"{why}: take it away"))
    if training.positive_weights != "none":
        why = "weights of present findings are for findings: take it away"
        said.append((("training", "positive_weights"), why))
    if training.label_smoothing and kind != "multiclass":
        why = f"labels of {what} are not smoothed: take it away"
        said.append((("training", "label_smoothing"), why))
    if kind == "continuous" and training.sampler == "class_balanced":
        why = "amounts have no classes to balance: take shuffled or patient_balanced"
        said.append((("training", "sampler"), why))
    if kind == "continuous" and training.cutmix:
        why = "a box of another film has no share of an amount: take it away"
        said.append((("training", "cutmix"), why))
    if evaluation.pool != "mean":
        why = f"'pool: {evaluation.pool}' is for findings; of {what} films are averaged"
        said.append((("evaluation", "pool"), why))
    plain = Evaluation()
    for name in ("prevalences", "act_at", "proportions", "auroc_interval", "planned",
                 "reference_accuracy"):  # fmt: skip
        if getattr(evaluation, name) != getattr(plain, name):
            said.append((("evaluation", name), f"it is for findings, not for {what}: take it away"))
    if evaluation.operating_point != plain.operating_point:
        why = f"{what} have no threshold and no operating point: take it away"
        said.append((("evaluation", "operating_point"), why))
    for place, other in enumerate(evaluation.compare_with):
        if isinstance(other, ScoresTable) and other.threshold is not None:
            why = f"{what} have no threshold: take it away"
            said.append((("evaluation", "compare_with", place, "threshold"), why))
    if evaluation.reference is not None:
        why = f"a reading by radiologists is for findings; {what} are judged by the label table"
        said.append((("evaluation", "reference"), f"{why}: take it away"))
    if kind == "continuous" and len(run.data.learned) > 1 and primary.finding is None:
        why = "amounts have no mean over their units: say which of them is judged"
        said.append((("evaluation", "primary", "finding"), why))
    return said
