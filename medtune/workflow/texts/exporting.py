"""What exports of runs about texts have in common: a folder, its card, what is said of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medtune.config.text_run import TextRun
from medtune.errors import InputError, RunError, WeightsError
from medtune.learning.weights import sha256_of
from medtune.run_folder import RunFolder
from medtune.text.card import Card
from medtune.text.exported import TOLERANCE, write_card
from medtune.text.exported_page import About
from medtune.text.licence import UNKNOWN, Licence, licence_of

CARD = "medtune.json"
PAGE = "README.md"


@dataclass(frozen=True)
class Exported:
    """What ``export`` wrote of a run about texts.

    Attributes:
        folder: that holds it.
        files: names of its files.
        said: lines for a person.
        numbers: the same for machines.
    """

    folder: Path
    files: list[str]
    said: list[str]
    numbers: dict[str, Any]

    def lines(self) -> list[str]:
        """For a person."""
        return self.said

    def as_dict(self) -> dict[str, object]:
        """The same, for machines."""
        return {"folder": str(self.folder), "files": self.files, **self.numbers}


def refuse_formats(formats: Sequence[str]) -> None:
    """Refuse ``--format``, which texts have none of.

    Raises:
        InputError: one is given.
    """
    if formats:
        raise InputError(
            "--format is about films: of a run about texts the whole model is exported, or "
            "with --openai what taught it. Nothing was exported."
        )


def card_of_export(card: Card, folder: RunFolder, **own: object) -> dict[str, Any]:
    """What the folder says of itself, for machines.

    Args:
        card: of the model.
        folder: of the run.
        own: what this task has besides.
    """
    return {
        "medtune": 1,
        "name": card.name,
        "site": card.site,
        "task": card.task,
        "version": card.version,
        "max_tokens": card.max_tokens,
        "redact": card.redact,
        "counts": card.counts,
        "weights_sha256": sha256_of(folder.model),
        "texts": texts_of(folder),
        "cases_sha256": card.cases_sha256,
        "splits_sha256": card.splits_sha256,
        **own,
    }


def texts_of(folder: RunFolder) -> str:
    """Digest of the run's redacted texts."""
    said = json.loads(folder.of_run.texts.read_text(encoding="utf-8"))
    return str(said["texts"])


@contextmanager
def fresh(out: Path, card: dict[str, Any]) -> Iterator[Path]:
    """A folder to fill, which has its name once it is whole; an earlier export of the run goes.

    Args:
        out: its name.
        card: of the export.

    Raises:
        RunError: what is there is not an export of this run.
    """
    out = out.resolve()
    if out.exists() and not out.is_dir():
        raise RunError(f"{out.name} is a file, and a folder is needed. Nothing was exported.")
    if out.is_dir() and any(out.iterdir()):
        _must_be_of(card, out)
    partial, old = (out.with_name(f".{out.name}.{word}") for word in ("partial", "old"))
    for rest in (partial, old):
        shutil.rmtree(rest, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
        write_card(card, partial / CARD)
        if out.exists():
            out.rename(old)
        try:
            partial.rename(out)
        except OSError:
            if old.exists():
                old.rename(out)
            raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def must_agree(difference: float) -> float:
    """How far a model that was opened again is from the trained one.

    Raises:
        WeightsError: too far.
    """
    if not difference <= TOLERANCE:
        raise WeightsError(
            "The exported model gives other logits than the trained network: they differ by up to "
            f"{difference:.2g}, and {TOLERANCE:g} is allowed. Nothing was exported."
        )
    return difference


def with_licence(run: TextRun, folder: Path) -> Licence:
    """The licence of the language model that a run began with; its files are copied.

    Args:
        run: whose model it is.
        folder: of the export.
    """
    licence = licence_of(run.model.backbone)
    for file in licence.files:
        shutil.copyfile(file, folder / file.name)
    return licence


def about(
    run: TextRun, folder: RunFolder, card: Card, licence: Licence, difference: float, made: Path
) -> About:
    """What every page says.

    Args:
        run: that is exported.
        folder: of it.
        card: of its model.
        licence: of what it was made of.
        difference: the largest of a logit.
        made: folder with all files but the page and the card.
    """
    digests = {path.name: sha256_of(path) for path in sorted(made.iterdir())}
    return About(
        card=card,
        base=run.model.backbone.name,
        licence=licence.name,
        texts=texts_of(folder),
        weights=sha256_of(folder.model),
        difference=difference,
        digests=digests,
    )


def said_of(out: Path, difference: float, licence: Licence, base: str) -> list[str]:
    """What is said of every exported model."""
    known = licence.name if licence.name != UNKNOWN else "unknown: its folder does not state one"
    return [
        f"Exported: {out} (largest difference of a logit from the trained network "
        f"{difference:.1g}, allowed {TOLERANCE:g})",
        f"Licence of {base}: {known}",
        f"How to use it without medtune: {out / PAGE}",
    ]


def _must_be_of(card: dict[str, Any], out: Path) -> None:
    try:
        other = json.loads((out / CARD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        other = {}
    if not isinstance(other, dict) or (other.get("name"), other.get("site")) != (
        card["name"],
        card["site"],
    ):
        raise RunError(
            f"{out.name} holds something else than an export of the run {card['name']}: it is left "
            "alone. Give another --out. Nothing was exported."
        )
