"""``medtune compare``: runs on the same test cases, at every site, or each site left out."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from medtune.config.compared import Shipped
from medtune.config.load import load_films_run
from medtune.config.run import Run
from medtune.errors import RunError
from medtune.evaluation.left_out import LeftOut, leave_one_out
from medtune.evaluation.many import compare_many, cross_site
from medtune.evaluation.result_json import plain_rows
from medtune.evaluation.verdict import OWN
from medtune.run_folder import RunFolder
from medtune.tables.amounts import counted
from medtune.tables.predictions import read_predictions
from medtune.tables.results import declare_differences, declare_measures
from medtune.tables.schema import write_table
from medtune.tables.splits import read_splits
from medtune.workflow.labelled import refuse_targets
from medtune.workflow.sealed import look_at
from medtune.workflow.splitting import split_folder


@dataclass(frozen=True)
class Compared:
    """Several runs on the same cases.

    Attributes:
        measures: each run's.
        differences: each pair's, with p values adjusted for their number.
        left_out: test cases of any run that another has not scored.
        notes: what a reader must know.
    """

    measures: pd.DataFrame
    differences: pd.DataFrame
    left_out: int
    notes: list[str]

    def lines(self) -> list[str]:
        """For a terminal: the runs by AUROC, then each pair."""
        said = []
        for target, rows in self.measures[self.measures["measure"] == "auroc"].groupby("target"):
            said.append(f"{target}, AUROC ({counted(rows['n_cases'].iloc[0], 'study')})")
            for row in rows.sort_values("value", ascending=False).to_dict("records"):
                said.append(f"  {row['model']}: {_printed(row, 'value')}")
            pairs = self.differences[
                (self.differences["measure"] == "auroc") & (self.differences["target"] == target)
            ]
            for row in pairs.to_dict("records"):
                p = "" if row["reason"] else f"; p {row['p_value']:.3g}, Holm {row['p_holm']:.3g}"
                name = f"{row['model']} minus {row['compared_with']}"
                said.append(f"  {name}: {_printed(row, 'difference')}{p}")
        if self.left_out:
            said.append(
                f"Left out: {counted(self.left_out, 'case')} that not every run has scored."
            )
        return [*said, *(f"Note: {note}" for note in self.notes)]

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return {
            "measures": plain_rows(self.measures),
            "differences": plain_rows(self.differences),
            "left_out": self.left_out,
            "notes": self.notes,
        }


@dataclass(frozen=True)
class Matrix:
    """Every model at every site: ``rows`` as ``evaluation.many.cross_site`` gives them."""

    rows: pd.DataFrame

    def lines(self) -> list[str]:
        """For a terminal: a line a finding, model and site."""
        said = []
        for target, rows in self.rows.groupby("target"):
            said.append(f"{target}, AUROC")
            for row in rows.to_dict("records"):
                change = ""
                if not pd.isna(row["change"]):
                    change = (
                        f"; against its own site {row['change']:+.3f} ({row['change_low']:+.3f} to "
                        f"{row['change_high']:+.3f})"
                    )
                where = f"of {row['trained_at']} at {row['judged_at']}"
                said.append(f"  {where}: {_printed(row, 'value')}{change}")
        return said

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return {"cross_site": plain_rows(self.rows)}


@dataclass(frozen=True)
class Sites:
    """Every site, judged by a model that had not seen it: see ``evaluation.left_out``."""

    found: LeftOut

    def lines(self) -> list[str]:
        """For a terminal: a line a site, then all of them together."""
        said = []
        for target, rows in self.found.sites.groupby("target"):
            said.append(f"{target}, AUROC")
            for row in rows.to_dict("records"):
                said.append(f"  {row['left_out']} left out: {_printed(row, 'value')}")
            (row,) = self.found.together.query("target == @target").to_dict("records")
            said.append(f"  mean of {row['sites']} sites: {_printed(row, 'value')}")
            if row["not_counted"]:
                said.append(f"  not in it: {row['not_counted']}")
            if not row["reason"]:
                between = f"{row['next_low']:.3f} to {row['next_high']:.3f}"
                said.append(f"  a further site may expect {between}")
        return said

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return {
            "sites": plain_rows(self.found.sites),
            "together": plain_rows(self.found.together),
        }


def _printed(row: dict[Hashable, Any], column: str) -> str:
    if row["reason"]:
        return f"not estimable: {row['reason']}"
    sign = "+" if column == "difference" else ""
    return f"{row[column]:{sign}.3f} ({row['low']:{sign}.3f} to {row['high']:{sign}.3f})"


def compare(folders: Sequence[Path | str], *, out: Path | None = None) -> Compared:
    """Compare the fine-tuned models of several evaluated runs, pair by pair, on the same cases.

    The cases are those of the test splits that all of the runs scored; thresholds come from the
    calibration cases that all of them scored; all else is judged as the first run says. It is a
    look at the test split, and logged as one where the split lies.

    Args:
        folders: of the runs, at least two.
        out: folder for measures.csv and differences.csv; None: nothing is written.

    Raises:
        RunError: a run is not there, not evaluated, or shares no test case with the others.
    """
    runs = _opened(folders)
    tables = {name: _own(folder, name) for name, (folder, _) in runs.items()}
    common = set.intersection(*(_cases(table) for table in tables.values()))
    everything = set.union(*(_cases(table) for table in tables.values()))
    split_of = [set(zip(t["case_id"], t["split"], strict=True)) for t in tables.values()]
    agreed = {case for case, _ in set.intersection(*split_of)} & common
    predictions = pd.concat(
        [table[table["case_id"].isin(agreed)] for table in tables.values()], ignore_index=True
    )
    if not (predictions["split"] == "test").any():
        raise RunError(
            "These runs have no test case in common: they were trained with other splits or at "
            "other sites. '--cross-site' lays models of several sites side by side."
        )
    _refuse_other_references(predictions)
    notes = [note for note in (_logged(runs), _taught_by(runs)) if note]
    found = compare_many(predictions, _first(runs).evaluation)
    compared = Compared(
        declare_measures(found.measures),
        declare_differences(found.differences),
        len(everything - agreed),
        notes,
    )
    if out is not None:
        write_table(compared.measures, out / "measures.csv")
        write_table(compared.differences, out / "differences.csv")
    return compared


def compare_sites(folders: Sequence[Path | str], *, out: Path | None = None) -> Matrix:
    """Lay the models of several sites side by side: each at its own site and at the others.

    A run judges its own model and, where its ``compare_with`` names another of the runs, that
    one's too; so each site's cases stay where they are.

    Args:
        folders: of evaluated runs, one a site.
        out: folder for cross_site.csv; None: nothing is written.

    Raises:
        RunError: a run is not there or not evaluated, or no run judges another's model.
    """
    runs = _opened(folders)
    by_site = {}
    for name, (folder, run) in runs.items():
        theirs = {
            other.model_name: other.label
            for other in run.evaluation.compare_with
            if isinstance(other, Shipped) and other.label in runs
        }
        table = read_predictions(folder.predictions)
        names = {OWN: name, **theirs}
        table = table[table["model"].isin(list(names))]
        by_site[name] = table.assign(model=table["model"].map(names))
    if all(table["model"].nunique() < 2 for table in by_site.values()):
        raise RunError(
            "None of these runs judges the model of another. Name it in 'evaluation.compare_with' "
            "of the run at the other site: {shipped: runs/NAME}."
        )
    rows = cross_site(by_site, _first(runs).evaluation)
    if out is not None:
        write_table(rows, out / "cross_site.csv")
    return Matrix(rows)


def leave_one_site_out(folders: Sequence[Path | str], *, out: Path | None = None) -> Sites:
    """Lay runs side by side that each held out another site as their test.

    Args:
        folders: of evaluated runs with 'split: {by: site, test_values: [NAME]}', one site each.
        out: folder for left_out.csv and together.csv; None: nothing is written.

    Raises:
        RunError: a run is not there or not evaluated, or does not hold out one site, or another
            does it too.
    """
    runs = _opened(folders)
    by_site: dict[str, pd.DataFrame] = {}
    for name, (folder, run) in runs.items():
        held = run.data.split.test_values or []
        if run.data.split.by != "site" or len(held) != 1:
            raise RunError(
                f"The run {name} does not hold out one site: its split would be "
                "'split: {by: site, test_values: [NAME]}'."
            )
        if held[0] in by_site:
            raise RunError(f"Two of these runs hold out the site {held[0]}.")
        by_site[held[0]] = _own(folder, name)
    found = leave_one_out(by_site, _first(runs).evaluation)
    if out is not None:
        write_table(found.sites, out / "left_out.csv")
        write_table(found.together, out / "together.csv")
    return Sites(found)


Runs = dict[str, tuple[RunFolder, Run]]


def _opened(folders: Sequence[Path | str]) -> Runs:
    if len(folders) < 2:
        raise RunError("At least two runs are compared.")
    found: Runs = {}
    seen: set[Path] = set()
    for path in map(Path, folders):
        if path.resolve() in seen:
            raise RunError(f"The run {path.name} is named twice: a run is compared with others.")
        seen.add(path.resolve())
        folder = RunFolder(path)
        folder.must_be_finished()
        if not folder.predictions.exists():
            raise RunError(f"The run {path.name} is not evaluated yet: 'medtune evaluate' does it.")
        if path.name in found:
            raise RunError(f"Two runs are called {path.name}: give one another name.")
        run = load_films_run(folder.config, files_must_exist=False)
        refuse_targets(run, f"Comparing runs ({path.name})")
        found[path.name] = folder, run
    return found


def _first(runs: Runs) -> Run:
    return next(iter(runs.values()))[1]


def _own(folder: RunFolder, name: str) -> pd.DataFrame:
    table = read_predictions(folder.predictions)
    return table[table["model"] == OWN].assign(model=name)


def _cases(table: pd.DataFrame) -> set[str]:
    return set(table.loc[table["split"].isin(["test", "calibration"]), "case_id"])


def _refuse_other_references(predictions: pd.DataFrame) -> None:
    """Refuse runs that were judged by other labels of the same cases."""
    spread = predictions.groupby(["case_id", "target"])["reference"].nunique(dropna=False)
    if (spread > 1).any():
        raise RunError(
            f"{counted(int((spread > 1).sum()), 'case', 'has')} another reference in one run "
            "than in another: evaluate all of them anew with the same labels."
        )


def _logged(runs: Runs) -> str:
    """Write the look into the log of each test split that lies here."""
    looks: dict[Path, int] = {}
    away = 0
    for folder, run in runs.values():
        split = split_folder(run)
        if split in looks:
            continue
        if not (split / "seal.json").exists():
            away += 1
            continue
        with folder.model.open("rb") as handle:
            digest = hashlib.file_digest(handle, "sha256").hexdigest()
        opened = look_at(run, read_splits(folder.splits), verb="compare", model=digest)
        looks[split] = len(opened.looks)
    said = [f"This is look number {n} at the test split." for n in looks.values()]
    if away:
        said.append(
            f"The test split of {away} of the runs is not where they say: this look is not in its "
            "log."
        )
    return " ".join(said)


def _taught_by(runs: Runs) -> str:
    """Choosing the best by the test makes its own figure too good."""
    return (
        f"The best of {len(runs)} models by these figures will do a little worse elsewhere: what "
        "was chosen by a test is no longer judged by it."
    )
