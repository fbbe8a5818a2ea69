"""``medtune evaluate TABLE``: is one product better than another, from their scores alone?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from medtune.config.evaluation import Evaluation
from medtune.config.near import did_you_mean
from medtune.config.primary import PRIMARY_MEASURES
from medtune.config.report import Report
from medtune.config.targets import Target
from medtune.errors import ConfigError, RunError
from medtune.evaluation import evaluate as judge
from medtune.evaluation.baseline import baseline_rows
from medtune.evaluation.spectrum import labels_of_predictions, prevalence_rows
from medtune.evaluation.verdict import OWN
from medtune.evaluation.wide import Columns, is_long, read_wide
from medtune.run_folder import RunFolder
from medtune.tables.cases import ATTRIBUTES
from medtune.tables.predictions import COLUMNS, read_predictions
from medtune.tables.results import Result
from medtune.workflow.judgement import Wanted, wanted, write_judgement

REFERENCE = "the reference"  # no attribute is called so
CONTROLS = ("thumbnail", "random_weights")
JUDGED_WITH = ("numpy", "scipy", "statsmodels", "scikit-learn", "pandas")


def evaluate_table(
    table: Path | str,
    *,
    out: Path | str,
    reference: str | None = None,
    scores: Sequence[str] = (),
    group: str | None = None,
    study: str | None = None,
    split: str | None = None,
    thresholds: Mapping[str, float] | None = None,
    settings: Evaluation | None = None,
    report: Report | None = None,
    targets: Mapping[str, Target] | None = None,
) -> Result:
    """Judge any two products, or more, from a table of their scores; write the report.

    No torch is needed. A wide table has a row a case and a column a product; a long one has the
    columns of a run's predictions, a row a case, product and finding.

    Args:
        table: CSV, TSV, Excel or Parquet.
        out: folder for measures.csv, differences.csv, result.json, report.html and what else
            stands beside them in a run.
        reference: column with 1, 0 or empty; only of a wide table, as ``group``.
        scores: columns with the scores, of a long table names in its column model; the first is
            the generic model, the second is compared with it and with all others. A run's own
            predictions need no names.
        group: column of the patient.
        study: column of the study, where several rows are one.
        split: column that says test (judged) or calibration (sets thresholds); without it all
            rows are judged, and there are no thresholds but those that are given.
        thresholds: thresholds that the products came with, by name: positive is score >= it.
        settings: how they are judged; which models are compared is said by ``scores``.
        targets: of a long table, by name, those that are classes, grades or amounts and no
            findings; a wide table has none.
        report: language of the report, and whether a PDF is written; there are no pictures.

    Raises:
        ConfigError: names of columns or models that are not there, or targets of a wide table.
        DataError: rows that cannot be used.
        RunError: ``out`` is the folder of a run.
    """
    path, folder = Path(table), RunFolder(Path(out))
    if folder.config.exists():
        raise RunError(f"{folder.path.name} is the folder of a run; give --out another one.")
    how = wanted(report or Report())
    scores, declared = tuple(scores), dict(targets or {})
    long = is_long(path)
    if declared and not (long and reference is None):
        raise ConfigError([_targets_of_wide(path, declared, long=long)])
    if long and reference is None:
        predictions = read_predictions(path)
        own, first, predictions = _of_long(path, predictions, scores, group, study, split)
    else:
        columns = _columns(path, reference, scores, group, study, split)
        predictions = read_wide(path, columns)
        first, own = scores[:2]
    settings = settings or Evaluation()
    problems = list(_misfits(predictions, settings, declared, thresholds or {}))
    if problems:
        raise ConfigError([f"{path.name}: {problem}" for problem in problems])
    settings = settings.model_copy(
        update={"primary": settings.primary.model_copy(update={"compared_with": first})}
    )
    result = judge(
        predictions,
        settings,
        targets=declared,
        shipped_thresholds=_thresholds(path, predictions, thresholds or {}),
        fine_tuned=own,
        controls=CONTROLS if own == OWN else (),
    )
    result.settings["table"] = path.name
    result.settings["baseline"] = _baseline(predictions, result, settings)
    if not declared:
        findings = sorted(str(name) for name in predictions["target"].unique())
        result.settings["prevalence"] = prevalence_rows(
            labels_of_predictions(predictions[predictions["model"] == own], findings),
            level=settings.level,
            min_cell=settings.min_cell,
            exact=settings.proportions == "exact",
        )
    _write(path, folder, settings, result, predictions, how)
    return result


def _targets_of_wide(path: Path, declared: Mapping[str, Target], *, long: bool) -> str:
    """Why a table is not judged by classes, grades or amounts: one score a row cannot say them."""
    name, target = next(iter(declared.items()))
    what = f"{path.name}: 'targets' says that '{name}' is {target.kind}, and "
    if long:
        return (
            f"{what}--reference is for wide tables, of findings only. This one has the columns of "
            "a run's predictions, which say it: leave --reference, --group, --study and --split "
            "out."
        )
    return (
        f"{what}targets are for long tables: a row a case, model, target and class (of an amount "
        f"an empty one), with the columns {', '.join(COLUMNS)}. A wide table, a row a case, is "
        "judged by findings: its reference is 1, 0 or empty."
    )


def _misfits(
    predictions: pd.DataFrame,
    settings: Evaluation,
    declared: Mapping[str, Target],
    thresholds: Mapping[str, float],
) -> Iterator[str]:
    """What of the declared targets does not fit the table or the settings."""
    there = sorted(str(name) for name in predictions["target"].unique())
    of_class = predictions["class"].fillna("") != ""
    if of_class.any() and not declared:
        name = str(predictions.loc[of_class, "target"].iloc[0])
        yield (
            f"'{name}' has rows of several classes. Say which they are: --set "
            f"targets.{name}.kind=multiclass (or ordinal) --set targets.{name}.classes=[...]."
        )
    if not declared:
        return
    for name in declared:
        if name not in there:
            yield f"there is no target '{name}' (targets).{did_you_mean(name, there)}"
    left = [name for name in there if name not in declared]
    if left:
        yield f"findings are judged apart from targets; not among 'targets': {', '.join(left)}."
    kinds = sorted({target.kind for target in declared.values()})
    if len(kinds) > 1:
        yield f"targets of one kind are judged together, and these are {' and '.join(kinds)}."
    elif settings.primary.measure not in (None, *PRIMARY_MEASURES[kinds[0]]):
        fitting = " or ".join(PRIMARY_MEASURES[kinds[0]])
        yield (
            f"'evaluation.primary.measure': {kinds[0]} targets are judged by {fitting}, not "
            f"{settings.primary.measure}."
        )
    if kinds == ["continuous"] and len(declared) > 1 and settings.primary.finding is None:
        yield "amounts have no mean over their units: say which in 'evaluation.primary.finding'."
    if thresholds:
        yield "--threshold is for findings: classes, grades and amounts have none."


def _baseline(
    predictions: pd.DataFrame, result: Result, settings: Evaluation
) -> list[dict[str, Any]]:
    """Who the patients are, by what the table says of them."""
    targets = sorted(predictions["target"].unique())
    finding = str(result.primary["finding"])
    finding = finding if finding in targets else targets[0]
    rows = predictions[predictions["target"] == finding].drop_duplicates("case_id")
    return baseline_rows(
        rows.rename(columns={"reference": REFERENCE}),
        attributes=(*ATTRIBUTES, *settings.subgroups),
        finding=None if result.settings["targets"] else finding,
        reference=None if result.settings["targets"] else REFERENCE,
        min_cell=settings.min_cell,
    )


def _columns(
    path: Path,
    reference: str | None,
    scores: tuple[str, ...],
    group: str | None,
    study: str | None,
    split: str | None,
) -> Columns:
    """What was said of a wide table, when all that is needed was said."""
    problems = []
    if reference is None:
        problems.append(
            "--reference is missing: the column with 1 (present), 0 (absent) or empty (unknown)."
        )
    if len(scores) < 2:
        problems.append(
            "--scores needs at least two columns, the generic model's first: "
            "--scores score_a,score_b."
        )
    if group is None:
        problems.append(
            "--group is missing: the column that says which patient a row is of. Where every row "
            "is another patient, name the column that numbers the rows."
        )
    if problems or reference is None or group is None:
        raise ConfigError([f"{path.name}: {problem}" for problem in problems])
    return Columns(reference, scores, group, study, split)


def _of_long(
    path: Path,
    predictions: pd.DataFrame,
    scores: tuple[str, ...],
    group: str | None,
    study: str | None,
    split: str | None,
) -> tuple[str, str | None, pd.DataFrame]:
    """The judged model, the one it is compared with, and the rows of those that were named."""
    given = {"--group": group, "--study": study, "--split": split}
    problems = [
        f"{path.name}: {option} is for wide tables; this one has the columns of a run's "
        "predictions, which say it."
        for option, value in given.items()
        if value is not None
    ]
    models = sorted(predictions["model"].dropna().unique())
    problems += [
        f"{path.name}: there is no model '{name}' (--scores).{did_you_mean(name, models)}"
        f" It has: {', '.join(models)}."
        for name in scores
        if name not in models
    ]
    if len(set(scores)) == 1 or (not scores and OWN not in models):
        problems.append(
            f"{path.name}: --scores says which models are compared, the generic one first; "
            f"it has: {', '.join(models)}."
        )
    if problems:
        raise ConfigError(problems)
    if not scores:
        return OWN, None, predictions
    chosen = predictions["model"].isin(scores)
    return scores[1], scores[0], predictions[chosen].reset_index(drop=True)


def _thresholds(
    path: Path, predictions: pd.DataFrame, given: Mapping[str, float]
) -> dict[tuple[str, str], float]:
    models = sorted(predictions["model"].unique())
    targets = sorted(predictions["target"].unique())
    problems = [
        f"{path.name}: --threshold speaks of '{name}', which is none of the scores."
        f"{did_you_mean(name, models)} They are: {', '.join(models)}."
        for name in given
        if name not in models
    ]
    if given and len(targets) > 1:
        problems.append(
            f"{path.name}: --threshold is for tables of one finding; this one has {len(targets)}."
        )
    if problems:
        raise ConfigError(problems)
    return {(name, targets[0]): value for name, value in given.items()}


def _write(
    path: Path,
    folder: RunFolder,
    settings: Evaluation,
    result: Result,
    predictions: pd.DataFrame,
    how: Wanted,
) -> None:
    """The files of a judgement, under the names that they have in a run; the answer comes last."""
    with path.open("rb") as handle:
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
    write_judgement(
        folder,
        result,
        predictions,
        title=path.stem,
        run={"table": path.name, "evaluation": settings.model_dump(mode="json")},
        environment={
            "table_sha256": digest,
            "medtune": version("medtune"),
            **{name: version(name) for name in JUDGED_WITH},
        },
        wanted=how,
    )
