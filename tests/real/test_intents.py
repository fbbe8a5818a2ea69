"""Real questions to a bank (Banking77): word counts reach what they are known to, honestly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from medtune.config.load import load_run
from medtune.config.operating import AnswerAlone
from medtune.config.text_data import INTENT
from medtune.config.text_run import TextRun
from medtune.errors import LeakError
from medtune.evaluation.answering import Cut, fit_cut
from medtune.learning.targets.named import values_of
from medtune.text.cases import plain_texts
from medtune.text.controls import tfidf_classes
from medtune.workflow.evaluate import evaluate
from medtune.workflow.texts.firewall import find_doubles, without_doubles
from medtune.workflow.texts.gather import declared_targets, gather
from medtune.workflow.texts.splitting import split, taught
from medtune.workflow.train import train

CONFIG = Path(__file__).parents[2] / "configs/support/intents.yaml"


def run_of(real: Path, work: Path, *settings: str) -> TextRun:
    support = real / "text/support"
    run = load_run(
        CONFIG,
        [
            f"data.files.train={support / 'banking77_train.jsonl'}",
            f"data.files.test={support / 'banking77_test.jsonl'}",
            f"data.work={work / 'work'}",
            f"runs={work / 'runs'}",
            f"model.backbone={real / 'weights/text/stories260K-hf'}",
            *settings,
        ],
    )
    assert isinstance(run, TextRun)
    return run


def word_counts(run: TextRun) -> tuple[float, float, float, Cut]:
    """Accuracy, share answered rightly alone and precision on the test file, and the cut."""
    texts = gather(run).texts
    splits = taught(run, texts, split(run, texts))
    splits = without_doubles(run, find_doubles(texts, splits), splits, ())
    targets = declared_targets(run.data, texts.cases)
    said, truth = {}, {}
    for name in ("train", "tune", "calibration", "test"):
        chosen = splits.loc[splits["split"] == name, "case_id"]
        part = texts.cases[texts.cases["case_id"].isin(chosen)]
        said[name] = plain_texts(texts.messages.loc[part["case_id"]].tolist())
        truth[name] = values_of(part, targets)[:, 0]
    calibration = len(truth["calibration"])
    scores = tfidf_classes(
        said["train"], truth["train"], said["tune"], truth["tune"],
        said["calibration"] + said["test"], len(targets[INTENT].classes or []),
    )  # fmt: skip
    known, test = scores[:calibration], scores[calibration:]
    right = known.argmax(axis=1) == truth["calibration"]
    cut = fit_cut(known.max(axis=1), right, np.arange(calibration), AnswerAlone())
    right = test.argmax(axis=1) == truth["test"]
    answered = test.max(axis=1) >= (np.inf if cut.reason else cut.score)
    precision = float(right[answered].mean()) if answered.any() else 1.0
    return float(right.mean()), float((answered & right).mean()), precision, cut


def test_questions_of_the_test_that_stand_in_the_training_file_stop_the_run(real_data, tmp_path):
    run = run_of(real_data, tmp_path, "data.duplicates=stop")
    texts = gather(run).texts
    ahead = split(run, texts, store=False)
    doubles = find_doubles(texts, ahead)
    assert (doubles.leaks["kind"] == "same_text").any()
    with pytest.raises(LeakError, match=r"texts stand in two splits"):
        without_doubles(run, doubles, ahead, ())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("taught_by", "accuracy", "answered_right"),
    # of the facts: accuracy .53, .77 and .89, answered rightly 0, .36 and .82 at 95 % precision
    # with the threshold from a calibration half of the test file
    [(500, 0.50, 0.0), (2000, 0.74, 0.26), ("all", 0.86, 0.70)],
)
def test_word_counts_reach_what_they_are_known_to(
    real_data, tmp_path, taught_by, accuracy, answered_right
):
    run = run_of(real_data, tmp_path, f"data.train_cases={taught_by}")
    found, alone, precision, cut = word_counts(run)
    assert found > accuracy
    assert alone >= answered_right
    assert (alone > 0) == (not cut.reason), "nothing is answered without a cut"
    assert cut.reason or precision > 0.94, "95 %, but for the chance of the test file"


@pytest.mark.slow
def test_a_language_model_whose_head_sees_words_answers_more_than_word_counts(real_data, tmp_path):
    run = run_of(real_data, tmp_path, "data.train_cases=2000", "training.epochs=6",
                 "evaluation.resamples=200")  # fmt: skip
    train(run, show=False)
    result = evaluate(run, show=False)
    rows = result.measures
    right = rows[(rows["measure"] == "accuracy") & (rows["subgroup"] == "all")].set_index("model")
    assert right.loc["fine_tuned", "low"] > 0.74, "0.77 are word counts, chance is one in 77"
    alone = rows[(rows["measure"] == "answered_right") & (rows["subgroup"] == "all")]
    alone = alone.set_index("model")["value"]
    assert alone["fine_tuned"] > 0.36, "what the facts have of word counts"
    assert alone["fine_tuned"] > alone["frozen_backbone"]
    assert result.settings["control"] == "tfidf"
    assert result.primary["measure"] == "answered_right"
