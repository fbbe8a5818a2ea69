"""``scripts/methods``: every way of adapting, on the same films: the table of configs/README.md.

A model that learnt from NIH's adults is adapted to 50, 200 and 800 studies of Guangzhou's children
by each method of ``configs/xray/methods``, and judged on the same test studies. All runs share one
store of films and one split. What is finished is not done again; a run that was interrupted is
begun anew, since its time and its memory are what the table is about.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import pandas as pd
from safetensors import safe_open

from medtune.config.model import FAST_PROBE, AdaptMethod
from medtune.run_folder import RunFolder
from medtune.tables.schema import read_table, write_text
from tests.benchmarks.command import ROOT, taken_by, write_between
from tests.benchmarks.rig import circumstances

CONFIGS = ROOT / "configs/xray/methods"
PAGE = ROOT / "configs/README.md"
BEGIN, END = "<!-- methods: written by scripts/methods -->", "<!-- end of methods -->"
GENERIC = "nih-128"
READY = "ready"  # the record of what was done before all
WEIGHTS = "weights/mobilenetv2_100.tf2_ptq_in1k.safetensors"
METHODS: tuple[str, ...] = get_args(AdaptMethod)
STUDIES = (50, 200, 800)
OTHERS = {
    f"shipped:{GENERIC}": "none: the NIH model as it is",
    "thumbnail": "control: 8 x 8 thumbnails",
    "random_weights": "control: linear head on random weights",
}


@dataclass(frozen=True)
class Desk:
    """Where films are, and where runs go.

    Attributes:
        real: has ``xray/nih``, ``xray/guangzhou`` and ``weights``.
        home: of the store, the runs and the records.
    """

    real: Path
    home: Path

    def run(self, name: str) -> RunFolder:
        """The folder of a run."""
        return RunFolder(self.home / "runs" / name)

    def record(self, name: str) -> Path:
        """What was measured while a run was trained."""
        return self.home / "records" / f"{name}.json"

    def settings(self, hospital: str) -> list[str]:
        """Where a hospital's films and labels lie."""
        films = self.real / "xray" / hospital
        return [
            f"data.images={films / 'images'}",
            f"data.labels={films / 'labels.csv'}",
            f"data.work={self.home / f'work-{hospital}'}",
            f"runs={self.home / 'runs'}",
        ]


def start(generic: Path) -> list[str]:
    """Settings: the model that every method starts from, and is compared with."""
    return [
        f"model.weights={generic}",
        f"evaluation.compare_with=[{{shipped: {generic}}}, frozen_backbone]",
    ]


def name_of(method: str, studies: int) -> str:
    """Name of a run."""
    return f"{method}-{studies}"


def medtune(verb: str, config: str, settings: list[str]) -> dict[str, float]:
    """Run a verb of one of the run files; what it took."""
    return taken_by(verb, CONFIGS / config, settings)


def train(desk: Desk, name: str, config: str, settings: list[str]) -> None:
    """Train a run without an interruption, and record what it took."""
    if desk.record(name).exists() and desk.run(name).finished:
        return
    shutil.rmtree(desk.run(name).path, ignore_errors=True)
    write_text(json.dumps(medtune("train", config, settings)), desk.record(name))


def work_through(
    desk: Desk, methods: tuple[str, ...], studies: tuple[int, ...], page: Path
) -> None:
    """Do what is not done, one run after the other; the table is written anew after each."""
    weights = f"model.weights={desk.real / WEIGHTS}"
    train(desk, GENERIC, "generic.yaml", [*desk.settings("nih"), weights])
    generic = desk.run(GENERIC).path
    if not desk.record(READY).exists():  # the films are decoded before any training is timed
        ready = medtune("check", "local.yaml", [*desk.settings("guangzhou"), *start(generic)])
        write_text(json.dumps(ready), desk.record(READY))
    runs = [(method, number) for method in methods for number in studies]
    for at, (method, number) in enumerate(runs, start=1):
        name = name_of(method, number)
        settings = [
            *desk.settings("guangzhou"),
            f"name={name}",
            f"data.train_studies={number}",
            *start(generic),
        ]
        if not desk.run(name).result.exists():
            if method == FAST_PROBE and not desk.record(name).exists():
                # what another run has left there would make it look faster than it is
                shutil.rmtree(desk.home / "work-guangzhou/features", ignore_errors=True)
            train(desk, name, f"{method}.yaml", settings)
            taken = medtune("evaluate", f"{method}.yaml", settings)
            print(f"judged {name} in {taken['cpu_seconds']} s of computing", file=sys.stderr)
        print(f"scripts/methods: {at} of {len(runs)} done", file=sys.stderr)
        write_page(table(desk), page)


def measured(desk: Desk, name: str) -> dict[str, Any]:
    """What one run took, and the AUROC of every model that it was judged with."""
    folder = desk.run(name)
    measures = read_table(folder.measures)
    auroc = measures[
        (measures["measure"] == "auroc")
        & (measures["subgroup"] == "all")
        & (measures["split"] == "test")
    ].set_index("model")
    cards = [_card(path) for path in sorted(folder.checkpoints.glob("*.safetensors"))]
    splits = read_table(folder.splits)
    test = sorted(splits.loc[splits["split"] == "test", "case_id"])
    return {
        "auroc": {
            str(model): tuple(float(row[part]) for part in ("value", "low", "high"))
            for model, row in auroc.iterrows()
            if pd.notna(row["value"])
        },
        "studies": int(auroc["n_cases"].max()),
        "patients": int(auroc["n_groups"].max()),
        "test": hashlib.sha256("\n".join(test).encode()).hexdigest(),
        "parameters": max(int(card["parameters"]) for card in cards),
        "hardware": json.loads(folder.environment.read_text())["hardware"]["words"],
        **json.loads(desk.record(name).read_text()),
    }


def _card(path: Path) -> dict[str, Any]:
    with safe_open(path, "np") as handle:
        card: dict[str, Any] = json.loads(handle.metadata()["medtune"])
    return card


def table(desk: Desk) -> str:
    """All finished runs as a Markdown table, with its circumstances.

    Raises:
        SystemExit: runs were judged on different films, so that their table would compare nothing.
    """
    found = {
        (method, number): measured(desk, name_of(method, number))
        for method in METHODS
        for number in STUDIES
        if desk.run(name_of(method, number)).result.exists()
    }
    if len({one["test"] for one in found.values()}) > 1:
        raise SystemExit("The runs were judged on different films: begin in an empty --home.")
    lines = [
        "| `model.adapt` | parameters that learn | memory "
        f"| {' | '.join(f'{number} studies' for number in STUDIES)} |",
        "|---|---|---|" + "---|" * len(STUDIES),
    ]
    for method in METHODS:
        own = [found[method, number] for number in STUDIES if (method, number) in found]
        if own:
            cells = [_cell(found.get((method, n)), "fine_tuned", time=True) for n in STUDIES]
            peak = max(one["peak_mb"] for one in own) / 1000
            learn = max(one["parameters"] for one in own)
            lines.append(f"| `{method}` | {learn:,} | {peak:.1f} GB | {' | '.join(cells)} |")
    for model, words in OTHERS.items():
        firsts = [
            next((one for (_, number), one in found.items() if number == n), None) for n in STUDIES
        ]
        cells = [_cell(one, model, time=False) for one in firsts]
        lines.append(f"| {words} | | | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n\n" + _circumstances(list(found.values()))


def _cell(one: dict[str, Any] | None, model: str, *, time: bool) -> str:
    if one is None or model not in one["auroc"]:
        return ""
    value, low, high = one["auroc"][model]
    took = f", {one['cpu_seconds']:.0f} s" if time else ""
    return f"{value:.3f} ({low:.3f} to {high:.3f}){took}"


def _circumstances(found: list[dict[str, Any]]) -> str:
    if not found:
        return ""
    around = circumstances(("torch", "timm"))
    versions = ", ".join(f"{name} {version}" for name, version in around["versions"].items())
    hardware = ", ".join(sorted({one["hardware"] for one in found}))
    return (
        f"AUROC with 95 % interval on {found[0]['studies']} test studies of "
        f"{found[0]['patients']} patients, the same for all; seconds of processor time of "
        "`medtune train` as a whole, in one thread, with films decoded before; most memory that "
        f"a training had resident, its libraries included. {around['cpu']}, "
        f"{hardware}; {versions}; {around['date']}.\n"
    )


def write_page(text: str, page: Path) -> None:
    """Put the table between its marks."""
    write_between(BEGIN, END, text, page)


def main(words: list[str] | None = None) -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="scripts/methods", description=__doc__)
    real = os.environ.get("MEDTUNE_REAL_DATA", str(ROOT.parent / "shared/data"))
    parser.add_argument("--real", type=Path, default=Path(real), help="MEDTUNE_REAL_DATA")
    parser.add_argument("--home", type=Path, default=ROOT / "build/methods", help="of the runs")
    parser.add_argument("--page", type=Path, default=PAGE, help="where the table is written")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=METHODS)
    parser.add_argument("--studies", nargs="+", type=int, choices=STUDIES, default=STUDIES)
    asked = parser.parse_args(words)
    if not (asked.real / "xray/guangzhou").is_dir():
        parser.error(f"there are no films in {asked.real}: set MEDTUNE_REAL_DATA or --real")
    desk = Desk(asked.real.resolve(), asked.home.resolve())
    work_through(desk, tuple(asked.methods), tuple(asked.studies), asked.page)


if __name__ == "__main__":
    main()
