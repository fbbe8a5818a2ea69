"""Where a network looked: Grad-CAM of a CNN, attention rollout of a vision transformer.

A map says which places of a film moved the score (Grad-CAM, Selvaraju et al. 2017), or from where
attention flowed (rollout, Abnar & Zuidema 2020, which is the same for every finding). It does not
explain the decision: a map of a network with random weights may look as convincing (Adebayo et al.
2018), so that comparison belongs to every use of it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import spearmanr
from torch import Tensor, nn
from torch.nn import functional as F

from medtune.errors import InputError
from medtune.learning.task import Network

Maps = NDArray[np.float64]
Method = Literal["grad_cam", "rollout"]
Deliver = Callable[[Tensor, int], Tensor]


def method_of(network: Network) -> Method:
    """What fits the network: rollout for a transformer that attends to all of the film.

    Raises:
        InputError: it pools views, or attends to windows of the film only.
    """
    if network.pool is not None:
        raise InputError("Where it looked is shown of networks that see one film at a time.")
    if _attentions(network):
        return "rollout"
    return "grad_cam"


def maps(network: Network, films: Tensor, output: int) -> Maps:
    """How much each place of a film had to do with one output.

    Args:
        network: in eval mode; its gradients are left as they are.
        films: (N, 1, 1, H, W), as the network takes them.
        output: column of the head.

    Returns:
        (N, H, W), at least 0, each film's greatest 1; all 0 where nothing speaks for the output.

    Raises:
        InputError: the network has neither a last map of features nor attention over the film;
            or captum is not installed (medtune[saliency]).
    """
    made: Deliver = {"grad_cam": _grad_cam(network), "rollout": _rollout(network)}[
        method_of(network)
    ]
    found = made(films, output)
    found = F.interpolate(
        found.unsqueeze(1), films.shape[-2:], mode="bilinear", align_corners=False
    )
    plain = found[:, 0].detach().cpu().numpy().astype(np.float64)
    top = plain.max(axis=(1, 2), keepdims=True)
    return np.divide(plain, top, out=np.zeros_like(plain), where=top > 0)


def randomised(network: Network, seed: int) -> Network:
    """The same network with the values of every weight shuffled: it learnt nothing.

    Args:
        network: is not changed.
        seed: of the shuffling.
    """
    other = copy.deepcopy(network)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in other.parameters():
            flat = weight.detach().cpu().flatten()
            order = torch.randperm(flat.numel(), generator=generator)
            weight.copy_(flat[order].view_as(weight).to(weight.device))
    return other.eval()


def likeness(one: Maps, other: Maps) -> NDArray[np.float64]:
    """Spearman's correlation of two maps of each film (N,); NaN where one of them is even."""
    found = np.full(len(one), np.nan)
    for place, (a, b) in enumerate(zip(one, other, strict=True)):
        if np.ptp(a) > 0 and np.ptp(b) > 0:
            found[place] = spearmanr(a.ravel(), b.ravel()).statistic
    return found


def inside(found: Maps, boxes: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], Maps, Maps]:
    """How a map and what a person drew lie to one another, film by film.

    Args:
        found: (N, H, W).
        boxes: (N, H, W), True inside of what was drawn.

    Returns:
        Whether the greatest value lies inside (the pointing game, Zhang et al. 2018), the share
        of the map that lies inside, and the share of the film that is inside, which is chance;
        each (N,).
    """
    n = len(found)
    flat, drawn = found.reshape(n, -1), boxes.reshape(n, -1)
    total = flat.sum(axis=1)
    hit = drawn[np.arange(n), flat.argmax(axis=1)] & (total > 0)
    share = np.divide((flat * drawn).sum(axis=1), total, out=np.zeros(n), where=total > 0)
    return hit, share, drawn.mean(axis=1)


def _grad_cam(network: Network) -> Deliver:
    def deliver(films: Tensor, output: int) -> Tensor:
        try:
            from captum.attr import LayerGradCam
        except ImportError:
            raise InputError("Grad-CAM needs captum: pip install 'medtune[saliency]'.") from None
        layer = _last_map(network, films[:1])
        found: Tensor = LayerGradCam(network, layer).attribute(
            films, target=output, relu_attributions=True
        )
        return found[:, 0]

    return deliver


def _last_map(network: Network, film: Tensor) -> nn.Module:
    """The module that gives the last map of features (1, C, h, w), the deepest that does."""
    seen: list[nn.Module] = []

    def look(module: nn.Module, _: Any, output: Any) -> None:
        if isinstance(output, Tensor) and output.ndim == 4 and min(output.shape[2:]) > 1:
            seen.append(module)

    parts = [part for part in network.backbone.modules() if not any(part.children())]
    hooks = [part.register_forward_hook(look) for part in parts]
    try:
        with torch.no_grad():
            network(film)
    finally:
        for hook in hooks:
            hook.remove()
    if not seen or _in_windows(network):
        raise InputError(
            "Where it looked is shown of CNNs and of transformers that attend to the whole film; "
            "this backbone is neither."
        )
    return seen[-1]


def _in_windows(network: Network) -> bool:
    """Whether attention is within windows (Swin and its like), whose maps have another layout."""
    return any("Window" in type(part).__name__ for part in network.backbone.modules())


def _attentions(network: Network) -> list[nn.Module]:
    """The attentions over all tokens, from the film to the features."""
    blocks = getattr(getattr(network.backbone, "body", None), "blocks", None)
    if not isinstance(blocks, nn.Module):
        return []
    found = [getattr(block, "attn", None) for block in blocks.children()]
    whole = [part for part in found if isinstance(part, nn.Module) and hasattr(part, "attn_drop")
             and hasattr(part, "fused_attn")]  # fmt: skip
    return whole if len(whole) == len(found) and not _in_windows(network) else []


@contextmanager
def _watched(parts: list[nn.Module]) -> Iterator[list[Tensor]]:
    """Attention weights (N, heads, T, T) of each part, as they are computed within."""
    found: list[Tensor] = []
    before = [bool(part.fused_attn) for part in parts]
    hooks = []
    for part in parts:
        part.__dict__["fused_attn"] = False  # the fused kernel never has the weights
        drop = part.attn_drop
        assert isinstance(drop, nn.Module)
        hooks.append(drop.register_forward_hook(lambda _m, _i, output: found.append(output)))
    try:
        yield found
    finally:
        for part, was, hook in zip(parts, before, hooks, strict=True):
            part.__dict__["fused_attn"] = was
            hook.remove()


def _rollout(network: Network) -> Deliver:
    def deliver(films: Tensor, output: int) -> Tensor:
        parts = _attentions(network)
        with torch.no_grad(), _watched(parts) as weights:
            network(films)
        flow = None
        for layer in weights:
            mean = layer.mean(dim=1)
            step = 0.5 * mean + 0.5 * torch.eye(mean.shape[-1], device=mean.device)
            step = step / step.sum(dim=-1, keepdim=True)
            flow = step if flow is None else step @ flow
        assert flow is not None
        before = int(getattr(network.backbone.body, "num_prefix_tokens", 0))
        to = flow[:, :1] if before else flow  # the class token, or all that is averaged
        patches = to.mean(dim=1)[:, before:]
        side = round(patches.shape[1] ** 0.5)
        if side * side != patches.shape[1]:
            raise InputError("This transformer does not divide the film into a square of patches.")
        return patches.reshape(-1, side, side)

    return deliver
