"""What a training on texts begins with, whatever the tokenizer has for an empty place."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from medtune.config.load import load_run
from medtune.config.text_run import TextRun
from medtune.run_folder import RunFolder
from medtune.text.backbones import load_tokenizer
from medtune.text.trained import start
from medtune.workflow.texts.preparing import prepare
from tests.workflow.text_runs import write_desk


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("desk")
    write_desk(folder, count=200)
    return folder


@pytest.mark.parametrize("pad", [None, "[PAD]", "</s>", "<s>"])
def test_a_text_is_read_alike_alone_and_beside_a_longer_one(desk, tmp_path, pad):
    tokenizer = load_tokenizer(desk / "tiny")
    known = len(tokenizer)
    tokenizer.pad_token = pad
    tokenizer.save_pretrained(desk / "tiny")
    again = load_tokenizer(desk / "tiny")
    assert (again.pad_token_id == known) == (pad == "[PAD]"), "a token that the model has not"
    run = load_run(desk / "run.yaml", [f"runs={tmp_path}"])
    assert isinstance(run, TextRun)
    prepared = prepare(run, RunFolder(tmp_path / "one"), begun=False)
    task, train = prepared.task, prepared.of("train")
    samples = prepared.samples(train, task)
    network = start(run.model, task.outputs).eval()
    lengths = [len(tokens) for tokens in samples.tokens]
    short, long = lengths.index(min(lengths)), lengths.index(max(lengths))
    with torch.no_grad():
        alone = network(*samples.__getitems__([short]).seen)
        beside = network(*samples.__getitems__([short, long]).seen)
    assert lengths[short] < lengths[long]
    assert torch.allclose(alone[0], beside[0], atol=1e-5)
