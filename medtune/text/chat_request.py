"""A request for an answer, in the words of OpenAI's ``POST /v1/chat/completions`` (2024).

What would change an answer in a way that is not done here is refused, never passed over. No
refusal quotes what was asked.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, NoReturn

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import PydanticCustomError

from medtune.config.generation import Generation
from medtune.text.conversation import Message, without_silence
from medtune.text.faults import FaultError
from medtune.text.formats.chat import content_of, role_of

MOST_BYTES = 256 * 1024  # of a request
MOST_MESSAGES = 256
JSON = "application/json"
ASKS = ("user", "tool")

# What changes nothing here, whatever it is.
PASSED_OVER = {"user", "metadata", "service_tier", "prompt_cache_key", "safety_identifier"}
# What is not done here, and the values that ask for nothing.
NOT_DONE: dict[str, tuple[Any, ...]] = {
    "n": (1,),
    "audio": (),
    "frequency_penalty": (0,),
    "function_call": ("none",),
    "functions": ([],),
    "logit_bias": ({},),
    "logprobs": (False,),
    "modalities": (["text"],),
    "parallel_tool_calls": (True, False),
    "prediction": (),
    "presence_penalty": (0,),
    "reasoning_effort": (),
    "response_format": ({"type": "text"},),
    "stop": ([],),
    "store": (False,),
    "tool_choice": ("none", "auto"),
    "tools": ([],),
    "top_logprobs": (0,),
    "verbosity": (),
    "web_search_options": (),
}


class Refused(Exception):
    """A request that is not answered.

    Args:
        status: of HTTP.
        said: why, in words that quote nothing of the request.
        param: the field that is wrong, where it is one.
        code: a word for programs.
    """

    def __init__(self, status: int, said: str, param: str | None = None, code: str = "") -> None:
        self.status, self.said, self.param, self.code = status, said, param, code
        super().__init__(said)

    def as_json(self) -> dict[str, Any]:
        """As OpenAI's API tells an error."""
        kind = "server_error" if self.status >= 500 else "invalid_request_error"
        error = {"message": self.said, "type": kind, "param": self.param, "code": self.code or None}
        return {"error": error}


class _Fields(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


class _Message(_Fields):
    role: str
    content: Any
    # What an answer of OpenAI's client has beside these, when it is sent back.
    name: str | None = None
    refusal: None = None
    annotations: list[Any] | None = Field(default=None, max_length=0)
    tool_call_id: str | None = None


class _StreamOptions(_Fields):
    include_usage: bool = False
    include_obfuscation: bool = False


class _Request(_Fields):
    model: str
    messages: list[_Message] = Field(min_length=1, max_length=MOST_MESSAGES)
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, gt=0, le=1)
    seed: int | None = Field(default=None, ge=0)
    stream: bool = False
    stream_options: _StreamOptions = _StreamOptions()

    @field_validator("messages", mode="before")
    @classmethod
    def _without_nulls(cls, listed: object) -> object:
        if not isinstance(listed, list):
            raise PydanticCustomError("list", "there is no list 'messages'")
        return [_there(each) if isinstance(each, dict) else each for each in listed]


@dataclass(frozen=True)
class Asked:
    """A request that is in order.

    Attributes:
        turns: until the last question.
        how: the answer is to be written.
        stream: whether it is sent piece by piece.
        usage: whether the tokens are counted at a stream's end.
    """

    turns: tuple[Message, ...]
    how: Generation
    stream: bool
    usage: bool


def asked_of(body: bytes, model: str, how: Generation, most_tokens: int) -> Asked:
    """What a request asks for.

    Args:
        body: of the request, JSON.
        model: the only name that is answered to.
        how: an answer is written where the request says nothing.
        most_tokens: of question and answer together.

    Raises:
        Refused: with status 404 for another model, 400 for whatever else is wrong.
    """
    record = _record(body)
    for name in sorted(NOT_DONE.keys() & record.keys()):
        if record.pop(name) not in NOT_DONE[name]:
            only = " or ".join(json.dumps(each) for each in NOT_DONE[name])
            raise Refused(
                400,
                f"'{name}' is not done here" + (f"; it may be {only}." if only else "."),
                name,
                "unsupported_parameter",
            )
    for name in PASSED_OVER:
        record.pop(name, None)
    try:
        request = _Request.model_validate(record)
    except ValidationError as error:
        _refuse(error)
    if request.model != model:
        raise Refused(404, f"There is one model here: '{model}'.", "model", code="model_not_found")
    changes = {
        "max_tokens": request.max_completion_tokens or request.max_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "seed": request.seed,
    }
    chosen = {name: value for name, value in changes.items() if value is not None}
    if chosen.get("max_tokens", 1) > most_tokens:
        raise Refused(
            400,
            f"The model learnt from conversations of at most {most_tokens} tokens; more are not "
            "written.",
            "max_completion_tokens" if request.max_completion_tokens else "max_tokens",
        )
    return Asked(
        _turns(request.messages),
        how.model_copy(update=chosen),
        request.stream,
        request.stream_options.include_usage,
    )


def _record(body: bytes) -> dict[str, Any]:
    try:
        record = json.loads(body.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Refused(400, "The body of the request is not JSON in UTF-8.") from None
    if not isinstance(record, dict):
        raise Refused(400, "The body of the request is no JSON object.")
    return _there(record)


def _no_number(name: str) -> NoReturn:
    raise ValueError("JSON has neither infinite numbers nor NaN")


def _there(record: dict[str, Any]) -> dict[str, Any]:
    """Without what is null: clients write it for what they do not say."""
    return {name: value for name, value in record.items() if value is not None}


def _refuse(error: ValidationError) -> NoReturn:
    """Tell the first thing that is wrong; a name that nobody knows is content, and not told."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = [str(part) for part in first["loc"]]
    if first["type"] == "extra_forbidden":
        place = place[:-1]
        said = "there is a field that is not known here"
    elif first["type"] == "missing":
        said = "it is missing"
    else:
        said = first["msg"][0].lower() + first["msg"][1:]
    param = ".".join(place) or None
    raise Refused(400, f"{param}: {said}." if param else f"In the request {said}.", param) from None


def _turns(listed: list[_Message]) -> tuple[Message, ...]:
    """The turns of a request; what was asked and got an empty answer is left out.

    Raises:
        Refused: by the words of ``text.faults``.
    """
    turns = []
    for number, each in enumerate(listed, start=1):
        try:
            role = role_of(number, each.role)
            silent = role == "assistant" and _silent(each.content)
            turns.append(Message(role, "" if silent else content_of(number, each.content)))
        except FaultError as fault:
            field = "role" if fault.name == "unrecognized_role" else "content"
            raise refused_by(fault, f"messages.{number - 1}.{field}") from None
    if turns[-1].role not in ASKS:
        raise Refused(400, "The last message is no question (of a user or a tool).", "messages")
    return without_silence(turns)


def _silent(content: object) -> bool:
    """Whether a message, or every part of one, is a text without words."""
    parts = content if isinstance(content, list) else [content]
    texts = [part.get("text") if isinstance(part, dict) else part for part in parts]
    return all(isinstance(text, str) and not text.strip() for text in texts)


def refused_by(fault: FaultError, param: str = "messages") -> Refused:
    """A fault of the turns as a refusal."""
    return Refused(400, f"{fault.said[0].upper()}{fault.said[1:]}.", param, fault.name)
