"""A simulated help desk and a tiny language model, as runs about texts want them."""

from __future__ import annotations

from pathlib import Path

from medtune.phantom.helpdesk import tickets, write_questions
from medtune.text.tiny import write_tiny

SEED = 3
RUN = """\
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
  split: {train: 0.4, tune: 0.1, calibration: 0.25, test: 0.25}
model: {backbone: tiny, adapt: full}
training:
  {epochs: 3, batch_size: 32, learning_rate: 1e-2, head_learning_rate: 1e-2, device: cpu, seed: 1}
evaluation: {resamples: 200, subgroups: []}
"""


def write_desk(folder: Path, count: int = 700, run: str = RUN) -> Path:
    """Write questions, model and run file; the run file."""
    write_questions(folder / "questions.csv", count, seed=SEED)
    said = [ticket.question for ticket in tickets(200, seed=SEED)]
    write_tiny(folder / "tiny", said, vocabulary=400, width=32, layers=1)
    (folder / "run.yaml").write_text(run)
    return folder / "run.yaml"
