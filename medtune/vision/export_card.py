"""The card of an exported program: all that its user must know, and what each word means."""

from __future__ import annotations

import json
import zipfile
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Any

from medtune.vision.card import Card

FORMAT = 1
OPSET = 18  # what torch translates into itself: any other is made from it by a converter
FILMS, SCORES = "films", "scores"  # the program's input and output
STUDIES = ("batch", "views", 1, "rows", "columns")  # axes of the input of a network that pools
NOT_EXPORTED = ("targets", "scale", "home")  # no findings have them, or its user needs them not
CARD, SCHEMA = "medtune", "medtune.schema"  # keys of an ONNX file's metadata
CARD_FILE, SCHEMA_FILE = "medtune.json", "medtune.schema.json"  # extra files of a .pt2 file


def exported_card(card: Card, weights_sha256: str) -> dict[str, Any]:
    """The model's card, and what its input and output are.

    Args:
        card: of the model.
        weights_sha256: of the file of weights that is exported.
    """
    size = card.preprocessing.image_size
    axes = ["batch"] if card.views == "each" else ["batch", "views"]
    return {
        "format": FORMAT,
        **{word: said for word, said in asdict(card).items() if word not in NOT_EXPORTED},
        "weights_sha256": weights_sha256,
        "onnx_opset": OPSET,
        "input": {"name": FILMS, "dtype": "float32", "shape": [*axes, 1, size, size]},
        "output": {"name": SCORES, "dtype": "float32", "shape": ["batch", len(card.findings)]},
    }


def schema() -> str:
    """The JSON schema of a card, every word of it explained (JSON Schema, draft 2020-12)."""
    return (files("medtune.vision") / "export_card.schema.json").read_text(encoding="utf-8")


def as_text(card: dict[str, Any]) -> str:
    """The card as JSON that every reader takes: no NaN, no infinity."""
    return json.dumps(card, ensure_ascii=False, allow_nan=False)


def card_in(path: Path) -> dict[str, Any] | None:
    """The card in an exported file; None where it is none of medtune's.

    Args:
        path: ends in .pt2 or .onnx; for the second, onnx must be installed.
    """
    try:
        text = _card_of_torch(path) if path.suffix == ".pt2" else _card_of_onnx(path)
        card = json.loads(text)
    except Exception:  # a damaged file, or one from elsewhere: each reader has errors of its own
        return None
    return card if isinstance(card, dict) else None


def _card_of_torch(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        name = next(name for name in archive.namelist() if name.endswith(f"/extra/{CARD_FILE}"))
        return archive.read(name).decode("utf-8")


def _card_of_onnx(path: Path) -> str:
    import onnx

    model = onnx.load(path, load_external_data=False)
    return {entry.key: str(entry.value) for entry in model.metadata_props}[CARD]
