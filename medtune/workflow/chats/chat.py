"""``medtune chat``: a conversation with a finished language model, in a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from medtune.text.conversation import Message
from medtune.text.faults import FaultError
from medtune.workflow.chats.finished import open_finished

NEW, QUIT = "/new", "/quit"
WORDS = f"{NEW} begins a new conversation, {QUIT} ends."


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
    """
    finished = open_finished(Path(folder), settings, None if names is None else Path(names))
    tell(f"{finished.model.card.name} answers. {WORDS}")
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
            if not answer.whole:
                tell("Cut at 'generation.max_tokens'.")
            if answer.unread:
                tell(f"No room for the first {answer.unread} tokens of the conversation.")
            # an answer that says nothing is none, and no template takes it
            if answer.text:
                turns.append(Message("assistant", answer.text))
            else:
                turns.pop()
                tell("The model said nothing.")
