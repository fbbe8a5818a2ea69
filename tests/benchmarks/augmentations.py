"""``scripts/augmentations``: what changes of training films are worth where films look otherwise.

At each simulated hospital of ``shifts.yaml`` with the strongest shift of its kind, and on the real
pair of ``configs/xray/methods``, the same model learns from the same films for the same epochs with
each of five ways to change the films. ``KIND-home``: labelled films of home teach, the hospital
gives a profile of unlabelled films, after which ``site`` renders them. ``KIND-local`` and
``guangzhou``: a few labelled films of the hospital teach. Test patients are the same for all five.
Each setting and way has a record beside the table (``augmentations/SETTING-WAY.json``); what is
recorded is not done again, and what stands below the table's end is kept.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from medtune.config.load import load_films_run, run_as_yaml
from medtune.config.run import Run
from medtune.evaluation.many import compare_many
from medtune.evaluation.verdict import OWN
from medtune.learning.hardware import choose
from medtune.phantom import SiteShift
from medtune.run_folder import RunFolder
from medtune.tables.predictions import read_predictions, write_predictions
from medtune.tables.schema import write_text
from medtune.vision.samples import Change
from medtune.workflow.evaluate import evaluate
from medtune.workflow.fine_tuning import fine_tune
from medtune.workflow.preparing import prepare
from medtune.workflow.progress import silent
from medtune.workflow.sealed import declare
from medtune.workflow.site import measure
from tests.benchmarks import methods, shifts
from tests.benchmarks.command import write_above
from tests.benchmarks.foreign_augmentations import monai_default, timm_default

ROOT = Path(__file__).parents[2]
TABLE = Path(__file__).parent / "results/augmentations.md"
WAYS = ("none", "timm", "monai", "generic", "site")
FOREIGN = {"timm": timm_default, "monai": lambda size: monai_default()}
KINDS = ("response", "blur", "noise", "markers")
REAL = "guangzhou"
SETTINGS = (*(f"{k}-home" for k in KINDS), REAL, *(f"{k}-local" for k in KINDS))
START = "start"  # the model that all begin with
SEED = 1
HOME_SEED = 2000  # of patients at home
STUDIES = {"home": 500, REAL: 200}
HOME_SPLIT = "{train: 0.7, tune: 0.15, calibration: 0.15, test: 0}"


@dataclass(frozen=True)
class Desk:
    """Where films, runs, records and the table lie.

    Attributes:
        phantom: of the simulated hospitals.
        real: of the real pair.
        archive: patients whose unlabelled films a profile of a simulated hospital is measured on.
        home_epochs: of the model from home, which is that of ``scripts/shifts``.
    """

    phantom: shifts.Desk
    real: methods.Desk
    archive: int
    home_epochs: int

    def record(self, setting: str, way: str) -> Path:
        """What came out."""
        return self.phantom.page.with_suffix("") / f"{setting}-{way}.json"

    def scores(self, setting: str, way: str) -> Path:
        """Of the test films; they stay beside the runs."""
        return self.phantom.home / "scores" / f"{setting}-{way}.parquet"


def shift_of(kind: str) -> SiteShift:
    """The strongest of its kind."""
    said = yaml.safe_load(shifts.FILE.read_text(encoding="utf-8"))
    return SiteShift(**said["kinds"][kind][-1])


def hospital(desk: Desk, kind: str) -> Path:
    """The run file of a simulated hospital, its films drawn."""
    size = desk.phantom.size
    studies = size.labelled_studies + size.test_studies
    patients = round(studies / shifts.FILMS_A_PATIENT)
    films = desk.phantom.films(kind, patients, SEED, shift_of(kind))
    test = size.test_studies / studies
    parts = {"train": 0.64, "tune": 0.16, "calibration": 0.2}
    shares = {name: round(share * (1 - test), 6) for name, share in parts.items()}
    split = json.dumps({**shares, "test": round(1 - sum(shares.values()), 6)})
    return _run_file(desk, kind, films, split)


def home(desk: Desk) -> Path:
    """The run file of patients at home who did not teach the generic model."""
    enough = round(2 * STUDIES["home"] / shifts.FILMS_A_PATIENT)
    patients = min(enough, desk.phantom.size.home_patients)
    films = desk.phantom.films("home-labelled", patients, HOME_SEED, SiteShift())
    return _run_file(desk, "home", films, HOME_SPLIT)


def _run_file(desk: Desk, name: str, films: Path, split: str) -> Path:
    weights = desk.phantom.home / "runs/generic"
    teach = {"weights": weights, "adapt": "lp_ft", "batch_norm": "adapt", "rate": "3e-4"}
    return desk.phantom.run(name, films, split, SEED, **teach)


def profile(desk: Desk, setting: str) -> Path:
    """The profile of a setting's hospital, from films that are not judged."""
    kind = setting.partition("-")[0]
    path = desk.phantom.home / "profiles" / f"{kind}.yaml"
    if path.exists():
        return path
    if setting == REAL:
        films = desk.phantom.home / f"{REAL}.yaml"
        write_text(run_as_yaml(real_run(desk, "profile")), films)  # of a run, the train split alone
    else:
        drawn = desk.phantom.films(f"{kind}-archive", desk.archive, SEED + 7000, shift_of(kind))
        films = drawn / "dicom"
    measure(films, path, site=kind, show=False)
    return path


def real_run(desk: Desk, way: str, *settings: str) -> Run:
    """The NIH model, begun with on Guangzhou's films."""
    generic = desk.real.run(methods.GENERIC).path
    said = [
        *desk.real.settings(REAL),
        f"model.weights={generic}",
        f"evaluation.compare_with=[{{shipped: {generic}}}]",
        f"name={REAL}-{way}",
        f"data.train_studies={STUDIES[REAL]}",
    ]
    return load_films_run(methods.CONFIGS / "local.yaml", [*said, *settings])


def run_of(desk: Desk, setting: str, way: str) -> tuple[Run, Change | None]:
    """The run that teaches by a way, and how films are changed where medtune has no word for it.

    The same epochs for all, whatever comes out of them.
    """
    epochs = desk.phantom.size.epochs
    word = "none" if way in FOREIGN else way
    settings = [f"training.augmentation={word}", "report.pictures=none"]
    if way == "site":
        settings.append(f"site={profile(desk, setting)}")
    if setting == REAL:
        return with_change(real_run(desk, way, *settings), way)
    kind, _, where = setting.partition("-")
    name = f"{kind}-local-{way}"
    if where == "home":
        # what does not know the hospital is taught once
        name = f"{kind}-home-site" if way == "site" else f"home-{way}"
        settings.append(f"data.train_studies={STUDIES['home']}")
    settings += [f"name={name}", f"training.epochs={epochs}", f"training.patience={epochs}"]
    path = home(desk) if where == "home" else hospital(desk, kind)
    return with_change(load_films_run(path, settings), way)


def with_change(run: Run, way: str) -> tuple[Run, Change | None]:
    """A run, and how films of its network's size are changed where medtune has no word for it."""
    return run, FOREIGN[way](run.model.image_size) if way in FOREIGN else None


def teach(run: Run, change: Change | None) -> Path:
    """Train, or go on; the folder of the run."""
    folder = RunFolder(run.runs / run.name)
    if not folder.finished:
        begun = folder.begun
        prepared = prepare(run, folder, begun=begun, show=False)
        if not begun:
            declare(run)
        fine_tune(run, prepared, folder, choose(run.training), silent, change=change)
    return folder.path


def judge(desk: Desk, setting: str, ways: Sequence[str]) -> None:
    """Score the test films of a setting by models that have been taught, and by their start."""
    judge_run, names = run_of(desk, setting, ways[0])[0], {OWN: ways[0]}
    if setting.endswith("-home"):  # a run of the hospital opens its test, and scores the others
        judge_run, change = run_of(desk, setting.replace("home", "local"), "none")
        teach(judge_run, change)
        taught = {way: run_of(desk, setting, way)[0] for way in ways}
        folders = [str(one.runs / one.name) for one in taught.values()]
        start = str(desk.phantom.home / "runs/generic")
        others = json.dumps([{"shipped": folder} for folder in (start, *folders)])
        path = hospital(desk, setting.partition("-")[0])
        said = [
            f"name={judge_run.name}",
            "training.augmentation=none",
            "report.pictures=none",
            f"training.epochs={judge_run.training.epochs}",
            f"training.patience={judge_run.training.patience}",
            f"evaluation.compare_with={others}",
        ]
        judge_run = load_films_run(path, said)
        names = {f"shipped:{one.name}": way for way, one in taught.items()}
    evaluate(judge_run, show=False)
    found = read_predictions(RunFolder(judge_run.runs / judge_run.name).predictions)
    generic = methods.GENERIC if setting == REAL else "generic"
    names[f"shipped:{generic}"] = START
    found = found[found["model"].isin(list(names))]
    found = found.assign(model=found["model"].map(names))
    for way in ways:
        own = found[found["model"].isin([way, START])]
        write_predictions(own, desk.scores(setting, way))


def write_records(desk: Desk, setting: str, seconds: dict[str, float]) -> None:
    """Compare all ways of a setting that are scored, on the same patients, and write it down."""
    done = [way for way in WAYS if desk.scores(setting, way).exists()]
    tables = [read_predictions(desk.scores(setting, way)) for way in done]
    own = [t[t["model"] == way] for t, way in zip(tables, done, strict=True)]
    start = tables[0][tables[0]["model"] == START]
    run = run_of(desk, setting, done[0])[0]
    found = compare_many(pd.concat([start, *own], ignore_index=True), run.evaluation)
    measures = found.measures[found.measures["measure"] == "auroc"].set_index("model")
    for way in done:
        path = desk.record(setting, way)
        before = json.loads(path.read_text()) if path.exists() else {}
        row = measures.loc[way]
        said = {
            "setting": setting,
            "way": way,
            "size": asdict(desk.phantom.size),
            "studies": int(row["n_cases"]),
            "patients": int(row["n_groups"]),
            "start": _three(measures.loc[START], "value"),
            "auroc": _three(row, "value"),
            "minus": _minus(found.differences, way),
            "seconds": seconds.get(way, before.get("seconds")),
        }
        write_text(json.dumps(said, indent=1) + "\n", path)


def _minus(differences: pd.DataFrame, way: str) -> dict[str, list[float]]:
    """AUROC of a way minus each other's, with its interval."""
    minus = {}
    for row in differences[differences["measure"] == "auroc"].to_dict("records"):
        value, low, high = _three(row, "difference")
        if row["model"] == way:
            minus[row["compared_with"]] = [value, low, high]
        elif row["compared_with"] == way:
            minus[row["model"]] = [-value, -high, -low]
    return minus


def _three(row: Any, value: str) -> list[float]:
    return [round(float(row[name]), 5) for name in (value, "low", "high")]


def table(desk: Desk) -> str:
    """All settings of which anything is recorded.

    Raises:
        SystemExit: a record is of hospitals of another size.
    """
    lines = [
        "| setting | films are changed by | AUROC | minus the start | minus `none` "
        "| `site` minus it |",
        "|---|---|---|---|---|---|",
    ]
    missing = []
    for setting in SETTINGS:
        found = {}
        for way in WAYS:
            if not desk.record(setting, way).exists():
                missing.append(f"{setting}-{way}")
                continue
            found[way] = json.loads(desk.record(setting, way).read_text())
            if found[way]["size"] != asdict(desk.phantom.size):
                raise SystemExit(f"{desk.record(setting, way)} is of hospitals of another size.")
        site = found.get("site", {"minus": {}})["minus"]
        if found:
            began = next(iter(found.values()))["start"]
            lines.append(f"| {setting} | the start | {_printed(began, '')} | | | |")
        for way, one in found.items():
            cells = (one["minus"].get(START), one["minus"].get("none"), site.get(way))
            differ = " | ".join("" if cell is None else _printed(cell, "+") for cell in cells)
            lines.append(f"| {setting} | {way} | {_printed(one['auroc'], '')} | {differ} |")
    rest = f"Not run: {', '.join(missing)}." if missing else "All settings have been run."
    return "\n".join(lines) + f"\n\n{rest}\n"


def _printed(cell: Sequence[float], sign: str) -> str:
    value, low, high = (f"{one:{sign}.3f}" for one in cell)
    return f"{value} ({low} to {high})"


def write_page(desk: Desk) -> None:
    """The table, and below it what people wrote."""
    size = desk.phantom.size
    text = (
        "# Site-specific against generic changes of training films\n\n"
        "Written by `scripts/augmentations` from the records beside it: AUROC on the same test "
        "patients, differences paired, 95 % intervals over patients. The start is the model that "
        "all begin with, as it came (of simulated hospitals, that of `scripts/shifts`). `none`: "
        "films as they are; `timm`: the defaults of timm's training (crop of 8 to 100 %, "
        "mirrored, brightness and contrast); `monai`: those of MONAI's tutorial of classification "
        "(turned, mirrored, zoomed), since MONAI has no default; `generic` and `site`: "
        "`training.augmentation`. "
        f"Of simulated hospitals, the strongest shift of each kind in `shifts.yaml`, one seed: "
        f"`-home`: {STUDIES['home']} labelled studies of home teach and none of the hospital, of "
        f"which `site` knows a profile of {desk.archive} patients' unlabelled films; `-local`: "
        f"the hospital's own teach ({size.labelled_studies} studies that teach, select and "
        f"calibrate). `{REAL}`: the NIH model on {STUDIES[REAL]} studies, as in "
        "`configs/xray/methods`. All ways of a setting have the same films and epochs "
        f"({size.epochs} at simulated hospitals).\n\n"
    )
    write_above(f"{text}{table(desk)}", desk.phantom.page)


def work_through(desk: Desk, chosen: Sequence[tuple[str, str]], hours: float | None) -> None:
    """Do what has no record; the table is written anew after each setting."""
    began = time.monotonic()
    for setting in SETTINGS:
        todo = [w for s, w in chosen if s == setting and not desk.record(s, w).exists()]
        # models of home are judged together: each judgement opens the test once
        for ways in [todo] if setting.endswith("-home") and todo else [[way] for way in todo]:
            if hours is not None and time.monotonic() - began > 3600 * hours:
                print("scripts/augmentations: the time is up; go on with the same words",
                      file=sys.stderr)  # fmt: skip
                return
            ready(desk, setting)
            seconds: dict[str, float] = {}
            for way in ways:
                with shifts.timed(seconds, way):
                    teach(*run_of(desk, setting, way))
            judge(desk, setting, ways)
            write_records(desk, setting, seconds)
            write_page(desk)
            print(f"scripts/augmentations: {setting}, {', '.join(ways)} done", file=sys.stderr)
    write_page(desk)


def ready(desk: Desk, setting: str) -> None:
    """The model that a setting begins with."""
    if setting == REAL:
        weights = f"model.weights={desk.real.real / methods.WEIGHTS}"
        nih = [*desk.real.settings("nih"), weights]
        methods.train(desk.real, methods.GENERIC, "generic.yaml", nih)
    else:
        size = replace(desk.phantom.size, epochs=desk.home_epochs)
        shifts.train_generic(replace(desk.phantom, size=size))


def main(words: list[str] | None = None) -> None:
    """Read the command line."""
    names = {f"{setting}-{way}": (setting, way) for setting in SETTINGS for way in WAYS}
    parser = argparse.ArgumentParser(prog="scripts/augmentations", description=__doc__)
    built = ROOT / "build/augmentations"
    given = os.environ.get("MEDTUNE_REAL_DATA", str(ROOT.parent / "shared/data"))
    parser.add_argument("--home", type=Path, default=built, help="of films and runs")
    parser.add_argument("--page", type=Path, default=TABLE, help="where the table is written")
    parser.add_argument("--real", type=Path, default=Path(given), help="MEDTUNE_REAL_DATA")
    parser.add_argument("--only", nargs="+", choices=[*names, *SETTINGS], metavar="SETTING[-WAY]")
    parser.add_argument("--hours", type=float, help="after which nothing else is begun")
    parser.add_argument(
        "--small", action="store_true", help="a trial with few films; give it a --home and --page"
    )
    asked = parser.parse_args(words)
    if asked.small and (asked.page == TABLE or asked.home == built):
        parser.error("a trial is no result: give --small a --home and a --page of its own")
    said = yaml.safe_load(shifts.FILE.read_text(encoding="utf-8"))
    whole = shifts.Size(said["home_patients"], 0, said["labelled_studies"], 1000, said["size"])
    size = shifts.Size(60, 0, 70, 60, 64, epochs=1) if asked.small else replace(whole, epochs=10)
    phantom = shifts.Desk(asked.home.resolve(), asked.page.resolve(), size, said["finding"], 1)
    real = methods.Desk(asked.real.resolve(), asked.home.resolve() / "real")
    archive, home_epochs = (20, 1) if asked.small else (200, whole.epochs)
    desk = Desk(phantom, real, archive, home_epochs)
    table(desk)  # what would not belong together is said before anything is done
    only = names if asked.only is None else asked.only
    chosen = [pair for name, pair in names.items() if name in only or pair[0] in only]
    work_through(desk, chosen, asked.hours)


if __name__ == "__main__":
    main()
