"""The page beside an exported program: how to use it without medtune, with code that runs."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from string import Template
from typing import Any

from medtune.vision.card import Card
from medtune.vision.export_card import CARD, CARD_FILE
from medtune.vision.probes import TOLERANCE

_OPEN = {
    "model.onnx": """\
import json

import numpy as np
import onnxruntime

session = onnxruntime.InferenceSession("model.onnx", providers=["CPUExecutionProvider"])
card = json.loads(session.get_modelmeta().custom_metadata_map["medtune"])
""",
    "model.pt2": """\
import json

import numpy as np
import torch

extra = {"medtune.json": ""}
program = torch.export.load("model.pt2", extra_files=extra).module()
card = json.loads(extra["medtune.json"])
""",
}
_SCORE = {
    "model.onnx": 'scores = session.run(["scores"], {"films": films})[0][0].tolist()\n',
    "model.pt2": "scores = program(torch.from_numpy(films))[0].tolist()\n",
}
_FILM = """\
film = np.load("film.npy")  # float32 (H, W) in [0, 1], white is dense
size, white = card["preprocessing"]["image_size"], 2 ** card["preprocessing"]["depth"] - 1
"""
_CROP = """\
side = min(film.shape)
top, left = ((pixels - side) // 2 for pixels in film.shape)
film = film[top : top + side, left : left + side]
"""
_PICTURE = """\
assert max(film.shape) >= size, "a smaller film is interpolated, which this example does not do"


def shares(pixels, fewer):  # (fewer, pixels): how much of each pixel is in each of the fewer
    edges, pixel = np.arange(fewer + 1) * pixels / fewer, np.arange(pixels)
    share = np.minimum(edges[1:, None], pixel + 1) - np.maximum(edges[:-1, None], pixel)
    return share.clip(0) * fewer / pixels


height, width = (max(1, round(side * size / max(film.shape))) for side in film.shape)
small = shares(film.shape[0], height) @ film @ shares(film.shape[1], width).T
"""
_HARMONISE = """\
rule, black = card["preprocessing"]["harmonise"], 1 / 512
share = np.concatenate([[0.005], np.arange(1, 32) / 32, [0.995]])
own = rule["seen"] or np.quantile(small[small > black], share)
wanted = np.array(rule["wanted"])
if rule["method"] == "percentile":
    slope = (wanted[-1] - wanted[0]) / max(own[-1] - own[0], 1e-6)
    moved = wanted[0] + slope * (small - own[0])
else:
    grey = np.maximum.accumulate(np.concatenate([[0], own, [1]])) + 1e-6 * np.arange(35)
    to = np.maximum.accumulate(np.concatenate([[0], wanted, [1]]))
    moved = np.interp(small, grey, to)
small = np.where(small > black, np.clip(moved, np.nextafter(np.float32(black), 1), 1), small)
"""
_SQUARE = """\
top, left = (size - height) // 2, (size - width) // 2
picture = np.zeros((size, size), np.float32)
picture[top : top + height, left : left + width] = np.rint(small * white) / white
"""
_ALONE = "films = picture[None, None]\n"
_IN_STUDY = "films = picture[None, None, None]  # a study of one film; others beside it on axis 1\n"
_SAY = """\
for finding, score in zip(card["findings"], scores):
    threshold = card["thresholds"].get(finding, float("nan"))
    called = "present" if score >= threshold else "absent" if score < threshold else "undecided"
    cuts = card["referral"].get(finding)
    if cuts is not None:
        absent, present = cuts["absent_below"], cuts["present_from"]
        sure = absent is not None and score < absent or present is not None and score >= present
        called = called if sure else "refer to a radiologist"
    print(finding, score, called)
"""
_GREYS = {
    "percentile": "Greys by a straight line through the film's own 0.5 and 99.5 percentile (black "
    "not counted) to the first and last of `preprocessing.harmonise.wanted`.",
    "histogram": "Greys from the film's own quantiles (black not counted) to "
    "`preprocessing.harmonise.wanted`, straight in between.",
    "response": "Greys by one curve for all films, from `preprocessing.harmonise.seen` to "
    "`preprocessing.harmonise.wanted`: it was fitted on the films of this site, and is wrong for "
    "those of another.",
}
_WITH = {"model.onnx": "onnxruntime and numpy", "model.pt2": "torch and numpy"}
_WHERE = {
    "model.onnx": f"the metadata `{CARD}` of model.onnx",
    "model.pt2": f"the extra file `{CARD_FILE}` of model.pt2",
}
_WHAT = {
    "model.onnx": "ONNX, opset {onnx_opset}, one file",
    "model.pt2": "a program of torch.export; torch opens it with pickle, so open only your own",
}


def readme(
    card: Card, exported: Mapping[str, Any], digests: Mapping[str, str], silent: list[str]
) -> str:
    """The page, as Markdown.

    Args:
        card: of the model.
        exported: the card as it is inside the files.
        digests: name of each file that is there, to its SHA-256.
        silent: findings of which the comparison shows little.
    """
    spec = card.preprocessing
    named = spec.window if isinstance(spec.window, int) else spec.window[0]
    template = (files("medtune.vision") / "export_readme.md").read_text(encoding="utf-8")
    return Template(template).substitute(
        name=card.name,
        site=card.site,
        backbone=card.backbone,
        version=card.version,
        files="\n".join(
            f"| {name} | {_WHAT[name].format(**exported)} | `{digest}` |"
            for name, digest in digests.items()
        ),
        tolerance=f"{TOLERANCE:g}",
        weights_sha256=exported["weights_sha256"],
        origin=_origin(card),
        silent=_silent(silent),
        size=spec.image_size,
        input=_input(card),
        outputs=len(card.findings),
        findings="\n".join(_rows(card)),
        include=", ".join(f"{word} {_list(value)}" for word, value in card.include.items()),
        steps="\n".join(f"{number}. {step}" for number, step in enumerate(_steps(card), 1)),
        window=repr(named),
        prefer_lut=spec.prefer_lut,
        where=" and ".join(_WHERE[name] for name in digests),
        examples="".join(_example(name, card) for name in digests),
    )


def _origin(card: Card) -> str:
    said = f"Starting weights: {card.origin.words}."
    warning = card.origin.warning
    return said if warning is None else f"{said} **{warning}**"


def _input(card: Card) -> str:
    size = card.preprocessing.image_size
    grey = "grey values in [0, 1], white is dense"
    if card.views == "each":
        return f"(batch, 1, {size}, {size}), {grey}; any number of films at once"
    return (
        f"(batch, views, 1, {size}, {size}), {grey}: any number of studies, each with its films, "
        f"up to {card.most_views} of them and one of each view first, in any order. NaN stands in "
        "the place of a film that a study does not have"
    )


def _silent(findings: list[str]) -> str:
    if not findings:
        return ""
    return (
        f"\nOf {', '.join(findings)} that shows little: all these films get nearly the same score "
        "there.\n"
    )


def _rows(card: Card) -> list[str]:
    rows = []
    for number, finding in enumerate(card.findings):
        threshold = card.thresholds.get(finding)
        goal = card.operating_points.get(finding, {})
        said = ", ".join(f"{word} {value}" for word, value in goal.items())
        if finding in card.referral:
            cuts = card.referral[finding]
            said += f"; absent below {_cut(cuts['absent_below'])}, present from "
            said += f"{_cut(cuts['present_from'])} on, else referred"
        rows.append(f"| {number} | {finding} | {'' if threshold is None else threshold} | {said} |")
    return rows


def _cut(score: float | None) -> str:
    return "no score" if score is None else str(score)


def _list(value: Any) -> str:
    if value is None:
        return "any"
    return " or ".join(map(str, value)) if isinstance(value, list) else str(value)


def _steps(card: Card) -> list[str]:
    """What ``films.preprocessing`` does, in words."""
    spec = card.preprocessing
    window = (
        f"number {spec.window}"
        if isinstance(spec.window, int)
        else f"called {', else '.join(spec.window)}, else the first"
    )
    first = "a VOI LUT before a window" if spec.prefer_lut else "a window before a VOI LUT"
    without = (
        "its own 0.5 to 99.5 percentile, padding left out"
        if spec.without_window == "percentile"
        else "the full range of its bits"
    )
    steps = [
        "Stored values by bits and sign; Modality LUT or rescale; then the VOI LUT or window "
        f"{window} ({first}); of a film that has neither, {without}. That range is [0, 1]; values "
        "outside of it are cut off.",
        "One inversion at the end where great values would be black (MONOCHROME1, or the "
        "presentation LUT shape INVERSE): white is dense. Pixel padding is black.",
    ]
    if spec.collimation == "crop":
        steps.append(
            "Borders outside of the X-ray field (collimation, shutter, scan border) are cut off, "
            "as medtune.films.collimation finds them."
        )
    if spec.fit == "crop":
        steps.append("The largest square in the middle is kept.")
    side = spec.image_size
    return [
        *steps,
        f"Averaged over areas to a longer side of {side} pixels (a smaller film is interpolated "
        "linearly); pixels that are not square are made so.",
        *([] if spec.harmonise is None else [_GREYS[spec.harmonise.method]]),
        f"In the middle of a black square of {side} x {side} pixels.",
        f"Rounded to {spec.depth} bits, and divided by {2**spec.depth - 1}.",
    ]


def _example(name: str, card: Card) -> str:
    crop = _CROP if card.preprocessing.fit == "crop" else ""
    films = _ALONE if card.views == "each" else _IN_STUDY
    greys = _HARMONISE if card.preprocessing.harmonise is not None else ""
    picture = crop + _PICTURE + greys + _SQUARE
    code = _OPEN[name] + _FILM + picture + films + _SCORE[name] + _SAY
    return (
        f"\n## {name} with {_WITH[name]}\n\n"
        "One film with square pixels, after the steps before the averaging, as `film.npy` in this "
        f"folder:\n\n```python\n{code}```\n"
    )
