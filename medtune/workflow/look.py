"""``medtune.show``: some cases as pictures, for the eyes of the person at this machine."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from medtune.config.run import Run
from medtune.dicom import read_xray
from medtune.errors import UnreadableFile
from medtune.films.locations import read_locations
from medtune.films.look import contact_sheet
from medtune.workflow.cases import private

MOST = 32


def show(run: Run, cases: pd.DataFrame) -> Figure:
    """Draw cases as a contact sheet: at most 32, each with its labels.

    Args:
        run: as ``load_run`` gives it.
        cases: rows of ``read_cases``.

    Returns:
        A figure, which a notebook draws.
    """
    places = read_locations(private(run)).set_index("case_id")["path"]
    films, titles = [], []
    for case in cases.head(MOST).to_dict("records"):
        present = [f for f in run.data.findings if case[f] == 1]
        absent = [f for f in run.data.findings if case[f] == 0]
        label = ", ".join(present) or (f"no {', no '.join(absent)}" if absent else "unknown")
        try:
            films.append(read_xray(Path(places[case["case_id"]])).pixels)
        except UnreadableFile as error:
            label = f"unreadable: {error.reason}"
        else:
            titles.append(f"{label}\n{case.get('view') or ''} {case.get('sex') or ''}".strip())
    return contact_sheet(films, titles)
