"""``medtune locate``: where a network looked, and where a film lies."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.config.load import load_films_run
from medtune.config.near import did_you_mean
from medtune.config.run import Run
from medtune.errors import DataError, InputError, RunError
from medtune.evaluation.gallery import chosen
from medtune.evaluation.intervals import wilson
from medtune.films.locations import read_locations
from medtune.films.store import Decoded
from medtune.learning.weights import sha256_of
from medtune.report.locate_page import Overlap, locate_html, sentences
from medtune.run_folder import RunFolder
from medtune.tables.cases import read_cases_table
from medtune.tables.predictions import read_predictions
from medtune.tables.schema import read_table, write_table, write_text
from medtune.tables.splits import read_splits
from medtune.vision import saliency
from medtune.vision.pictures import picture
from medtune.vision.trained import TrainedModel
from medtune.workflow.cases import private
from medtune.workflow.decoding import decode, spec_of
from medtune.workflow.evaluate import simulated
from medtune.workflow.own_model import own_model
from medtune.workflow.progress import say, silent
from medtune.workflow.sealed import look_at

BOXES = ("case_id", "x", "y", "width", "height")
LOG = "located.jsonl"


@dataclass(frozen=True)
class Located:
    """Where a network looked.

    Attributes:
        page: the HTML page.
        table: a row a film: case_id, group, score, likeness, and hit, inside, chance of boxes.
        said: what was found about the maps.
    """

    page: Path
    table: pd.DataFrame
    said: list[str]

    def lines(self) -> list[str]:
        """For a person."""
        return [*self.said, f"Page: {self.page}", "It holds pictures of patients."]

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        plain = self.table.astype(object).where(self.table.notna(), None)
        return {"page": str(self.page), "films": plain.to_dict("records"), "said": self.said}


def locate(
    folder: Path | str,
    *,
    finding: str | None = None,
    boxes: Path | str | None = None,
    each: int = 4,
    seed: int = 0,
    out: Path | str | None = None,
    show: bool = True,
) -> Located:
    """Show where an evaluated run's network looked: at its worst errors and at some right ones.

    Which films is a fixed rule (``evaluation.gallery``). Beside each map stands how much it is
    like one of shuffled weights. It is a look at the test split, and logged as one.

    Args:
        folder: of an evaluated run.
        finding: that is asked about; that of the verdict, or the first, where nothing is said.
        boxes: table of what a person drew: case_id, x, y, width, height in pixels of the
            radiograph as it is stored, from its upper left corner; several rows a film are one
            region.
        each: films of each of the four groups.
        seed: of the draw among the right decisions, and of the shuffled weights.
        out: folder for ``locate.html`` and ``locate.csv``; ``locate`` in the run folder by default.
        show: whether progress is shown on stderr.

    Raises:
        InputError: the run is not evaluated, its network has no such map, it has no such finding
            or no threshold, pictures are switched off, or the boxes do not fit.
    """
    tell = say if show else silent
    run_folder = RunFolder(Path(folder))
    run_folder.must_be_finished()
    if not run_folder.predictions.exists():
        raise RunError(
            f"The run {run_folder.path.name} is not evaluated yet: 'medtune evaluate' does it."
        )
    run = load_films_run(run_folder.config, files_must_exist=False)
    if run.report.pictures == "none":
        raise InputError("'report.pictures' is none, and this is a page of pictures.")
    model = own_model(run, run_folder)
    method = saliency.method_of(model.network)
    asked = _asked(run, model, finding)
    cases = read_cases_table(run_folder.cases).set_index("case_id", drop=False)
    rows = chosen(
        read_predictions(run_folder.predictions),
        asked,
        model.card.thresholds[asked],
        each=each,
        seed=seed,
    )
    if rows.empty:
        raise DataError(f"There is no judged film with a known label for {asked}.")
    drawn = None if boxes is None else _read_boxes(Path(boxes), run, cases)
    opened = look_at(
        run, read_splits(run_folder.splits), verb="locate", model=sha256_of(run_folder.model)
    )
    tell(f"look number {len(opened.looks)} at this test split")

    films = cases.loc[rows["case_id"]]
    decoded = decode(run.data.work, films, spec_of(run), private=private(run), show=show)
    found, likeness = _maps(model, decoded, films, asked, seed)
    table = rows.assign(likeness=likeness)
    overlap = None
    if drawn is not None:
        table, overlap = _overlap(table, found, drawn, run.model.image_size)
    said = sentences(likeness.tolist(), overlap)
    home = run_folder.path / "locate" if out is None else Path(out)
    write_table(table, home / "locate.csv")
    page = locate_html(
        [{str(k): v for k, v in row.items()} for row in rows.to_dict("records")],
        _pictures(run, decoded, films, found),
        title=run.name,
        finding=asked,
        method=method,
        each=each,
        seed=seed,
        likeness=likeness.tolist(),
        overlap=overlap,
        simulated=simulated(films),
    )
    write_text(page, home / "locate.html")
    return Located(home / "locate.html", table, said)


def _asked(run: Run, model: TrainedModel, finding: str | None) -> str:
    findings = list(run.data.findings)
    if not findings:
        raise InputError("Where it looked is shown of findings, present or absent.")
    asked = finding or run.evaluation.primary.finding or findings[0]
    if asked not in findings:
        raise InputError(
            f"{asked} is none of the findings.{did_you_mean(asked, findings)} They are: "
            + ", ".join(findings)
        )
    if asked not in model.card.thresholds:
        raise InputError(f"{asked} has no threshold, so nothing was decided: there are no errors.")
    return asked


def _maps(
    model: TrainedModel, decoded: Decoded, films: pd.DataFrame, asked: str, seed: int
) -> tuple[saliency.Maps, NDArray[np.float64]]:
    """Maps (N, S, S) of the films, and how like those of shuffled weights they are (N,)."""
    import torch

    rows = decoded.rows.loc[films["case_id"], "row"].astype(int)
    pixels = np.stack([decoded.pixels[row] for row in rows])
    white = np.iinfo(pixels.dtype).max
    inputs = torch.from_numpy(pixels.astype(np.float32) / white)[:, None, None]
    output = model.card.findings.index(asked)
    found = saliency.maps(model.network, inputs, output)
    other = saliency.maps(saliency.randomised(model.network, seed), inputs, output)
    return found, saliency.likeness(found, other)


def _pictures(
    run: Run, decoded: Decoded, films: pd.DataFrame, found: saliency.Maps
) -> dict[str, tuple[bytes, bytes]]:
    """Each film, and the film under its map; films that may carry text never are."""
    cropped = run.report.pictures == "cropped"
    chosen_rows = decoded.rows.loc[films["case_id"]]
    rows = {str(case_id): int(row) for case_id, row in chosen_rows["row"].items()}
    suspect = set(chosen_rows.index[chosen_rows["text"].notna()])
    pairs = {}
    for place, case_id in enumerate(films["case_id"]):
        if case_id in suspect:
            continue
        pixels = decoded.pixels[rows[case_id]]
        pairs[str(case_id)] = (
            picture(pixels, cropped=cropped),
            picture(pixels, cropped=cropped, heat=found[place]),
        )
    return pairs


def _read_boxes(
    path: Path, run: Run, cases: pd.DataFrame
) -> Mapping[str, list[NDArray[np.float64]]]:
    """By case_id, boxes as (left, top, right, bottom) in pixels of the network's square."""
    if run.data.pixels.collimation == "crop":
        raise InputError(
            "Boxes are in pixels of the whole film, and with 'data.pixels.collimation: crop' the "
            "network saw a part of it: they cannot be laid over one another."
        )
    table = read_table(path)
    missing = [name for name in BOXES if name not in table]
    if missing:
        raise DataError(f"{path.name} has no column {', '.join(missing)}.")
    shapes = {
        str(case_id): (int(rows), int(columns))
        for case_id, rows, columns in zip(cases.index, cases["rows"], cases["columns"], strict=True)
    }
    found: dict[str, list[NDArray[np.float64]]] = {}
    for line, row in enumerate(table.to_dict("records"), start=2):
        case_id = str(row["case_id"])
        if case_id not in shapes:
            raise DataError(f"{path.name}, line {line}: there is no case '{case_id}' in this run.")
        corner = np.array([row["x"], row["y"]], float)
        size = np.array([row["width"], row["height"]], float)
        if not (np.isfinite(corner).all() and (size > 0).all()):
            raise DataError(f"{path.name}, line {line}: width and height must be above 0.")
        rows, columns = shapes[case_id]
        ends = np.stack([corner, corner + size])
        found.setdefault(case_id, []).append(
            in_square(ends, rows, columns, run.model.image_size,
                      crop=run.data.pixels.fit == "crop").ravel()
        )  # fmt: skip
    return found


def in_square(
    points: NDArray[np.float64], rows: int, columns: int, size: int, *, crop: bool
) -> NDArray[np.float64]:
    """Points of a film where the network's square has them, for pixels that are square.

    Args:
        points: (K, 2), x and y in pixels of the film.
        rows: of the film.
        columns: of the film.
        size: pixels a side of the square.
        crop: whether the square is the middle of the film, or the whole film on black.

    Returns:
        (K, 2); outside of [0, size] where the square does not have them.
    """
    side = min(rows, columns) if crop else max(rows, columns)
    scale = size / side
    shift = np.array([(side - columns) / 2, (side - rows) / 2])
    return (points + shift) * scale


def _overlap(
    table: pd.DataFrame,
    found: saliency.Maps,
    drawn: Mapping[str, list[NDArray[np.float64]]],
    size: int,
) -> tuple[pd.DataFrame, Overlap]:
    there = table["case_id"].isin(drawn).to_numpy()
    if not there.any():
        raise DataError("None of the chosen films has a box: " + ", ".join(table["case_id"]))
    region = np.zeros((int(there.sum()), size, size), bool)
    for place, case_id in enumerate(table.loc[there, "case_id"]):
        for left, top, right, bottom in drawn[case_id]:
            ends = np.clip(np.rint([top, bottom, left, right]), 0, size).astype(int)
            region[place, ends[0] : ends[1], ends[2] : ends[3]] = True
    hit, inside, chance = saliency.inside(found[there], region)
    table = table.assign(hit=np.nan, inside=np.nan, chance=np.nan)
    table.loc[there, ["hit", "inside", "chance"]] = np.column_stack([hit, inside, chance])
    low, high = wilson(int(hit.sum()), hit.size, 0.95)
    return table, Overlap(
        int(hit.sum()), hit.size, low, high, float(chance.mean()), float(inside.mean())
    )


@dataclass(frozen=True)
class Place:
    """Where a film lies: for the terminal of a person at this machine only."""

    case_id: str
    path: str
    accession_number: str

    def lines(self) -> list[str]:
        """For a person."""
        return [f"{self.case_id}: {self.path}", f"Accession number: {self.accession_number}"]


def place_of_case(folder: Path | str, case_id: str) -> Place:
    """The film behind a pseudonym; that somebody asked is logged in the private folder.

    Args:
        folder: of the run.
        case_id: as reports and tables have it.

    Raises:
        RunError: there is no such run.
        DataError: there is no such case, or the private table is not here.
    """
    run_folder = RunFolder(Path(folder))
    if not run_folder.config.exists():
        raise RunError(f"{run_folder.path.name} is no run folder: it has no run.yaml.")
    run = load_films_run(run_folder.config, files_must_exist=False)
    home = private(run)
    places = read_locations(home).set_index("case_id")
    if case_id not in places.index:
        raise DataError(f"There is no film '{case_id}' in the private table of this run.")
    row = places.loc[case_id]
    line = {"time": datetime.now(UTC).isoformat(timespec="seconds"), "run": run.name,
            "case_id": case_id}  # fmt: skip
    descriptor = os.open(home / LOG, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "a", encoding="utf-8") as log:
        log.write(json.dumps(line) + "\n")
    member = "" if pd.isna(row["member"]) or not row["member"] else f" ({row['member']})"
    number: str = "" if pd.isna(row["accession_number"]) else str(row["accession_number"])
    return Place(case_id, f"{row['path']}{member}", number)
