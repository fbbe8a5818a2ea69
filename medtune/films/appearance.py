"""How films look, as a few numbers each: what is compared when a new month's films come."""

from __future__ import annotations

import cv2
import numpy as np
import pandas as pd

from medtune.films.store import Decoded

COLUMNS = ("grey_mean", "grey_sd", "grey_low", "grey_median", "grey_high", "black", "detail")


def appearance(decoded: Decoded, case_ids: pd.Series) -> pd.DataFrame:
    """Numbers of each film as the model gets it; NaN where it could not be decoded.

    Args:
        decoded: the store.
        case_ids: the films.

    Returns:
        case_id and, of grey values in [0, 1]: grey_mean, grey_sd, grey_low (5 %), grey_median,
        grey_high (95 %), black (share of pixels at 0) and detail (standard deviation of the
        Laplacian: sharpness and noise).
    """
    rows = decoded.rows["row"].reindex(case_ids)
    whitest = float(np.iinfo(decoded.pixels.dtype).max)
    found = [
        [np.nan] * len(COLUMNS)
        if pd.isna(row)
        else _numbers(decoded.pixels[int(row)].astype(np.float32) / np.float32(whitest))
        for row in rows
    ]
    table = pd.DataFrame(found, columns=list(COLUMNS), dtype=np.float64)
    table.insert(0, "case_id", case_ids.to_numpy())
    return table


def _numbers(film: np.ndarray) -> list[float]:
    low, median, high = np.quantile(film, [0.05, 0.5, 0.95])
    return [
        float(film.mean(dtype=np.float64)),
        float(film.std(dtype=np.float64)),
        float(low),
        float(median),
        float(high),
        float((film == 0).mean()),
        float(cv2.Laplacian(film, cv2.CV_32F).std(dtype=np.float64)),
    ]
