"""timm's networks: any name, at any size, with weights in any layout that timm reads."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from medtune.errors import InputError, WeightsError
from medtune.learning.weights import load_exactly
from medtune.vision.backbones import eva_x
from medtune.vision.backbones.files import IN_FOLDERS, Published, read_config, read_published
from medtune.vision.backbones.hub import explained, from_hugging_face, from_link
from medtune.vision.backbones.normalisation import Normalisation
from medtune.vision.backbones.stem import without

DOOR = "timm"
HUB = "hf-hub:"
OPEN_CLIP = "open_clip_pytorch_model.bin"
Translate = Callable[..., dict[str, Tensor]]
"""From a published file's tensors, and the network, to the network's tensors."""


@dataclass(frozen=True)
class _Named:
    """A network, and the weights that its name means.

    Attributes:
        name: timm's, with its tag.
        options: with which it is made.
        settings: timm's, about its published weights.
        repository: on the Hugging Face hub; empty where the weights are behind a link.
        files: of the repository; the first that it has.
        normalisation: what the published weights want.
    """

    name: str
    settings: dict[str, Any] = field(repr=False)
    repository: str
    files: tuple[str, ...]
    normalisation: Normalisation
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def architecture(self) -> str:
        """The name without its tag."""
        return self.name.partition(".")[0]


def make(name: str, weights: str, image_size: int) -> tuple[nn.Module, Normalisation]:
    """One of timm's networks without its head; see ``backbones.build``."""
    named = _named(name)
    if weights == "none":
        return _network(named, image_size)[0], named.normalisation
    if weights == "pretrained":
        with explained(f"{DOOR}/{name}"):
            found = _fetch(named)
    else:
        found = read_published(Path(weights))
        if found.architecture not in (None, named.architecture):
            raise WeightsError(
                f"{found.name} holds weights of timm/{found.architecture}, but 'model.backbone' "
                f"says timm/{name}."
            )
    body, translate = _network(named, image_size)
    load_exactly(body, _fitted(body, found, translate), found.name)
    return body, found.normalisation or named.normalisation


def must_exist(name: str) -> None:
    """Refuse a name that means no network; see ``backbones.must_exist``."""
    _named(name)


def fetch(name: str) -> Published:
    """The published weights of a network, as they are."""
    return _fetch(_named(name))


def plain_name(name: str) -> str:
    """The name that makes the network without the hub; another only for ``hf-hub:`` names."""
    return _named(name).name if name.startswith(HUB) else name


def tagged(name: str) -> str:
    """The name with its tag, also where it is left out; names of the hub and EVA-X's have none."""
    if name.startswith(HUB) or name in eva_x.NETWORKS:
        return name
    named = _named(name)
    tag = named.settings.get("tag")
    return f"{named.architecture}.{tag}" if tag else name


def licence(name: str) -> str | None:
    """The licence of the weights that a name means, in timm's words; None where it states none."""
    if name.startswith(HUB) or name in eva_x.NETWORKS:
        return None
    said = _named(name).settings.get("license")
    return said if isinstance(said, str) and said != "unknown" else None


def _named(name: str) -> _Named:
    """What a name means: timm's own, ``hf-hub:ORG/NAME``, or EVA-X's.

    Raises:
        InputError: there is no such network.
        WeightsError: the repository's description cannot be had.
    """
    import timm

    if name in eva_x.NETWORKS:
        base, options = eva_x.NETWORKS[name]
        settings = timm.get_pretrained_cfg(base).to_dict()
        files = (eva_x.FILE.format(name),)
        return _Named(base, settings, eva_x.REPOSITORY, files, eva_x.NORMALISATION, options)
    if name.startswith(HUB):
        return _on_hub(name.removeprefix(HUB))
    architecture, _, tag = name.partition(".")
    if not timm.is_model(architecture) or (tag and _unknown_tag(timm, name)):
        known = [*timm.list_models(), *timm.list_pretrained(), *eva_x.NETWORKS]
        near = difflib.get_close_matches(name, known, n=1)
        meant = f" Did you mean 'timm/{near[0]}'?" if near else ""
        raise InputError(f"timm has no network called '{name}'.{meant}")
    found = timm.get_pretrained_cfg(name)
    settings = {} if found is None else found.to_dict()
    mean, deviation = settings.get("mean"), settings.get("std")
    own = Normalisation.of(mean, deviation) if mean and deviation else Normalisation(0.5, 0.25)
    return _Named(name, settings, settings.get("hf_hub_id") or "", _files(settings), own)


def _unknown_tag(timm: Any, name: str) -> bool:
    """Whether timm knows no weights of this name."""
    try:
        return timm.get_pretrained_cfg(name, allow_unregistered=False) is None
    except RuntimeError:
        return True


def _on_hub(repository: str) -> _Named:
    """A network of timm's that somebody has put on the Hugging Face hub."""
    import timm

    with explained(f"{DOOR}/{HUB}{repository}"):
        config = from_hugging_face(repository, ["config.json"])
    normalisation, architecture = read_config(config)
    if not timm.is_model(architecture):
        raise WeightsError(
            f"{repository} is a network '{architecture}', which this version of timm does not have."
        )
    settings = timm.get_pretrained_cfg(architecture).to_dict()
    own = normalisation or Normalisation.of(settings["mean"], settings["std"])
    return _Named(architecture, settings, repository, IN_FOLDERS[:2], own)


def _files(settings: dict[str, Any]) -> tuple[str, ...]:
    """The files of a repository that may hold the weights, the safest first."""
    name = settings.get("hf_hub_filename")
    if name == OPEN_CLIP:
        return IN_FOLDERS[3:]
    return (name,) if name else IN_FOLDERS[:2]


def _fetch(named: _Named) -> Published:
    if named.repository:
        path = from_hugging_face(named.repository, named.files)
    elif named.settings.get("url"):
        path = from_link(named.settings["url"])
    else:
        raise WeightsError(
            f"timm offers no pretrained weights of {named.name}. Give a local file as "
            "'model.weights', or 'none'."
        )
    if path.suffix == ".npz":
        raise WeightsError(f"The weights of {named.name} are published for JAX, not for PyTorch.")
    found = read_published(path)
    return Published(found.tensors, path.name, named.normalisation, named.architecture)


def _network(named: _Named, image_size: int) -> tuple[nn.Module, Translate | None]:
    """The network for films of a size, and timm's own way from published files to it.

    timm hands that way from the family of a network to its loader, and to nobody else: the loader
    is stood in for while the network is made, so that nothing is loaded or fetched.
    """
    import timm
    from timm.models import _builder

    options: dict[str, Any] = {"num_classes": 0, "in_chans": 1, **named.options}
    if named.settings.get("fixed_input_size"):
        options["img_size"] = image_size
    ways: list[Translate | None] = []

    def stand_in(model: nn.Module, *_: Any, **words: Any) -> None:
        ways.append(words.get("filter_fn"))

    loader = _builder.load_pretrained
    _builder.load_pretrained = stand_in
    try:
        body = timm.create_model(named.name, pretrained=True, **options)
    except (RuntimeError, ValueError, TypeError, AssertionError) as error:
        raise InputError(
            f"timm cannot make 'timm/{named.name}' for films of {image_size} x {image_size} "
            f"pixels: {error}."
        ) from error
    finally:
        _builder.load_pretrained = loader
    _must_be_whole_patches(body, image_size)
    return body, ways[-1] if ways else None


def _must_be_whole_patches(body: nn.Module, image_size: int) -> None:
    """Refuse a size of which a transformer would silently leave out the rest.

    Raises:
        InputError: names the nearest sizes that fit.
    """
    patch = getattr(getattr(body, "patch_embed", None), "patch_size", None)
    side = patch[0] if isinstance(patch, tuple | list) else patch
    if not isinstance(side, int) or side < 1 or image_size % side == 0:
        return
    below = image_size // side * side
    raise InputError(
        f"This backbone cuts a film into patches of {side} x {side} pixels, and 'model.image_size' "
        f"{image_size} is no multiple of that: take {below or side} or {below + side}."
    )


def _fitted(body: nn.Module, found: Published, translate: Translate | None) -> dict[str, Tensor]:
    """Published tensors under the network's names, for its grid of patches and one channel."""
    import timm

    state = dict(found.tensors)
    if translate is not None:
        try:
            state = _translated(translate, state, body)
        except (KeyError, RuntimeError, ValueError, AttributeError, AssertionError) as error:
            raise WeightsError(
                f"{found.name} is in no layout that timm reads for this network ({error})."
            ) from error
    settings = body.pretrained_cfg
    assert isinstance(settings, dict)
    own = body.state_dict()
    heads = {name.partition(".")[0] for name in _names(settings.get("classifier"))}
    foreign = without(state, heads)
    state = {key: value for key, value in state.items() if key in own or key in foreign}
    for stem in _names(settings.get("first_conv")):
        key = f"{stem}.weight"
        if key in state and key in own and state[key].shape != own[key].shape:
            state[key] = timm.models.adapt_input_conv(1, state[key])
    return _on_grid(state, own, getattr(body, "num_prefix_tokens", 0))


def _on_grid(state: dict[str, Tensor], own: dict[str, Tensor], prefix: int) -> dict[str, Tensor]:
    """Position embeddings of another square grid of patches, where the family does not do it."""
    from timm.layers import resample_abs_pos_embed

    key = "pos_embed"
    if key not in state or key not in own or state[key].ndim != 3:
        return state
    lengths = state[key].shape[1], own[key].shape[1]
    for tokens in (prefix, 0):  # in some families the class token has no position
        old, new = (max(length - tokens, 0) ** 0.5 for length in lengths)
        if old != new and old.is_integer() and new.is_integer():
            grid = [int(new), int(new)]
            resized = resample_abs_pos_embed(state[key], grid, num_prefix_tokens=tokens)
            return {**state, key: resized}
    return state


def _translated(
    translate: Translate, state: dict[str, Tensor], body: nn.Module
) -> dict[str, Tensor]:
    try:
        return translate(state, body)
    except TypeError:  # some families need the tensors alone
        return translate(state)


def _names(setting: Any) -> list[str]:
    """One name or several, as timm's settings have them."""
    if not setting:
        return []
    return [setting] if isinstance(setting, str) else list(setting)
