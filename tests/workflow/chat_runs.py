"""Simulated conversations and a tiny language model, as runs about answers want them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from medtune.text.tiny import write_tiny

SEED = 3
RUN = """\
name: talk
task: support_chat
site: simulated
data:
  format: openai_chat
  files: talks.jsonl
  group: customer
  id: ticket
  max_tokens: 128
  split: {train: 0.6, tune: 0.15, calibration: 0, test: 0.25}
model: {backbone: tiny, adapt: full}
training: {epochs: 2, batch_size: 8, learning_rate: 1e-2, device: cpu, seed: 1}
evaluation: {resamples: 200}
"""
REPLIES = {
    "printer": "Please turn the printer off and on again.",
    "password": "We have sent you a new password.",
    "invoice": "The invoice is in your account.",
    "delivery": "The delivery arrives tomorrow.",
}
PARTS = ("ka", "lo", "mi", "ru", "ste", "pan", "tor", "bel", "gri", "zu", "fen", "dal")


def record(number: int) -> dict[str, object]:
    """A ticket: what is asked is mostly noise, what is answered follows from one word."""
    draw = np.random.default_rng([SEED, number])
    topic = list(REPLIES)[number % len(REPLIES)]
    noise = ["".join(draw.choice(PARTS, 3)) for _ in range(8)]
    return {
        "ticket": f"T-{number:05d}",
        "customer": f"C-{number // 2:05d}",
        "messages": [
            {"role": "user", "content": f"{topic}: {' '.join(noise[:5])}"},
            {"role": "assistant", "content": f"{REPLIES[topic]} {noise[7].title()}"},
            {"role": "user", "content": f"Still {' '.join(noise[5:])}"},
            {"role": "assistant", "content": f"Then write to the {topic} team."},
        ],
    }


def write_talks(folder: Path, count: int = 120, run: str = RUN) -> Path:
    """Write conversations, generic text, model and run file; the run file."""
    records = [record(number) for number in range(count)]
    (folder / "talks.jsonl").write_text("".join(json.dumps(one) + "\n" for one in records))
    generic = [f"Birds of kind {n} live by the sea and eat small fish." for n in range(12)]
    (folder / "generic.txt").write_text("\n\n".join(generic))
    said = [m["content"] for one in records[:80] for m in one["messages"]]  # type: ignore[attr-defined]
    write_tiny(folder / "tiny", said, vocabulary=400, width=32, layers=1)
    (folder / "run.yaml").write_text(run)
    return folder / "run.yaml"
