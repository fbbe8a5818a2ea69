"""Films decoded anew from their files, past the store: does the same file give the same picture?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from medtune.errors import UnreadableFile
from medtune.films.decoding import digest
from medtune.films.locations import place_of
from medtune.films.preprocessing import Preprocessing, prepare
from medtune.films.store import Decoded


def decoded_anew(locations: pd.DataFrame, spec: Preprocessing) -> Decoded:
    """Read and prepare films as the store does, in memory; nothing of the store is looked at.

    Args:
        locations: case_id, path, member and frame of N films; all pictures are held at once.
        spec: how they are prepared.

    Returns:
        Those that can be read, and a row for each of the N, as ``Decoded`` has them; a file that
        cannot be opened has the reason ``store.AWAY``.
    """
    pictures: list[Any] = []
    rows: list[dict[str, Any]] = []
    for film in locations.to_dict("records"):
        row, picture = _one(film, spec)
        if picture is not None:
            row["row"] = len(pictures)
            pictures.append(picture)
        rows.append(row)
    size = spec.image_size
    table = pd.DataFrame(rows, index=pd.Index(locations["case_id"], name="case_id"))
    table["row"] = table["row"].astype("Int64")
    return Decoded(np.array(pictures, spec.dtype).reshape(-1, size, size), table)


def _one(film: Mapping[Any, Any], spec: Preprocessing) -> tuple[dict[str, Any], Any]:
    """A row of the table and the picture; None where there is none."""
    empty = dict.fromkeys(("row", "reason", "notes", "text", "digest", "fingerprint"))
    try:
        found = prepare(place_of(film["path"], film["member"]), spec, int(film["frame"]))
    except UnreadableFile as error:
        return {**empty, "reason": error.reason, "notes": error.detail}, None
    row = {
        **empty,
        "notes": "; ".join(found.notes),
        "text": found.text,
        "digest": digest(found.pixels),
        "fingerprint": found.fingerprint.tobytes(),
    }
    return row, found.pixels
