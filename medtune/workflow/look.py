"""``medtune look`` and ``medtune.show``: films as pictures, for the person at this machine."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.figure import Figure

from medtune.config.run import Run
from medtune.dicom import REASONS, read_xray
from medtune.errors import InputError, UnreadableFile
from medtune.films.locations import place_of, read_locations
from medtune.films.look import SeenGroup, contact_sheet
from medtune.films.page import Aside, look_html
from medtune.films.sheet import MOST_GROUPS as ON_THE_SHEET
from medtune.films.sheet import Head, sheet_png
from medtune.tables.amounts import counted
from medtune.tables.schema import write_text, write_whole
from medtune.workflow.cases import private
from medtune.workflow.labelled import label_words

if TYPE_CHECKING:
    from medtune.workflow.teaching import Teaching

MOST = 32  # films that ``show`` draws
MOST_GROUPS = 12  # scanners and views with pictures on the page
MOST_FILMS = 8  # of a group


@dataclass(frozen=True)
class Looked:
    """What ``look`` found and wrote.

    Attributes:
        sheet: the PNG.
        page: the HTML page.
        groups: scanners and views that are drawn.
        aside: what is not drawn, and why.
        seed: by which the films were chosen.
    """

    sheet: Path
    page: Path
    groups: list[SeenGroup]
    aside: Aside
    seed: int

    def lines(self) -> list[str]:
        """For a person."""
        shown = sum(len(group.seen) for group in self.groups)
        lines = [f"Films of the train split: {shown} of {len(self.groups)} groups are shown"]
        for group in self.groups:
            lines.append(
                f"  {group.name}: {counted(group.films, 'film')}, {group.teach} of them teach, "
                f"{len(group.seen)} shown"
            )
            if group.unlike:
                lines.append(
                    "    its mean film is unlike the other groups' (correlation "
                    f"{group.likeness:.2f}): inverted, turned or framed otherwise?"
                )
        lines += [
            f"  {scanner}, {view}: {counted(films, 'film')}, {teach} of them teach, not drawn"
            for scanner, view, films, teach in self.aside.groups
        ]
        if self.aside.suspects:
            shown_or_not = "shown" if self.aside.suspects_shown else "not shown"
            lines.append(
                f"May carry burned-in text: {counted(len(self.aside.suspects), 'film')}, "
                f"{shown_or_not}; named on the page"
            )
        lines += [f"Cannot be decoded: {n} ({why})" for why, n in self.aside.undecodable.items()]
        return [
            *lines,
            f"Sheet: {self.sheet}",
            f"Page: {self.page}",
            "They hold pictures of patients: leave them in the work folder.",
        ]

    def as_dict(self) -> dict[str, object]:
        """The same, for machines."""
        return {
            "sheet": str(self.sheet),
            "page": str(self.page),
            "split": "train",
            "seed": self.seed,
            "groups": [
                {
                    "scanner": group.scanner,
                    "view": group.view,
                    "films": group.films,
                    "teach": group.teach,
                    "likeness": group.likeness,
                    "shown": [
                        {
                            "case_id": film.case_id,
                            "label": film.label,
                            "facts": film.facts,
                            "notes": list(film.notes),
                            "suspect": film.suspect,
                        }
                        for film in group.seen
                    ],
                }
                for group in self.groups
            ],
            "not_drawn": [
                dict(zip(("scanner", "view", "films", "teach"), group, strict=True))
                for group in self.aside.groups
            ],
            "suspects": [
                {"case_id": case_id, "reason": reason} for case_id, reason in self.aside.suspects
            ],
            "undecodable": dict(self.aside.undecodable),
        }


def look(
    run: Run,
    *,
    out: Path | None = None,
    per_group: int = 4,
    seed: int = 0,
    show_suspects: bool = False,
    show: bool = True,
) -> Looked:
    """Draw what the model will see: films as read, as prepared, and as training draws them.

    Films of the train split only, by scanner and view. The store is filled on the way, as
    ``train`` would do it.

    Args:
        run: as ``load_run`` gives it.
        out: folder for ``look.png`` and ``look.html``; the work folder's ``look/<name>`` where
            nothing is said.
        per_group: films of each scanner and view, at most 8.
        seed: another seed shows other films.
        show_suspects: whether films that may carry burned-in text are shown.
        show: whether progress is shown on stderr.

    Raises:
        InputError: whatever would stop ``train``, or a number of films out of range.
    """
    from medtune.workflow.seen import EPOCHS, groups_of, seen_groups
    from medtune.workflow.teaching import teaching

    if not 1 <= per_group <= MOST_FILMS:
        raise InputError(
            f"A group is shown with 1 to {MOST_FILMS} films, and {per_group} were asked for."
        )
    taught = teaching(run, show=show)
    rows = taught.decoded.rows.reindex(taught.train["case_id"])
    suspects = {str(case_id): str(why) for case_id, why in rows["text"].dropna().items()}
    every = groups_of(taught)
    pictured = [group for group in every if group[-1]][:MOST_GROUPS]
    groups, gone = seen_groups(
        run,
        taught,
        pictured,
        per_group=per_group,
        seed=seed,
        left_out=() if show_suspects else suspects,
        show=show,
    )
    groups.sort(key=lambda group: not group.unlike)  # first what a person must not overlook
    reasons = Counter([*rows.loc[rows["row"].isna(), "reason"], *gone])
    aside = Aside(
        groups=[group for group in every if group not in pictured],
        suspects=sorted(suspects.items()),
        suspects_shown=show_suspects,
        undecodable={REASONS.get(why, str(why)): n for why, n in reasons.most_common()},
        preprocessing=asdict(taught.spec),
    )
    folder = out or run.data.work / "look" / run.name
    looked = Looked(folder / "look.png", folder / "look.html", groups, aside, seed)
    epochs = EPOCHS if run.changes_films else 0
    head = _head(run, looked, taught, epochs)
    png = sheet_png(groups, head)
    write_whole(looked.sheet, lambda partial: partial.write_bytes(png))
    write_text(look_html(groups, head, aside), looked.page)
    return looked


def _head(run: Run, looked: Looked, taught: Teaching, epochs: int) -> Head:
    """What stands above the groups, in plain sentences."""
    from medtune.workflow.evaluate import simulated

    films = taught.films
    why = "augmentation: none" if run.training.augmentation == "none" else run.model.adapt
    lines = [
        f"The train split only: {len(films)} films of {films['group_id'].nunique()} patients "
        "teach. No picture of the test split was opened.",
        f"Drawn at random as training does it, in its stage '{taught.stage}' with seed "
        f"{run.training.seed} (augmentation: {run.training.augmentation})."
        if epochs
        else f"Training changes nothing at random ({why}).",
        f"Films were chosen by seed {looked.seed}, those of different patients first. They are "
        "pictures of patients, and stay in the work folder.",
    ]
    if len(looked.groups) > ON_THE_SHEET:
        lines[0] += f" The sheet has {ON_THE_SHEET} of {len(looked.groups)} groups, the page all."
    return Head(
        title=f"What the model will see: {run.name}",
        lines=tuple(lines),
        drawn=tuple(f"epoch {epoch + 1}" for epoch in range(epochs)),
        simulated=simulated(taught.cases),
    )


def show(run: Run, cases: pd.DataFrame) -> Figure:
    """Draw cases as a contact sheet: at most 32, each with its labels.

    Args:
        run: as ``load_run`` gives it.
        cases: rows of ``read_cases``.

    Returns:
        A figure, which a notebook draws.
    """
    places = read_locations(private(run)).set_index("case_id")
    films, titles = [], []
    for case in cases.head(MOST).to_dict("records"):
        label = ", ".join(label_words(run.data, case)) or "unknown"
        path, member, frame = places.loc[case["case_id"], ["path", "member", "frame"]]
        try:
            films.append(read_xray(place_of(path, member), frame=frame).pixels)
        except UnreadableFile as error:
            label = f"unreadable: {error.reason}"
        else:
            titles.append(f"{label}\n{case.get('view') or ''} {case.get('sex') or ''}".strip())
    return contact_sheet(films, titles)
