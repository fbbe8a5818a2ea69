"""``scripts/shifts``: the ladder on simulated hospitals, 36 shifted ones and 12 that are not.

The hospitals are those of ``shifts.yaml``. A generic model is trained at home once. For each kind
and strength of shift a reference model is trained from all the films that there could be: what it
has and the generic model has not is what was lost there. At each hospital ``medtune ladder`` runs
on the few labelled studies, and its chosen rung is compared with both on the same test patients.
What is done is not done again: each hospital has a record of its own beside the table
(``shifts/NAME.json``), and the table, written anew from all records after each hospital, its misses
with it, grows from one call to the next. ``--plan`` takes other hospitals, of a file like that one.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from medtune.evaluation.estimate import from_draws
from medtune.evaluation.resampling import patient_weights, ranking_draws
from medtune.learning.weights import sha256_of
from medtune.phantom import NORTH, Hospital, SiteShift, write_hospital
from medtune.run_folder import RunFolder
from medtune.tables.schema import write_text
from tests.benchmarks.command import write_above
from tests.benchmarks.shift_sites import Site, Size, sites
from tests.benchmarks.shift_table import table

ROOT = Path(__file__).parents[2]
FILE = Path(__file__).parent / "shifts.yaml"
RESULTS = Path(__file__).parent / "results"
FILMS_A_PATIENT = 1.3  # of the phantom, about
ACT_AT = 0.2
SITE = replace(NORTH, name="site")  # the same equipment and kind of people, other patients
REFERENCE_SEED = 5000  # of the patients who teach the reference models: no hospital's own

INTRODUCTION = """\
# The ladder on simulated hospitals

Written by `scripts/shifts` from the records beside it, a row for each hospital that is done. A
generic model learnt at home; `medtune ladder` chose by net benefit (one acts from a chance of 20 %
on) on 500 labelled studies, and the chosen rung was judged once on 1,500 others: what net benefit
it gained there over the model as it came, and the AUROC of both. The reference is a model that
learnt from 4,000 patients of the same equipment; what it ranks better than the generic one was
lost. Goals: where at least 0.05 was lost, 80 % recovered and (1 - AUROC) down by 15 %, with an
interval above 0; where nothing differs from home, no fine-tuning.
"""
DATA = """
data:
  images: {films}/dicom
  labels: {films}/labels.csv
  findings: [{finding}]
  split: {split}
  work: {work}
"""
TEACHES = """
model:
  backbone: timm/mobilenetv3_small_100
  weights: {weights}
  adapt: {adapt}
  batch_norm: {batch_norm}
  image_size: 96
training:
  epochs: {epochs}
  batch_size: 32
  learning_rate: {rate}
  patience: 5
  seed: {seed}
  precision: 32  # so that the table is the same on a CPU that has bf16
runs: {runs}
report: {{pictures: none}}
"""
LADDER = """
evaluation:
  compare_with: [{{shipped: {generic}}}]
  act_at: {{{finding}: {at}}}
ladder: {{utility: net_benefit}}
"""


@dataclass(frozen=True)
class Desk:
    """Where films, runs and records lie.

    Attributes:
        home: of films, runs and scores.
        page: the table; records lie in a folder of its name beside it.
        size: of the hospitals.
        finding: that is judged.
        processes: that draw films.
    """

    home: Path
    page: Path
    size: Size
    finding: str
    processes: int

    @property
    def records(self) -> Path:
        """What came out at each hospital, NAME.json."""
        return self.page.with_suffix("")

    def record(self, site: Site) -> Path:
        """What came out at a hospital."""
        return self.records / f"{site.name}.json"

    def films(self, name: str, patients: int, seed: int, shift: SiteShift) -> Path:
        """A hospital's films, written once; those of the same patients are taken once for all."""
        hospital = NORTH if name == "home" else SITE
        if shift == SiteShift():
            return self._written(hospital, name, patients, seed)
        taken = self._written(hospital, f"unshifted-{patients}-{seed}", patients, seed)
        return self._written(hospital, name, patients, seed, shift=shift, taken=taken)

    def _written(
        self, hospital: Hospital, name: str, patients: int, seed: int, **shifted: Any
    ) -> Path:
        folder = self.home / "films" / name
        if not (folder / "labels.csv").exists():
            shutil.rmtree(folder, ignore_errors=True)
            size, processes = self.size.pixels, self.processes
            write_hospital(
                folder,
                hospital,
                patients=patients,
                seed=seed,
                size=size,
                processes=processes,
                **shifted,
            )
        return folder

    def clear(self, name: str) -> None:
        """Take away the films of a hospital and what was made of them: they take the most room."""
        for what in ("films", "work", "scores"):
            shutil.rmtree(self.home / what / name, ignore_errors=True)

    def run(self, name: str, films: Path, split: str, seed: int, **teach: Any) -> Path:
        """A run file."""
        generic = self.home / "runs/generic"
        text = f"name: {name}\nsite: {name}\n" + DATA.format(
            films=films, finding=self.finding, split=split, work=self.home / "work" / films.name
        )
        text += TEACHES.format(runs=self.home / "runs", seed=seed, epochs=self.size.epochs, **teach)
        if teach["weights"] != "none":
            text += LADDER.format(generic=generic, finding=self.finding, at=ACT_AT)
        path = self.home / f"{name}.yaml"
        write_text(text, path)
        return path


def medtune(verb: str, path: Path | str, *words: str) -> None:
    """Run a verb from the command line.

    Raises:
        SystemExit: it ended badly; what it said is on stderr.
    """
    said = subprocess.DEVNULL if verb == "predict" else None  # all scores, which a file has too
    asked = [sys.executable, "-m", "medtune.cli", verb, str(path), *words]
    done = subprocess.run(asked, cwd=ROOT, stdout=said, check=False)
    if done.returncode == 2 and verb in ("train", "ladder") and not words:
        words = tuple(word for leak in alike(path) for word in ("--allow", leak))
        if words:
            medtune(verb, path, *words)
            return
    if done.returncode:
        raise SystemExit(f"medtune {verb} ended with {done.returncode}.")


def alike(path: Path | str) -> list[str]:
    """Films of two patients that look like one: among thousands of simulated ones some do.

    None is: a film of the simulator is of one patient.
    """
    asked = [sys.executable, "-m", "medtune.cli", "check", str(path), "--json"]
    said = subprocess.run(asked, cwd=ROOT, capture_output=True, check=False, text=True)
    kinds = ("near_duplicate:", "other_label:")
    leaks = json.loads(said.stdout)["leaks"] if said.stdout else []
    return [one["leak"] for one in leaks if one["stops"] and one["leak"].startswith(kinds)]


def train_generic(desk: Desk, seed: int = 1000) -> None:
    """The model from home, trained to its plateau."""
    if (desk.home / "runs/generic/model.safetensors").exists():
        return
    films = desk.films("home", desk.size.home_patients, seed, SiteShift())
    split = "{train: 0.7, tune: 0.15, calibration: 0.15, test: 0}"
    scratch = {"weights": "none", "adapt": "full", "batch_norm": "train", "rate": "1e-3"}
    medtune("train", desk.run("generic", films, split, 0, **scratch))


def judge(desk: Desk, site: Site) -> dict[str, Any]:
    """The ladder at one hospital, and what there was to win."""
    size = desk.size
    studies = size.labelled_studies + size.test_studies
    few = round(studies / FILMS_A_PATIENT)
    seconds: dict[str, float] = {}
    with timed(seconds, "films"):
        films = desk.films(site.name, few, site.seed, site.shift)
    test = size.test_studies / studies
    parts = (("train", 0.64), ("tune", 0.16), ("calibration", 0.2))
    shares = {name: round(share * (1 - test), 6) for name, share in parts}
    split = json.dumps({**shares, "test": round(1 - sum(shares.values()), 6)})
    local = {"weights": desk.home / "runs/generic", "adapt": "lp_ft", "batch_norm": "adapt"}
    with timed(seconds, "ladder"):
        medtune("ladder", desk.run(site.name, films, split, site.seed, **local, rate="3e-4"))
    answer = json.loads((RunFolder(desk.home / "runs" / site.name).ladder.answer).read_text())
    found = {
        "site": site.name,
        "size": asdict(size),
        "generic_sha256": sha256_of(desk.home / "runs/generic/model.safetensors"),
        "chosen": answer["chosen"],
        "fine_tune": answer["fine_tune"],
        "test": answer["test"],
        "minutes": sum(rung["minutes"] for rung in answer["rungs"]),
    }
    if site.shifted:
        found["reference_auroc"] = _reference(desk, site, films, seconds)
    return {**found, "seconds": seconds}


@contextmanager
def timed(seconds: dict[str, float], step: str) -> Iterator[None]:
    """Note how long a step took; of one that went on where it was stopped, the rest only."""
    began = time.monotonic()
    yield
    seconds[step] = round(time.monotonic() - began, 1)


def _reference(desk: Desk, site: Site, test: Path, seconds: dict[str, float]) -> dict[str, float]:
    """AUROC on the same films of a model that learnt from all that there could be."""
    name = f"{site.kind}-reference"
    if not (desk.home / "runs" / name / "model.safetensors").exists():
        with timed(seconds, "reference films"):
            films = desk.films(name, desk.size.reference_patients, REFERENCE_SEED, site.shift)
        split = "{train: 0.8, tune: 0.1, calibration: 0.1, test: 0}"
        whole = {"weights": desk.home / "runs/generic", "adapt": "full", "batch_norm": "train"}
        with timed(seconds, "reference"):
            medtune("train", desk.run(name, films, split, REFERENCE_SEED, **whole, rate="3e-4"))
        desk.clear(name)
    folder = desk.home / "runs" / site.name / "ladder"
    scores = desk.home / "scores" / site.name / "scores.csv"
    with timed(seconds, "reference scores"):
        medtune("predict", desk.home / "runs" / name, str(test / "dicom"), "--out", str(scores))
    return _auroc_of(folder, scores, desk, site)


def _auroc_of(ladder: Path, scores: Path, desk: Desk, site: Site) -> dict[str, float]:
    """Of the test studies, by their accession numbers: pseudonyms differ from run to run."""
    places = pd.read_parquet(desk.home / "work" / site.name / "private/locations.parquet")
    theirs = pd.read_parquet(scores.parent / "private/locations.parquet")
    key = "sop_instance_uid"
    table = pd.read_csv(scores).merge(theirs[["case_id", key]], on="case_id")
    table = table.drop(columns="case_id").merge(places[["case_id", key]], on=key)
    splits = pd.read_parquet(ladder / "splits.parquet")
    cases = pd.read_parquet(ladder / "cases.parquet").merge(splits, on="case_id")
    cases = cases[(cases["split"] == "test") & cases[desk.finding].notna()]
    both = cases.merge(table[["case_id", "score"]].dropna(), on="case_id")
    by_study = both.groupby("study_id").agg(
        score=("score", "mean"), present=(desk.finding, "max"), group=("group_id", "first")
    )
    group = np.unique(by_study["group"].astype(str), return_inverse=True)[1]
    weights = patient_weights(int(group.max()) + 1, 2000, 0)
    draws, _ = ranking_draws(
        by_study["score"].to_numpy(float), (by_study["present"] == 1).to_numpy(bool), group, weights
    )
    found = from_draws(draws, 0.95)
    return {"value": found.value, "low": found.low, "high": found.high}


def main(words: list[str] | None = None) -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="scripts/shifts", description=__doc__)
    built = ROOT / "build/shifts"
    parser.add_argument("--home", type=Path, default=built, help="of all films")
    parser.add_argument("--plan", type=Path, default=FILE, help="the hospitals")
    parser.add_argument("--page", type=Path, help="where the table is written")
    parser.add_argument("--only", nargs="+", metavar="HOSPITAL")
    parser.add_argument("--hours", type=float, help="after which no other hospital is begun")
    parser.add_argument("--processes", type=int, default=1, help="that draw films")
    parser.add_argument(
        "--small", action="store_true", help="a trial with few films; give it a --home and --page"
    )
    asked = parser.parse_args(words)
    said = yaml.safe_load(asked.plan.read_text(encoding="utf-8"))
    every = sites(said)
    names = [site.name for site in every]
    if unknown := set(asked.only or ()) - set(names):
        parser.error(f"no hospital of {asked.plan.name} is called {', '.join(sorted(unknown))}")
    if asked.small and (asked.page is None or asked.home == built):
        parser.error("a trial is no result: give --small a --home and a --page of its own")
    page = asked.page or RESULTS / f"{asked.plan.stem}.md"
    size = Size(
        said["home_patients"],
        said["reference_patients"],
        said["labelled_studies"],
        said["test_studies"],
        said["size"],
    )
    if asked.small:
        size = Size(60, 40, 70, 60, 64, epochs=1)
    desk = Desk(asked.home.resolve(), page.resolve(), size, said["finding"], asked.processes)
    table(
        desk.records, desk.size, every
    )  # what would not belong together is said before anything is done
    chosen = [site for site in every if site.name in (asked.only or names)]
    began = time.monotonic()
    for place, site in enumerate(chosen, start=1):
        if not desk.record(site).exists():
            if asked.hours is not None and time.monotonic() - began > 3600 * asked.hours:
                print("scripts/shifts: the time is up; go on with the same words", file=sys.stderr)
                return
            train_generic(desk)
            write_text(json.dumps(judge(desk, site), indent=1), desk.record(site))
            desk.clear(site.name)
        write_above(f"{INTRODUCTION}\n{table(desk.records, size, every)}", desk.page)
        print(f"scripts/shifts: {place} of {len(chosen)} done", file=sys.stderr)


if __name__ == "__main__":
    main()
