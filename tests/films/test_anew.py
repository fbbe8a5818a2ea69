"""Films decoded past the store are those of the store, and what is away is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from medtune.films.anew import decoded_anew
from medtune.films.preprocessing import Preprocessing
from medtune.films.store import AWAY, open_store
from tests.workflow.blobs import write_blobs

SPEC = Preprocessing(image_size=32)


def places(home: Path) -> pd.DataFrame:
    files = sorted((home / "north/dicom").glob("*.dcm"))
    return pd.DataFrame(
        {"case_id": [f.stem for f in files], "path": [str(f) for f in files], "member": "",
         "frame": 0}
    )  # fmt: skip


def test_the_pictures_are_those_of_the_store(tmp_path: Path) -> None:
    write_blobs(tmp_path, "north", patients=4, seed=1, gamma=1.0)
    films = places(tmp_path)
    stored = open_store(tmp_path / "store", SPEC, films)
    found = decoded_anew(films, SPEC)
    assert found.pixels.dtype == stored.pixels.dtype
    for case_id in films["case_id"]:
        one, other = found.rows.loc[case_id], stored.rows.loc[case_id]
        for name in ("digest", "fingerprint", "notes"):
            assert one[name] == other[name]
        assert np.array_equal(found.pixels[one["row"]], stored.pixels[other["row"]])


def test_what_is_away_or_cut_off_has_a_reason_and_no_row(tmp_path: Path) -> None:
    write_blobs(tmp_path, "north", patients=3, seed=1, gamma=1.0)
    films = places(tmp_path)
    Path(films["path"][0]).unlink()
    second = Path(films["path"][1])
    second.write_bytes(second.read_bytes()[:-500])
    found = decoded_anew(films, SPEC)
    assert found.rows["reason"].tolist()[:2] == [AWAY, "truncated"]
    assert pd.isna(found.rows["reason"].iloc[2])
    assert found.rows["row"].isna().tolist() == [True, True, False]
    assert found.pixels.shape == (1, 32, 32)
    assert decoded_anew(films.iloc[:1], SPEC).pixels.shape == (0, 32, 32)
