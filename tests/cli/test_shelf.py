from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("verb", ["list", "fetch", "show", "verify"])
def test_every_verb_explains_itself_and_takes_json_and_trace(medtune, verb):
    said = medtune("weights", verb, "--help")
    assert said.exit_code == 0
    assert "--json" in said.stdout
    assert "--trace" in said.stdout


def test_the_list_says_what_licences_allow(medtune):
    lines = medtune("weights", "list").stdout.splitlines()
    assert lines[0].split()[:5] == ["name", "backbone", "pixels", "million", "use"]
    dense = next(line for line in lines if line.startswith("densenet121-res224-all"))
    assert "xrv/densenet121-res224-all" in dense
    assert "clinical use" in dense
    shelf = json.loads(medtune("weights", "list", "--json").stdout)
    assert {"name", "backbone", "licence", "use", "pixels", "parameters"} <= set(shelf[0])
    assert len(shelf) == len(lines) - 1
    assert next(one for one in shelf if one["name"] == "rad-dino")["use"] == "research only"


def test_a_folder_is_verified_and_a_changed_file_named(medtune, tmp_path: Path):
    (tmp_path / "net.safetensors").write_bytes(b"a\n")
    digest = "87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7"
    (tmp_path / "SHA256SUMS").write_text(f"{digest}  net.safetensors\n")
    said = medtune("weights", "verify", tmp_path)
    assert said.exit_code == 0
    assert said.stdout == "ok  net.safetensors\n"
    assert json.loads(medtune("weights", "verify", tmp_path, "--json").stdout) == {
        "files": ["net.safetensors"]
    }
    (tmp_path / "net.safetensors").write_bytes(b"b\n")
    for place in (tmp_path, tmp_path / "net.safetensors"):
        said = medtune("weights", "verify", place)
        assert said.exit_code == 2
        assert "net.safetensors: differs" in said.stderr
        assert str(tmp_path) not in said.stderr


def test_what_is_not_on_the_shelf(medtune, tmp_path: Path):
    said = medtune("weights", "fetch", "resnet5O", "--out", tmp_path)
    assert said.exit_code == 2
    assert "Did you mean 'resnet50'" in said.stderr


def test_the_list_needs_nothing_heavy():
    code = (
        "import atexit, sys\n"
        "heavy = ['torch', 'lightning', 'pandas', 'scipy', 'sklearn', 'pydicom', 'timm']\n"
        "atexit.register(lambda: print('heavy:', [m for m in heavy if m in sys.modules]))\n"
        "sys.argv = ['medtune', 'weights', 'list']\n"
        "from medtune.cli import main; main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stdout.endswith("heavy: []\n")


def test_a_model_shows_what_it_was_taught_with_and_what_its_licence_allows(medtune, tmp_path: Path):
    from tests.vision.exported import finished

    run = finished(tmp_path / "small", "timm/test_efficientnet", 64)
    for path in (run, run / "model.safetensors"):
        said = medtune("weights", "show", path)
        assert said.exit_code == 0
        for words in (
            "train 8 studies of 7 patients (cases 111111111111)",
            "convnextv2-tiny, then taught by north; licence CC-BY-NC-4.0 (non-commercial)",
            "WARNING: The starting weights convnextv2-tiny are for non-commercial use only",
            "image_size 64",
            "Scores: films",
            "effusion >= 0.5",
        ):
            assert words in said.stdout
    card = json.loads(medtune("weights", "show", run, "--json").stdout)
    assert card["taught_with"]["counts"]["train"]["studies"] == 8
    assert card["origin"]["through"] == ["north"]
    (tmp_path / "other.safetensors").write_bytes(b"x")
    said = medtune("weights", "show", tmp_path / "other.safetensors")
    assert said.exit_code == 2
    assert str(tmp_path) not in said.stderr
