"""A network whose scores differ from film to film, as a finished run without any training."""

from __future__ import annotations

from pathlib import Path

import torch

from medtune.config import Model
from medtune.films.preprocessing import Preprocessing
from medtune.learning.task import Network
from medtune.vision.backbones import build
from medtune.vision.trained import Card, save

FINDINGS = ["effusion", "Pneumothorax, groß"]


def finished(folder: Path, backbone: str, size: int, **spec) -> Path:
    """A run folder with random weights; its BatchNorm has seen films, and its head has opinions."""
    torch.manual_seed(0)
    network = Network(build(Model(backbone=backbone, weights="none", image_size=size)), 2)
    network.train()
    with torch.no_grad():
        for _ in range(3):
            network(torch.rand(4, 1, 1, size, size))
    torch.nn.init.normal_(network.head.weight, std=network.backbone.width**-0.5)
    card = Card(
        name="small",
        site="south",
        backbone=backbone,
        normalisation=network.backbone.normalisation,
        preprocessing=Preprocessing(size, **spec),
        include={"modality": ["CR", "DX"], "body_part": None, "view": ["PA", "AP"]},
        findings=FINDINGS,
        thresholds={FINDINGS[0]: 0.5},
        operating_points={FINDINGS[0]: {"sensitivity": 0.9}},
        version="0.1.0",
    )
    folder.mkdir(parents=True)
    (folder / "run.yaml").write_text(
        "name: small\nsite: south\n"
        "data: {images: dicom, labels: labels.csv, findings: [effusion]}\n"
        f"model: {{backbone: {backbone}, weights: none, image_size: {size}}}\n"
    )
    save(network, card, folder / "model.safetensors")
    return folder
