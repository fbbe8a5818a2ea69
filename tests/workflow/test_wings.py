"""Films and texts part in one table, and nothing outside of the wings asks which of them it is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

import medtune
from medtune.config.data import Task
from medtune.errors import InputError
from medtune.workflow.predict import predict
from medtune.workflow.wings import WINGS

ROOT = Path(medtune.__file__).parent
OF_A_WING = ("vision", "text", "workflow/texts", "workflow/chats", "config/data.py")
KINDS = {"Run", "TextRun", "ChatRun", "DraftRun", "XrayData", "TextData"}
ASKED = re.compile(rf"\b(?:task|wing)\b|isinstance\((?s:.{{0,200}}?)\b(?:{'|'.join(KINDS)})\b")


def questions(source: str) -> Iterator[int]:
    """Lines that compare a task or a wing, or ask which kind of run or data there is."""
    if not ASKED.search(source):  # parsing takes long
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare | ast.Match):
            sides = (
                [node.subject] if isinstance(node, ast.Match) else [node.left, *node.comparators]
            )
            names = {getattr(side, "attr", getattr(side, "id", "")) for side in sides}
            if names & {"task", "wing"}:
                yield node.lineno
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "isinstance":
            asked = {n.id for n in ast.walk(node.args[1]) if isinstance(n, ast.Name)}
            if asked & KINDS:
                yield node.lineno


@pytest.mark.parametrize(
    "line",
    [
        "if run.task == 'support_intent': pass",
        "x = 1 if data.wing != 'text' else 2",
        "if task in ('a', 'b'): pass",
        "match run.task:\n    case 'a': pass",
        "if isinstance(run, Run | AnyRun): pass",
        "y = not isinstance(run.data, (TextData, int))",
    ],
)
def test_a_question_is_found(line):
    assert list(questions(line)) == [1]


def test_nothing_outside_of_the_wings_asks_which_of_them_it_is():
    asked = []
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        # the reader of run files has a schema for each kind of run
        if not name.startswith(OF_A_WING) and name != "config/load.py":
            asked += [f"{name}:{line}" for line in questions(path.read_text(encoding="utf-8"))]
    assert asked == []


def test_films_refuse_what_is_for_texts(tmp_path):
    with pytest.raises(InputError, match="--names is about texts"):
        predict(tmp_path, tmp_path, tmp_path / "out.csv", names=tmp_path / "names.txt")


def test_every_task_has_its_steps():
    assert set(WINGS) == set(get_args(Task))
    steps = {task: wing().__name__ for task, wing in WINGS.items()}  # type: ignore[attr-defined]
    assert len(set(steps.values())) == 3
    assert steps["support_chat"] == steps["legal_drafting"], "a draft is an answer: one road"
