"""The web service by itself: what it refuses, and that it neither keeps nor tells what is asked."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator, Sequence

import pytest
from fastapi.testclient import TestClient

from medtune.config.generation import Generation
from medtune.text.chat_request import MOST_BYTES, MOST_MESSAGES
from medtune.text.conversation import Message
from medtune.text.faults import FaultError
from medtune.text.generate import Said, Tell
from medtune.text.server import Served, app_of

HOME = "http://127.0.0.1:8000"
CHAT = "/v1/chat/completions"
SECRET = "Xanthippe"
KEY = "k" * 16 + "ey"
JSON = {"content-type": "application/json"}


def echo(turns: Sequence[Message], how: Generation, tell: Tell) -> Said:
    """Says the last question backwards, a letter a token."""
    last = turns[-1].content
    if last == "break":
        raise KeyError(SECRET)
    if last == "refuse":
        raise FaultError("data_type", "the chat template refuses these turns")
    text = last[::-1][: how.max_tokens]
    for number, letter in enumerate(text):
        if number == 3 and last.startswith("halt"):
            raise KeyError(SECRET)
        tell(letter)
    return Said(text, len(last) <= how.max_tokens, len(last), 2, len(text))


def served(answer=echo) -> Served:
    return Served("talk", 1_700_000_000, answer, Generation(max_tokens=32), 64)


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def client(told) -> Iterator[TestClient]:
    with TestClient(app_of(served(), told.append), base_url=HOME) as client:
        yield client


def asked(**more: object) -> dict[str, object]:
    return {"model": "talk", "messages": [{"role": "user", "content": f"{SECRET}?"}], **more}


def message(**more: object) -> dict[str, object]:
    return asked(messages=[{"role": "user", "content": "a", **more}])


def pieces(text: str) -> list[dict[str, object]]:
    """The events of a stream."""
    events = [line.removeprefix("data: ") for line in text.split("\n\n") if line]
    assert events.pop() == "[DONE]"
    return [json.loads(event) for event in events]


def test_it_answers(client):
    said = client.post(CHAT, json=asked()).json()
    assert said["choices"][0]["message"]["content"] == f"?{SECRET[::-1]}"
    assert said["choices"][0]["finish_reason"] == "stop"
    assert said["choices"][0]["medtune"]["decision"] == "not decided"
    assert "no bar can be guaranteed" in said["choices"][0]["medtune"]["reason"]
    assert said["usage"]["total_tokens"] == 20
    assert said["usage"]["prompt_tokens_details"]["unread_tokens"] == 2
    assert (said["object"], said["model"]) == ("chat.completion", "talk")
    assert client.get("/health").json() == {"status": "ok"}
    assert [each["id"] for each in client.get("/v1/models").json()["data"]] == ["talk"]
    assert client.get("/v1/models/talk").json()["id"] == "talk"


def test_a_stream_says_the_same(client):
    options = {"stream": True, "stream_options": {"include_usage": True}, "max_tokens": 5}
    *said, last, counted = pieces(client.post(CHAT, json=asked(**options)).text)
    text = "".join(each["choices"][0]["delta"]["content"] for each in said)
    whole = client.post(CHAT, json=asked(max_tokens=5)).json()
    assert text == whole["choices"][0]["message"]["content"] == "?eppi"
    assert len(said) == 5
    assert last["choices"][0]["finish_reason"] == "length"
    assert last["choices"][0]["medtune"] == whole["choices"][0]["medtune"]
    assert not any("medtune" in each["choices"][0] for each in said)
    assert counted["choices"] == []
    assert counted["usage"] == whole["usage"]


def test_what_clients_say_beside_it_is_taken(client):
    turns = [
        {"role": "developer", "content": "Be kind."},
        {"role": "user", "content": "a", "name": "b"},
        {"role": "assistant", "content": "b", "refusal": None, "tool_calls": None},
        {"role": "user", "content": [{"type": "text", "text": text} for text in ("a", "b")]},
    ]
    more = {
        "n": 1,
        "stop": None,
        "user": "u",
        "temperature": 0,
        "response_format": {"type": "text"},
    }
    said = client.post(CHAT, json=asked(messages=turns, **more))
    assert said.json()["choices"][0]["message"]["content"] == "b\na"


@pytest.mark.parametrize("nothing", ["", " \n", [], [{"type": "text", "text": ""}]])
def test_an_empty_answer_that_is_sent_back_is_no_turn(nothing):
    """It is the server's own, and the terminal forgets it too, with what was asked."""
    seen: list[tuple[str, str]] = []

    def answer(turns: Sequence[Message], how: Generation, tell: Tell) -> Said:
        seen.extend((turn.role, turn.content) for turn in turns)
        return Said("", True, 1, 0, 1)

    turns: list[dict[str, object]] = [{"role": "system", "content": "Be kind."}]
    with TestClient(app_of(served(answer), print), base_url=HOME) as client:
        turns += [{"role": "user", "content": "a"}]
        said = client.post(CHAT, json=asked(messages=turns)).json()["choices"][0]["message"]
        assert said["content"] == ""
        turns += [{**said, "content": nothing}, {"role": "user", "content": "b"}]
        seen.clear()
        assert client.post(CHAT, json=asked(messages=turns)).status_code == 200
        assert seen == [("system", "Be kind."), ("user", "b")]
        last = client.post(CHAT, json=asked(messages=turns[:3]))
        assert "no question" in last.json()["error"]["message"]


REFUSED = {
    "bad JSON": (b'{"model": ', 400, None, "is not JSON"),
    "not UTF-8": (b'{"model": "\xff"}', 400, None, "is not JSON"),
    "nested": (b"[" * 200_000, 400, None, "JSON"),
    "a list": (b"[]", 400, None, "no JSON object"),
    "NaN": (json.dumps(asked(temperature=float("nan"))).encode(), 400, None, "is not JSON"),
    "infinite": (json.dumps(asked()).encode()[:-1] + b', "temperature": 1e999}', 400,
                 "temperature", "finite|less than"),
    "no model": ({"messages": [{"role": "user", "content": "a"}]}, 400, "model", "missing"),
    "no messages": ({"model": "talk"}, 400, "messages", "missing"),
    "messages are text": (asked(messages=SECRET), 400, "messages", "no list"),
    "empty messages": (asked(messages=[]), 400, "messages", "at least 1"),
    "too many messages": (asked(messages=[{"role": "user", "content": "a"}] * (MOST_MESSAGES + 1)),
                          400, "messages", f"at most {MOST_MESSAGES}"),
    "message is text": (asked(messages=[SECRET]), 400, "messages.0", "valid dictionary"),
    "wrong role": (message(role=SECRET), 400, "messages.0.role", "role of message 1 is none of"),
    "no role": (asked(messages=[{"content": "a"}]), 400, "messages.0.role", "missing"),
    "empty content": (message(content="  "), 400, "messages.0.content", "says nothing"),
    "content is a number": (message(content=7), 400, "messages.0.content", "says nothing"),
    "a picture": (message(content=[{"type": "image_url"}]), 400, "messages.0.content", "no text"),
    "half a letter": (json.dumps(message(content="\ud800")).encode(), 400, "messages.0.content",
                      "Unicode"),
    "a field nobody reads": (message(**{SECRET: 1}), 400, "messages.0", "not known here"),
    "answers last": (message(role="assistant"), 400, "messages", "no question"),
    "unknown model": (asked(model=SECRET), 404, "model", "one model here: 'talk'"),
    "negative max_tokens": (asked(max_tokens=-1), 400, "max_tokens", "greater than or equal to 1"),
    "too many tokens": (asked(max_tokens=65), 400, "max_tokens", "at most 64 tokens"),
    "too hot": (asked(temperature=2.5), 400, "temperature", "less than or equal to 2"),
    "temperature is text": (asked(temperature="0"), 400, "temperature", "valid number"),
    "top_p 0": (asked(top_p=0), 400, "top_p", "greater than 0"),
    "several answers": (asked(n=2), 400, "n", "may be 1"),
    "tools": (asked(tools=[{"type": "function"}]), 400, "tools", "not done here"),
    "stop words": (asked(stop=[SECRET]), 400, "stop", "not done here"),
    "an unknown field": (asked(**{SECRET: 1}), 400, None, "not known here"),
    "refused by the template": (message(content="refuse"), 400, "messages", "template refuses"),
    "too long": (b" " * (MOST_BYTES + 1), 413, None, "at most 256 KiB"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_is_told_and_not_quoted(client, told, caplog, capfd, case):
    given, status, param, said = REFUSED[case]
    caplog.set_level(logging.DEBUG)
    body = given if isinstance(given, bytes) else json.dumps(given).encode()
    for stream in (False, True):
        if stream and isinstance(given, dict):
            body = json.dumps({**given, "stream": True}).encode()
        answer = client.post(CHAT, content=body, headers=JSON)
        error = answer.json()["error"]
        assert answer.status_code == status
        assert set(error) == {"message", "type", "param", "code"}
        assert error["type"] == "invalid_request_error"
        assert error["param"] == param
        assert any(part in error["message"] for part in said.split("|")), error["message"]
        assert SECRET not in answer.text
    assert not told
    assert SECRET not in caplog.text + "".join(capfd.readouterr())


def test_other_content_types_are_refused(client):
    body = json.dumps(asked()).encode()
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        answer = client.post(CHAT, content=body, headers={"content-type": kind})
        assert answer.status_code == 415
        assert "application/json" in answer.json()["error"]["message"]
    kind = {"content-type": "application/json; charset=utf-8"}
    assert client.post(CHAT, content=body, headers=kind).status_code == 200


def test_a_long_body_without_its_length_is_refused(client):
    parts = (b" " * 1024 for _ in range(257))
    assert client.post(CHAT, content=parts, headers=JSON).status_code == 413


@pytest.mark.parametrize(("way", "place", "status"), [
    ("get", "/", 404), ("get", CHAT, 405), ("get", "/docs", 404), ("get", "/openapi.json", 404),
    ("post", "/v1/completions", 404), ("get", f"/v1/models/{SECRET}", 404),
])  # fmt: skip
def test_other_addresses_are_refused(client, way, place, status):
    answer = getattr(client, way)(place)
    assert answer.status_code == status
    assert set(answer.json()["error"]) == {"message", "type", "param", "code"}
    assert SECRET not in answer.text


def test_a_name_that_is_led_here_is_refused(client):
    for place in ("/health", "/v1/models", CHAT):
        answer = client.request("POST" if place == CHAT else "GET", f"http://evil.example{place}")
        assert answer.status_code == 403
    with TestClient(app_of(served(), print, key=KEY, loopback=False)) as far:
        assert far.get("http://desk.example/health").status_code == 200


@pytest.mark.parametrize("given", [None, "", KEY, f"Basic {KEY}", f"Bearer {KEY}x", "Bearer é"])
def test_a_wrong_key_is_refused(given):
    with TestClient(app_of(served(), print, key=KEY), base_url=HOME) as client:
        headers = {} if given is None else {"Authorization": given.encode()}
        for answer in (
            client.get("/v1/models", headers=headers),
            client.post(CHAT, json=asked(), headers=headers),
        ):
            assert answer.status_code == 401
            assert answer.json()["error"]["code"] == "invalid_api_key"
            assert answer.headers["www-authenticate"] == "Bearer"
            assert KEY not in answer.text
        right = {"Authorization": f"Bearer {KEY}"}
        assert client.post(CHAT, json=asked(), headers=right).status_code == 200
        assert client.get("/health").status_code == 200


def test_our_own_mistake_is_told_without_its_words(client, told, caplog, capfd):
    for stream in (False, True):
        answer = client.post(CHAT, json=message(content="break") | {"stream": stream})
        assert answer.status_code == 500
        assert answer.json()["error"]["type"] == "server_error"
    answer = client.post(CHAT, json=message(content="halt after three") | {"stream": True})
    *said, error = answer.text.strip().split("\n\n")
    assert len(said) == 3
    assert '"server_error"' in error
    assert told == ["A request was not answered, by a mistake of medtune's own (KeyError)."] * 3
    assert SECRET not in answer.text + caplog.text + "".join(capfd.readouterr())
    assert client.post(CHAT, json=asked()).status_code == 200


def test_who_comes_when_too_many_wait_is_told_to_come_back(told):
    begun, go = threading.Event(), threading.Event()

    def slow(turns: Sequence[Message], how: Generation, tell: Tell) -> Said:
        begun.set()
        assert go.wait(20)
        return echo(turns, how, tell)

    said: list[int] = []
    with TestClient(app_of(served(slow), told.append, most_waiting=1), base_url=HOME) as client:

        def first() -> None:
            said.append(client.post(CHAT, json=asked()).status_code)

        thread = threading.Thread(target=first)
        thread.start()
        assert begun.wait(20)
        late = client.post(CHAT, json=asked())
        go.set()
        thread.join(20)
    assert late.status_code == 503
    assert late.headers["retry-after"] == "1"
    assert said == [200]
