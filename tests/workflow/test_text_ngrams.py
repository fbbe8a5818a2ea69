"""A head that sees runs of tokens: taught, kept, used, handed on, judged beside plain features."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from medtune.config.load import load_run
from medtune.errors import ConfigError
from medtune.learning.weights import read_state
from medtune.run_folder import RunFolder
from medtune.text.ngrams import BUCKETS
from medtune.text.trained import load
from medtune.workflow.evaluate import evaluate
from medtune.workflow.predict import predict
from medtune.workflow.train import train
from tests.workflow.chat_runs import write_talks
from tests.workflow.text_runs import write_desk

COUNTED = [
    "name=counted", "model.ngrams=3", "model.weights=none", "model.adapt=linear_probe",
    "training.head_epochs=20", "training.head_learning_rate=1e-2",
]  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose language model knows nothing: what is learnt is learnt of words."""
    folder = tmp_path_factory.mktemp("desk")
    train(load_run(write_desk(folder), COUNTED), show=False)
    return folder


def accuracy(measures: pd.DataFrame) -> pd.Series:
    rows = measures[(measures["subgroup"] == "all") & (measures["measure"] == "accuracy")]
    return rows.set_index("model")["value"]


def test_words_are_learnt_where_the_language_model_knows_none(desk):
    right = accuracy(evaluate(load_run(desk / "run.yaml", COUNTED), show=False).measures)
    assert right["fine_tuned"] > right["frozen_backbone"] + 0.05
    assert right["fine_tuned"] > right["tfidf"] - 0.05


def test_the_models_beside_it_see_no_words(desk):
    """Otherwise the gain over an untouched model would not be what the training is worth."""
    folder = RunFolder(desk / "runs/counted")
    assert load(folder.path).network.head.in_features > BUCKETS
    said = pd.read_parquet(folder.predictions)
    assert set(said["model"]) == {"fine_tuned", "frozen_backbone", "tfidf", "random_weights"}
    one = said[(said["model"] == "frozen_backbone") & (said["class"] == said["class"].iloc[0])]
    other = said[(said["model"] == "random_weights") & (said["class"] == said["class"].iloc[0])]
    assert one["score"].to_numpy() == pytest.approx(other["score"].to_numpy()), "both are random"


def test_a_finished_run_says_the_same_from_its_file(desk, tmp_path):
    run = desk / "runs/counted"
    asked = pd.read_csv(desk / "questions.csv").head(20)
    asked.to_csv(tmp_path / "asked.csv", index=False)
    first = predict(run, tmp_path / "asked.csv", tmp_path / "one.csv", show=False)
    asked.head(1).to_csv(tmp_path / "asked.csv", index=False)
    alone = predict(run, tmp_path / "asked.csv", tmp_path / "two.csv", show=False)
    assert alone["class"].iloc[0] == first["class"].iloc[0]
    assert alone["score"].iloc[0] == pytest.approx(first["score"].iloc[0], abs=1e-6)


def test_a_run_that_begins_with_it_may_count_other_runs_or_none(desk):
    begun = read_state(desk / "runs/counted/model.safetensors")
    for longest, name in ((0, "plain"), (2, "pairs")):
        settings = [
            f"name={name}", "model.weights=runs/counted", f"model.ngrams={longest}",
            "model.adapt=linear_probe", "training.head_epochs=1",
        ]  # fmt: skip
        run = load_run(desk / "run.yaml", settings)
        train(run, show=False)
        own = read_state(desk / f"runs/{name}/model.safetensors")
        wide = BUCKETS if longest else 0
        assert own["head.weight"].shape[1] == begun["head.weight"].shape[1] - BUCKETS + wide
        assert own["backbone.words.body.norm.weight"].equal(
            begun["backbone.words.body.norm.weight"]
        )


def test_a_model_that_answers_has_no_such_head(tmp_path):
    with pytest.raises(ConfigError, match=r"model\.ngrams"):
        load_run(write_talks(tmp_path, 40), ["model.ngrams=3"])
