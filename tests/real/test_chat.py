"""Real threads of a help desk: a small language model foresees later answers better."""

from __future__ import annotations

from pathlib import Path

import pytest

from medtune.config.load import load_run
from medtune.config.text_run import ChatRun
from medtune.run_folder import RunFolder
from medtune.tables.splits import read_splits
from medtune.workflow.chats.models import GENERIC
from medtune.workflow.chats.preparing import opened, prepare
from medtune.workflow.evaluate import evaluate
from medtune.workflow.predict import predict
from medtune.workflow.train import train

CONFIG = Path(__file__).parents[2] / "configs/support/chat.yaml"


def run_of(real: Path, work: Path, *settings: str) -> ChatRun:
    support = real / "text/support"
    run = load_run(
        CONFIG,
        [
            f"data.files.train={support / 'helpdesk_train_2000.jsonl'}",
            f"data.files.test={support / 'helpdesk_test_500.jsonl'}",
            f"data.work={work / 'work'}",
            f"runs={work / 'runs'}",
            f"model.backbone={real / 'weights/text/generic-tiny-llama'}",
            f"evaluation.generic={real / 'text/generic/wikitext2_valid_test.jsonl'}",
            *settings,
        ],
    )
    assert isinstance(run, ChatRun)
    return run


@pytest.mark.slow
def test_packed_rows_of_real_threads_are_full(real_data, tmp_path):
    run = run_of(real_data, tmp_path)
    folder = RunFolder(tmp_path / "runs" / "chat")
    prepared = prepare(run, folder, begun=False)
    train_cases = prepared.of("train")
    assert len(train_cases) > 1400
    rows = prepared.samples(train_cases, run.data.max_tokens)
    useful = sum(len(tokens.ids) for tokens in rows.tokens)
    # 0.9957 measured: 485,305 tokens in 952 rows of 512; best fit alone needs 953 (0.9946), and
    # 950 is the bound L2 of Martello & Toth 1990
    assert useful / (len(rows) * run.data.max_tokens) >= 0.995
    counts = prepared.talks.counts.loc[train_cases["case_id"]]
    # a fifth of the answers does not fit whole; which threads teach hangs on the pseudonyms' key
    assert counts["unlearnt"].sum() < 0.25 * counts["answers"].sum()


@pytest.mark.slow
def test_a_real_language_model_learns_to_answer(real_data, tmp_path):
    run = run_of(
        real_data, tmp_path, "data.train_cases=200", "training.epochs=2",
        "evaluation.resamples=500", "generation.max_tokens=20",
        "evaluation.ranking=false",  # ten answers of 200 questions by each model: minutes
    )  # fmt: skip
    train(run, show=False)
    result = evaluate(run, show=False)
    folder = RunFolder(tmp_path / "runs" / "chat")
    prepared = opened(run, folder)
    splits = prepared.cases.merge(read_splits(folder.splits), on="case_id")
    assert splits.groupby("group_id")["split"].nunique().max() == 1
    # the facts have -0.80 [-0.87, -0.74] with 2,000 threads and 100 steps of this model
    assert result.verdict == "gain"
    assert result.primary["high"] < -0.1
    assert result.primary["n_groups"] > 300
    assert result.control_passed, "pretrained is better than from scratch"
    rows = result.differences
    (generic,) = rows[rows["target"] == GENERIC].to_dict("records")
    assert generic["low"] > 0, "the facts have 2.42 before and 2.76 after: real forgetting"
    asked = tmp_path / "asked.jsonl"
    asked.write_text('{"prompt": "Thunderbird does not send my mail. What can I do?"}\n')
    (said,) = predict(folder.path, asked, show=False)["answer"].tolist()
    assert said
