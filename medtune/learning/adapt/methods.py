"""The methods: from a network and the run's settings to stages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from torch import nn

from medtune.config.model import Adapts
from medtune.config.training import Training
from medtune.errors import InputError
from medtune.learning.adapt.adapters import insert, merge
from medtune.learning.adapt.sensitivity import most_sensitive
from medtune.learning.adapt.stage import ParameterGroup, Stage, Teach, groups_of
from medtune.learning.task import Network

Method = Callable[[Network, Adapts, Training], list[Stage]]

HEAD_ALONE = "linear_probe"  # the stage that teaches no backbone
SURGICAL_BLOCKS = 2  # of the backbone: what comes first is often no more than one convolution
GRADUAL_STEPS = 4  # in which the backbone is unfrozen


def linear_probe(network: Network, model: Adapts, training: Training) -> list[Stage]:
    """Only the head learns.

    Raises:
        InputError: it has no weights of its own.
    """
    if not list(network.head_parameters()):
        raise InputError(
            "'model.adapt: linear_probe' teaches the last layer, and this model's has no weights "
            "of its own: they are those of its words. Take norm, lora or full."
        )

    def begin(net: Network, teach: Teach) -> list[ParameterGroup]:
        return groups_of(net.head_parameters(), training.head_learning_rate, training.weight_decay)

    return [Stage(HEAD_ALONE, training.head_epochs, begin)]


def full(network: Network, model: Adapts, training: Training) -> list[Stage]:
    """All layers learn from the start; the head, where it is new, at its own rate."""

    def begin(net: Network, teach: Teach) -> list[ParameterGroup]:
        return [*_body(net, training, net.backbone.parameters()), *_whole_head(net, training)]

    return [Stage("full", training.epochs, begin)]


def lp_ft(network: Network, model: Adapts, training: Training) -> list[Stage]:
    """First the head, then all layers at one rate (Kumar et al. 2022, arXiv 2202.10054)."""

    def begin(net: Network, teach: Teach) -> list[ParameterGroup]:
        return _body(net, training, net.parameters())

    probe = linear_probe(network, model, training)
    return [*probe, Stage("full", training.epochs, begin)]


def layer_decay(network: Network, model: Adapts, training: Training) -> list[Stage]:
    """All layers learn, each slower than the one above it (Clark et al. 2020, arXiv 2003.10555).

    The layer at depth d of n learns at the learning rate times ``layer_decay ** (n - d)``.
    """

    def begin(net: Network, teach: Teach) -> list[ParameterGroup]:
        depths = net.depths()
        top = max(depths.values()) + 1
        named = dict(net.backbone.named_parameters())
        groups = _whole_head(net, training)
        for depth in sorted(set(depths.values()), reverse=True):
            rate = _rate(training) * model.layer_decay ** (top - depth)
            parameters = [p for name, p in named.items() if depths[name] == depth]
            groups += groups_of(parameters, rate, training.weight_decay)
        return groups

    return [Stage("layer_decay", training.epochs, begin)]


def gradual(network: Network, model: Adapts, training: Training) -> list[Stage]:
    """First the head, then more of the backbone in every stage (Howard and Ruder 2018, 1801.06146).

    The backbone is unfrozen in at most four steps, from the head to the input; they share
    ``training.epochs`` between them.
    """
    blocks = network.blocks()
    steps = min(GRADUAL_STEPS, len(blocks), training.epochs)
    stages = linear_probe(network, model, training)
    for step in range(1, steps + 1):
        learn = [
            name for block in blocks[len(blocks) * (steps - step) // steps :] for name in block
        ]
        epochs = training.epochs * step // steps - training.epochs * (step - 1) // steps
        stages.append(Stage(f"gradual_{step}", epochs, _these(frozenset(learn), training)))
    return stages


def surgical(network: Network, model: Adapts, training: Training) -> list[Stage]:
    """First the head, then it and two blocks of the backbone (Lee et al. 2023, arXiv 2210.11466).

    A shift of the input, as another scanner is, is met by the first blocks. ``sensitive`` takes
    those with the largest relative gradient norm instead.
    """
    blocks = network.blocks()
    if len(blocks) <= SURGICAL_BLOCKS:
        raise InputError(
            f"'model.adapt: surgical' chooses {SURGICAL_BLOCKS} blocks of a backbone, but this one "
            f"has {len(blocks)}. Take lp_ft."
        )

    def begin(net: Network, teach: Teach) -> list[ParameterGroup]:
        chosen = list(range(SURGICAL_BLOCKS))
        if model.surgical_blocks == "sensitive":
            chosen = most_sensitive(net, teach, SURGICAL_BLOCKS)
        learn = frozenset(name for block in chosen for name in blocks[block])
        return _these(learn, training)(net, teach)

    return [
        *linear_probe(network, model, training),
        Stage("surgical", training.epochs, begin),
    ]


def norm(network: Network, model: Adapts, training: Training) -> list[Stage]:
    """Scale and shift of the normalisation layers, and the head (Frankle et al. 2021, 2003.00152).

    Raises:
        InputError: the backbone has none.
    """
    learn = frozenset(
        f"{place}.{name}" if place else name
        for place, module in network.backbone.named_modules()
        if "norm" in type(module).__name__.lower()
        for name, parameter in module.named_parameters(recurse=False)
        if parameter.ndim <= 1
    )
    if not learn:
        raise InputError(
            "'model.adapt: norm' teaches normalisation layers that have weights, and this backbone "
            "has none. Take bias, lora or lp_ft."
        )
    return [Stage("norm", training.epochs, _these(learn, training))]


def bias(network: Network, model: Adapts, training: Training) -> list[Stage]:
    """The biases, and the head (Ben Zaken et al. 2022, arXiv 2106.10199).

    Raises:
        InputError: the backbone has none.
    """
    learn = frozenset(
        name for name, _ in network.backbone.named_parameters() if name.endswith("bias")
    )
    if not learn:
        raise InputError(
            "'model.adapt: bias' teaches biases, and this backbone has none. Take norm, lora or "
            "lp_ft."
        )
    return [Stage("bias", training.epochs, _these(learn, training))]


def lora(network: Network, model: Adapts, training: Training, *, dora: bool = False) -> list[Stage]:
    """Low-rank adapters beside linear and convolution layers, and the head.

    LoRA is Hu et al. 2021 (arXiv 2106.09685), DoRA Liu et al. 2024 (2402.09353), both by peft. The
    adapters are merged into the weights when the stage ends, so that the model has none.

    Raises:
        InputError: the backbone has no layer that takes one.
    """

    def begin(net: Network, teach: Teach) -> list[ParameterGroup]:
        adapters = insert(
            net, teach, rank=model.lora_rank, dora=dora, seed=training.seed,
            four_bits=model.four_bits,
        )  # fmt: skip
        return [*_body(net, training, adapters), *_head(net, training)]

    return [Stage("dora" if dora else "lora", training.epochs, begin, merge)]


METHODS: dict[str, Method] = {
    "linear_probe": linear_probe,
    "lp_ft": lp_ft,
    "full": full,
    "layer_decay": layer_decay,
    "gradual": gradual,
    "surgical": surgical,
    "norm": norm,
    "bias": bias,
    "lora": lora,
    "dora": partial(lora, dora=True),
}


def _head(network: Network, training: Training) -> list[ParameterGroup]:
    """The head where it is new; one that came with the weights is frozen with them."""
    rate = training.head_learning_rate
    return groups_of(network.new_parameters(), rate, training.weight_decay)


def _whole_head(network: Network, training: Training) -> list[ParameterGroup]:
    """The head; one that came with the weights learns as the layers below it do."""
    rate = training.head_learning_rate if network.head_is_new else _rate(training)
    return groups_of(network.head_parameters(), rate, training.weight_decay)


def _body(
    network: Network, training: Training, parameters: Iterable[nn.Parameter]
) -> list[ParameterGroup]:
    return groups_of(parameters, _rate(training), training.weight_decay)


def _rate(training: Training) -> float:
    """A number: who asks for a range test puts one in first."""
    assert training.learning_rate != "find"
    return training.learning_rate


def _these(
    names: frozenset[str], training: Training
) -> Callable[[Network, Teach], list[ParameterGroup]]:
    """The backbone's parameters of these names, and the head."""

    def begin(net: Network, teach: Teach) -> list[ParameterGroup]:
        learn = [p for name, p in net.backbone.named_parameters() if name in names]
        return [*_body(net, training, learn), *_head(net, training)]

    return begin
