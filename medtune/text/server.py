"""A model that answers as a web service, in the words of OpenAI's API, so that its clients work.

``GET /health``, ``GET /v1/models``, ``POST /v1/chat/completions`` (whole, or as server-sent
events). Nothing that is asked or answered is kept or logged, and no error quotes it. Only JSON is
taken, which no page of another site can send unasked, and in the machine's own names only where
it listens to itself alone, so that no other name can be made to lead here (DNS rebinding).
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import socket
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import uuid4

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.exceptions import HTTPException

from medtune.config.generation import Generation
from medtune.text.chat_request import JSON, MOST_BYTES, Asked, Refused, asked_of, refused_by
from medtune.text.conversation import Message
from medtune.text.faults import FaultError
from medtune.text.generate import Said, Tell
from medtune.text.one_at_a_time import OneAtATime, Waiting

MOST_WAITING = 64  # requests
BODY_SECONDS = 30  # in which a request has to arrive
LOOKS = 0.5  # seconds between two looks whether the client is still there
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


class Answers(Protocol):
    """Writes an answer; see ``text.generate.answer``."""

    def __call__(self, turns: Sequence[Message], how: Generation, tell: Tell) -> Said:
        """The answer."""


@dataclass(frozen=True)
class Served:
    """What is served.

    Attributes:
        name: of the model.
        created: when it was finished, in seconds since 1970.
        answer: writes an answer.
        how: where a request says nothing.
        most_tokens: of question and answer together.
    """

    name: str
    created: int
    answer: Answers
    how: Generation
    most_tokens: int


def app_of(
    served: Served,
    told: Callable[[str], None],
    *,
    key: str | None = None,
    loopback: bool = True,
    most_waiting: int = MOST_WAITING,
) -> FastAPI:
    """The web service.

    Args:
        served: the model.
        told: called with a line for the person who runs it, where something of ours goes wrong.
        key: that each request has to bear; None where none has to.
        loopback: whether it listens to this machine alone.
        most_waiting: requests that wait for an answer at once.
    """
    queue = OneAtATime(most_waiting)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        queue.close()

    app = FastAPI(lifespan=lifespan, openapi_url=None)  # its pages would load scripts from afar

    def admit(request: Request, *, with_key: bool = True) -> None:
        if loopback and request.url.hostname not in LOOPBACK_NAMES:
            raise Refused(403, "Only requests to this machine by its own name are answered.")
        if with_key and key is not None:
            _must_bear(request, key)

    @app.get("/health")
    async def health(request: Request) -> Response:
        admit(request, with_key=False)
        return JSONResponse({"status": "ok"})

    @app.get("/v1/models")
    async def models(request: Request) -> Response:
        admit(request)
        return JSONResponse({"object": "list", "data": [_card(served)]})

    @app.get("/v1/models/{name}")
    async def model(request: Request, name: str) -> Response:
        admit(request)
        if name != served.name:
            raise Refused(404, f"There is one model here: '{served.name}'.", "model",
                          "model_not_found")  # fmt: skip
        return JSONResponse(_card(served))

    @app.post("/v1/chat/completions")
    async def completions(request: Request) -> Response:
        admit(request)
        body = await _body(request)
        try:
            asked = asked_of(body, served.name, served.how, served.most_tokens)
            waiting = queue.ask(lambda tell: served.answer(asked.turns, asked.how, tell))
            if asked.stream:
                return await _stream(served.name, waiting, asked, told)
            return await _whole(served.name, waiting, request)
        except FaultError as fault:
            raise refused_by(fault) from None
        except Refused:
            raise
        except Exception as error:
            raise _our_fault(error, told) from None

    @app.exception_handler(Refused)
    async def refuse(_: Request, refused: Refused) -> Response:
        headers = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": "1"}}
        return JSONResponse(refused.as_json(), refused.status, headers.get(refused.status))

    @app.exception_handler(HTTPException)
    async def no_such_place(request: Request, error: HTTPException) -> Response:
        said = {404: "There is nothing at this address.", 405: "That is not done at this address."}
        return JSONResponse(
            Refused(error.status_code, said.get(error.status_code, "That is not done.")).as_json(),
            error.status_code,
            error.headers,
        )

    return app


def listen(app: FastAPI, at: socket.socket) -> None:
    """Serve until the process is asked to stop; what is being answered then has five seconds.

    Args:
        app: the web service.
        at: bound, not listening yet.
    """
    uvicorn.Server(
        uvicorn.Config(
            app,
            access_log=False,
            log_level="critical",
            server_header=False,
            timeout_graceful_shutdown=5,
            http="h11",
            ws="none",
        )
    ).run(sockets=[at])


def _must_bear(request: Request, key: str) -> None:
    """Refuse a request without the key; how long that takes says nothing about the key."""
    kind, _, given = request.headers.get("authorization", "").partition(" ")
    same = hmac.compare_digest(_digest(given.strip()), _digest(key))
    if kind.lower() != "bearer" or not same:
        raise Refused(401, "The API key is missing or wrong.", code="invalid_api_key")


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()


async def _body(request: Request) -> bytes:
    """The body of a request, no more of it than may be.

    Raises:
        Refused: 415 where it is no JSON, 413 where it is too long, 408 where it does not arrive.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
        raise Refused(415, f"The content type of a request is {JSON}.")
    too_long = Refused(413, f"A request has at most {MOST_BYTES // 1024} KiB.", code="too_long")
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > MOST_BYTES:
        raise too_long
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in request.stream():
                body += part
                if len(body) > MOST_BYTES:
                    raise too_long
    except TimeoutError:
        raise Refused(408, f"The request did not arrive in {BODY_SECONDS} seconds.") from None
    return bytes(body)


async def _whole(name: str, waiting: Waiting, request: Request) -> Response:
    """The answer as one piece of JSON; nothing where the client has left."""
    writing = asyncio.ensure_future(_to_end(waiting))
    while not writing.done():
        await asyncio.wait({writing}, timeout=LOOKS)
        if not writing.done() and await request.is_disconnected():
            waiting.leave()
            writing.cancel()
            return Response(status_code=499)  # nobody reads it
    said, text = writing.result()
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": text, "refusal": None},
        "logprobs": None,
        "finish_reason": _finish(said),
        "medtune": said.sure.as_dict(),
    }
    head = _head(name, "chat.completion")
    return JSONResponse({**head, "choices": [choice], "usage": _usage(said)})


async def _to_end(waiting: Waiting) -> tuple[Said, str]:
    text = "".join([piece async for piece in waiting.pieces()])
    assert waiting.said is not None
    return waiting.said, text


async def _stream(
    name: str, waiting: Waiting, asked: Asked, told: Callable[[str], None]
) -> Response:
    """The answer as server-sent events, once its first token is there.

    Raises:
        Exception: what stopped the answer before its first token.
    """
    pieces = waiting.pieces()
    try:
        first = await anext(pieces, "")
    except BaseException:
        waiting.leave()
        raise
    head = _head(name, "chat.completion.chunk")

    def chunk(delta: dict[str, str], said: Said | None = None) -> str:
        choice: dict[str, Any] = {"index": 0, "delta": delta, "logprobs": None}
        choice["finish_reason"] = None if said is None else _finish(said)
        if said is not None:
            choice["medtune"] = said.sure.as_dict()
        counted = {"usage": None} if asked.usage else {}
        return _event({**head, "choices": [choice], **counted})

    async def events() -> AsyncIterator[str]:
        try:
            yield chunk({"role": "assistant", "content": first})
            async for piece in pieces:
                if piece:
                    yield chunk({"content": piece})
            assert waiting.said is not None
            yield chunk({}, waiting.said)
            if asked.usage:
                yield _event({**head, "choices": [], "usage": _usage(waiting.said)})
            yield "data: [DONE]\n\n"
        except Exception as error:
            yield _event(_our_fault(error, told).as_json())
        finally:
            waiting.leave()

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(events(), media_type="text/event-stream", headers=headers)


def _event(data: dict[str, Any]) -> str:
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n"


def _our_fault(error: Exception, told: Callable[[str], None]) -> Refused:
    """An error nobody foresaw. Its own message may quote what was asked: it is not shown."""
    told(f"A request was not answered, by a mistake of medtune's own ({type(error).__name__}).")
    return Refused(500, "The server made a mistake; it is not yours.")


def _card(served: Served) -> dict[str, Any]:
    return {
        "id": served.name,
        "object": "model",
        "created": served.created,
        "owned_by": "medtune",
    }


def _head(name: str, kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{uuid4().hex}",
        "object": kind,
        "created": int(time.time()),
        "model": name,
    }


def _finish(said: Said) -> str:
    return "stop" if said.whole else "length"


def _usage(said: Said) -> dict[str, Any]:
    """Tokens; also those for which there was no room, which OpenAI's clients pass over."""
    return {
        "prompt_tokens": said.read,
        "completion_tokens": said.written,
        "total_tokens": said.read + said.written,
        "prompt_tokens_details": {"cached_tokens": 0, "unread_tokens": said.unread},
    }
