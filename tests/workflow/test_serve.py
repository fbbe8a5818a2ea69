"""``medtune serve`` as a process of its own, asked by OpenAI's client over the loopback."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx2
import openai
import pytest

from medtune.config.load import load_run
from medtune.errors import InputError
from medtune.workflow.chats.serve import KEY_VARIABLE, key_of, serve
from medtune.workflow.predict import predict
from medtune.workflow.train import train
from tests.workflow.chat_runs import record, write_talks

CLIENTS = 32
KEY = "a-key-of-the-test-alone"
SECRET = "Xanthippe"
LENGTH = 12  # most tokens of an answer
SETTING = f"generation.max_tokens={LENGTH}"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company whose run has hardly learnt anything: it is finished, which is enough."""
    folder = tmp_path_factory.mktemp("served")
    train(load_run(write_talks(folder, 80), ["training.epochs=1"]), show=False)
    return folder


@dataclass
class Running:
    """A server that runs."""

    address: str
    process: subprocess.Popen[str]
    heard: list[str]

    @property
    def client(self) -> openai.OpenAI:
        """OpenAI's own client, which tries nothing twice."""
        return openai.OpenAI(base_url=self.address, api_key=KEY, max_retries=0, timeout=120)

    def ask(self, question: str, **more: object) -> str:
        """The answer to a question."""
        turns = [{"role": "user", "content": question}]
        said = self.client.chat.completions.create(model="talk", messages=turns, **more)
        return said.choices[0].message.content


@pytest.fixture(scope="module")
def server(desk) -> Iterator[Running]:
    words = ["-m", "medtune.cli", "serve", desk / "runs/talk", "--port", "0", "--set", SETTING]
    process = subprocess.Popen(
        [sys.executable, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, env={**os.environ, KEY_VARIABLE: KEY, "OMP_NUM_THREADS": "1"},
        # what runs the tests in the background may have told them to ignore Ctrl-C
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    assert process.stdout is not None
    first = process.stdout.readline()
    found = re.search(r"talk answers at (http://127\.0\.0\.1:\d+/v1)", first)
    assert found, first + process.stdout.read()
    heard = [first]
    thread = threading.Thread(target=lambda: heard.extend(process.stdout))
    thread.start()
    yield Running(found[1], process, heard)
    if process.poll() is None:
        process.kill()
    thread.join(20)
    process.stdout.close()


def questions() -> list[str]:
    return [f"{record(500 + n)['messages'][0]['content']} {SECRET}" for n in range(CLIENTS)]


def predicted(desk: Path, asked: list[str], *settings: str) -> list[str]:
    file = desk / "asked.jsonl"
    file.write_text("".join(json.dumps({"prompt": one}) + "\n" for one in asked))
    settings = (SETTING, *settings)
    table = predict(desk / "runs/talk", file, desk / "said.csv", settings=settings, show=False)
    return table["answer"].tolist()


def test_32_clients_at_once_have_each_its_own_answer(desk, server):
    """Half of them as a stream; each asks twice: for the greedy answer, and for a drawn one."""
    before = {path: path.stat().st_mtime_ns for path in (desk / "runs").rglob("*")}
    asked = questions()
    together = threading.Barrier(CLIENTS)

    def one(number: int) -> list[str]:
        turns = [{"role": "user", "content": asked[number]}]
        ask = server.client.chat.completions.create
        together.wait(60)
        found = []
        for more in ({}, {"temperature": 1.5, "seed": 4}):
            if number % 2:
                parts = ask(model="talk", messages=turns, stream=True, **more)
                choices = [part.choices[0] for part in parts]
                found.append("".join(choice.delta.content or "" for choice in choices))
                assert choices[-1].finish_reason in ("stop", "length")
            else:
                found.append(ask(model="talk", messages=turns, **more).choices[0].message.content)
        return found

    with ThreadPoolExecutor(CLIENTS) as clients:
        said = list(clients.map(one, range(CLIENTS)))
    drawn = predicted(desk, asked, "generation.temperature=1.5", "generation.seed=4")
    assert [greedy for greedy, _ in said] == predicted(desk, asked)
    assert [hot for _, hot in said] == drawn
    assert len(set(drawn)) > CLIENTS // 2, "who gets another's answer is found out"
    after = {path: path.stat().st_mtime_ns for path in (desk / "runs").rglob("*")}
    assert after == before, "nothing is kept"


def test_identifiers_are_replaced_before_they_are_read(server):
    ask = server.client.chat.completions.create

    def said(content: str) -> tuple[str, int]:
        whole = ask(model="talk", messages=[{"role": "user", "content": content}])
        return whole.choices[0].message.content, whole.usage.prompt_tokens

    assert said("invoice: to jane.doe@example.org") == said("invoice: to [EMAIL]")


def test_what_is_known_of_an_answer_comes_with_it(desk, server):
    turns = [{"role": "user", "content": questions()[0]}]
    ask = server.client.chat.completions.create
    hot = {"temperature": 1.5, "seed": 4}
    (whole,) = ask(model="talk", messages=turns, **hot).choices
    *_, last = ask(model="talk", messages=turns, stream=True, **hot)
    known = whole.model_extra["medtune"]
    assert last.choices[0].model_extra["medtune"] == known
    assert known["decision"] == "not decided"
    assert known["threshold"] is known["bar"] is known["probability"] is None
    assert "no bar can be guaranteed" in known["reason"]
    assert whole.message.content
    assert known["bits_per_byte"] > 0
    # the client's message can be sent back as it is
    again = [*turns, whole.message, *turns]
    assert isinstance(ask(model="talk", messages=again).choices[0].message.content, str)


def test_tokens_are_counted(server):
    turns = [{"role": "user", "content": questions()[0]}]
    ask = server.client.chat.completions.create
    short = ask(model="talk", messages=turns, max_tokens=2)
    assert short.choices[0].finish_reason == "length"
    assert short.usage.completion_tokens == 2
    assert short.usage.total_tokens == short.usage.prompt_tokens + 2
    *_, last = ask(model="talk", messages=turns, stream=True, max_tokens=2,
                   stream_options={"include_usage": True})  # fmt: skip
    assert last.usage == short.usage


@pytest.mark.parametrize(("more", "error"), [
    ({"model": SECRET}, openai.NotFoundError),
    ({"messages": []}, openai.BadRequestError),
    ({"messages": [{"role": SECRET, "content": "a"}]}, openai.BadRequestError),
    ({"max_tokens": -1}, openai.BadRequestError),
    ({"temperature": 3}, openai.BadRequestError),
    ({"n": 2}, openai.BadRequestError),
])  # fmt: skip
def test_the_client_knows_what_is_wrong(server, more, error):
    asked = {"model": "talk", "messages": [{"role": "user", "content": SECRET}], **more}
    with pytest.raises(error) as told:
        server.client.chat.completions.create(**asked)
    assert SECRET not in str(told.value)


def test_a_wrong_key_is_refused(server):
    with pytest.raises(openai.AuthenticationError):
        openai.OpenAI(base_url=server.address, api_key="wrong", max_retries=0).models.list()
    assert [each.id for each in server.client.models.list()] == ["talk"]
    assert httpx2.get(server.address.replace("/v1", "/health")).json() == {"status": "ok"}


def test_who_leaves_keeps_nobody_waiting(server):
    turns = [{"role": "user", "content": SECRET}]
    for _ in range(3):
        with pytest.raises(openai.APITimeoutError):
            server.client.with_options(timeout=0.001).chat.completions.create(
                model="talk", messages=turns, max_tokens=100
            )
        stream = server.client.chat.completions.create(
            model="talk", messages=turns, max_tokens=100, stream=True
        )
        next(iter(stream))
        stream.close()
    assert isinstance(server.ask(questions()[1]), str)


def test_at_the_end_nothing_of_it_was_said_aloud(server):
    """Last: it stops the server, as Ctrl-C does."""
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(60) == 130
    said = "".join(server.heard)
    assert "Each request needs the API key." in said
    assert "Stopped." in said
    assert "No answer is withheld" in said
    assert len(said.splitlines()) == 4, said
    for word in (SECRET, KEY, "invoice"):
        assert word not in said


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_another_host_needs_a_key(tmp_path, host):
    with pytest.raises(InputError, match=r"needs an API key.*--key-file.*MEDTUNE_API_KEY"):
        serve(tmp_path, host=host, port=0)


@pytest.mark.parametrize("text", ["short", "with blanks in the middle", "schlüssel-schlüssel", ""])
def test_a_weak_key_is_refused_and_not_shown(tmp_path, text):
    file = tmp_path / "key.txt"
    file.write_text(text)
    with pytest.raises(InputError, match=r"in key\.txt is no key") as told:
        key_of(file)
    assert not text or text not in str(told.value)


def test_a_key_is_read(tmp_path, monkeypatch):
    (tmp_path / "key.txt").write_text(f"{KEY}\n")
    assert key_of(tmp_path / "key.txt") == KEY
    assert key_of(None) is None
    monkeypatch.setenv(KEY_VARIABLE, f" {KEY}x")
    assert key_of(None) == f"{KEY}x"
    with pytest.raises(InputError, match=r"none\.txt cannot be read"):
        key_of(tmp_path / "none.txt")


def test_what_cannot_be_served_is_told(tmp_path, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=f"Nobody can listen at port {port}"):
            serve(tmp_path, port=port)
    with pytest.raises(InputError, match=r"no address 'nowhere\.invalid'"):
        serve(tmp_path, host="nowhere.invalid")
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "uvicorn" else real(name)
    )
    with pytest.raises(InputError, match=r"uvicorn, which is not here: pip install 'medtune\[se"):
        serve(tmp_path)
