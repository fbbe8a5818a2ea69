"""In which order what was found stands on the page."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from medtune.report.cells import Cells


def test_what_has_numbers_in_its_name_stands_by_their_value(gain):
    names = [f"secrets in {times} texts" for times in (16, 4, 1)] + ["edema"]
    parts = [gain.measures.assign(target=name) for name in names]
    found = Cells(replace(gain, measures=pd.concat(parts, ignore_index=True)))
    assert found.findings == [
        "edema", "secrets in 1 texts", "secrets in 4 texts", "secrets in 16 texts",
    ]  # fmt: skip
