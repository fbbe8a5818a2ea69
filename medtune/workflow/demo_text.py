"""``medtune demo --text``: the road of texts on a simulated help desk, offline, in two minutes."""

from __future__ import annotations

from pathlib import Path

from medtune.config.load import load_run
from medtune.errors import RunError
from medtune.phantom.helpdesk import tickets, write_questions
from medtune.tables.results import Result
from medtune.tables.schema import write_text
from medtune.text.tiny import write_tiny
from medtune.workflow.evaluate import evaluate
from medtune.workflow.progress import say
from medtune.workflow.train import train

QUESTIONS = 1500
SEED = 1
RUN = """\
# SIMULATED. A help desk that nobody has; a language model that knows nothing beforehand.
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


def demo_text(out: Path, *, questions: int | None = None, show: bool = True) -> Result:
    """Simulate a help desk, teach a tiny model its intents, and judge it.

    Started again in the same folder, it goes on where it was interrupted.

    Args:
        out: folder for everything.
        questions: simulated questions.
        show: whether progress is shown on stderr.

    Returns:
        What fine-tuning gained.

    Raises:
        RunError: the folder holds something else.
    """
    tell = say if show else (lambda line: None)
    wanted, marker = questions or QUESTIONS, out / "demo.txt"
    if out.exists() and any(out.iterdir()):
        if not marker.exists():
            raise RunError(f"The folder {out.name} holds something else; give '--out' another one.")
        if marker.read_text(encoding="utf-8") != _note(wanted):
            raise RunError(f"The folder {out.name} holds another demo; give '--out' another one.")
    out.mkdir(parents=True, exist_ok=True)
    write_text(_note(wanted), marker)
    tell(f"simulating {wanted} questions to a help desk (not real)")
    run = load_run(write_desk(out, wanted))
    tell("teaching a tiny language model which intents there are")
    train(run, show=show)
    tell("judging it on the test customers")
    return evaluate(run, show=show)


def write_desk(folder: Path, questions: int) -> Path:
    """Write a simulated help desk's questions, a tiny language model and a run about both.

    Returns:
        The run file.
    """
    write_questions(folder / "questions.csv", questions, seed=SEED)
    if not (folder / "tiny" / "model.safetensors").exists():
        write_tiny(folder / "tiny", [one.question for one in tickets(300, seed=SEED)], seed=SEED)
    write_text(RUN, folder / "desk.yaml")
    return folder / "desk.yaml"


def _note(questions: int) -> str:
    return f"SIMULATED. medtune demo --text, {questions} questions to a simulated help desk.\n"
