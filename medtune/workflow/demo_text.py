"""``medtune demo --text``: both roads of texts on a simulated help desk, offline, in minutes."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medtune.config.load import load_run
from medtune.config.training import ChatTraining
from medtune.errors import RunError
from medtune.evaluation import result_as_json
from medtune.phantom.everyday import write_everyday
from medtune.phantom.helpdesk import write_conversations, write_questions
from medtune.report.aloud import page_one
from medtune.tables.results import Result
from medtune.tables.schema import write_text
from medtune.workflow.chats.pretraining import pretrain_tiny
from medtune.workflow.evaluate import evaluate
from medtune.workflow.progress import say, silent
from medtune.workflow.report import report
from medtune.workflow.train import train

QUESTIONS = 1500
TALKS = 400  # conversations beside so many questions
PARAGRAPHS = 2000  # of generic text that teaches the tiny model
KEPT = 0.06  # as many more tell what it forgets
FEWEST = 60
SEED = 1
TINY = ChatTraining(epochs=4, batch_size=8, learning_rate=1e-2, packing=True, device="cpu")
DESK = """\
# SIMULATED. Which intent a question has, at a help desk that nobody has.
name: desk
task: support_intent
site: simulated
data:
  format: intents
  files: questions.csv
  group: customer
  id: ticket
  time: date
  out_of_scope: other
  duplicates: drop
  max_tokens: 64
  split: {train: 0.40, tune: 0.10, calibration: 0.25, test: 0.25}
model: {backbone: tiny, adapt: full}
training: {epochs: 8, batch_size: 16, learning_rate: 3e-3, head_learning_rate: 1e-2, device: cpu}
evaluation: {compare_with: [frozen_backbone, tfidf]}
"""
TALK = """\
# SIMULATED. What the same help desk answers.
name: talk
task: support_chat
site: simulated
data:
  format: openai_chat
  files: talks.jsonl
  group: customer
  id: id
  time: created
  attributes: [plan, solved]
  duplicates: drop
  max_tokens: 384
  split: {train: 0.50, tune: 0.10, calibration: 0, test: 0.40}
model: {backbone: tiny, adapt: full}
training: {epochs: 8, batch_size: 8, learning_rate: 1e-2, device: cpu}
evaluation:
  compare_with: [untouched, from_scratch]
  generic: generic.txt
generation: {max_tokens: 80}
"""


@dataclass(frozen=True)
class Shown:
    """What was shown of one run.

    Attributes:
        title: what it does.
        result: what fine-tuning gained.
        report: where the report lies.
    """

    title: str
    result: Result
    report: Path


@dataclass(frozen=True)
class TextDemo:
    """What ``medtune demo --text`` showed.

    Attributes:
        shown: a run each.
        seconds: that each part took this time.
    """

    shown: list[Shown]
    seconds: dict[str, float]

    def lines(self) -> list[str]:
        """For a person: page one of each report, what it cost, and where the rest stands."""
        told = []
        for each in self.shown:
            told += ["", f"{each.title} (simulated)", *page_one(each.result)]
            told += [f"Note: {warning}" for warning in each.result.warnings]
            told.append(f"Report: {each.report}")
        parts = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in self.seconds.items())
        total = sum(self.seconds.values())
        told += ["", f"It took {total:.0f} s on {os.cpu_count()} cores this time: {parts}."]
        talk = self.shown[-1].report.parent
        return [*told, f"Next: medtune chat {talk}"]

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return {
            "seconds": self.seconds,
            **{
                each.report.parent.name: {
                    **result_as_json(each.result), "report": str(each.report)
                }
                for each in self.shown
            },
        }  # fmt: skip


def demo_text(out: Path, *, questions: int | None = None, show: bool = True) -> TextDemo:
    """Simulate a help desk, teach a tiny model its intents and its answers, and judge both.

    Started again in the same folder, it goes on where it was interrupted.

    Args:
        out: folder for everything.
        questions: simulated questions; conversations and generic text go with them.
        show: whether progress is shown on stderr.

    Returns:
        What fine-tuning gained.

    Raises:
        RunError: the folder holds something else.
    """
    tell = say if show else silent
    wanted, marker = questions or QUESTIONS, out / "demo.txt"
    if out.exists() and any(out.iterdir()):
        if not marker.exists():
            raise RunError(f"The folder {out.name} holds something else; give '--out' another one.")
        if marker.read_text(encoding="utf-8") != _note(wanted):
            raise RunError(f"The folder {out.name} holds another demo; give '--out' another one.")
    out.mkdir(parents=True, exist_ok=True)
    write_text(_note(wanted), marker)
    tell(f"simulating {wanted} questions to a help desk and its answers (not real)")
    began = time.perf_counter()
    runs = write_desk(out, wanted)
    tell("teaching a tiny language model generic text, which has nothing of the desk")
    pretrain_tiny(out / "tiny", out / "everyday.txt", TINY, tell)
    seconds = {"simulation and a tiny model": time.perf_counter() - began}
    shown = []
    for title, path in runs.items():
        began = time.perf_counter()
        run = load_run(path)
        tell(f"teaching it: {title}")
        train(run, show=show)
        tell("judging it on the test customers")
        result = evaluate(run, show=show)
        shown.append(Shown(title, result, report(out / "runs" / run.name)))
        seconds[title] = time.perf_counter() - began
    return TextDemo(shown, seconds)


def write_desk(folder: Path, questions: int) -> dict[str, Path]:
    """Write a simulated help desk, generic text, and runs about both, without the tiny model.

    Returns:
        The run files, by what they do.
    """
    share = questions / QUESTIONS
    talks, paragraphs = (max(FEWEST, round(share * most)) for most in (TALKS, PARAGRAPHS))
    write_questions(folder / "questions.csv", questions, seed=SEED)
    write_conversations(folder / "talks.jsonl", talks, seed=SEED)
    write_everyday(folder / "everyday.txt", paragraphs, seed=SEED)
    write_everyday(folder / "generic.txt", max(20, round(KEPT * paragraphs)), seed=SEED + 1)
    write_text(DESK, folder / "desk.yaml")
    write_text(TALK, folder / "talk.yaml")
    return {
        "Which intent a question has": folder / "desk.yaml",
        "What is answered": folder / "talk.yaml",
    }


def _note(questions: int) -> str:
    return f"SIMULATED. medtune demo --text, {questions} questions to a simulated help desk.\n"
