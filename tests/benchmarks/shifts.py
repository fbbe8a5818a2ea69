"""``scripts/shifts``: the ladder on simulated hospitals, 36 shifted ones and 12 that are not.

The hospitals are those of ``shifts.yaml``. A generic model is trained at home once. For each kind
and strength of shift a reference model is trained from all the films that there could be: what it
has and the generic model has not is what was lost there. Where nothing differs another one is
trained likewise, which tells how much of that is so many more patients. At each hospital
``medtune ladder`` runs on the few labelled studies, and its chosen rung is compared with both on
the same test patients. What is done is not done again: each hospital has a record of its own beside
the table (``shifts/NAME.json``), and the table, written anew from all records after each hospital,
its misses with it, grows from one call to the next. ``--plan`` takes other hospitals, of a file
like that one.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml

from medtune.learning.weights import sha256_of
from medtune.phantom import SiteShift
from medtune.run_folder import RunFolder
from medtune.tables.schema import write_text
from tests.benchmarks.command import write_above
from tests.benchmarks.shift_desk import ROOT, Desk, medtune, timed
from tests.benchmarks.shift_reference import with_reference
from tests.benchmarks.shift_sites import Site, Size, sites
from tests.benchmarks.shift_table import table

FILE = Path(__file__).parent / "shifts.yaml"
RESULTS = Path(__file__).parent / "results"

INTRODUCTION = """\
# The ladder on simulated hospitals

Written by `scripts/shifts` from the records beside it, a row for each hospital that is done. A
generic model learnt at home; `medtune ladder` chose by net benefit (one acts from a chance of 20 %
on) on 500 labelled studies, and the chosen rung was judged once on 1,500 others: what net benefit
it gained there over the model as it came, and the AUROC of both. The reference is a model that
goes on from the generic one with 4,000 patients of the same equipment, 60 epochs, until its rate
is down; what it ranks better than the generic one was lost. At the hospitals where nothing differs
that is what so many more patients teach. Goals: where at least 0.05 was lost, 80 % recovered and
(1 - AUROC) down by 15 %, with an interval above 0; where nothing differs from home, no fine-tuning.
"""


def train_generic(desk: Desk, seed: int = 1000) -> None:
    """The model from home, trained to its plateau."""
    if (desk.home / "runs/generic/model.safetensors").exists():
        return
    films = desk.films("home", desk.size.home_patients, seed, SiteShift())
    split = "{train: 0.7, tune: 0.15, calibration: 0.15, test: 0}"
    scratch = {"weights": "none", "adapt": "full", "batch_norm": "train", "rate": "1e-3"}
    medtune("train", desk.run("generic", films, split, 0, **scratch))


def judge(desk: Desk, site: Site) -> dict[str, Any]:
    """The ladder at one hospital."""
    seconds: dict[str, float] = {}
    with timed(seconds, "films"):
        run = desk.local(site)
    with timed(seconds, "ladder"):
        medtune("ladder", run)
    answer = json.loads((RunFolder(desk.home / "runs" / site.name).ladder.answer).read_text())
    return {
        "site": site.name,
        "size": asdict(desk.size),
        "generic_sha256": sha256_of(desk.home / "runs/generic/model.safetensors"),
        "chosen": answer["chosen"],
        "fine_tune": answer["fine_tune"],
        "test": answer["test"],
        "minutes": sum(rung["minutes"] for rung in answer["rungs"]),
        "seconds": seconds,
    }


def whole(desk: Desk, site: Site) -> bool:
    """Whether all is known of a hospital."""
    record = desk.record(site)
    return record.exists() and "reference_auroc" in json.loads(record.read_text(encoding="utf-8"))


def complete(desk: Desk, site: Site) -> None:
    """Do what is not done at a hospital: the ladder, then what the reference model says there."""
    train_generic(desk)
    record = desk.record(site)
    if not record.exists():
        write_text(json.dumps(judge(desk, site), indent=1), record)
    found = json.loads(record.read_text(encoding="utf-8"))
    write_text(json.dumps(with_reference(desk, site, found), indent=1), record)
    desk.clear(site.name)


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
        size = Size(60, 40, 70, 60, 64, epochs=1, reference_epochs=1)
    desk = Desk(asked.home.resolve(), page.resolve(), size, said["finding"], asked.processes)
    table(
        desk.records, desk.size, every
    )  # what would not belong together is said before anything is done
    chosen = [site for site in every if site.name in (asked.only or names)]
    began = time.monotonic()
    for place, site in enumerate(chosen, start=1):
        if not whole(desk, site):
            if asked.hours is not None and time.monotonic() - began > 3600 * asked.hours:
                print("scripts/shifts: the time is up; go on with the same words", file=sys.stderr)
                return
            complete(desk, site)
        write_above(f"{INTRODUCTION}\n{table(desk.records, size, every)}", desk.page)
        print(f"scripts/shifts: {place} of {len(chosen)} done", file=sys.stderr)


if __name__ == "__main__":
    main()
