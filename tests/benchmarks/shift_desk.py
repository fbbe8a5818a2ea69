"""Where the hospitals of ``scripts/shifts`` lie, their films and run files, and verbs on these."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from medtune.phantom import NORTH, Hospital, SiteShift, write_hospital
from medtune.tables.schema import write_text
from tests.benchmarks.shift_sites import Site, Size

ROOT = Path(__file__).parents[2]
FILMS_A_PATIENT = 1.3  # of the phantom, about
ACT_AT = 0.2
SITE = replace(NORTH, name="site")  # the same equipment and kind of people, other patients
PATIENCE = 5  # epochs without a better one; a reference goes on until its rate is down

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
  patience: {patience}
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

    def local(self, site: Site) -> Path:
        """The run file of a hospital, whose films are there afterwards."""
        size = self.size
        studies = size.labelled_studies + size.test_studies
        films = self.films(site.name, round(studies / FILMS_A_PATIENT), site.seed, site.shift)
        test = size.test_studies / studies
        parts = (("train", 0.64), ("tune", 0.16), ("calibration", 0.2))
        shares = {name: round(share * (1 - test), 6) for name, share in parts}
        split = json.dumps({**shares, "test": round(1 - sum(shares.values()), 6)})
        weights = self.home / "runs/generic"
        taught = {"weights": weights, "adapt": "lp_ft", "batch_norm": "adapt", "rate": "3e-4"}
        return self.run(site.name, films, split, site.seed, **taught)

    def run(self, name: str, films: Path, split: str, seed: int, **teach: Any) -> Path:
        """A run file."""
        generic = self.home / "runs/generic"
        text = f"name: {name}\nsite: {name}\n" + DATA.format(
            films=films, finding=self.finding, split=split, work=self.home / "work" / films.name
        )
        often = {"epochs": self.size.epochs, "patience": PATIENCE, **teach}
        text += TEACHES.format(runs=self.home / "runs", seed=seed, **often)
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


@contextmanager
def timed(seconds: dict[str, float], step: str) -> Iterator[None]:
    """Note how long a step took; of one that went on where it was stopped, the rest only."""
    began = time.monotonic()
    yield
    seconds[step] = round(time.monotonic() - began, 1)
