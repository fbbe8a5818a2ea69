"""A rung without training as a run folder of its own, so that 'medtune predict' can use it."""

from __future__ import annotations

import math
from dataclasses import replace

import torch

from medtune.config.load import run_as_yaml
from medtune.config.run import Run
from medtune.config.space import with_settings
from medtune.learning.task import Network
from medtune.run_folder import LadderFolder, RunFolder
from medtune.tables.schema import write_text
from medtune.vision.card import Home
from medtune.vision.trained import TrainedModel, save
from medtune.workflow.harmonising import write_rule


def keep(
    run: Run,
    home: LadderFolder,
    name: str,
    model: TrainedModel,
    findings: dict[str, str],
    thresholds: dict[str, float],
) -> RunFolder:
    """Write the model with our names of its findings, and nothing of the others.

    Args:
        run: of the ladder.
        home: where the ladder lies.
        name: of the rung.
        model: what the rung made of the generic model.
        findings: its finding to ours.
        thresholds: of ours; an infinite one calls nobody, and is left out.

    Returns:
        The folder, with ``model.safetensors`` and ``run.yaml``.
    """
    card, spec = model.card, model.card.preprocessing
    places = [place for place, own in enumerate(card.findings) if own in findings]
    ours = [findings[card.findings[place]] for place in places]
    its_home = None
    if card.home is not None:
        scores = {findings[f]: s for f, s in card.home.scores.items() if f in findings}
        its_home = Home(card.home.greys, scores)
    called = f"{run.name}-{name}"
    data = run.model_dump(mode="json")["data"]
    rules, uncertain = data["findings"], data["uncertain"]
    if isinstance(uncertain, dict):
        uncertain = {finding: how for finding, how in uncertain.items() if finding in ours}
    said = with_settings(
        run,
        {
            "name": called,
            "runs": str(home.rungs),
            "data.findings": {finding: rules[finding] for finding in ours},
            "data.uncertain": uncertain,
            "data.pixels": {
                "window": spec.window if isinstance(spec.window, int) else list(spec.window),
                "prefer": "lut" if spec.prefer_lut else "window",
                "without_window": spec.without_window,
                "collimation": spec.collimation,
                "fit": spec.fit,
                "depth": spec.depth,
            },
            "model": {
                "backbone": card.backbone,
                "weights": "none",
                "image_size": spec.image_size,
                "views": card.views,
                "harmonise": "none" if spec.harmonise is None else spec.harmonise.method,
                **({} if card.views == "each" else {"most_views": card.most_views}),
            },
            "training": {},
            "evaluation": {},
            "ladder": {},
            "search": {},  # its space may name findings that are left out
        },
    )
    folder = RunFolder(home.rungs / called)
    write_text(run_as_yaml(said), folder.config)
    if spec.harmonise is not None:
        write_rule(spec, folder)
    finite = {finding: value for finding, value in thresholds.items() if math.isfinite(value)}
    card = replace(
        card,
        name=called,
        site=run.site_name,
        findings=ours,
        thresholds=finite,
        operating_points={},
        referral={},
        home=its_home,
        origin=replace(card.origin, through=(*card.origin.through, card.name)),
    )
    save(_with_heads(model.network, places), card, folder.model, model.familiarity)
    return folder


def _with_heads(network: Network, places: list[int]) -> Network:
    """The network with some of its outputs, in this order."""
    head = torch.nn.Linear(network.head.in_features, len(places))
    with torch.no_grad():
        head.weight.copy_(network.head.weight[places])
        head.bias.copy_(network.head.bias[places])
    fewer = Network(network.backbone, len(places))
    fewer.pool, fewer.head = network.pool, head
    return fewer.eval()
