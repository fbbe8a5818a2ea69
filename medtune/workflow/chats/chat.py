"""``medtune chat``: a conversation with a finished run that answers, in a terminal."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from medtune.errors import DataError
from medtune.text.conversation import Message, without_silence
from medtune.text.faults import FaultError
from medtune.text.sure import HAND_OVER
from medtune.workflow.chats.open import open_run
from medtune.workflow.wings import Answering

NEW, QUIT = "/new", "/quit"
WORDS = f"{NEW} begins a new conversation, {QUIT} or Ctrl-D ends."
PROMPT = "> "


def lines_of(source: TextIO, shown: TextIO) -> Iterator[str]:
    """What a person types, line by line, until the end of the file (Ctrl-D).

    Args:
        source: a terminal, or a pipe.
        shown: where answers are written; where both are a terminal, a prompt asks for each line.

    Raises:
        DataError: a line is no text.
    """
    if not (source.isatty() and shown.isatty()):
        try:
            yield from source
        except UnicodeDecodeError:
            raise DataError("What is asked is no text in UTF-8.") from None
        return
    with suppress(ImportError):  # arrow keys; its history is this process's alone
        importlib.import_module("readline")
    while True:
        try:
            yield input(PROMPT)
        except EOFError:
            shown.write("\n")
            return


def chat(
    folder: Path | str,
    lines: Iterable[str],
    write: Callable[[str], None],
    *,
    names: Path | str | None = None,
    settings: Sequence[str] = (),
    tell: Callable[[str], None],
) -> None:
    """Answer line by line, each in the light of those before it; nothing is kept.

    Args:
        folder: of the finished run.
        lines: what a person says; ``/new`` forgets what was said, ``/quit`` ends.
        write: called with each answer piece by piece, and with its line's end.
        names: list of names to replace; the run's own by default.
        settings: overrides of the run's section 'generation'.
        tell: called with a line about the conversation itself.

    Raises:
        InputError: the run does not answer or is not finished, or a setting is of training.
        KeyboardInterrupt: it was ended by Ctrl-C; the line that was begun has an end.
    """
    finished = open_run(folder, settings, names)
    tell(f"{finished.name} answers. {WORDS}")
    tell(finished.note)
    try:
        _talk(finished, lines, write, tell)
    except KeyboardInterrupt:
        write("\n")
        raise


def _talk(
    finished: Answering,
    lines: Iterable[str],
    write: Callable[[str], None],
    tell: Callable[[str], None],
) -> None:
    turns: list[Message] = []
    for line in lines:
        said = line.strip()
        if said == QUIT:
            return
        if said == NEW:
            turns = []
            tell("A new conversation.")
        elif said.startswith("/"):
            tell(WORDS)
        elif said:
            turns.append(Message("user", said))
            try:
                answer = finished.answer(turns, tell=write)
            except FaultError as fault:
                turns.pop()
                tell(f"Not answered: {fault.said}.")
                continue
            write("\n")
            if answer.sure.decision == HAND_OVER:
                tell(f"Handed over: {answer.sure.reason}.")
            if not answer.whole:
                tell("Cut at 'generation.max_tokens'.")
            if answer.unread:
                tell(f"No room for the first {answer.unread} tokens of the conversation.")
            turns = [*without_silence([*turns, Message("assistant", answer.text)])]
            if not answer.text:
                tell("The model said nothing.")
