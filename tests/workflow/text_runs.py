"""The help desk of ``medtune demo --text`` with an untaught model and a shorter training."""

from __future__ import annotations

from pathlib import Path

from medtune.phantom.helpdesk import tickets
from medtune.text.tiny import write_tiny
from medtune.workflow import demo_text

RUN = """\
start_from: desk.yaml
training: {epochs: 3, batch_size: 32, learning_rate: 1e-2, seed: 1}
evaluation: {compare_with: [frozen_backbone], resamples: 200}
"""


def write_desk(folder: Path, count: int = 700) -> Path:
    """Write questions, model and run files; the run file."""
    demo_text.write_desk(folder, count)
    write_tiny(
        folder / "tiny", [one.question for one in tickets(300, seed=demo_text.SEED)],
        seed=demo_text.SEED,
    )  # fmt: skip
    (folder / "run.yaml").write_text(RUN)
    return folder / "run.yaml"
