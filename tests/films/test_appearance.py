from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from medtune.films.appearance import COLUMNS, appearance
from medtune.films.store import Decoded


def test_numbers_of_films_by_hand_and_none_of_those_that_could_not_be_decoded():
    pixels = np.zeros((3, 8, 8), np.uint8)
    pixels[0, :, 4:] = 255
    pixels[1] = 51
    rows = pd.DataFrame({"row": [1, 0, pd.NA]}, index=["flat", "edge", "lost"])
    table = appearance(Decoded(pixels, rows), pd.Series(["edge", "lost", "flat"]))
    assert list(table) == ["case_id", *COLUMNS]
    edge, lost, flat = table.set_index("case_id").loc[["edge", "lost", "flat"]].itertuples()
    assert (edge.grey_mean, edge.grey_sd, edge.black) == (0.5, 0.5, 0.5)
    assert (edge.grey_low, edge.grey_high) == (0.0, 1.0)
    assert edge.detail > 0.4
    assert flat[1:] == pytest.approx((0.2, 0, 0.2, 0.2, 0.2, 0, 0), abs=1e-6)
    assert np.isnan(lost[1:]).all()
    deep = appearance(Decoded((pixels.astype(np.uint16) * 257), rows), pd.Series(["edge", "flat"]))
    assert deep.iloc[0, 1:].tolist() == pytest.approx(list(edge[1:]))
