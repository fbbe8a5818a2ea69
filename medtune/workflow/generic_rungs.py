"""The rungs that need no training: the generic model as it came, and what can be done to it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
from torch import nn

from medtune.config.run import Run
from medtune.errors import DataError
from medtune.evaluation.alignment import Prevalence, as_at_home
from medtune.films.harmonise import fitted
from medtune.learning.batch_norm import measure_statistics
from medtune.learning.batches import in_order
from medtune.learning.hardware import Hardware
from medtune.learning.task import Batch
from medtune.tables.splits import stable_order
from medtune.vision.card import Scores
from medtune.vision.trained import TrainedModel
from medtune.workflow.cases import private
from medtune.workflow.decoding import decode, readable
from medtune.workflow.harmonising import greys_of
from medtune.workflow.models import Generic
from medtune.workflow.scoring import unlabelled

BATCH = 32
FEWEST = 10  # films that statistics are measured on
Made = TrainedModel | str  # a model, or why there is none


def theirs(generic: Generic, finding: str) -> str | None:
    """The generic model's own name of a finding; None where it has no head for it."""
    return next((own for own, ours in generic.findings.items() if ours == finding), None)


def home_of(generic: Generic, finding: str) -> Scores | None:
    """How the generic model scored a finding where it learnt; None where it does not say."""
    home, own = generic.model.card.home, theirs(generic, finding)
    return None if home is None or own is None else home.scores.get(own)


def drawn_by_label(home: Scores | None, prevalence: Prevalence) -> bool:
    """Whether films must be drawn by their labels, so that statistics see home's mix of patients.

    Args:
        home: how the generic model scored the finding where it learnt.
        prevalence: of the finding here.
    """
    return home is not None and prevalence.differs_from(home.prevalence)


def harmonised(run: Run, generic: Generic, films: pd.DataFrame, *, show: bool) -> Made:
    """The generic model behind a rule that brings local greys to those it knows.

    Args:
        run: of the site.
        generic: the model.
        films: of the train split, labelled or not.
        show: whether progress is shown on stderr.
    """
    model, method = generic.model, run.ladder.harmonise
    if model.card.home is None:
        return "its card does not say what greys it learnt from"
    plain = replace(model.card.preprocessing, harmonise=None)
    decoded = decode(run.data.work, films, plain, private=private(run), show=show)
    try:
        rule = fitted(method, greys_of(decoded, films), model.card.home.greys)
    except DataError as error:
        return str(error)
    spec = replace(plain, harmonise=rule)
    return replace(model, card=replace(model.card, preprocessing=spec))


def re_estimated(
    run: Run,
    generic: Generic,
    finding: str,
    films: pd.DataFrame,
    prevalence: Prevalence,
    hardware: Hardware,
    *,
    show: bool,
) -> Made:
    """The generic model with its BatchNorm's statistics measured on local films.

    They hold what films are like and how many of them show the finding: with another share of
    patients who have it, they go wrong (Schneider et al. 2020, NeurIPS 33:11539, and label shift
    since). So where the finding is not as frequent here as at home, films are taken so that it is.

    Args:
        run: of the site.
        generic: the model.
        finding: that is judged, by our name.
        films: of the train split.
        prevalence: of the finding here: the guard.
        hardware: where it runs.
        show: whether progress is shown on stderr.
    """
    model = generic.model
    if not any(isinstance(m, nn.modules.batchnorm._BatchNorm) for m in model.network.modules()):
        return "its network has no BatchNorm"
    if model.card.views != "each":
        return "its network pools views"
    if prevalence.reason:
        return prevalence.reason
    home = home_of(generic, finding)
    if home is None:
        return "its card does not say how frequent the finding was where it learnt"
    spec = model.card.preprocessing
    decoded = decode(run.data.work, films, spec, private=private(run), show=show)
    taken = films[readable(decoded, films)]
    if drawn_by_label(home, prevalence):
        known = taken[taken[finding].notna()]
        order = stable_order(known["case_id"], 0).astype(np.int64)
        present = (known[finding] == 1).to_numpy(bool)
        taken = known[as_at_home(present, order, home.prevalence)]
    if taken["group_id"].nunique() < FEWEST:
        return f"statistics need films of {FEWEST} patients or more that may be taken"
    network = copy.deepcopy(model.network).to(hardware.device)
    shown = unlabelled(decoded, taken.reset_index(drop=True), model.card.task.outputs)

    def batches() -> Iterator[Batch]:
        for batch in in_order(shown, BATCH):
            yield batch.to(hardware.device)

    measure_statistics(network, batches())
    # what it learnt from no longer looks to it as it did
    return TrainedModel(network.eval(), model.card, None)
