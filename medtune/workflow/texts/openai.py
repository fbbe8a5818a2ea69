"""What taught a run, as OpenAI's fine-tuning reads it: JSON lines of ``messages``.

The texts are the redacted ones that the run learnt from, each until its last answer that was
learnt: OpenAI wants an assistant to have the last word. They leave the company where somebody
sends them, which medtune never does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from medtune.errors import DataError
from medtune.text.conversation import Message
from medtune.text.faults import FaultError
from medtune.text.formats.chat import messages_of
from medtune.workflow.texts.begin import Begun
from medtune.workflow.texts.exporting import Exported, fresh

FILES = {"train": "train.jsonl", "tune": "validation.jsonl"}
LEAST = 10  # examples that OpenAI takes

Talk = Callable[[pd.Series], tuple[Message, ...]]


def write_openai(begun: Begun, out: Path, card: dict[str, Any], talk: Talk) -> Exported:
    """Write the conversations of train and tune, redacted as they are stored.

    Args:
        begun: what the run began with.
        out: folder to write into.
        card: of the export.
        talk: a case, with its messages, as a conversation.

    Raises:
        DataError: there is none that OpenAI takes.
    """
    counts: dict[str, int] = {}
    left_out = 0
    with fresh(out, card) as folder:
        for split, name in FILES.items():
            cases = begun.of(split)
            lines = [
                line
                for case, cell in zip(
                    cases.to_dict("records"), begun.messages.loc[cases["case_id"]], strict=True
                )
                for line in _lines(talk(pd.Series({**case, "messages": cell})))
            ]
            counts[name] = len(lines)
            left_out += len(cases) - len(lines)
            text = "".join(f"{line}\n" for line in lines)
            (folder / name).write_text(text, encoding="utf-8")
        if not counts[FILES["train"]]:
            raise DataError(
                "No training conversation is one that OpenAI's fine-tuning takes (tools' turns "
                "without their calls are not). Nothing was exported."
            )
    said = [f"Exported: {out / name} ({count} examples)" for name, count in counts.items()]
    if left_out:
        said.append(
            f"Left out: {left_out} that OpenAI's fine-tuning does not take, such as those with "
            "turns of a tool, whose calls are not among the texts"
        )
    said += [
        f"WARNING: OpenAI takes at least {LEAST} examples, and {name} has {count}"
        for name, count in counts.items()
        if count < LEAST
    ]
    said.append("Redacted as the run learnt from them; nothing was sent anywhere.")
    return Exported(out, [*FILES.values()], said, {"examples": counts, "left_out": left_out})


def _lines(talk: tuple[Message, ...]) -> Iterator[str]:
    """A conversation until its last answer that is taught; none where OpenAI refuses it."""
    last = max((at for at, message in enumerate(talk) if message.taught), default=-1)
    talk = talk[: last + 1]
    if not talk or any(message.role == "tool" for message in talk):
        return
    record = {"messages": [_message(message) for message in talk]}
    try:
        messages_of(record)  # by the cookbook's rules
    except FaultError:
        return
    yield json.dumps(record, ensure_ascii=False)


def _message(message: Message) -> dict[str, object]:
    said: dict[str, object] = {"role": message.role, "content": message.content}
    if message.role == "assistant" and not message.taught:
        said["weight"] = 0
    return said
