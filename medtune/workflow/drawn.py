"""What a person drew on films, in the square that the network sees, and maps held against it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.config.run import Run
from medtune.dicom import open_xray
from medtune.errors import DataError, InputError, UnreadableFile
from medtune.evaluation.intervals import wilson
from medtune.films.framing import Frame, framed
from medtune.films.locations import place_of, read_locations
from medtune.films.masks import MaskFiles, mask_files, masks_of, read_mask
from medtune.films.preprocessing import Preprocessing
from medtune.report.locate_page import Overlap
from medtune.vision.saliency import Maps, inside
from medtune.workflow.boxes import Rectangle, read_boxes
from medtune.workflow.cases import private

Region = NDArray[np.bool_]
Shape = list[Rectangle] | Region
OF_SEVERAL = "its name is that of several films and the case_id of none"
SIZE = "it has not the size of the film"
OUTSIDE = "nothing of it lies in the middle of a pixel that the network sees"


@dataclass
class Drawn:
    """What was drawn on the chosen films.

    Attributes:
        kind: box or mask.
        regions: (S, S) by case_id, True inside.
        left_out: films by why what was drawn on them is not used, each with what there is to say.
    """

    kind: Literal["box", "mask"]
    regions: dict[str, Region] = field(default_factory=dict)
    left_out: dict[str, list[str]] = field(default_factory=dict)

    def leave_out(self, case_id: str, reason: str, detail: str = "") -> None:
        """Count a film as one whose drawing is not used."""
        said = f"{case_id} ({detail})" if detail else case_id
        self.left_out.setdefault(reason, []).append(said)


def drawn_on(
    chosen: pd.Series[str],
    run: Run,
    spec: Preprocessing,
    cases: pd.DataFrame,
    *,
    finding: str,
    boxes: Path | None,
    masks: Path | None,
) -> Drawn | None:
    """What was drawn on chosen films, laid as they are into the square; None without a drawing.

    A drawing knows nothing of greys: only size, crop and black borders are carried over, from the
    film itself.

    Args:
        chosen: case_ids.
        run: the run.
        spec: how its films are prepared.
        cases: of the run, indexed by case_id.
        finding: that is asked about.
        boxes: table of boxes.
        masks: folder of masks.

    Raises:
        InputError: both are given.
        DataError: they cannot be used, or none of them is on a chosen film.
    """
    if boxes is not None and masks is not None:
        raise InputError(
            "'--boxes' and '--masks' are two ways to say where something is: give one of them."
        )
    wanted = list(dict.fromkeys(str(case_id) for case_id in chosen))
    if boxes is not None:
        given = Drawn("box")
        rectangles = read_boxes(boxes, cases)
        shapes: dict[str, Shape] = {name: rectangles[name] for name in wanted if name in rectangles}
    elif masks is not None:
        given = Drawn("mask")
        files = mask_files(masks, finding, list(run.data.findings))
        places = read_locations(private(run))
        found = masks_of(files, [str(name) for name in cases.index], places, run.data.join_on)
        shapes = _masks(found, wanted, given)
    else:
        return None
    _lay(shapes, run, spec, given)
    if not given.regions:
        which = ", ".join(wanted)
        if given.left_out:
            said = [f"{', '.join(films)}: {reason}" for reason, films in given.left_out.items()]
            which = "; ".join(said)
        usable = " that can be used" if given.left_out else ""
        raise DataError(f"None of the chosen films has a {given.kind}{usable}: {which}")
    return given


def _masks(found: MaskFiles, wanted: list[str], given: Drawn) -> dict[str, Shape]:
    """The masks of the wanted films; those that cannot be used are left out."""
    shapes: dict[str, Shape] = {}
    for case_id in wanted:
        if case_id in found.of_several:
            given.leave_out(case_id, OF_SEVERAL)
        elif case_id in found.of_case:
            mask = read_mask(found.of_case[case_id])
            if isinstance(mask, str):
                given.leave_out(case_id, mask)
            else:
                shapes[case_id] = mask
    return shapes


def _lay(shapes: dict[str, Shape], run: Run, spec: Preprocessing, given: Drawn) -> None:
    """Lay what was drawn into the square; what does not fit is left out."""
    places = read_locations(private(run)).set_index("case_id").loc[list(shapes)]
    for (_, place), (case_id, shape) in zip(places.iterrows(), shapes.items(), strict=True):
        frame = _frame(place, spec)
        if isinstance(frame, str):
            given.leave_out(case_id, frame)
            continue
        if isinstance(shape, list):
            region = np.logical_or.reduce([frame.rectangle(*ends) for ends in shape])
        elif shape.shape == (frame.rows, frame.columns):
            region = frame.sampled(shape)
        else:
            own = f"{shape.shape[1]} x {shape.shape[0]} pixels"
            given.leave_out(case_id, SIZE, f"{own}, the film {frame.columns} x {frame.rows}")
            continue
        if region.any():
            given.regions[case_id] = region
        else:
            given.leave_out(case_id, OUTSIDE)


def _frame(row: pd.Series, spec: Preprocessing) -> Frame | str:
    """How a film lies in the square, or why that cannot be told."""
    place = place_of(str(row["path"]), row["member"])
    number = None if pd.isna(row["frame"]) else int(row["frame"])
    try:
        film = open_xray(place, spec.showing, frame=number)
    except UnreadableFile as error:
        return f"its film cannot be opened now ({error.reason})"
    frame, _ = framed(film, spec.image_size, spec.fit, spec.collimation)
    return frame


def overlap(table: pd.DataFrame, found: Maps, drawn: Drawn) -> tuple[pd.DataFrame, Overlap]:
    """Lay maps and drawings over one another.

    Args:
        table: a row a film, with case_id.
        found: (N, S, S), the maps of its rows.
        drawn: on one film of them at least.

    Returns:
        The table with hit, inside and chance (empty without a drawing), and all films together.
    """
    there = table["case_id"].isin(drawn.regions).to_numpy()
    region = np.stack([drawn.regions[case_id] for case_id in table.loc[there, "case_id"]])
    hit, share, chance = inside(found[there], region)
    table = table.assign(hit=np.nan, inside=np.nan, chance=np.nan)
    table.loc[there, ["hit", "inside", "chance"]] = np.column_stack([hit, share, chance])
    low, high = wilson(int(hit.sum()), hit.size, 0.95)
    return table, Overlap(
        int(hit.sum()),
        hit.size,
        low,
        high,
        float(chance.mean()),
        float(share.mean()),
        drawn.kind,
        drawn.left_out,
    )
