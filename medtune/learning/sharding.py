"""A network of which each device holds a part: fully sharded data parallel, as torch has it.

Source: Zhao et al. 2023, arXiv 2304.11277; ``torch.distributed.fsdp.fully_shard``.
"""

from __future__ import annotations

from torch import nn
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.fsdp import FSDPModule, fully_shard

LARGE = 1_000_000  # parameters of a block that is gathered and let go by itself


def shard(network: nn.Module, mesh: DeviceMesh) -> None:
    """Divide every parameter among the devices, in place.

    Large members of a sequence (the stages and blocks of every common backbone) are gathered one
    after the other, when they are called; all that is left, with the network.

    Args:
        network: the same on all devices.
        mesh: one-dimensional, of the devices.
    """
    for sequence in reversed(list(network.modules())):
        if isinstance(sequence, nn.Sequential):
            for member in sequence:
                rest = [p for p in member.parameters() if not hasattr(p, "full_tensor")]
                if sum(p.numel() for p in rest) >= LARGE:
                    fully_shard(member, mesh=mesh)
    fully_shard(network, mesh=mesh)


def exchange(network: nn.Module, wanted: bool) -> None:
    """Whether the next backward pass sums gradients over the devices; all others keep them."""
    if isinstance(network, FSDPModule):
        network.set_requires_gradient_sync(wanted)
