"""What kinds of films there are, and how each kind will be read."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

from medtune.dicom.decoders import available

KIND = ["scanner", "view", "polarity", "bits", "codec", "window"]


def survey(facts: pa.Table, case_ids: pd.Series, *, prefer_lut: bool) -> pd.DataFrame:
    """Films by scanner, view, polarity, bits, codec and window.

    Args:
        facts: of the index.
        case_ids: of the films that are counted.
        prefer_lut: whether VOI LUTs come before windows where a film has both.

    Returns:
        Columns of ``KIND``, films, rows and columns (the most frequent size); most films first.
    """
    wanted = [
        *("case_id", "kind", "scanner", "view", "photometric", "bits_stored", "transfer_syntax"),
        *(
            "presentation_lut_shape",
            "windows",
            "has_voi_lut",
            "rows",
            "columns",
            "samples_per_pixel",
        ),
    ]
    films = facts.select(wanted).to_pandas()
    films = films[films["case_id"].isin(case_ids)]
    names = {uid: name for uid, name, _ in available()}
    codec = films["transfer_syntax"].astype("object").map(names)
    native = films["transfer_syntax"].astype("string").fillna("").isin(["", *_NATIVE])
    described = pd.DataFrame(
        {
            "scanner": films["scanner"].astype("string").fillna("scanner not stated"),
            "view": films["view"].astype("string").fillna("view not stated"),
            "polarity": films["photometric"].astype("string").fillna("not stated"),
            "bits": films["bits_stored"].astype("Int64"),
            "codec": codec.astype("string").mask(native, "not compressed").fillna("not known"),
            "window": _window(films, prefer_lut),
            "size": films["rows"].astype("string") + " x " + films["columns"].astype("string"),
        }
    )
    described["codec"] = described["codec"].mask(
        films["kind"].astype("string") != "dicom", films["kind"].astype("string")
    )
    groups = described.groupby(KIND, dropna=False, observed=True)
    table = groups.agg(films=("size", "size"), size=("size", _most_frequent)).reset_index()
    return table.sort_values(["films", *KIND], ascending=[False] + [True] * len(KIND)).reset_index(
        drop=True
    )


_NATIVE = (
    "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2",
)  # fmt: skip


def _window(films: pd.DataFrame, prefer_lut: bool) -> pd.Series:
    several = films["windows"].fillna(0)
    window = pd.Series("none", index=films.index, dtype="string")
    window = window.mask(several == 1, "window").mask(several > 1, "several windows")
    lut = films["has_voi_lut"].fillna(False).astype(bool)
    return window.mask(lut & (prefer_lut | (several == 0)), "VOI LUT")


def _most_frequent(values: pd.Series) -> str:
    counts = values.value_counts()
    return str(counts.index[0]) if len(counts) else ""


def codecs(table: pd.DataFrame) -> list[tuple[str, int, str | None]]:
    """The codecs of the films: name, films, and what reads it here, None where nothing does."""
    readers = {name: reader for _, name, reader in available()}
    readers |= {"not compressed": "medtune", "png": "imagecodecs", "jpeg": "imagecodecs",
                "tiff": "OpenCV"}  # fmt: skip
    films = table.groupby("codec")["films"].sum().sort_values(ascending=False)
    return [(str(name), int(count), readers.get(str(name))) for name, count in films.items()]
