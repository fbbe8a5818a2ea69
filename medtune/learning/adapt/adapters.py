"""Low-rank adapters in a backbone: the only door of peft."""

from __future__ import annotations

import re
from collections.abc import Iterator

import torch
from torch import nn

from medtune.errors import InputError
from medtune.learning.adapt.four_bits import FourBits, hold_in_four_bits, import_quietly
from medtune.learning.adapt.stage import Teach
from medtune.learning.sampling import seed_of
from medtune.learning.task import Network

SCALE = 2  # of an adapter's output: alpha / rank


def insert(
    network: Network, teach: Teach, *, rank: int, dora: bool, seed: int, four_bits: bool = False
) -> list[nn.Parameter]:
    """Put an adapter beside every layer of the backbone that takes one.

    Outputs are as before: an adapter begins at zero. Its random half depends on the seed alone.

    Args:
        network: changed in place, until ``merge``.
        teach: its first batch shows which layers are really called.
        rank: of the adapters.
        dora: whether the length of every weight vector learns apart from its direction; layers
            with a vector of zeros, which has no direction, get LoRA's adapters.
        seed: the run's.
        four_bits: whether the linear layers that get one are held in four bits meanwhile.

    Returns:
        The adapters' parameters.

    Raises:
        InputError: no layer takes one.
    """
    import_quietly()
    from peft import LoraConfig, inject_adapter_in_model

    inputs = next(teach.batches()).inputs
    # a network that waits in main memory to be held in four bits is asked there
    there = next(network.backbone.parameters()).device
    names = list(_targets(network, inputs.to(there)))
    if not names:
        raise InputError(
            "'model.adapt: lora' and 'dora' put adapters beside linear and ungrouped convolution "
            "layers, and this backbone has none. Take norm, bias or lp_ft."
        )
    turned = [name for name in names if dora and _has_directions(network, name)]
    if four_bits:
        hold_in_four_bits(network.backbone, names, inputs.device)
        network.to(inputs.device)
    with torch.random.fork_rng():
        torch.manual_seed(seed_of(seed, "adapters"))
        for own in (turned, [name for name in names if name not in turned]):
            if own:
                config = LoraConfig(
                    r=rank,
                    lora_alpha=SCALE * rank,
                    target_modules="|".join(map(re.escape, own)),  # peft matches it as a whole
                    use_dora=own is turned,
                )
                inject_adapter_in_model(config, network.backbone)
                del network.backbone.peft_config  # of one set of adapters, in two kinds
    return [p for name, p in network.backbone.named_parameters() if ".lora_" in name]


def _has_directions(network: Network, name: str) -> bool:
    """Whether no weight vector of a layer is zero, as dead filters are; DoRA divides by lengths."""
    weight = network.backbone.get_submodule(name).weight
    assert isinstance(weight, torch.Tensor)
    return bool((weight.flatten(1) != 0).any(1).all())


def merge(network: Network) -> None:
    """Add the adapters to the weights they stand beside, and take them away.

    Where weights were held in four bits the network is in main memory afterwards: as a whole it may
    be larger than the device.
    """
    from peft.tuners.tuners_utils import BaseTunerLayer

    backbone = network.backbone
    if any(isinstance(module, FourBits) for module in backbone.modules()):
        network.cpu()
    adapted = [n for n, m in backbone.named_modules() if isinstance(m, BaseTunerLayer)]
    for name in adapted:
        layer = backbone.get_submodule(name)
        assert isinstance(layer, BaseTunerLayer)
        base = layer.get_base_layer()
        if isinstance(base, FourBits):
            layer.base_layer = base.whole()
        layer.merge(safe_merge=True)
        backbone.set_submodule(name, layer.get_base_layer())


def _targets(network: Network, inputs: torch.Tensor) -> Iterator[str]:
    """Names of the layers of the backbone that can have an adapter.

    Only the plain classes: a layer that changes its weight or its padding on the way (weight
    standardisation, 'same' padding) would not be what peft takes it for. Some networks read a
    layer's weight and never call it (attention with its own bias): an adapter there would do
    nothing and nobody would know, so the layers are asked.
    """
    called: set[str] = set()
    plain = {
        name: module
        for name, module in network.backbone.named_modules()
        if type(module) is nn.Linear or (type(module) is nn.Conv2d and module.groups == 1)
    }
    hooks = [
        module.register_forward_pre_hook(lambda *_, name=name: called.add(name))
        for name, module in plain.items()
    ]
    try:
        with torch.no_grad():
            network.backbone.eval()(inputs[:1])
    finally:
        for hook in hooks:
            hook.remove()
    return (name for name in plain if name in called)
