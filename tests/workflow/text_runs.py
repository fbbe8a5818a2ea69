"""The help desk of ``medtune demo --text`` with a shorter training, as runs about texts want it."""

from __future__ import annotations

from pathlib import Path

from medtune.workflow import demo_text

RUN = """\
start_from: desk.yaml
training: {epochs: 3, batch_size: 32, learning_rate: 1e-2, seed: 1}
evaluation: {compare_with: [frozen_backbone], resamples: 200}
"""


def write_desk(folder: Path, count: int = 700) -> Path:
    """Write questions, model and run files; the run file."""
    demo_text.write_desk(folder, count)
    (folder / "run.yaml").write_text(RUN)
    return folder / "run.yaml"
