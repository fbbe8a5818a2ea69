"""A run about intents in ``serve`` and ``chat``: what it is not sure enough of goes to a person."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from openai.types.chat import ChatCompletion

from medtune.config.load import load_run
from medtune.config.text_data import INTENT
from medtune.errors import InputError
from medtune.text.conversation import Message
from medtune.text.faults import FaultError
from medtune.text.server import Served, app_of
from medtune.workflow.chats.chat import chat
from medtune.workflow.chats.open import open_run
from medtune.workflow.predict import predict
from medtune.workflow.texts.finished import FinishedIntents
from medtune.workflow.train import train
from tests.workflow.text_runs import write_desk

BAR = {"precision": 0.9, "confidence": 0.95}
ASKED = "I forgot my password, to jane@example.org"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that has hardly learnt anything: it is finished, which is enough."""
    folder = tmp_path_factory.mktemp("asked")
    train(load_run(write_desk(folder, 300), ["training.epochs=1"]), show=False)
    (found,) = (folder / "runs").iterdir()
    return found


def with_cut(run: Path, score: float | None, **more: object) -> FinishedIntents:
    """The same model with another cut."""
    own = open_run(run, (), None)
    assert isinstance(own, FinishedIntents)
    cut = {**BAR, "score": score, "reason": "" if score is not None else "too few groups"}
    card = replace(own.model.card, answers={INTENT: cut}, **more)
    return replace(own, model=replace(own.model, card=card))


def asked(own: FinishedIntents, text: str = ASKED):
    said = own.answer([Message("user", text)])
    return said.text, said.sure


def test_it_says_what_predict_says(run, tmp_path):
    field = load_run(run / "run.yaml", files_must_exist=False).data.text
    (tmp_path / "asked.csv").write_text(f'{field}\n"{ASKED}"\n')
    (row,) = predict(run, tmp_path / "asked.csv", tmp_path / "said.csv", show=False).to_dict(
        "records"
    )
    text, sure = asked(open_run(run, (), None))
    assert text == row["decision"]
    assert sure.class_ == row["class"]
    assert sure.probability == pytest.approx(row["score"], abs=1e-6)
    assert sure.reason == row["reason"]


def test_from_the_cut_on_it_answers_alone(run):
    text, sure = asked(with_cut(run, 0.0))
    assert (text, sure.decision, sure.reason) == (sure.class_, "answered", None)
    assert (sure.threshold, sure.bar) == (0.0, BAR)


@pytest.mark.parametrize(("score", "reason"), [
    (1.1, "not sure enough: a person should answer"),
    (None, "no cut was set on calibration: a person should answer"),
])  # fmt: skip
def test_below_it_a_person_does(run, score, reason):
    text, sure = asked(with_cut(run, score))
    assert (text, sure.decision, sure.reason) == ("hand over", "hand over", reason)
    assert sure.class_ not in (None, "hand over")
    assert (sure.bar is None) == (score is None)


def test_what_is_none_of_ours_is_a_persons(run):
    own = with_cut(run, 0.0)
    class_ = asked(own)[1].class_
    own = with_cut(run, 0.0, by_hand={INTENT: class_})
    assert asked(own)[1].reason == "none of ours: a person should answer"


def test_the_note_says_what_is_guaranteed(run):
    assert "a probability of 0.75 on: at least 90 %" in with_cut(run, 0.75).note
    assert with_cut(run, None).note.endswith("too few groups.")
    assert "no bar was declared" in replace_answers(run).note


def replace_answers(run: Path) -> FinishedIntents:
    own = with_cut(run, 0.5)
    return replace(own, model=replace(own.model, card=replace(own.model.card, answers={})))


def test_identifiers_are_replaced_and_the_last_question_alone_is_read(run):
    own = with_cut(run, 0.0)
    said = own.answer([Message("user", "Hello"), Message("user", ASKED)])
    assert said == own.answer([Message("user", ASKED.replace("jane@example.org", "[EMAIL]"))])
    with pytest.raises(FaultError, match="nobody asks"):
        own.answer([Message("user", "  ")])


@pytest.mark.parametrize("stream", [False, True])
def test_over_the_wire(run, stream):
    own = with_cut(run, 1.1)
    served = Served(own.name, 0, own.answer, own.how, own.most_tokens)
    body = {"model": own.name, "messages": [{"role": "user", "content": ASKED}], "stream": stream}
    with TestClient(app_of(served, print), base_url="http://127.0.0.1") as client:
        found = client.post("/v1/chat/completions", json=body)
    if stream:
        assert '"content": "hand over"' in found.text
        assert '"decision": "hand over"' in found.text
        return
    (choice,) = ChatCompletion.model_validate(found.json()).choices
    assert choice.message.content == "hand over"
    known = choice.model_extra["medtune"]
    assert known["decision"] == "hand over"
    assert known["threshold"] == 1.1
    assert known["bar"] == BAR


def test_in_a_terminal(run):
    pieces: list[str] = []
    told: list[str] = []
    chat(run, [ASKED], pieces.append, tell=told.append)
    text, sure = asked(open_run(run, (), None))
    assert "".join(pieces) == f"{text}\n"
    assert (f"Handed over: {sure.reason}." in told) == (text == "hand over")
    with pytest.raises(InputError, match="is for runs that answer"):
        chat(run, [], print, settings=["generation.temperature=1"], tell=print)
