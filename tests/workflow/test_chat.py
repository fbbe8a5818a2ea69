"""``medtune chat`` with lines from a pipe, and from a terminal."""

from __future__ import annotations

import io
import os
import select
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from medtune.cli import app
from medtune.config.load import load_run
from medtune.errors import DataError, InputError
from medtune.text.conversation import Message
from medtune.workflow.chats.chat import chat, lines_of
from medtune.workflow.chats.finished import open_finished
from medtune.workflow.train import train
from tests.workflow.chat_runs import write_talks

SHORT = "generation.max_tokens=8"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that has hardly learnt anything: it is finished, which is enough."""
    folder = tmp_path_factory.mktemp("chatted")
    train(load_run(write_talks(folder, 80), ["training.epochs=1"]), show=False)
    return folder / "runs/talk"


def said(run: Path, *lines: str) -> tuple[str, list[str]]:
    pieces: list[str] = []
    told: list[str] = []
    chat(run, lines, pieces.append, settings=[SHORT], tell=told.append)
    return "".join(pieces), told


def test_each_answer_knows_what_was_said_before(run):
    text, _ = said(run, "printer: to jane@example.org\n", "\n", "Still not?\n")
    finished = open_finished(run, [SHORT], None)
    first = (Message("user", "printer: to [EMAIL]"),)
    one = finished.answer(first).text
    two = finished.answer((*first, Message("assistant", one), Message("user", "Still not?"))).text
    assert text == f"{one}\n{two}\n"


def test_new_forgets_and_quit_ends(run):
    before = {path: path.stat().st_mtime_ns for path in run.rglob("*")}
    text, told = said(run, "invoice: a", "/new", "invoice: a", "/what", "/quit", "invoice: a")
    one, two = text.splitlines()
    assert one == two
    assert told[0].startswith("talk answers.")
    assert told[1].startswith("No answer is withheld")
    assert "A new conversation." in told
    assert sum(line.startswith("/new begins") for line in told) == 1
    assert {path: path.stat().st_mtime_ns for path in run.rglob("*")} == before


def test_the_command_reads_a_pipe(run):
    words = ["chat", str(run), "--set", SHORT]
    done = CliRunner().invoke(app, words, input="delivery: when?\n/quit\n")
    assert done.exit_code == 0
    assert done.stdout == said(run, "delivery: when?")[0]
    assert "talk answers." in done.stderr


def test_a_setting_of_training_is_refused(run):
    with pytest.raises(InputError, match="is of training"):
        chat(run, [], print, settings=["training.epochs=2"], tell=print)


def test_a_terminal_is_asked_and_a_pipe_is_not(monkeypatch):
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "r+b", buffering=0) as raw:
        typed, shown = io.TextIOWrapper(raw), io.TextIOWrapper(raw, write_through=True)
        monkeypatch.setattr(sys, "stdin", typed)
        monkeypatch.setattr(sys, "stdout", shown)
        os.write(ours, b"invoice: a\n\x04")
        assert list(lines_of(typed, shown)) == ["invoice: a"]
        monkeypatch.undo()
        seen = b""
        while seen.count(b"> ") < 2 and select.select([ours], [], [], 20)[0]:
            seen += os.read(ours, 1000)  # a terminal gives what it has in parts
        assert seen.count(b"> ") == 2
    os.close(ours)
    assert list(lines_of(io.StringIO("a\nb\n"), io.StringIO())) == ["a\n", "b\n"]
    with pytest.raises(DataError, match="no text in UTF-8"):
        list(lines_of(io.TextIOWrapper(io.BytesIO(b"stra\xdfe\n"), "utf-8"), io.StringIO()))


def test_ctrl_c_ends_the_line_that_was_begun(run):
    def lines() -> Iterator[str]:
        yield "invoice: a"
        raise KeyboardInterrupt

    pieces: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        chat(run, lines(), pieces.append, settings=[SHORT], tell=lambda line: None)
    assert "".join(pieces) == f"{said(run, 'invoice: a')[0]}\n"
