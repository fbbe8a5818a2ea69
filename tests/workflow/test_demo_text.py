"""What ``medtune demo --text`` shows, on a smaller help desk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from medtune.config.training import ChatTraining
from medtune.errors import RunError
from medtune.learning.weights import read_state
from medtune.phantom.everyday import write_everyday
from medtune.tables.results import Result
from medtune.text.backbones import load_speaker, load_tokenizer
from medtune.workflow.chats import pretraining
from medtune.workflow.chats.pretraining import pretrain_tiny
from medtune.workflow.demo_text import TextDemo, demo_text
from medtune.workflow.progress import silent

QUESTIONS = 150
SHORT = ChatTraining(epochs=2, batch_size=8, learning_rate=1e-2, packing=True, device="cpu")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "shown"


@pytest.fixture(scope="module")
def shown(home: Path) -> TextDemo:
    return demo_text(home, questions=QUESTIONS, show=False)


def value(result: Result, measure: str, model: str) -> float:
    rows = result.measures
    chosen = (rows["measure"] == measure) & (rows["model"] == model) & (rows["subgroup"] == "all")
    return float(rows.loc[chosen & (rows["target"] != "generic text"), "value"].iloc[0])


def test_both_roads_are_shown(home, shown):
    names = [each.report.parent.name for each in shown.shown]
    assert names == ["desk", "talk"]
    assert all(each.report.is_file() for each in shown.shown)
    assert (home / "tiny" / "model.safetensors").is_file()
    assert not list(home.glob("*.part"))
    said = "\n".join(shown.lines())
    for each in shown.shown:
        assert each.result.question in said
        assert each.result.answer in said
        assert f"Report: {each.report}" in said
    assert "upper bound of deflection" in said
    assert "Bits per byte" in said
    assert "simulated" in said
    assert "patient" not in said
    assert set(shown.as_dict()) == {"seconds", "desk", "talk"}


def test_what_it_took_adds_up(shown):
    assert len(shown.seconds) == 3
    assert all(seconds > 0 for seconds in shown.seconds.values())
    assert f"It took {sum(shown.seconds.values()):.0f} s" in "\n".join(shown.lines())


def test_teaching_helps_even_on_a_few_conversations(shown):
    talk = shown.shown[1].result
    taught, before = (value(talk, "bits_per_byte", name) for name in ("fine_tuned", "untouched"))
    assert taught < before - 0.5
    assert np.isfinite(value(talk, "right_answer_first", "tfidf"))


def test_the_untouched_model_knows_generic_text_and_not_the_desk(shown):
    rows = shown.shown[1].result.measures
    untouched = rows[(rows["model"] == "untouched") & (rows["measure"] == "bits_per_byte")]
    by_target = untouched.set_index("target")["value"]
    assert by_target["generic text"] < by_target["answer"] - 1


def test_another_demo_in_the_folder_is_refused(home, shown, tmp_path):
    with pytest.raises(RunError, match="holds another demo"):
        demo_text(home, questions=QUESTIONS + 1, show=False)
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(RunError, match="holds something else"):
        demo_text(tmp_path, questions=QUESTIONS, show=False)


def test_a_tiny_model_that_was_interrupted_goes_on_and_is_the_same(tmp_path, monkeypatch):
    write_everyday(tmp_path / "e.txt", 80, seed=1)
    pretrain_tiny(tmp_path / "whole", tmp_path / "e.txt", SHORT, silent)
    with monkeypatch.context() as patch:
        patch.setattr(pretraining, "fit", _stopped)
        with pytest.raises(KeyboardInterrupt):
            pretrain_tiny(tmp_path / "cut", tmp_path / "e.txt", SHORT, silent)
    assert not (tmp_path / "cut").exists()
    pretrain_tiny(tmp_path / "cut", tmp_path / "e.txt", SHORT, silent)
    one, other = (read_state(tmp_path / name / "model.safetensors") for name in ("whole", "cut"))
    assert all(np.array_equal(one[name], other[name]) for name in one)
    assert sorted(path.name for path in (tmp_path / "cut").iterdir()) == sorted(
        path.name for path in (tmp_path / "whole").iterdir()
    )
    load_speaker(tmp_path / "cut")
    assert load_tokenizer(tmp_path / "cut")("a")["input_ids"]
    before = (tmp_path / "cut" / "model.safetensors").read_bytes()
    pretrain_tiny(tmp_path / "cut", tmp_path / "e.txt", SHORT, silent)
    assert (tmp_path / "cut" / "model.safetensors").read_bytes() == before


def _stopped(lesson: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.slow
def test_the_demo_as_it_is_shows_a_gain(tmp_path):
    """What the control says of it depends on the rate, which is the run's: it is judged at all."""
    talk = demo_text(tmp_path / "demo", show=False).shown[1].result
    assert talk.verdict == "gain"
    assert talk.control_passed is not None
    assert value(talk, "bits_per_byte", "fine_tuned") < 1
