"""``medtune locate``: where a network looked."""

from __future__ import annotations

from dataclasses import dataclass
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
from medtune.films.store import Decoded
from medtune.learning.weights import sha256_of
from medtune.report.languages import LOCATES, words_of
from medtune.report.locate_page import locate_html, sentences
from medtune.run_folder import RunFolder
from medtune.tables.cases import read_cases_table
from medtune.tables.predictions import read_predictions
from medtune.tables.schema import write_table, write_text
from medtune.tables.splits import read_splits
from medtune.vision import saliency
from medtune.vision.pictures import picture
from medtune.vision.trained import TrainedModel
from medtune.workflow.cases import private
from medtune.workflow.decoding import decode, spec_of
from medtune.workflow.drawn import drawn_on, overlap
from medtune.workflow.evaluate import simulated
from medtune.workflow.own_model import own_model
from medtune.workflow.progress import say, silent
from medtune.workflow.sealed import look_at


@dataclass(frozen=True)
class Located:
    """Where a network looked.

    Attributes:
        page: the HTML page.
        table: a row a film: case_id, group, score, likeness, and hit, inside, chance of
            what a person drew.
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
    masks: Path | str | None = None,
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
        masks: folder of 8-bit PNGs of what a person drew, as large as the radiograph as it is
            stored, 0 outside; ``FINDING/*.png``, or ``*.png`` of the finding that is asked about.
            One is named by the case_id, or by what ``data.join_on`` says.
        each: films of each of the four groups.
        seed: of the draw among the right decisions, and of the shuffled weights.
        out: folder for ``locate.html`` and ``locate.csv``; ``locate`` in the run folder by default.
        show: whether progress is shown on stderr.

    Raises:
        InputError: the run is not evaluated, its network has no such map, it has no such finding
            or no threshold, pictures are switched off, or what was drawn does not fit.
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
    spec = spec_of(run, run_folder)
    drawn = drawn_on(
        rows["case_id"],
        run,
        spec,
        cases,
        finding=asked,
        boxes=None if boxes is None else Path(boxes),
        masks=None if masks is None else Path(masks),
    )
    _refuse_unmapped(model, run.model.image_size)
    opened = look_at(
        run, read_splits(run_folder.splits), verb="locate", model=sha256_of(run_folder.model)
    )
    tell(f"look number {len(opened.looks)} at this test split")

    films = cases.loc[rows["case_id"]]
    decoded = decode(run.data.work, films, spec, private=private(run), show=show)
    found, likeness = _maps(model, decoded, films, asked, seed)
    table = rows.assign(likeness=likeness)
    together = None
    if drawn is not None:
        table, together = overlap(table, found, drawn)
    said = sentences(likeness.tolist(), together)
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
        overlap=together,
        simulated=simulated(films),
        words=words_of(run.report.language),
        said=LOCATES[run.report.language],
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


def _refuse_unmapped(model: TrainedModel, size: int) -> None:
    """A map of a black film: what has none is refused before the test is opened."""
    import torch

    saliency.maps(model.network, torch.zeros(1, 1, 1, size, size), 0)


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
