"""The sealed test split of a run: its plan, the log of looks at it, and who else looked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd

from medtune.config.any_run import AnyRun
from medtune.config.primary import PRIMARY_MEASURES
from medtune.errors import DataError, SealError
from medtune.run_folder import RunFolder
from medtune.tables.looks import (
    MODEL,
    Look,
    Opened,
    declare_first,
    open_test,
    read_looks,
    refuse_forgotten,
)
from medtune.tables.plan import Departure
from medtune.tables.results import Result
from medtune.tables.seal import SEAL, Seal, cases_of_test, check_seal, read_seal
from medtune.tables.splits import read_splits
from medtune.workflow.splitting import split_folder

MACRO = "macro"
AT_A_THRESHOLD = ("sensitivity", "specificity", "accuracy")
# analyses beside the primary one
ASIDE = ("subgroups", "compare_with", "refer", "unusual", "site", "ladder", "planned",
         "reference_accuracy")  # fmt: skip


def plan_of(run: AnyRun) -> dict[str, Any]:
    """What a run's evaluation section declares, its defaults filled in, as plain values.

    What decides neither a number nor which numbers there are (``min_cell``) is left out; a table
    counts by its content.
    """
    said, learned = run.evaluation, run.data.learned
    primary = said.primary
    return {
        "run": run.name,
        "primary": {
            "finding": primary.finding or (learned[0] if len(learned) == 1 else MACRO),
            "measure": primary.measure or PRIMARY_MEASURES[run.data.kind][0],
            "compared_with": primary.compared_with or said.model_names()[0],
            "margin": primary.margin,
            "reason": primary.reason,
            **(
                {}
                if primary.non_inferiority_margin is None
                else {"non_inferiority_margin": primary.non_inferiority_margin}
            ),
        },
        "operating_point": {
            finding: said.target_of(finding).model_dump(exclude_none=True)
            for finding in run.data.findings
        },
        "refer": {
            finding: None if bounds is None else bounds.model_dump(exclude_none=True)
            for finding in run.data.findings
            for bounds in [said.refer_of(finding)]
        },
        **({} if said.answer_alone is None else {"answer_alone": said.answer_alone.model_dump()}),
        **(
            {}
            if said.reference_accuracy is None
            else {"reference_accuracy": said.reference_accuracy.model_dump()}
        ),
        **({} if said.planned is None else {"planned": said.planned.model_dump()}),
        "unusual": said.unusual,
        **({} if said.site is None else {"site": _digest(said.site, "site")}),
        "pool": said.pool,
        "level": said.level,
        "resamples": said.resamples,
        "seed": said.seed,
        "reference": _digest(said.reference, "reference"),
        "subgroups": list(said.subgroups),
        "compare_with": said.model_names(),
        **run.declared(),
    }


def declare(run: AnyRun) -> None:
    """Declare the run's plan for its test split, where there is one and no run has declared."""
    if read_seal(split_folder(run)).cases:
        declare_first(split_folder(run), plan_of(run))


def look_at(run: AnyRun, splits: pd.DataFrame, *, verb: str, model: str) -> Opened:
    """Log a look at the run's test split, after all that could be wrong with it was looked for.

    Args:
        run: what is judged.
        splits: the run's own table of the split.
        verb: what is done.
        model: SHA-256 of the weights.

    Raises:
        SealError: the split, its seal, its plan or its log are not what was written.
    """
    folder = split_folder(run)
    seal = read_seal(folder)
    check_seal(read_splits(folder / "splits.parquet"), folder)
    strangers = set(cases_of_test(splits)) - set(seal.cases)
    taken = splits.loc[splits["split"] != "test", "case_id"].isin(seal.cases)
    if strangers or taken.any():
        raise SealError(
            f"The split of the run {run.name} is not the one that was sealed: its table was "
            f"changed by hand ({int(taken.sum())} sealed cases left the test, {len(strangers)} "
            "others joined it). Restore it."
        )
    for name, known in _reports(run, folder, seal):
        refuse_forgotten(read_looks(folder), known, f"the report of the run {name}")
    return open_test(folder, plan_of(run), run=run.name, verb=verb, model=model)


def as_settings(run: AnyRun, opened: Opened) -> dict[str, Any]:
    """What the report and ``result.json`` say of the sealed test split, as plain values."""
    folder, seal = split_folder(run), opened.seal
    return {
        "split": folder.name,
        "version": seal.version,
        "sealed": seal.sealed,
        "cases": len(seal.cases),
        "sha256": seal.sha256,
        "seal": seal.digest,
        "looks": [{**_line(look), "sha256": look.digest} for look in opened.looks],
        "plan": {
            "declared": opened.plan.declared,
            "sha256": opened.plan.digest,
            "changed_before_first_look": len(opened.plan.earlier),
            **opened.plan.settings,
        },
        "departures": [
            {**asdict(each), "primary": _touches_primary(each, opened.plan.settings)}
            for each in opened.departures
        ],
        "earlier_versions": list(_earlier(folder.parent, seal)),
        "other_test_splits": list(_others(folder, seal)),
    }


def label(result: Result, sealed: Mapping[str, Any]) -> None:
    """Write into a result what of it departs from the plan: that part is exploratory."""
    result.settings["looks_at_test"] = len(sealed["looks"])
    result.settings["sealed_test"] = dict(sealed)
    departed = [each for each in sealed["departures"] if each["primary"]]
    result.primary["status"] = "exploratory" if departed else "declared"
    declared = sealed["plan"]["declared"]
    if departed:
        result.warnings.insert(
            0,
            f"Exploratory: this is not the analysis that was declared on {declared}, before the "
            f"test was first looked at. Otherwise: {_said(departed)}.",
        )
    aside = [each for each in sealed["departures"] if not each["primary"]]
    if aside:
        result.warnings.append(f"Beside the primary comparison not as declared: {_said(aside)}.")


def _digest(file: Path | None, setting: str) -> str | None:
    if file is None:
        return None
    if not file.is_file():
        raise DataError(f"'evaluation.{setting}' points to {file.name}, and there is no such file")
    return sha256(file.read_bytes()).hexdigest()


def _said(departed: Sequence[Mapping[str, Any]]) -> str:
    return "; ".join(
        each["setting"]
        if each["setting"] in (MODEL, "reference", "site")  # a digest says nothing to a person
        else f"{each['setting']} (declared {_word(each['declared'])}, now {_word(each['now'])})"
        for each in departed
    )


def _word(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)


def _touches_primary(departure: Departure, plan: Mapping[str, Any]) -> bool:
    """Whether the primary comparison is another one by it."""
    section, _, finding = departure.setting.partition(".")
    if section == "operating_point":
        primary = plan["primary"]
        about = finding.split(".")[0]
        return primary["measure"] in AT_A_THRESHOLD and primary["finding"] in (about, MACRO)
    return section not in ASIDE


def _line(look: Look) -> dict[str, Any]:
    return {**asdict(look), "departures": list(look.departures)}


def _earlier(splits: Path, seal: Seal) -> Iterator[dict[str, Any]]:
    """The smaller versions of this test split, the newest first, and how often each was used."""
    while seal.earlier is not None:
        folder = splits / seal.earlier.split
        seal = read_seal(folder)
        looks = len(read_looks(folder))
        yield {"version": seal.version, "cases": len(seal.cases), "looks": looks}


def _others(folder: Path, seal: Seal) -> Iterator[dict[str, Any]]:
    """Other sealed test splits of the work folder that share cases with this one, and were used.

    Another seed or share deals another split of the same patients, with a log of its own.
    """
    versions, at = {folder.name}, seal
    while at.earlier is not None:
        versions.add(at.earlier.split)
        at = read_seal(folder.parent / at.earlier.split)
    ours = set(seal.cases)
    for path in sorted(folder.parent.glob(f"*/{SEAL}")):
        if path.parent.name in versions:
            continue
        both = len(ours & set(read_seal(path.parent).cases))
        looks = len(read_looks(path.parent)) if both else 0
        if looks:
            yield {"split": path.parent.name, "cases": both, "looks": looks}


def _reports(run: AnyRun, folder: Path, seal: Seal) -> Iterator[tuple[str, list[tuple[int, str]]]]:
    """The looks that reports beside this run's tell of, at this very test split."""
    for home in sorted(run.runs.iterdir()):
        result = RunFolder(home).result
        if not result.is_file():
            continue
        try:
            told = json.loads(result.read_text(encoding="utf-8"))["settings"]["sealed_test"]
            if told["split"] == folder.name and told["sha256"] == seal.sha256:
                yield home.name, [(each["look"], each["sha256"]) for each in told["looks"]]
        except (ValueError, LookupError, TypeError):
            continue  # of before there was a chain, or no report at all
