"""A spaCy pipeline that knows three names and two places, by rule and not by statistics."""

from __future__ import annotations

from pathlib import Path

import spacy

KNOWN = [
    ("PERSON", "Zebulon Quist"), ("PERSON", "Zebulon"), ("PERSON", "Ada [NAME]"),
    ("GPE", "Novosibirsk"), ("ORG", "Quibble & Sons"), ("DATE", "last Tuesday"),
]  # fmt: skip


def write_pipeline(folder: Path) -> Path:
    """Write it into a folder, as a real one would be; the folder."""
    nlp = spacy.blank("en")
    rules = nlp.add_pipe("entity_ruler")
    rules.add_patterns([{"label": label, "pattern": words} for label, words in KNOWN])
    nlp.to_disk(folder)
    return folder
