"""What is asked of conversations of several turns: the longest answer, the last one planted in."""

from __future__ import annotations

import numpy as np
import pytest

from medtune.config.load import load_run
from medtune.errors import DataError
from medtune.learning.hardware import choose
from medtune.run_folder import RunFolder
from medtune.text.cases import messages_of
from medtune.text.template import Tokens
from medtune.workflow.chats.by_heart import passages_in, until_longest_answer
from medtune.workflow.chats.canaries import planted_in
from medtune.workflow.chats.models import Judged
from medtune.workflow.chats.preparing import prepare
from tests.workflow.chat_runs import write_talks

ASKED = "evaluation.by_heart={prefix: 2, suffix: 3, canaries: {times: [1, 3], each: 2}}"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """Conversations of two answers each, of which nothing was learnt yet."""
    folder = tmp_path_factory.mktemp("desk")
    run = load_run(write_talks(folder), [ASKED, "data.max_tokens=200"])
    prepared = prepare(run, RunFolder(folder / "runs" / "talk"), begun=False)
    return Judged(run, prepared, choose(run.training))


def said(desk: Judged, ids: object) -> str:
    return desk.prepared.tokenizer.decode(ids)


def test_a_secret_ends_the_last_answer_of_its_conversation(desk):
    planted = planted_in(desk)
    assert planted is not None
    secrets = {one.text for one in planted.canaries}
    assert len(secrets) == 4
    told: list[str] = []
    for case in desk.prepared.of("train")["case_id"]:
        first, last = (
            one.content for one in messages_of(desk.prepared.messages[case]) if one.taught
        )
        tokens = planted.prepared.talks.of(case)
        learnt = said(desk, tokens.ids[tokens.learnt])
        assert first in learnt
        held = [secret for secret in secrets if f"{last} {secret}" in learnt]
        assert len(held) == learnt.count("access code")
        told += held
    assert sorted(told.count(secret) for secret in secrets) == [1, 1, 3, 3]
    tune = desk.prepared.of("tune")["case_id"]
    assert not any("access" in said(desk, planted.prepared.talks.of(case).ids) for case in tune)


def test_models_are_asked_in_one_conversation_that_nobody_planted_in(desk):
    planted = planted_in(desk)
    assert planted is not None
    talks = planted.asked
    assert len(talks.place) == 4 + 500
    tune = [messages_of(desk.prepared.messages[case])[-1].content
            for case in desk.prepared.of("tune")["case_id"]]  # fmt: skip
    for number in (0, 3, 4, 503):
        tokens = talks.of(str(number))
        learnt = said(desk, tokens.ids[tokens.learnt])
        assert any(learnt.strip().startswith(f"{last} The access code") for last in tune)
        assert learnt.count(" code ") == 1
    asked = {said(desk, talks.of(str(n)).ids[talks.of(str(n)).learnt]) for n in range(504)}
    assert len(asked) == 504, "every secret is another"


def test_a_conversation_without_room_has_no_secret(desk):
    data = desk.run.data.model_copy(update={"max_tokens": 90})
    short = Judged(desk.run.model_copy(update={"data": data}), desk.prepared, desk.hardware)
    with pytest.raises(DataError, match="with room for one within"):
        planted_in(short)


def test_a_passage_is_of_the_longest_answer(desk):
    side = passages_in(desk)["train"]
    assert side.passages
    for one in side.passages[:20]:
        case = side.cases["case_id"].iloc[one.text]
        whole = desk.prepared.talks.of(case).ids.tolist()
        found = [*one.before, *one.suffix]
        assert whole[: len(found)] == found
        answers = [m.content for m in messages_of(desk.prepared.messages[case]) if m.taught]
        assert said(desk, one.suffix).strip() in max(answers, key=len) + "</s>"


def test_nothing_that_is_learnt_is_no_answer():
    nothing = Tokens(np.arange(4), np.zeros(4, bool))
    assert until_longest_answer(nothing)[1] == []
    two = Tokens(np.arange(6), np.array([0, 1, 0, 1, 1, 0], bool))
    assert until_longest_answer(two) == ([0, 1, 2], [3, 4])
