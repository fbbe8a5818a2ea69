"""A finished run as programs: used without medtune, they say what ``predict`` says."""

from __future__ import annotations

import json
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

import jsonschema
import numpy as np
import onnx
import pandas as pd
import pytest
import torch

import medtune
from medtune.dicom import read_xray
from medtune.errors import InputError, RunError, WeightsError
from medtune.learning.task import Network
from medtune.learning.weights import sha256_of
from medtune.phantom import SOUTH, write_hospital
from medtune.vision import export as door
from medtune.vision.export_card import card_in
from medtune.vision.trained import load, save
from medtune.workflow import export as work
from medtune.workflow.export import Exported, export
from medtune.workflow.predict import predict
from tests.vision.exported import FINDINGS, finished
from tests.vision.test_export import Tiny

SIZE = 64


@dataclass(frozen=True)
class Small:
    """A run, its export, and what medtune itself says of a few films.

    Attributes:
        run: its folder.
        exported: what ``export`` said.
        films: (N, 1, S, S) as ``predict`` prepared them.
        scores: (N, 2) that it gave.
        paths: of the N films.
    """

    run: Path
    exported: Exported
    films: np.ndarray
    scores: np.ndarray
    paths: list[Path]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    """Made once; do not write here."""
    home = tmp_path_factory.mktemp("export")
    write_hospital(home, SOUTH, patients=6, seed=3, size=90)
    run = finished(home / "runs/small", "timm/test_efficientnet", SIZE)
    table = predict(run, home / "dicom", home / "out/scores.csv", show=False)
    assert not table["refused"].any()
    scores = table.pivot(index="case_id", columns="target", values="score")[FINDINGS]
    places = pd.read_parquet(home / "out/private/locations.parquet").set_index("case_id")
    store = next((home / "out/private/store").glob("*/"))
    rows = pd.read_parquet(store / "rows.parquet").set_index("case_id").loc[scores.index, "row"]
    stored = np.load(store / "pixels.npy")[rows.to_numpy(int)]
    return Small(
        run=run,
        exported=export(run, show=False),
        films=(stored / np.float32(65535)).astype(np.float32)[:, None],
        scores=scores.to_numpy(),
        paths=[Path(path) for path in places.loc[scores.index, "path"]],
    )


def test_onnx_runtime_alone_gives_the_scores_of_predict(small: Small, tmp_path: Path):
    assert len(small.films) >= 6
    assert small.scores.std(axis=0).min() > 1e-3, "films get different scores, or nothing is shown"
    np.save(tmp_path / "films.npy", small.films)
    shutil.copy(small.exported.files["onnx"], tmp_path)
    code = (
        "import sys, numpy as np, onnxruntime\n"
        "session = onnxruntime.InferenceSession('model.onnx')\n"
        "films = np.load('films.npy')\n"
        "for name, batch in (('all', films), ('one', films[:1])):\n"
        "    np.save(name, session.run(['scores'], {'films': batch})[0])\n"
        "print([name for name in ('medtune', 'torch', 'timm') if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code],
        capture_output=True, text=True, check=True, cwd=tmp_path,
    )  # fmt: skip
    assert done.stdout == "[]\n"
    found = np.load(tmp_path / "all.npy")
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, small.scores, rtol=0, atol=1e-5)
    np.testing.assert_allclose(np.load(tmp_path / "one.npy"), small.scores[:1], rtol=0, atol=1e-5)


def test_torch_gives_the_scores_of_predict(small: Small):
    program = torch.export.load(small.exported.files["torch"]).module()
    with torch.inference_mode():
        found = program(torch.from_numpy(small.films)).numpy()
    np.testing.assert_allclose(found, small.scores, rtol=0, atol=1e-5)


def examples(folder: Path) -> dict[str, str]:
    page = (folder / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    return {name: code for code in blocks for name in ("onnxruntime", "torch") if name in code}


def told(line: str) -> tuple[str, float, str]:
    finding, score, called = line.rsplit(" ", 2)
    return finding, float(score), called


def test_the_examples_of_the_page_run_as_they_stand(
    small: Small, tmp_path: Path, monkeypatch, capsys
):
    folder = tmp_path / "export"
    shutil.copytree(small.exported.folder, folder)
    number = int(np.argmax(np.abs(small.scores[:, 0] - 0.5)))
    film = read_xray(small.paths[number]).pixels
    assert max(film.shape) > SIZE
    np.save(folder / "film.npy", film)
    code = examples(folder)
    assert set(code) == {"onnxruntime", "torch"}
    last = "import sys; print('medtune' in sys.modules, 'torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"{code['onnxruntime']}\n{last}"],
        capture_output=True, text=True, check=True, cwd=folder,
    )  # fmt: skip
    *lines, imported = done.stdout.splitlines()
    assert imported == "False False"
    monkeypatch.chdir(folder)
    capsys.readouterr()
    exec(code["torch"], {})
    by_torch = capsys.readouterr().out.splitlines()
    for printed in (lines, by_torch):
        said = [told(line) for line in printed]
        assert [finding for finding, _, _ in said] == FINDINGS
        # the picture is rounded to 16 bits: a grey may fall on the other side
        scores = [score for _, score, _ in said]
        assert scores == pytest.approx(small.scores[number], abs=2e-5)
        assert said[0][2] == ("present" if small.scores[number, 0] >= 0.5 else "absent")
        assert said[1][2] == "undecided"


def test_findings_and_preprocessing_are_inside_both_files(small: Small):
    card = load(small.run).card
    extra = {"medtune.json": "", "medtune.schema.json": ""}
    torch.export.load(small.exported.files["torch"], extra_files=extra)
    model = onnx.load(small.exported.files["onnx"])
    inside = {entry.key: entry.value for entry in model.metadata_props}
    assert inside == {
        "medtune": extra["medtune.json"],
        "medtune.schema": extra["medtune.schema.json"],
    }
    said = json.loads(inside["medtune"])
    jsonschema.validate(said, json.loads(inside["medtune.schema"]))
    assert said["findings"] == FINDINGS
    assert said["thresholds"] == {FINDINGS[0]: 0.5}
    assert said["preprocessing"]["image_size"] == SIZE
    assert said["normalisation"] == vars(card.normalisation)
    assert said["include"] == card.include
    assert said["weights_sha256"] == sha256_of(small.run / "model.safetensors")
    assert {entry.version for entry in model.opset_import} == {said["onnx_opset"]}
    assert said["input"]["shape"] == ["batch", 1, SIZE, SIZE]


def test_a_licence_that_limits_the_use_is_said_and_stands_inside(small: Small):
    origin = load(small.run).card.origin
    lines = small.exported.lines()
    assert f"Starting weights: {origin.words}" in lines
    assert f"WARNING: {origin.warning}" in lines
    assert small.exported.as_dict()["warning"] == origin.warning
    assert f"**{origin.warning}**" in (small.exported.folder / "README.md").read_text()
    inside = card_in(small.exported.files["torch"])
    assert inside is not None
    assert inside["origin"]["licence"] == "CC-BY-NC-4.0"
    assert inside["taught_with"]["counts"]["train"]["studies"] == 8


def test_no_file_names_a_path_the_machine_or_a_patient(small: Small):
    texts = {path.name: path.read_bytes() for path in small.exported.folder.iterdir()}
    assert set(texts) == {"model.onnx", "model.pt2", "README.md"}
    with zipfile.ZipFile(small.exported.files["torch"]) as archive:
        texts |= {name: archive.read(name) for name in archive.namelist()}
    folders = [
        Path(medtune.__file__).parents[1], Path(torch.__file__).parents[1], Path.home(),
        Path(sysconfig.get_path("stdlib")), small.run.parent, *(p.parent for p in small.paths),
    ]  # fmt: skip
    never = {str(folder).encode() for folder in folders if folder != Path("/")}
    never |= {path.stem.encode() for path in small.paths}
    if len(platform.node()) > 5:  # a shorter one stands in other words
        never.add(platform.node().encode())
    for name, text in texts.items():
        assert not [word for word in never if word in text], name
        assert b'.py"' not in text, name
        assert b"stack_trace" not in text, name


def test_again_is_said_and_gives_the_same_programs(small: Small, tmp_path: Path):
    out = tmp_path / "away"
    shutil.copytree(small.exported.folder, out)
    before = (out / "model.pt2").read_bytes()
    again = export(small.run, out, ["torch"], show=False)
    assert (again.replaced, again.same_weights) == (["model.pt2"], True)
    assert again.lines()[0] == "Replaced: model.pt2 of the same weights"
    assert (out / "model.pt2").read_bytes() == before
    assert (out / "model.onnx").exists()
    assert {"onnxruntime", "torch"} == set(examples(out))


@pytest.fixture
def quick(small: Small, monkeypatch) -> Path:
    """The run, and in the place of its program that of another network, made in a moment."""
    network = Network(Tiny(), 2)
    torch.nn.init.normal_(network.head.weight, std=5)
    monkeypatch.setattr(work, "trace", lambda _, size: door.trace(network, size))
    return small.run


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*"))


@pytest.mark.parametrize("form", ["onnx", "torch"])
def test_a_program_with_other_scores_gets_no_name(quick: Path, tmp_path: Path, form: str):
    with pytest.raises(
        WeightsError, match=rf"program for {form} gives other scores .* 1e-05 is allowed.*Rounding"
    ):
        export(quick, tmp_path / "out", [form], show=False)
    assert left(tmp_path) == []


def test_a_program_with_other_scores_leaves_what_was_there(
    quick: Path, small: Small, tmp_path: Path
):
    out = tmp_path / "away"
    shutil.copytree(small.exported.folder, out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    with pytest.raises(WeightsError):
        export(quick, out, show=False)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_a_network_that_is_no_graph_is_told_without_a_path(small: Small, tmp_path, monkeypatch):
    def fails(network, size):
        raise RuntimeError("in /home/MEIER/network.py")

    monkeypatch.setattr(work, "trace", fails)
    with pytest.raises(RunError, match=r"test_efficientnet cannot .* \(RuntimeError\)") as caught:
        export(small.run, tmp_path / "out", show=False)
    assert "MEIER" not in str(caught.value)
    assert left(tmp_path) == []


def test_what_is_not_this_run_s_is_left_alone(quick: Path, small: Small, tmp_path: Path):
    out = tmp_path / "away"
    out.mkdir()
    (out / "model.onnx").write_bytes(b"somebody's")
    with pytest.raises(RunError, match=r"no export of medtune: it is left alone.*another --out"):
        export(quick, out, ["onnx"], show=False)
    assert (out / "model.onnx").read_bytes() == b"somebody's"
    (out / "model.onnx").unlink()
    shutil.copy(small.exported.files["torch"], out)
    other = tmp_path / "runs/other"
    shutil.copytree(small.run, other)
    model = load(other)
    save(model.network, replace(model.card, name="other"), other / "model.safetensors")
    said = (other / "run.yaml").read_text()
    (other / "run.yaml").write_text(said.replace("name: small", "name: other"))
    with pytest.raises(RunError, match="is of the run small: it is left alone"):
        export(other, out, show=False)


def test_one_program_of_earlier_weights_does_not_stay_beside_a_new_one(
    quick: Path, small: Small, tmp_path: Path
):
    again = tmp_path / "runs/small"
    shutil.copytree(small.run, again)
    model = load(again)
    save(model.network, replace(model.card, thresholds={}), again / "model.safetensors")
    with pytest.raises(RunError, match=r"model\.onnx in export is of earlier weights"):
        export(again, formats=["torch"], show=False)


def test_what_cannot_be_exported_is_refused_in_words(small: Small, tmp_path: Path, monkeypatch):
    with pytest.raises(InputError, match="no format 'tflite': there are onnx and torch"):
        export(small.run, tmp_path / "out", ["tflite"], show=False)
    with pytest.raises(RunError, match="no run folder"):
        export(tmp_path, show=False)
    (tmp_path / "run.yaml").write_text("name: begun\n")
    with pytest.raises(RunError, match="not finished"):
        export(tmp_path, show=False)
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="file is a file"):
        export(small.run, tmp_path / "file", show=False)
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    with pytest.raises(InputError, match=r"pip install 'medtune\[export\]'.*--format torch"):
        export(small.run, tmp_path / "out", show=False)
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_trained_run_of_the_road_is_exported(judged: Path, tmp_path: Path):
    done = export(judged / "runs/south", tmp_path / "out", show=False)
    assert max(done.differences.values()) <= 1e-5
    assert done.silent == []
    said = json.dumps(done.as_dict())
    assert "effusion" in said
