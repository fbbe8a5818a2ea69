"""Backbones by name: timm's, MONAI's, torchvision's and torchxrayvision's, one file a door."""

from medtune.vision.backbones.network import (
    XrayBackbone,
    build,
    card_name,
    fetch,
    licence_of,
    must_exist,
    tagged,
)
from medtune.vision.backbones.normalisation import Normalisation

__all__ = [
    "Normalisation",
    "XrayBackbone",
    "build",
    "card_name",
    "fetch",
    "licence_of",
    "must_exist",
    "tagged",
]
