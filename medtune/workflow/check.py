"""``medtune check``: what would go wrong, before anything runs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from medtune.config.any_run import AnyRun
from medtune.config.data import SPLITS
from medtune.config.run import Run
from medtune.errors import DataError, LeakError, WeightsError
from medtune.films.repeats import retakes
from medtune.films.store import Decoded
from medtune.films.survey import codecs, survey
from medtune.tables.cases import read_uncertain
from medtune.workflow.advice import advise
from medtune.workflow.cases import Gathered, gathered_with_problems, private
from medtune.workflow.check_report import CheckReport
from medtune.workflow.decoding import decode, plain_spec_of
from medtune.workflow.firewall import find_leaks
from medtune.workflow.labelled import refuse_poor_splits
from medtune.workflow.named import backbone_problem
from medtune.workflow.second_labels import second_agreement
from medtune.workflow.sizing import sizes
from medtune.workflow.splitting import split, taught
from medtune.workflow.studies import (
    can_be_seen,
    grouping_of,
    pools,
    studies_of,
    studies_of_splits,
    views_of,
    without_late_films,
)
from medtune.workflow.wings import wing_of

if TYPE_CHECKING:
    from medtune.workflow.texts.report import TextReport

NOT_SPLIT = "not split"
_NUMBER = re.compile(r"(?<![A-Za-z])-?\d+(\.\d+)?(e[+-]?\d+)?")


def check(
    run: AnyRun, *, headers_only: bool = False, allow: Sequence[str] = (), show: bool = True
) -> CheckReport | TextReport:
    """Read the data and deal the split, as ``train`` would, and say what came of it.

    What is prepared (films decoded, texts as tokens) goes into the store that ``train`` uses, so
    that nothing is done twice.

    Args:
        run: as ``load_run`` gives it.
        headers_only: whether pictures are left alone: undecodable films, repeated pictures and
            printed text are not found then.
        allow: names of leaks that are known and accepted.
        show: whether progress is shown on stderr.

    Raises:
        InputError: there is no film, or no label of one.
    """
    return wing_of(run).check(run, headers_only=headers_only, allow=allow, show=show)


def check_films(
    run: Run, *, headers_only: bool = False, allow: Sequence[str] = (), show: bool = True
) -> CheckReport:
    """The same of a run about films."""
    gathered = gathered_with_problems(run, show=show)
    problems = list(gathered.problems)
    splits, problem = _split(run, gathered.cases)
    problems += problem + _starting_weights(run)
    problems += [said for said in (backbone_problem(run),) if said is not None]
    decoded = None
    if not headers_only:
        decoded = decode(
            run.data.work, gathered.cases, plain_spec_of(run), private=private(run), show=show
        )
    poor = [] if problem else _poor_splits(run, gathered.cases, splits, decoded)
    problems += poor
    cases = gathered.cases.merge(splits, on="case_id")
    order = {name: place for place, name in enumerate(SPLITS)}
    cases = cases.sort_values("split", key=lambda names: names.map(order), kind="stable")
    leaks = find_leaks(run, gathered, splits, decoded, show=show)
    places = gathered.index.locations
    kinds = survey(
        gathered.index.facts, gathered.cases["case_id"], prefer_lut=run.data.pixels.prefer == "lut"
    )
    return CheckReport(
        flow=gathered.flow,
        rows=gathered.rows,
        findings=_findings(run, cases),
        targets=_targets(run, cases),
        splits=_counted(cases, ["split"]),
        kinds=kinds,
        codecs=codecs(kinds),
        undecodable=_counts(decoded, gathered, "reason"),
        suspects=_counts(decoded, gathered, "text"),
        notes=_notes(decoded, gathered),
        views=_views(gathered.cases),
        retakes=retakes(gathered.cases, places),
        leaks=leaks.assign(allowed=leaks["leak"].isin(allow)),
        problems=problems,
        agreement=second_agreement(run, gathered),
        published=gathered.published,
        used=[w for rule in run.data.findings.values() for w in (*rule.present, *rule.absent)],
        scales={name: target.unit or "" for name, target in run.data.targets.items()},
        sizes=sizes(run, cases),
        advice=[] if poor else advise(run, cases, kinds),  # no setting teaches what nobody has
        looked=decoded is not None,
    )


def _split(run: Run, cases: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The split, or why there is none yet."""
    try:
        return taught(run, cases, split(run, cases, store=False)), []
    except LeakError as error:
        return cases[["case_id"]].assign(split=NOT_SPLIT), [str(error)]


def _starting_weights(run: Run) -> list[str]:
    """Why the run that the weights come from cannot be started from, or is none."""
    if run.model.run_folder is None and run.model.head == "new":
        return []
    from medtune.vision.trained import must_start_alike

    try:
        must_start_alike(run.model, plain_spec_of(run), list(run.data.findings))
    except WeightsError as error:
        return [str(error)]
    return []


def _poor_splits(
    run: Run, films: pd.DataFrame, splits: pd.DataFrame, decoded: Decoded | None
) -> list[str]:
    """Why the splits cannot teach or cannot select, as ``train`` refuses them.

    Args:
        run: the run.
        films: all of them.
        splits: of the films.
        decoded: None where pictures were left alone: then all films count as readable.
    """
    cases, of_case = films[films["case_id"].isin(splits["case_id"])], splits
    if pools(run.model):
        films = without_late_films(cases, splits)
        cases = studies_of(films, run.data.learned, run.data.kind)
        of_case = studies_of_splits(films, splits)
    if decoded is not None:
        cases = cases[can_be_seen(decoded, cases, grouping_of(run.model, films))]
    split = cases["case_id"].map(of_case.set_index("case_id")["split"])
    try:
        refuse_poor_splits({name: cases[split == name] for name in ("train", "tune")}, run.data)
    except DataError as error:
        return [str(error)]
    return []


def _findings(run: Run, cases: pd.DataFrame) -> pd.DataFrame:
    """Films by finding and split: present, absent, uncertain, unknown; and prevalence."""
    rows = []
    for finding in run.data.findings:
        unsure = cases["uncertain"].map(lambda cell, name=finding: name in read_uncertain(cell))
        value = cases[finding]
        counts = pd.DataFrame(
            {
                "present": (value == 1).fillna(False),
                "absent": (value == 0).fillna(False),
                "uncertain": unsure.astype(bool),
                "films": True,
            }
        )
        patients = cases["group_id"].where((value == 1).fillna(False))
        by_split = counts.groupby(cases["split"], sort=False).sum()
        by_split["positive_patients"] = patients.groupby(cases["split"], sort=False).nunique()
        for name, row in by_split.iterrows():
            known = int(row["present"] + row["absent"])
            rows.append(
                {
                    "finding": finding,
                    "split": str(name),
                    "present": int(row["present"]),
                    "absent": int(row["absent"]),
                    "uncertain": int(row["uncertain"]),
                    "unknown": int(row["films"]) - known - int(row["uncertain"]),
                    "prevalence": float(row["present"]) / known if known else None,
                    "positive_patients": int(row["positive_patients"]),
                    "uncertain_policy": run.data.uncertain_policy(finding),
                }
            )
    return pd.DataFrame(rows)


def _targets(run: Run, cases: pd.DataFrame) -> pd.DataFrame:
    """Films by target, split and class, or the spread of an amount; uncertain and unknown too."""
    rows = []
    for name, target in run.data.targets.items():
        unsure = cases["uncertain"].map(lambda cell, name=name: name in read_uncertain(cell))
        for split_name, part in cases.groupby("split", sort=False):
            value = part[name]
            uncertain = int(unsure.loc[part.index].sum())
            row = {
                "target": name,
                "kind": target.kind,
                "split": str(split_name),
                "labelled": int(value.notna().sum()),
                "uncertain": uncertain,
                "unknown": int(value.isna().sum()) - uncertain,
                "patients": int(part.loc[value.notna(), "group_id"].nunique()),
            }
            if target.classes is not None:
                row["classes"] = {each: int((value == each).sum()) for each in target.classes}
            else:
                known = value.dropna()
                row["spread"] = (
                    {str(part): float(known.quantile(part)) for part in (0.0, 0.25, 0.5, 0.75, 1.0)}
                    if len(known)
                    else {}
                )
            rows.append(row)
    return pd.DataFrame(rows)


def _views(cases: pd.DataFrame) -> dict[str, int]:
    """Studies by the views of their films."""
    counts = views_of(cases).value_counts()
    return {str(views): int(studies) for views, studies in counts.items()}


def _counted(cases: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    groups = cases.groupby(by, sort=False)
    return pd.DataFrame(
        {
            "films": groups.size(),
            "studies": groups["study_id"].nunique(),
            "patients": groups["group_id"].nunique(),
        }
    ).reset_index()


def _counts(decoded: Decoded | None, gathered: Gathered, column: str) -> dict[str, int]:
    """How many films have each reason, or each suspicion."""
    if decoded is None:
        return {}
    said = decoded.rows[column].reindex(gathered.cases["case_id"]).dropna()
    return {str(words): int(count) for words, count in said.value_counts().items()}


def _notes(decoded: Decoded | None, gathered: Gathered) -> dict[str, int]:
    """What was decided about pixels, without the numbers of each film: words to films."""
    if decoded is None:
        return {}
    rows = decoded.rows.reindex(gathered.cases["case_id"])
    notes = rows.loc[rows["reason"].isna(), "notes"].dropna().str.split("; ").explode()
    kinds = notes.str.replace(_NUMBER, "…", regex=True)
    return {str(words): int(count) for words, count in kinds[kinds != ""].value_counts().items()}
