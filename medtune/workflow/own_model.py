"""The model in a run's folder, once it is certain that it is this run's."""

from __future__ import annotations

from medtune.config.run import Run
from medtune.errors import RunError
from medtune.learning.weights import sha256_of
from medtune.run_folder import RunFolder
from medtune.vision.card import Card
from medtune.vision.fitting import must_be_of
from medtune.vision.trained import TrainedModel, load
from medtune.workflow.decoding import spec_of


def own_model(run: Run, folder: RunFolder, seed: int | None = None) -> TrainedModel:
    """Load a finished run's model.

    Args:
        run: as its folder has it.
        folder: of the run.
        seed: of one of its ``training.more_seeds``; None for the run's own model.

    Raises:
        RunError: the weights are those of another run, or the run's cases or splits are no longer
            those that they were taught with.
        WeightsError: the weights cannot be used.
    """
    model = load(folder.path if seed is None else folder.of_seed(seed).path)
    must_be_of(model.card, run, spec_of(run, folder))
    _must_know_the_data(model.card, folder)
    return model


def _must_know_the_data(card: Card, folder: RunFolder) -> None:
    """Refuse tables that were changed since: a case may have gone from train to test."""
    taught = card.taught_with
    if taught is None:
        return
    changed = [
        path.name
        for path, digest in (
            (folder.cases, taught.cases_sha256),
            (folder.splits, taught.splits_sha256),
        )
        if path.exists() and sha256_of(path) != digest
    ]
    if changed:
        raise RunError(
            f"The run {card.name} was taught with other tables than lie in its folder now: "
            f"{' and '.join(changed)} changed since. Nothing can be judged by them."
        )
