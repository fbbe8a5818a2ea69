"""``medtune monitor``: are this month's films and scores still those that the report was about?"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from medtune.config.load import load_films_run
from medtune.config.run import Run
from medtune.config.site import SiteProfile
from medtune.config.site_file import load_profile
from medtune.errors import DataError, RunError
from medtune.evaluation.monitoring import REFERENCE, Monitored, film_table
from medtune.evaluation.monitoring import monitor as compare
from medtune.evaluation.unlike import COLUMN
from medtune.films.appearance import appearance
from medtune.films.join import join
from medtune.films.locations import PRIVATE
from medtune.report.languages import MONITORS, words_of
from medtune.report.monitor_page import as_json, monitor_html, sentences
from medtune.run_folder import RunFolder
from medtune.tables.cases import read_cases_table
from medtune.tables.predictions import read_predictions
from medtune.tables.schema import read_table, write_text
from medtune.workflow.new_films import NewFilms, score_new
from medtune.workflow.own_model import own_model
from medtune.workflow.unlike import profile_as_settings, within

OWN = "fine_tuned"
NAME = "monitor"


@dataclass(frozen=True)
class Monitoring:
    """What came of it, and where it is written.

    Attributes:
        monitored: the comparison.
        refused: new films that were not scored, by reason.
        page: the page for a person; monitor.json lies beside it.
    """

    monitored: Monitored
    refused: Mapping[str, int]
    page: Path

    def as_dict(self) -> dict[str, Any]:
        """For machines, as ``monitor.json`` has it."""
        return as_json(self.monitored, self.refused)

    def lines(self) -> list[str]:
        """For a person."""
        return [*sentences(self.monitored, self.refused), f"Page: {self.page}"]


def monitor(
    folder: Path | str,
    new: Path | str,
    out: Path | str | None = None,
    *,
    labels: Path | str | None = None,
    metadata: Path | str | None = None,
    site: Path | str | None = None,
    show: bool = True,
) -> Monitoring:
    """Hold new films, or a table of what a model said of them, against a run's report.

    Compared are facts of the headers, grey values, scores, the distance from the films that
    taught, and, where new films have labels, AUROC and calibration.

    Args:
        folder: of an evaluated run.
        new: a folder of films, or a table with a row a case and target: case_id, target, score,
            and group_id, reference, embedding_distance and attributes where they are known.
        out: folder for monitor.json and monitor.html; ``monitor`` in the run folder by default.
        labels: label table of the new films, of the same columns as the run's; for films only.
        metadata: table about pictures that are no DICOM; for films only.
        site: profile of a site (``medtune site measure``), against which new films are held, as the
            report's were where ``evaluation.site`` named the same; for films only.
        show: whether progress is shown on stderr.

    Raises:
        RunError: the run is not evaluated, or pools the films of a study.
        InputError: the films or the table cannot be used.
    """
    run_folder, new = RunFolder(Path(folder)), Path(new)
    run_folder.must_be_finished()
    if not run_folder.predictions.exists():
        raise RunError(
            f"The run {run_folder.path.name} is not evaluated yet: 'medtune evaluate' does it."
        )
    home = Path(out) if out is not None else run_folder.path / NAME
    run = load_films_run(run_folder.config, files_must_exist=False)
    profile = None if site is None else load_profile(site)
    model = own_model(run, run_folder)
    if model.card.views != "each":
        raise RunError(
            f"The run {run.name} pools the films of a study ('model.views: {model.card.views}'), "
            "and monitoring compares single films: it is not for this run."
        )
    thresholds = model.card.thresholds
    old = _judged(run_folder, thresholds)
    refused: Mapping[str, int] = {}
    if new.is_file() and new.suffix.lower() in (".csv", ".tsv", ".parquet", ".xlsx"):
        if labels is not None or metadata is not None or site is not None:
            raise DataError(
                "'--labels' and '--metadata' are about a folder of films, as '--site' is; a table "
                "has its labels in a column 'reference'."
            )
        table = film_table(_of_table(new), thresholds)
    else:
        films = score_new(
            run_folder.path,
            new,
            home / PRIVATE,
            metadata=None if metadata is None else Path(metadata),
            site=profile,
            show=show,
        )
        refused = {str(why): int(n) for why, n in films.reason.dropna().value_counts().items()}
        table = _of_films(films, None if labels is None else Path(labels), thresholds)
    if not set(old.columns) & {name for name in table.columns if name.startswith("score of ")}:
        raise DataError(f"{new.name} has no score of a finding of the run {run.name}.")
    if profile is not None and not _same_profile(run_folder, profile):
        old = old.drop(columns=COLUMN, errors="ignore")
    familiarity = model.familiarity
    monitored = compare(
        old,
        table,
        limit=math.nan if familiarity is None else familiarity.limit,
        declared=run.evaluation.unusual,
        min_cell=run.evaluation.min_cell,
        site=None if profile is None else profile.site,
    )
    page = home / f"{NAME}.html"
    simulated = bool(old["scanner"].astype("string").str.contains("simulated", case=False).any())
    write_text(json.dumps(as_json(monitored, refused), indent=1, allow_nan=False),
               home / f"{NAME}.json")  # fmt: skip
    html = monitor_html(
        monitored,
        refused,
        title=run.name,
        simulated=simulated,
        words=words_of(run.report.language),
        said=MONITORS[run.report.language],
    )
    write_text(html, page)
    return Monitoring(monitored, refused, page)


def _judged(folder: RunFolder, thresholds: Mapping[str, float]) -> pd.DataFrame:
    """The test films of the report: scores, header facts, and how they look."""
    predictions = read_predictions(folder.predictions)
    mine = predictions[(predictions["model"] == OWN) & (predictions["split"] == "test")]
    films = film_table(mine, thresholds)
    facts = _with_size(read_cases_table(folder.cases))
    more = [name for name in facts.columns if name not in films.columns]
    films = films.merge(facts[["case_id", *more]], on="case_id", how="left")
    if folder.inputs.exists():
        films = films.merge(read_table(folder.inputs), on="case_id", how="left")
    return films


def _same_profile(folder: RunFolder, profile: SiteProfile) -> bool:
    """Whether the report's test films were held against this profile."""
    settings = json.loads(folder.result.read_text(encoding="utf-8"))["settings"]
    known = settings.get(COLUMN, {}).get("profile_sha256")
    return bool(known == profile_as_settings(profile)["profile_sha256"])


def _of_table(path: Path) -> pd.DataFrame:
    """A table of what a model said: a run's predictions, or those of ``medtune predict``."""
    table = read_table(path)
    missing = [name for name in ("case_id", "target", "score") if name not in table]
    if missing:
        raise DataError(
            f"{path.name} has no column {', '.join(missing)}. A row a case and target is needed, "
            "as 'medtune predict' writes them."
        )
    if "model" in table:
        models = table["model"].dropna().unique().tolist()
        if len(models) > 1 and OWN not in models:
            raise DataError(f"{path.name} has scores of several models, none called '{OWN}'.")
        table = table[table["model"] == (OWN if OWN in models else models[0])]
    key = [name for name in ("case_id", "target", "class") if name in table]
    if table.duplicated(key).any():
        raise DataError(f"{path.name} has rows that repeat a case and target.")
    scores = pd.to_numeric(table["score"], errors="coerce")
    if (scores.isna() & table["score"].notna()).any():
        raise DataError(f"{path.name}: the column 'score' holds what is no number.")
    return table.assign(score=scores)


def _of_films(new: NewFilms, labels: Path | None, thresholds: Mapping[str, float]) -> pd.DataFrame:
    """The films that were scored: scores, header facts, how they look, and labels."""
    there = new.reason.isna()
    if not there.any():
        raise DataError("No new film could be scored; 'medtune predict' says why of each.")
    cases = _with_size(new.index.films[there]).reset_index(drop=True)
    cases["embedding_distance"] = new.distance[there.to_numpy()]
    cases[COLUMN] = within(new.unlike[there]).to_numpy()
    scores = new.scores[there.to_numpy()]
    parts = [
        cases.assign(target=target, score=scores[:, c], **{"class": of_class})
        for c, (target, of_class) in enumerate(new.model.card.task.columns)
    ]
    films = film_table(pd.concat(parts, ignore_index=True), thresholds)
    films = films.merge(appearance(new.decoded, cases["case_id"]), on="case_id", how="left")
    return films if labels is None else films.merge(_labels(new, labels), on="case_id", how="left")


def _labels(new: NewFilms, path: Path) -> pd.DataFrame:
    """References of the new films from a label table like the run's."""
    run: Run = new.run
    if not run.data.findings:
        raise DataError("'--labels' is for runs of findings, present or absent; this one has none.")
    data = run.data.model_copy(update={"labels": path})
    joined = join(new.index, data, run.site_name)
    if joined.problems:
        raise DataError("\n".join(joined.problems))
    findings = list(data.findings)
    references = joined.cases[findings].astype("Float64").to_numpy(float, na_value=np.nan)
    table = pd.DataFrame(references, columns=[f"{REFERENCE}{finding}" for finding in findings])
    table.insert(0, "case_id", joined.cases["case_id"].to_numpy())
    return table


def _with_size(films: pd.DataFrame) -> pd.DataFrame:
    """Films with their size in pixels as one fact."""
    if not {"rows", "columns"} <= set(films.columns):
        return films
    size = films["rows"].astype("string") + " x " + films["columns"].astype("string")
    return films.assign(size=size)
