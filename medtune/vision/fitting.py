"""Whether weights and what they are put to fit: films prepared otherwise are other films."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace

from torch import Tensor

from medtune.config.model import Model
from medtune.config.run import Run
from medtune.errors import RunError, WeightsError
from medtune.films.harmonise import Harmonisation
from medtune.films.preprocessing import Preprocessing
from medtune.vision.backbones import card_name
from medtune.vision.card import Card

# what a run file calls it; the version is medtune's own
SETTINGS = {
    "image_size": "model.image_size",
    "fit": "data.pixels.fit",
    "window": "data.pixels.window",
    "prefer_lut": "data.pixels.prefer",
    "without_window": "data.pixels.without_window",
    "collimation": "data.pixels.collimation",
    "depth": "data.pixels.depth",
    "harmonise": "model.harmonise",
}
CURRENT = Preprocessing(image_size=1).version


def must_be_whole(card: Card, state: Mapping[str, Tensor], file: str) -> None:
    """Refuse weights whose card speaks of other ones, or of films that are prepared no more.

    Args:
        card: of the weights.
        state: the weights.
        file: their name, for the message.

    Raises:
        WeightsError: says how they differ.
    """
    said = []
    made = card.preprocessing.version
    if made != CURRENT:
        said.append(
            f"its films were prepared by version {made} of the preprocessing, and this medtune "
            f"prepares them by version {CURRENT}, with other pixels"
        )
    outputs = state["head.bias"].shape[0] if "head.bias" in state else None
    if outputs is not None and outputs != card.task.outputs:
        what = "findings" if card.findings else "targets"
        said.append(
            f"its card names {len(card.learned)} {what} ({', '.join(card.learned)}), and its "
            f"network has {outputs} outputs"
        )
    if not card.normalisation.deviation > 0:
        said.append(f"its card divides grey values by {card.normalisation.deviation:g}")
    if said:
        raise WeightsError(f"{file} cannot be used: {'; '.join(said)}.")


def must_prepare_alike(card: Card, model: Model, spec: Preprocessing) -> None:
    """Refuse to start a run from weights that learnt from films prepared otherwise.

    A run may harmonise greys where the weights' own did not: that brings films to what they know.
    Weights that know harmonised films only are refused where the run harmonises none.

    Args:
        card: of the run that the weights come from.
        model: the run's model section.
        spec: how the run prepares its films.

    Raises:
        WeightsError: names everything that differs, with the settings that make it alike.
    """
    theirs = card.preprocessing.harmonise
    harmonise = theirs if model.harmonise == "none" else None
    alike = replace(card, preprocessing=replace(card.preprocessing, harmonise=harmonise))
    said = _differences(alike, card_name(model.backbone), replace(spec, harmonise=None))
    if card.views not in ("each", model.views):
        # weights that know single films may learn to pool them; the other way round, and from
        # one pooling to another, they mean something else
        said.append(f"views {card.views}, not {model.views} ('model.views')")
    if said:
        raise WeightsError(
            f"The run {card.name} cannot be started from, since its weights know other films or "
            f"another network: {'; '.join(said)}. Write the same here, or start from other weights."
        )


def must_know(card: Card, findings: Sequence[str]) -> None:
    """Refuse to keep the head of a run that has none of the findings.

    Raises:
        WeightsError: names what either has.
    """
    if not set(findings) & set(card.findings):
        raise WeightsError(
            f"'model.head: kept': the run {card.name} learnt {', '.join(card.learned)}, and none "
            f"of {', '.join(findings)}. Name a finding in 'data.findings' as it does, or write "
            "'model.head: new'."
        )


def must_be_of(card: Card, run: Run, spec: Preprocessing) -> None:
    """Refuse weights that are not those of the run in whose folder they lie.

    Args:
        card: of the weights.
        run: as it stands in the folder.
        spec: how the run prepares its films.

    Raises:
        RunError: names everything that differs.
    """
    said = [
        f"{word} {theirs}, not {ours}"
        for word, theirs, ours in (
            ("name", card.name, run.name),
            ("site", card.site, run.site_name),
            ("findings", ", ".join(card.learned), ", ".join(run.data.learned)),
            ("views", card.views, run.model.views),
            ("most_views", card.most_views, most_views(run.model)),
        )
        if theirs != ours
    ]
    ours = {name: target.model_dump() for name, target in run.data.targets.items()}
    if card.targets != ours:
        said.append(f"targets {', '.join(card.targets)}, or other classes, units or ranges of them")
    said += _differences(card, card_name(run.model.backbone), spec)
    if said:
        raise RunError(
            f"The weights in the folder of the run {run.name} are not this run's: "
            f"{'; '.join(said)}."
        )


def most_views(model: Model) -> int:
    """The most films of a case that the run's network looks at."""
    return 1 if model.views == "each" else model.most_views


def _differences(card: Card, backbone: str, spec: Preprocessing) -> list[str]:
    """Each thing in which a card differs: what it says, what is wanted, and the setting."""
    said = []
    if card.backbone != backbone:
        said.append(f"backbone {card.backbone}, not {backbone} ('model.backbone')")
    for one in fields(Preprocessing):
        theirs, ours = getattr(card.preprocessing, one.name), getattr(spec, one.name)
        if theirs != ours:
            setting = f" ('{SETTINGS[one.name]}')" if one.name in SETTINGS else ""
            said.append(f"{one.name} {_plain(theirs)}, not {_plain(ours)}{setting}")
    return said


def _plain(value: object) -> str:
    if isinstance(value, Harmonisation):
        return f"{value.method} to greys of {value.wanted[0]:g} to {value.wanted[-1]:g}"
    if value is None:
        return "none"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
