"""EVA-X: vision transformers that learnt from 520,000 chest radiographs without labels (MIT).

Yao et al. 2025, npj Digital Medicine, s41746-025-02032-z. That these networks are timm's EVA-02
with patches of 16 pixels, and which tensor is which, is what their authors' own loader says
(eva_x.py of github.com/hustvl/EVA-X): timm's names after timm's filter for masked pretraining.
The grey values are those of their classification transforms (utils/datasets.py there).
"""

from __future__ import annotations

from typing import Any

from medtune.vision.backbones.normalisation import Normalisation

REPOSITORY = "MapleF/eva_x"
FILE = "{}_merged520k_mim.pt"
NORMALISATION = Normalisation(0.49185243, 0.28509309)

_GRID: dict[str, Any] = {"patch_size": 16, "ref_feat_shape": (14, 14)}
NETWORKS: dict[str, tuple[str, dict[str, Any]]] = {
    f"eva_x_{size}_patch16": (f"eva02_{size}_patch14_224", _GRID)
    for size in ("tiny", "small", "base")
}
"""The authors' name to timm's network of the same width, and what is different about it."""
