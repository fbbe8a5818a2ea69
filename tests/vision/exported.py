"""A network whose scores differ from film to film, as a finished run without any training."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from torch import nn

from medtune.config import Model
from medtune.films.preprocessing import Preprocessing
from medtune.learning.task import Network
from medtune.vision.backbones import build
from medtune.vision.card import Card, TaughtWith
from medtune.vision.licences import Origin
from medtune.vision.probes import probes
from medtune.vision.trained import save

SPREAD = 0.05  # deviation of the logits between films
FINDINGS = ["effusion", "Pneumothorax, groß"]


def finished(folder: Path, backbone: str, size: int) -> Path:
    """A run folder with random weights; its BatchNorm has seen films, and its head has opinions."""
    torch.manual_seed(0)
    network = Network(build(Model(backbone=backbone, weights="none", image_size=size)), 2)
    seen = torch.from_numpy(np.concatenate(probes(size)))[:, None]
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None  # what it has seen counts alike, and its first values not at all
        if hasattr(module, "gamma") and module.gamma is not None:
            nn.init.ones_(module.gamma)  # as of a trained network: it begins as good as nothing
    with torch.no_grad():
        network.train()(seen)
        network.eval()
        nn.init.normal_(network.head.weight)
        # random features lie close together: a head that spreads them wide spreads rounding too
        network.head.weight.mul_(SPREAD / network(seen).std(dim=0)[:, None])
        network.head.bias.copy_(-network(seen).mean(dim=0))
    card = Card(
        name="small",
        site="south",
        backbone=backbone,
        normalisation=network.backbone.normalisation,
        preprocessing=Preprocessing(size),
        include={"modality": ["CR", "DX"], "body_part": None, "view": ["PA", "AP"]},
        findings=FINDINGS,
        thresholds={FINDINGS[0]: 0.5},
        operating_points={FINDINGS[0]: {"sensitivity": 0.9}},
        version="0.1.0",
        origin=Origin("convnextv2-tiny", "CC-BY-NC-4.0", "non-commercial", ("north",)),
        taught_with=TaughtWith(
            "1" * 64, "2" * 64, {"train": {"films": 9, "studies": 8, "patients": 7}}
        ),
    )
    folder.mkdir(parents=True)
    findings = json.dumps(FINDINGS, ensure_ascii=False)
    (folder / "run.yaml").write_text(
        "name: small\nsite: south\n"
        f"data: {{images: dicom, labels: labels.csv, findings: {findings}}}\n"
        f"model: {{backbone: {backbone}, weights: none, image_size: {size}}}\n"
    )
    save(network, card, folder / "model.safetensors")
    return folder
