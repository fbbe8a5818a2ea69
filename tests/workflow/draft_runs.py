"""Simulated contracts of a house and a tiny language model, as runs that draft want them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from medtune.text.tiny import write_tiny

SEED = 5
RUN = """\
name: drafts
task: legal_drafting
site: simulated
data:
  format: documents
  files: matters
  group: matter
  request: 'Draft the clause "{heading}".'
  duplicates: drop
  max_tokens: 160
  split: {train: 0.6, tune: 0.15, calibration: 0, test: 0.25}
model: {backbone: tiny, adapt: full}
training: {epochs: 10, batch_size: 8, learning_rate: 1e-2, device: cpu, seed: 1}
evaluation:
  resamples: 200
  ranking: false
  generated: 20
  compare_with: [untouched]
  drafts: {labelled: labelled.jsonl}
  by_heart:
    {passages: 40, prefix: 4, suffix: 4, tries: 9, canaries: {times: [1, 9], each: 3, others: 127}}
  primary: {measure: edit_effort_characters, compared_with: blank_page}
generation: {max_tokens: 32}
"""
CLAUSES = {
    "Governing Law": "This Agreement is governed by the laws of {0}, {1} and {2}.",
    "Notices": "Every notice is sent in writing to {0}, {1} or {2}.",
    "Term": "This Agreement begins on the day of {0} and ends with {1} or {2}.",
}
PARTS = ("ka", "lo", "mi", "ru", "ste", "pan", "tor", "bel", "gri", "zu", "fen", "dal")


def clauses(number: int) -> dict[str, str]:
    """What a clause says follows from its heading, but for the names in it."""
    draw = np.random.default_rng([SEED, number])
    return {
        heading: words.format(*("".join(draw.choice(PARTS, 3)).title() for _ in range(3)))
        for heading, words in CLAUSES.items()
    }


def contract(number: int) -> str:
    """A contract."""
    lines = ["# Agreement", ""]
    for at, (heading, text) in enumerate(clauses(number).items(), start=1):
        lines += [f"## {at}. {heading}", "", text, ""]
    return "\n".join(lines)


def labelled(number: int) -> str:
    """A contract without one of its clauses, with labels, as a line."""
    said = clauses(number)
    del said[list(said)[number % len(said)]]
    line = {"matter": f"M-{number:04d}", "text": "\n".join(said.values())}
    return json.dumps({**line, "clauses": {kind: [text] for kind, text in said.items()}}) + "\n"


def write_contracts(folder: Path, count: int = 60, run: str = RUN) -> Path:
    """Write contracts, one a matter, model and run file; the run file."""
    for number in range(count):
        matter = folder / "matters" / f"M-{number:04d}"
        matter.mkdir(parents=True, exist_ok=True)
        (matter / f"contract-{number:05d}.md").write_text(contract(number))
    (folder / "labelled.jsonl").write_text("".join(map(labelled, range(40))))
    said = [contract(number) for number in range(40)]
    write_tiny(folder / "tiny", said, vocabulary=400, width=32, layers=1)
    (folder / "run.yaml").write_text(run)
    return folder / "run.yaml"
